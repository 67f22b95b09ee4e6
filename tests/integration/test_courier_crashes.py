"""The courier killed at every step: nothing is sent twice, nothing is dropped in silence.

A killed process does nothing more. Here it freezes at the step in question and is then cancelled, so that the very
step can be chosen; the lease it gives up in passing it would have lost to time. `test_courier_killed` kills
real processes, at random moments.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from desk.channels.adapter import ChannelAdapter, Delivered, NotNow, Outcome
from desk.courier import run_courier
from desk.media import MediaStore
from desk.patience import Patience
from sessions import commands as cmd
from sessions import events as ev
from sessions.content import Image
from sessions.ids import CustomerId, MessageId, Millis, SessionId
from tests.couriers import HASTY, Channel, Office
from tests.patience import until
from tests.recordings import picture
from tests.servers import RedisServer

pytestmark = pytest.mark.anyio

PATIENT = Patience(give_up_s=60, rest_min_s=30)
PERSISTENT = Patience(give_up_s=60, rest_min_s=0.01)


class Mortal(Redis):
    """A client whose process dies when it is about to write something, or has just written it."""

    dies_at: tuple[str, str] = ("", "")
    dead: asyncio.Event

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        when, act = self.dies_at
        fatal = args[0] == "EVALSHA" and act in args
        if fatal and when == "before":
            await self._die()
        answer: Any = await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        if fatal and when == "after":
            await self._die()
        return answer

    async def _die(self) -> None:
        self.dead.set()
        await asyncio.Event().wait()


class Crash:
    """A courier that is killed once it is `dead`."""

    def __init__(self, office: Office, mortal: Mortal) -> None:
        self.office = office
        self.redis = mortal
        self.redis.dead = asyncio.Event()

    def in_the_channel(self, channel: Channel, text: str, *, arrives: bool) -> None:
        """Die while this message is being sent."""

        async def reply() -> Outcome:
            if arrives:
                channel.arrived.append(("demo:ann", text))
            await self.redis._die()
            raise AssertionError

        channel.replies[text] = [reply]

    async def happens(self, channel: ChannelAdapter, media: MediaStore, patience: Patience = HASTY) -> None:
        work = run_courier(self.redis, self.office.keys, [channel], media, asyncio.Event(), patience=patience)
        task = asyncio.create_task(work)
        await asyncio.wait_for(self.redis.dead.wait(), 5)
        task.cancel()
        await asyncio.wait([task])
        self.redis.dies_at = ("", "")


@pytest.fixture
async def crash(redis_url: str, redis: Redis) -> AsyncIterator[Crash]:
    async with Mortal.from_url(redis_url, socket_timeout=None) as mortal:
        assert isinstance(mortal, Mortal)
        yield Crash(Office(redis), mortal)


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path)


@pytest.mark.parametrize(
    ("dies_at", "arrivals", "outcome"),
    [
        (("before", "begin"), 1, "delivered"),
        (("after", "begin"), 0, "uncertain"),
        (("before", "settle"), 1, "uncertain"),
        (("after", "settle"), 1, "delivered"),
    ],
)
async def test_killed_at_a_write_of_its_own(
    crash: Crash, store: MediaStore, dies_at: tuple[str, str], arrivals: int, outcome: str
) -> None:
    channel = Channel()
    message, behind = await crash.office.say("ann", "hello", "behind")
    crash.redis.dies_at = dies_at
    await crash.happens(channel, store)
    async with crash.office.courier(channel):
        await crash.office.reported(2)
        await crash.office.settled()
    assert await crash.office.outcomes() == {message: outcome, behind: "delivered"}
    assert [text for _, text in channel.arrived] == ["hello"] * arrivals + ["behind"]
    assert await crash.office.unfinished() == (0, 0)


@pytest.mark.parametrize("arrives", [False, True])
async def test_killed_while_the_request_is_under_way(crash: Crash, store: MediaStore, arrives: bool) -> None:
    channel = Channel()
    message, behind = await crash.office.say("ann", "hello", "behind")
    crash.in_the_channel(channel, "hello", arrives=arrives)
    await crash.happens(channel, store)
    async with crash.office.courier(channel):
        await crash.office.reported(2)
    assert await crash.office.outcomes() == {message: "uncertain", behind: "delivered"}
    assert (await crash.office.report_of(message)).uncertain
    assert [text for _, text in channel.arrived] == ["hello"] * arrives + ["behind"]


@pytest.mark.parametrize(("when", "attempts", "outcome"), [("before", 1, "uncertain"), ("after", 2, "delivered")])
async def test_killed_around_a_retry(crash: Crash, store: MediaStore, when: str, attempts: int, outcome: str) -> None:
    """A refusal that may be tried again is known not to have arrived only once that is on disk."""
    channel = Channel()
    channel.replies["hello"] = [NotNow("-1")]
    (message,) = await crash.office.say("ann", "hello")
    crash.redis.dies_at = (when, "withdraw")
    await crash.happens(channel, store, PATIENT)
    async with crash.office.courier(channel):
        await crash.office.reported(1)
    assert await crash.office.outcomes() == {message: outcome}
    assert channel.attempts == ["hello"] * attempts


async def test_killed_with_much_under_way_and_much_done(crash: Crash, store: MediaStore) -> None:
    """Forty under way, forty done in between, forty behind."""
    channel = Channel()
    office = crash.office

    async def hang() -> Outcome:
        await asyncio.Event().wait()
        return Delivered()

    for n in range(40):
        channel.replies[f"stuck {n}"] = [hang]
    events = [office.saying(f"{who}{n}", f"{who} {n}") for n in range(40) for who in ("stuck", "done")]
    events += [office.saying(f"stuck{n}", f"behind {n}") for n in range(40)]
    await office.scribe.write(events)
    work = run_courier(office.redis, office.keys, [channel], store, asyncio.Event())
    task = asyncio.create_task(work)
    await office.reported(40)
    await until(lambda: channel.busy == 40)
    task.cancel()
    await asyncio.wait([task])
    async with office.courier(channel):
        await office.reported(120)
        await office.settled()
    outcomes = list((await office.outcomes()).values())
    assert (outcomes.count("delivered"), outcomes.count("uncertain")) == (80, 40)
    assert len(channel.arrived) == len(set(channel.arrived)) == 80
    assert len(channel.attempts) == 120
    assert await office.unfinished() == (0, 0)


@pytest.mark.parametrize("dies_at", [("before", "settle"), ("after", "settle")])
async def test_killed_around_the_report_on_a_file(crash: Crash, store: MediaStore, dies_at: tuple[str, str]) -> None:
    channel = Channel()
    channel.files["media-1"] = [picture()]
    await crash.office.scribe.write([received("1", Image(source="media-1"))])
    crash.redis.dies_at = dies_at
    await crash.happens(channel, store)
    async with crash.office.courier(channel, media=store):
        (report,) = await crash.office.reported(1)
        await crash.office.settled()
    assert isinstance(report, cmd.ReportMediaStored)
    assert await store.read(report.media) == picture()
    assert len(await crash.office.reports()) == 1


class TestLosingOffice:
    """The process lives, and the role is gone."""

    @asynccontextmanager
    async def courier(self, crash: Crash, channel: Channel) -> AsyncIterator[None]:
        async with crash.office.courier(channel, redis=crash.redis, patience=PERSISTENT):
            yield

    async def test_one_that_slept_through_its_lease_writes_nothing_and_sends_nothing_more(self, crash: Crash) -> None:
        """Its successor has called the message uncertain; the sleeper's own word comes too late."""
        office, sleeper, successor = crash.office, Channel(), Channel()
        gate = asyncio.Event()

        async def answer_late() -> Outcome:
            await gate.wait()
            return Delivered()

        sleeper.replies["hello"] = [answer_late]
        message, behind = await office.say("ann", "hello", "behind")
        async with self.courier(crash, sleeper):
            await until(lambda: sleeper.attempts == ["hello"])
            # Time passes, as for a process that was stopped: the lease runs out, another takes it.
            await office.redis.delete(office.keys.lease("courier"))
            async with office.courier(successor):
                await office.reported(2)
                gate.set()
                await asyncio.sleep(0.3)
                assert await office.outcomes() == {message: "uncertain", behind: "delivered"}
        assert sleeper.attempts == ["hello"]
        assert successor.attempts == ["behind"]

    async def test_it_remembers_how_its_attempts_ended_until_it_is_back(self, crash: Crash) -> None:
        """Redis is out of reach just when the answers come: they are written down when it is back."""
        office, channel = crash.office, Channel()
        messages = await office.say("ann", "one", "two")
        fail_next(crash.redis, "settle")
        async with self.courier(crash, channel):
            await office.reported(2)
        assert await office.outcomes() == dict.fromkeys(messages, "delivered")
        assert channel.attempts == ["one", "two"]

    async def test_a_write_that_was_done_although_its_answer_was_lost_is_not_done_again(self, crash: Crash) -> None:
        office, channel = crash.office, Channel()
        messages = await office.say("ann", "one", "two")
        fail_next(crash.redis, "settle", after=True)
        async with self.courier(crash, channel):
            await office.reported(2)
            await office.settled()
        assert await office.outcomes() == dict.fromkeys(messages, "delivered")

    async def test_what_it_knows_never_went_out_is_sent_when_it_is_back(self, crash: Crash) -> None:
        office, channel = crash.office, Channel()
        (message,) = await office.say("ann", "one")
        fail_next(crash.redis, "begin", after=True)
        async with self.courier(crash, channel):
            await office.reported(1)
        assert await office.outcomes() == {message: "delivered"}
        assert channel.attempts == ["one"]


