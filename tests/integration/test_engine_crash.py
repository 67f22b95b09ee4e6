"""The engine killed between any two steps: every command still takes effect exactly once.

Its Redis client is made mortal: at the nth request, before it is sent or after it was carried out, the engine is gone
without a word (no farewell either: a dead process gives up no lease). Another engine comes after it. What both wrote
together must be, bit for bit, what the core decides for the inbox as it lies there.
"""

import asyncio
import random
from collections.abc import Sequence
from typing import Any, Self

import pytest
from redis.asyncio import Redis

from sessions import commands as cmd
from sessions import engine as engines
from sessions import events as ev
from sessions import lease as leases
from sessions.decide import step
from sessions.engine import Engine
from sessions.floor import Floor, freeze
from sessions.ids import Millis, Seq
from sessions.inbox import Inbox, InboxReader
from sessions.ledger import Ledger
from sessions.replica import restore
from sessions.snapshots import SnapshotTaker
from sessions.streams import Keys, entry_ms
from tests.builders import Desk, make_site
from tests.laws import check_floor
from tests.tour import tour

pytestmark = pytest.mark.anyio

KEYS = Keys("desk:{test}:")
REQUESTS_OF_A_LIFE = 22
"""An engine that starts, decides three batches and looks for more makes about so many."""


class Killed(BaseException):
    """kill -9, as far as the engine can tell: nothing catches it, and nothing works after it."""


