"""The engine on a real Redis: commands in at one end, events out at the other, each command once."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from sessions import commands as cmd
from sessions import engine as engines
from sessions import events as ev
from sessions import lease as leases
from sessions import redis_time
from sessions.due import fire
from sessions.engine import Engine
from sessions.floor import Floor, freeze
from sessions.ids import HubId, Millis, Seq
from sessions.inbox import Inbox, InboxReader
from sessions.lease import Lease
from sessions.ledger import Ledger
from sessions.replica import restore
from sessions.settings import Ladder, Step
from sessions.streams import Keys, entry_ms
from sessions.timers import Timer
from tests.builders import Desk, make_site
from tests.laws import check_floor, fold
from tests.servers import RedisServer
from tests.tour import tour

pytestmark = pytest.mark.anyio

KEYS = Keys("desk:{test}:")


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dead engine's lease is over soon."""
    monkeypatch.setattr(engines, "RETRY_S", 0.02)
    monkeypatch.setattr(engines, "Lease", partial(Lease, lease_ms=400))
    monkeypatch.setattr(leases, "RENEW_EVERY_S", 0.1)


@asynccontextmanager
async def running(redis: Redis) -> AsyncIterator["asyncio.Task[None]"]:
    """An engine at work; told to stop at the end, if it has not come to one before."""
    stop = asyncio.Event()
    task = asyncio.create_task(Engine(redis, KEYS).run(stop))
    try:
        yield task
    finally:
        stop.set()
        async with asyncio.timeout(5):
            await asyncio.gather(task, return_exceptions=True)


async def ask(redis: Redis, *commands: cmd.Command) -> None:
    """Append these, one after the other."""
    inbox = Inbox(redis, KEYS)
    await asyncio.gather(*(inbox.append(command) for command in commands))


async def decided(redis: Redis) -> list[ev.Event]:
    """Wait until the engine is through with the inbox; answers the whole ledger."""
    last: Any = await redis.xrevrange(KEYS.inbox, count=1)
    async with asyncio.timeout(5):
        while (await redis.hget(KEYS.head, "position")) != last[0][0]:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    return await written(redis)


async def written(redis: Redis) -> list[ev.Event]:
    """The whole ledger; its numbers have no gaps."""
    entries: Any = await redis.xrange(KEYS.ledger)
    numbers = [int(entry_id[:-2]) for entry_id, _ in entries]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True
    return [ev.decode(fields[b"e"]) for _, fields in entries]


async def until(redis: Redis, kind: type[ev.Event]) -> list[ev.Event]:
    """Wait until this has happened; answers the whole ledger."""
    async with asyncio.timeout(5):
        while not any(isinstance(event, kind) for event in await written(redis)):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return await written(redis)


def morning(*, offer_timeout_s: int = 20) -> list[cmd.Command]:
    """The desk opens, and a customer is waiting at the seat."""
    desk = Desk(make_site(["s1", "s2"], offer_timeout_s=offer_timeout_s))
    desk.come("s1")
    desk.write("ann", "my card is gone")
    return [command for command, _, _ in desk.commands]


def kinds(events: list[ev.Event]) -> list[str]:
    return [ev.type_of(event) for event in events]


# One engine.


async def test_a_customers_message_rings_at_a_seat(redis: Redis) -> None:
    async with running(redis):
        await ask(redis, *morning())
        events = await decided(redis)
    assert kinds(events)[-4:] == ["session_opened", "message_received", "session_queued", "session_offered"]


async def test_every_event_says_which_command_it_came_of_and_when_that_was_given(redis: Redis) -> None:
    async with running(redis):
        await ask(redis, *morning())
        events = await decided(redis)
    entries = await InboxReader(redis, KEYS).read("0-0", count=100, block_ms=1)
    by_command = [event for event in events if event.cause != "routing"]
    assert {event.cause for event in by_command} <= {entry_id for entry_id, _ in entries}
    assert [event.at for event in by_command] == [entry_ms(event.cause) for event in by_command]


async def test_what_the_engine_writes_is_what_the_core_decides(redis: Redis) -> None:
    commands = [command for command, _, _ in tour().commands if not isinstance(command, cmd.Tick)]
    async with running(redis):
        await ask(redis, *commands)
        events = await decided(redis)
    replica = await restore(Ledger(redis, KEYS))
    assert freeze(replica.floor) == freeze(fold(events))
    check_floor(replica.floor, replica.floor.at)
    assert await redis.xlen(KEYS.set_aside) == 0


async def test_what_is_due_happens_though_nobody_writes(redis: Redis) -> None:
    async with running(redis):
        await ask(redis, *morning(offer_timeout_s=1))
        events = await until(redis, ev.OfferTimedOut)
    offered, missed = (
        next(event for event in events if isinstance(event, kind)) for kind in (ev.SessionOffered, ev.OfferTimedOut)
    )
    assert isinstance(offered, ev.SessionOffered)
    assert missed.at == offered.expires_at, "at its own time, not when the engine got to it"