async def test_a_client_that_asks_twice_changes_nothing_more(crash: Crash) -> None:
    """As a Redis client does by itself when an answer is lost on the way."""
    office, channel = crash.office, Channel()
    execute: Any = crash.redis.execute_command

    async def twice(*args: Any, **options: Any) -> Any:
        if args[0] == "EVALSHA" and len(args) > 10:
            await execute(*args, **options)
        return await execute(*args, **options)

    crash.redis.execute_command = twice  # type: ignore[method-assign]
    channel.replies["m3"] = [NotNow("-1")]
    messages = await office.say("ann", *[f"m{n}" for n in range(5)])
    async with office.courier(channel, redis=crash.redis, patience=PERSISTENT):
        await office.reported(5)
        await office.settled()
    assert await office.outcomes() == dict.fromkeys(messages, "delivered")
    assert await office.unfinished() == (0, 0)


async def test_cancelled_at_any_moment_it_ends_at_once(crash: Crash, store: MediaStore) -> None:
    for n in range(20):
        await crash.office.say("ann", f"m{n}")
        work = run_courier(crash.redis, crash.office.keys, [Channel()], store, asyncio.Event())
        task = asyncio.create_task(work)
        await asyncio.sleep(0.0037 * n)
        task.cancel()
        _, late = await asyncio.wait([task], timeout=3)
        assert not late