class MortalRedis(Redis):
    """A client whose process dies at the nth request: before it, or after it was carried out."""

    requests = 0
    dies_at = 0
    carried_out = False

    @classmethod
    def that_dies(cls, url: str, *, at: int, carried_out: bool) -> Self:
        client = cls.from_url(url)
        assert isinstance(client, cls)
        client.dies_at, client.carried_out = at, carried_out
        return client

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        dying = self._count()
        if dying and not self.carried_out:
            raise Killed
        answer = await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        if dying:
            raise Killed
        return answer

    def pipeline(self, *args: Any, **options: Any) -> Any:
        if self._count():
            raise Killed
        return super().pipeline(*args, **options)

    def _count(self) -> bool:
        self.requests += 1
        if self.requests > self.dies_at:
            raise Killed
        return self.requests == self.dies_at


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several commits for a handful of commands, and no waiting about."""
    monkeypatch.setattr(engines, "BATCH_MAX", 5)
    monkeypatch.setattr(engines, "GATHER_S", 0.0)
    monkeypatch.setattr(engines, "IDLE_MS_MAX", 5)
    monkeypatch.setattr(engines, "TRIM_EVERY_S", 0.0)
    monkeypatch.setattr(leases, "RENEW_EVERY_S", 0.05)


def busy_hour() -> list[cmd.Command]:
    """Fifteen commands: customers write, one of them twice; a seat accepts, answers, and hangs up."""
    desk = Desk(make_site(["s1"]))
    desk.come("s1")
    session = desk.served("ann", "s1")
    desk.send("s1", session, "hello", request="once")
    desk.send("s1", session, "hello", request="once")
    for n in range(5):
        desk.write("bob", key=f"bob-{n // 2}")
    desk.hang_up("s1", session)
    desk.write("ann")
    desk.write("cem", "x" * 601)
    return [command for command, _, _ in desk.commands]


async def ask(redis: Redis, commands: Sequence[cmd.Command], after: str = "0-0") -> list[tuple[str, bytes]]:
    """Append them; answers the inbox entries that come after this one."""
    inbox = Inbox(redis, KEYS)
    await asyncio.gather(*(inbox.append(command) for command in commands))
    return await InboxReader(redis, KEYS).read(after, count=100_000, block_ms=1)


def decided_by_the_core(entries: list[tuple[str, bytes]]) -> list[bytes]:
    """What the core makes of these entries, as it would lie in the ledger."""
    floor = Floor()
    return [
        ev.encode(event)
        for entry_id, data in entries
        for event in step(floor, cmd.decode(data), Millis(entry_ms(entry_id)), entry_id)
    ]


async def live_and_die(client: Redis) -> None:
    """The life of an engine with this client; what it held runs out after it."""
    engine = asyncio.create_task(Engine(client, KEYS).run(asyncio.Event()))
    async with asyncio.timeout(10):
        with pytest.raises(Killed):
            await engine


async def finish(redis: Redis, last: str) -> list[bytes]:
    """An engine that lives decides the rest; answers the ledger."""
    stop = asyncio.Event()
    engine = asyncio.create_task(Engine(redis, KEYS).run(stop))
    async with asyncio.timeout(10):
        while await redis.hget(KEYS.head, "position") != last.encode():  # noqa: ASYNC110
            await asyncio.sleep(0.002)
        stop.set()
        await engine
    return await written(redis)


async def written(redis: Redis) -> list[bytes]:
    entries: Any = await redis.xrange(KEYS.ledger)
    return [fields[b"e"] for _, fields in entries]


@pytest.mark.parametrize("carried_out", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("request_number", range(1, REQUESTS_OF_A_LIFE + 1))
async def test_killed_at_any_request(redis: Redis, redis_url: str, request_number: int, carried_out: bool) -> None:
    entries = await ask(redis, busy_hour())
    async with MortalRedis.that_dies(redis_url, at=request_number, carried_out=carried_out) as mortal:
        await live_and_die(mortal)
    await redis.delete(KEYS.lease("engine"))
    expected = decided_by_the_core(entries)
    assert await written(redis) == expected[: await redis.xlen(KEYS.ledger)], "all of a batch or nothing"
    assert await finish(redis, entries[-1][0]) == expected
    assert await redis.xlen(KEYS.set_aside) == 0


async def test_killed_again_and_again_while_more_comes(redis: Redis, redis_url: str) -> None:
    """Twenty engines, one after the other, none of which lives long; a snapshot is taken now and then."""
    chance = random.Random(20261123)
    commands = [command for command, _, _ in tour().commands if not isinstance(command, cmd.Tick)]
    entries: list[tuple[str, bytes]] = []
    ledger = Ledger(redis, KEYS)
    for life in range(20):
        entries += await ask(redis, commands[life::20], entries[-1][0] if entries else "0-0")
        at, carried_out = chance.randint(5, 20), chance.random() < 0.5
        async with MortalRedis.that_dies(redis_url, at=at, carried_out=carried_out) as mortal:
            await live_and_die(mortal)
        await redis.delete(KEYS.lease("engine"))
        if life % 5 == 4:
            head = await ledger.head()
            await (await SnapshotTaker.at(ledger, Seq(head.seq - min(3, await redis.xlen(KEYS.ledger))))).save()
    assert await finish(redis, entries[-1][0]) == decided_by_the_core(entries)
    floor = (await restore(ledger)).floor
    check_floor(floor, floor.at)
    assert freeze(floor) == freeze((await restore(ledger, upto=(await ledger.head()).seq)).floor)


async def test_cancelled_at_any_moment(redis: Redis) -> None:
    """A clean end may come in the middle of a request, whose answer is then never known."""
    chance = random.Random(1123)
    commands = [command for command, _, _ in tour().commands if not isinstance(command, cmd.Tick)]
    entries: list[tuple[str, bytes]] = []
    for life in range(30):
        entries += await ask(redis, commands[life::30], entries[-1][0] if entries else "0-0")
        engine = asyncio.create_task(Engine(redis, KEYS).run(asyncio.Event()))
        await asyncio.sleep(chance.random() * 0.008)
        while not engine.done():  # Python 3.11's wait_for, inside the Redis client, may lose a cancellation
            engine.cancel()
            await asyncio.wait([engine], timeout=0.05)
        assert engine.cancelled()
        await redis.delete(KEYS.lease("engine"))  # it may have been cancelled while it was being given
    assert await finish(redis, entries[-1][0]) == decided_by_the_core(entries)


async def test_killed_while_setting_a_command_aside(redis: Redis, redis_url: str) -> None:
    """It may be set aside twice, never decided, and holds up nobody."""
    await redis.xadd(KEYS.inbox, {"c": b"{nonsense"})
    entries = await ask(redis, busy_hour())
    expected = decided_by_the_core(entries[1:])
    for at in range(1, 20):
        async with MortalRedis.that_dies(redis_url, at=at, carried_out=at % 2 == 0) as mortal:
            await live_and_die(mortal)
        await redis.delete(KEYS.lease("engine"))
    assert await finish(redis, entries[-1][0]) == expected
    kept: Any = await redis.xrange(KEYS.set_aside)
    assert {fields[b"c"] for _, fields in kept} == {b"{nonsense"}