async def test_what_came_due_while_no_engine_ran_happens_at_its_own_time(redis: Redis) -> None:
    async with running(redis):
        await ask(redis, *morning(offer_timeout_s=1))
        await decided(redis)
    await asyncio.sleep(1.1)
    async with running(redis):
        events = await until(redis, ev.OfferTimedOut)
    offered = next(event for event in events if isinstance(event, ev.SessionOffered))
    assert next(event for event in events if isinstance(event, ev.OfferTimedOut)).at == offered.expires_at


async def test_a_machine_with_a_wrong_clock_dates_nothing_into_the_future(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(redis_time, "_own", lambda: time.time_ns() // 1_000_000 + 3_600_000)
    async with running(redis):
        await ask(redis, *morning(offer_timeout_s=1))
        events = await until(redis, ev.OfferTimedOut)
    assert max(event.at for event in events) < time.time() * 1000 + 1000
    (said,) = (each for each in caplog.records if "clock" in each.message)
    assert vars(said)["ahead_ms"] == pytest.approx(3_600_000, abs=5000)


async def test_a_ladder_and_a_promise_outlive_the_engines_that_began_them(redis: Redis) -> None:
    """Each engine is killed, without a word, before anything is due; the next one finds it all due."""
    ladder = Ladder(remind=Step(after_s=1), park=Step(after_s=2), soft_end=Step(after_s=3), hard_end_before_s=None)
    desk = Desk(make_site(["s1"], every_group={"ladder": ladder}), at=time.time_ns() // 1_000_000)
    desk.come("s1")
    desk.quiet("ann", "s1")
    promised = desk.served("bob", "s1")
    desk.promise("s1", promised, 3)
    for command in [command for command, _, _ in desk.commands]:
        async with running(redis) as engine:
            await ask(redis, command)
            await decided(redis)
            engine.cancel()
    await asyncio.sleep(3.1)
    async with running(redis):
        await until(redis, ev.PromiseBroken)
        events = await until(redis, ev.SessionClosed)
    fired = [event for event in events if event.cause.startswith(("ladder", "promise"))]
    assert sorted({ev.type_of(event) for event in fired}) == [
        "customer_reminded",
        "notice_sent",
        "promise_broken",
        "promise_warned",
        "segment_ended",
        "session_closed",
        "session_parked",
        "session_woken",
    ]
    assert len({(ev.type_of(event), getattr(event, "session", "")) for event in fired}) == len(fired), "each fires once"
    silent_since = next(event.at for event in events if isinstance(event, ev.MessageSent))
    closed = next(event for event in fired if isinstance(event, ev.SessionClosed))
    assert closed.at == silent_since + 3_000, "at its own time, whoever runs"


async def test_a_restarted_engine_goes_on_where_the_last_one_was(redis: Redis) -> None:
    first, *others = morning()
    async with running(redis):
        await ask(redis, first)
        await decided(redis)
    for command in others:
        await ask(redis, command)
        async with running(redis):
            events = await decided(redis)
    assert kinds(events).count("session_opened") == 1
    assert kinds(events)[-1] == "session_offered"


async def test_a_command_that_changes_nothing_is_decided_too(redis: Redis) -> None:
    async with running(redis):
        await ask(redis, *morning())
        before = await decided(redis)
        await ask(redis, morning()[-1], morning()[0])
        assert await decided(redis) == before, "a repeated message, and settings in force already"


async def test_the_inbox_is_trimmed_behind_the_engine(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "TRIM_EVERY_S", 0.0)
    async with running(redis):
        await ask(redis, *[cmd.BeatHub(hub=HubId("h1"))] * 1_000)
        await decided(redis)
        await asyncio.sleep(0.05)
    assert await redis.xlen(KEYS.inbox) < 300


# Two engines.


async def test_only_one_of_two_engines_decides(redis: Redis) -> None:
    async with running(redis), running(redis):
        await ask(redis, *morning())
        events = await decided(redis)
        await asyncio.sleep(0.1)
        assert await written(redis) == events
    assert kinds(events).count("session_opened") == 1


async def test_a_standby_takes_over_at_once_from_one_that_stops(redis: Redis) -> None:
    await ask(redis, *morning()[:-1])
    async with running(redis):
        await decided(redis)
        async with running(redis):
            pass
    async with running(redis):
        await ask(redis, morning()[-1])
        assert kinds(await decided(redis))[-1] == "session_offered"


async def test_a_standby_takes_over_from_one_that_died_when_its_lease_is_over(redis: Redis) -> None:
    assert await Lease(redis, KEYS, "engine", lease_ms=1500).acquire(), "an engine that will never be heard of again"
    async with running(redis):
        await ask(redis, *morning())
        await asyncio.sleep(0.1)
        assert await written(redis) == []
        assert kinds(await decided(redis))[-1] == "session_offered"


async def test_a_standby_has_the_floor_before_it_leads(redis: Redis) -> None:
    await ask(redis, *morning()[:-1])
    async with running(redis) as leading:
        await decided(redis)
        async with running(redis):
            await asyncio.sleep(0.15)
            ledger = Ledger(redis, KEYS)
            await redis.xtrim(KEYS.ledger, maxlen=0)  # whoever begins only now finds nothing to begin from
            leading.cancel()
            await asyncio.gather(leading, return_exceptions=True)
            await ask(redis, morning()[-1])
            last: Any = await redis.xrevrange(KEYS.inbox, count=1)
            async with asyncio.timeout(5):
                while (await ledger.head()).position != last[0][0].decode():  # noqa: ASYNC110
                    await asyncio.sleep(0.005)
            assert kinds(await written(redis))[-1] == "session_offered"


async def test_an_engine_that_slept_through_its_lease_writes_nothing(redis: Redis) -> None:
    async with running(redis):
        await ask(redis, *morning()[:-1])
        before = await decided(redis)
        await redis.delete(KEYS.lease("engine"))
        successor = Lease(redis, KEYS, "engine", lease_ms=60_000)
        assert await successor.acquire()
        await ask(redis, morning()[-1])
        await asyncio.sleep(0.1)
        assert await written(redis) == before
        await successor.release()
        events = await decided(redis)
        assert kinds(events).count("session_opened") == 1, "it stood by, and leads again"


# Commands that nobody can decide.


async def test_a_command_that_cannot_be_read_is_set_aside_and_the_others_go_on(redis: Redis) -> None:
    first, *others = morning()
    await ask(redis, first)
    await redis.xadd(KEYS.inbox, {"c": b'{"do":"nonsense"}'})
    await redis.xadd(KEYS.inbox, {"c": b"\xff\xfe"})
    await ask(redis, *others)
    async with running(redis):
        events = await decided(redis)
    assert kinds(events)[-1] == "session_offered"
    kept: Any = await redis.xrange(KEYS.set_aside)
    assert [fields[b"c"] for _, fields in kept] == [b'{"do":"nonsense"}', b"\xff\xfe"]
    assert all(fields[b"reason"] for _, fields in kept)


async def test_a_command_that_fails_half_way_leaves_no_trace_on_the_floor(redis: Redis) -> None:
    """No year has so many minutes: opening a session fails under these settings."""
    site, *others = morning()
    assert isinstance(site, cmd.ConfigureSite)
    broken = make_site(["s1", "s2"], version=2, utc_offset_min=10**15)
    repaired = make_site(["s1", "s2"], version=3)
    beat = cmd.BeatHub(hub=HubId("h9"))
    await ask(redis, site, *others[:-1], cmd.ConfigureSite(site=broken), others[-1], beat)
    await ask(redis, cmd.ConfigureSite(site=repaired))
    async with running(redis):
        assert "session_opened" not in kinds(await decided(redis))
        await ask(redis, others[-1])
        events = await decided(redis)
    assert kinds(events).count("hub_beat") == 1
    assert kinds(events)[-1] == "session_offered"
    assert await redis.xlen(KEYS.set_aside) == 1
    assert freeze((await restore(Ledger(redis, KEYS))).floor) == freeze(fold(events))


async def test_a_timer_that_fails_is_left_out_and_no_command_is_blamed(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(floor: Floor, timer: Timer, at: Millis) -> list[ev.Event]:
        if timer[1] == "hub":
            raise KeyError("a bug in one timer's rule")
        return fire(floor, timer, at)

    def complaints() -> int:
        return [record.message for record in caplog.records].count("a timer cannot be decided: left out")

    monkeypatch.setattr("sessions.decide.fire", fails)
    _, *others = morning()
    site = make_site(["s1", "s2"], hub_silent_s=1)
    await ask(redis, cmd.ConfigureSite(site=site), cmd.BeatHub(hub=HubId("h9")))
    async with running(redis):
        async with asyncio.timeout(5):
            while not complaints():  # noqa: ASYNC110 - the engine's log tells nobody
                await asyncio.sleep(0.02)
        await ask(redis, *others)
        events = await decided(redis)
    assert kinds(events)[-1] == "session_offered"
    assert await redis.xlen(KEYS.set_aside) == 0
    assert complaints() == 1


# Redis goes away.


async def test_an_engine_outlives_its_redis(tmp_path: Path) -> None:
    server = RedisServer(tmp_path).start()
    try:
        async with Redis.from_url(server.url) as redis, running(redis) as engine:
            await ask(redis, *morning()[:-1])
            before = await decided(redis)
            server.kill()
            await asyncio.sleep(0.05)
            await asyncio.to_thread(server.restart)
            assert (await written(redis))[: len(before)] == before
            await ask(redis, morning()[-1])
            assert kinds(await decided(redis))[-1] == "session_offered"
            assert not engine.done()
    finally:
        server.stop()


async def test_a_new_ledger_continues_no_old_numbers(redis: Redis) -> None:
    async with running(redis):
        await ask(redis, *morning())
        await decided(redis)
    old = (await Ledger(redis, KEYS).head()).seq
    await redis.flushall()
    async with running(redis):
        await ask(redis, *morning())
        await decided(redis)
    first = await Ledger(redis, KEYS).first_seq()
    assert first is not None
    assert first > Seq(old)