async def test_redis_killed_and_back_again_loses_and_repeats_nothing() -> None:
    server = RedisServer().start()
    try:
        async with Redis.from_url(server.url, socket_timeout=None) as redis:
            office, channel = Office(redis), Channel()

            async def answer() -> Outcome:
                await asyncio.sleep(0.01)
                return Delivered()

            channel.replies = {f"m{n}": [answer] for n in range(300)}
            await office.scribe.write([office.saying(f"c{n % 60}", f"m{n}") for n in range(300)])
            async with office.courier(channel, patience=PATIENT):
                await until(lambda: len(channel.arrived) > 60)
                server.kill()
                await asyncio.sleep(0.2)
                server.restart()
                await office.reported(300, 15)
                await office.settled()
            outcomes = list((await office.outcomes()).values())
            assert outcomes == ["delivered"] * 300
            assert len(channel.arrived) == len(set(channel.arrived)) == 300
            assert await office.unfinished() == (0, 0)
    finally:
        server.stop()


def received(number: str, content: Image) -> ev.MessageReceived:
    return ev.MessageReceived(
        at=Millis(1),
        cause="test",
        session=SessionId("20261123-0001"),
        customer=CustomerId("demo:ann"),
        message=MessageId(f"20261123-0001.{number}"),
        content=content,
        key=number,
        sent_at=Millis(1),
    )


def fail_next(redis: Redis, act: str, *, after: bool = False) -> None:
    """The connection to Redis breaks at the next such write: before it is done, or when only the answer is missing."""
    execute: Any = redis.execute_command
    left = [1]

    async def failing(*args: Any, **options: Any) -> Any:
        fatal = args[0] == "EVALSHA" and act in args and left and left.pop()
        if fatal and not after:
            raise RedisConnectionError("the connection broke")
        answer = await execute(*args, **options)
        if fatal:
            raise RedisConnectionError("the connection broke")
        return answer

    redis.execute_command = failing  # type: ignore[method-assign]
