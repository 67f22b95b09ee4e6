"""The way in: what was taken is on disk, in order; what cannot be taken is said so at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from redis.exceptions import RedisError

from sessions import commands as cmd
from sessions import inbox as inboxes
from sessions.content import Text
from sessions.ids import Millis
from sessions.inbox import Inbox, InboxReader, InboxUnavailable
from sessions.streams import Keys
from tests.builders import who
from tests.servers import RedisServer

pytestmark = pytest.mark.anyio

KEYS = Keys("desk:{test}:")


def message(n: int) -> cmd.ReceiveMessage:
    return cmd.ReceiveMessage(customer=who("ann"), content=Text(text=str(n)), key=str(n), sent_at=Millis(n))


def keys_of(entries: list[tuple[str, bytes]]) -> list[str]:
    return [cmd.decode(data).key for _, data in entries]


async def lying(redis: Redis) -> list[str]:
    """The keys of the messages that lie in the inbox."""
    return keys_of(await InboxReader(redis, KEYS).read("0-0", count=100_000, block_ms=1))


@pytest.fixture
async def server(tmp_path: Path, anyio_backend: object) -> AsyncIterator[RedisServer]:
    """A Redis that this test may kill."""
    server = RedisServer(tmp_path).start()
    yield server
    server.stop()


async def test_what_is_appended_is_read_in_order(redis: Redis) -> None:
    inbox = Inbox(redis, KEYS)
    for n in range(5):
        await inbox.append(message(n))
    assert await lying(redis) == ["0", "1", "2", "3", "4"]


async def test_who_reads_on_reads_nothing_twice(redis: Redis) -> None:
    inbox, reader = Inbox(redis, KEYS), InboxReader(redis, KEYS)
    await asyncio.gather(*(inbox.append(message(n)) for n in range(10)))
    first = await reader.read("0-0", count=4, block_ms=1)
    rest = await reader.read(first[-1][0], count=100, block_ms=1)
    assert keys_of(first + rest) == [str(n) for n in range(10)]
    assert await reader.read(rest[-1][0], count=100, block_ms=1) == []


async def test_concurrent_appends_travel_together_in_their_order(redis: Redis) -> None:
    inbox = Inbox(redis, KEYS)
    await redis.config_resetstat()
    await asyncio.gather(*(inbox.append(message(n)) for n in range(1_000)))
    assert await lying(redis) == [str(n) for n in range(1_000)]
    calls: Any = await redis.info("commandstats")
    assert calls["cmdstat_evalsha"]["calls"] <= 4


async def test_a_caller_who_gave_up_does_not_hold_up_the_others(redis: Redis) -> None:
    inbox = Inbox(redis, KEYS)
    appends = [asyncio.create_task(inbox.append(message(n))) for n in range(20)]
    await asyncio.sleep(0)
    appends[7].cancel()
    results = await asyncio.gather(*appends, return_exceptions=True)
    assert [type(result) for result in results if result is not None] == [asyncio.CancelledError]
    await inbox.append(message(20))
    assert {str(n) for n in range(21) if n != 7} <= set(await lying(redis))


async def test_without_redis_every_caller_is_told(server: RedisServer) -> None:
    async with Redis.from_url(server.url) as redis:
        inbox = Inbox(redis, KEYS)
        await inbox.append(message(0))
        server.kill()
        results = await asyncio.gather(*(inbox.append(message(n)) for n in range(1, 600)), return_exceptions=True)
        assert {type(result) for result in results} == {InboxUnavailable}
        server.restart()
        await inbox.append(message(600))
        assert (await lying(redis))[:1] == ["0"]


async def test_a_redis_that_does_not_answer_is_not_waited_for(server: RedisServer) -> None:
    async with Redis.from_url(server.url) as redis, Redis.from_url(server.url) as other:
        inbox = Inbox(redis, KEYS, patience_s=0.5)
        await inbox.append(message(0))
        await other.client_pause(60_000, all=False)
        with pytest.raises(InboxUnavailable):
            await inbox.append(message(1))
        await other.client_unpause()
        await inbox.append(message(2))


async def test_a_write_that_fails_in_an_unforeseen_way_leaves_nobody_waiting(redis: Redis) -> None:
    inbox = Inbox(redis, KEYS)
    append, failures = inbox._append, [ValueError("no such thing")]

    async def failing(**what: Any) -> Any:
        if failures:
            raise failures.pop()
        return await append(**what)

    inbox._append = failing
    async with asyncio.timeout(5):
        results = await asyncio.gather(*(inbox.append(message(n)) for n in range(600)), return_exceptions=True)
        assert [str(result) for result in results] == ["no such thing"] * 600
        assert {type(result) for result in results} == {InboxUnavailable}
        await inbox.append(message(600))
    assert await lying(redis) == ["600"]


async def test_more_than_can_wait_is_refused_at_once(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inboxes, "PENDING_MAX", 10)
    inbox = Inbox(redis, KEYS)
    results = await asyncio.gather(*(inbox.append(message(n)) for n in range(15)), return_exceptions=True)
    assert [result is None for result in results] == [True] * 10 + [False] * 5
    assert {type(result) for result in results[10:]} == {InboxUnavailable}
    assert await lying(redis) == [str(n) for n in range(10)]


async def test_what_is_decided_is_forgotten(redis: Redis) -> None:
    inbox, reader = Inbox(redis, KEYS), InboxReader(redis, KEYS)
    await asyncio.gather(*(inbox.append(message(n)) for n in range(500)))
    entries = await reader.read("0-0", count=1_000, block_ms=1)
    await reader.trim(entries[400][0])
    left = await lying(redis)
    assert len(left) < 500
    assert left[-100:] == [str(n) for n in range(400, 500)]


async def test_a_command_set_aside_is_kept_with_its_reason(redis: Redis) -> None:
    await InboxReader(redis, KEYS).set_aside("17-0", b"{nonsense", "DecodeError()")
    kept: Any = await redis.xrange(KEYS.set_aside)
    ((_, fields),) = kept
    assert fields == {b"entry": b"17-0", b"c": b"{nonsense", b"reason": b"DecodeError()"}


async def test_what_append_confirmed_survives_redis_killed_at_any_moment(server: RedisServer) -> None:
    """Twenty edges write as fast as they can; Redis is killed three times."""
    confirmed: set[str] = set()
    stop = asyncio.Event()

    async def edge(number: int, inbox: Inbox) -> None:
        n = number
        while not stop.is_set():
            try:
                await inbox.append(message(n))
            except InboxUnavailable:
                await asyncio.sleep(0.01)
            else:
                confirmed.add(str(n))
                n += 20

    async with Redis.from_url(server.url) as redis:
        edges = [asyncio.create_task(edge(number, Inbox(redis, KEYS))) for number in range(20)]
        for _ in range(3):
            enough = len(confirmed) + 200
            async with asyncio.timeout(20):
                while len(confirmed) < enough:  # noqa: ASYNC110 - they are many who add to it
                    await asyncio.sleep(0.005)
            server.kill()
            await asyncio.sleep(0.02)
            await asyncio.to_thread(server.restart)
        stop.set()
        await asyncio.gather(*edges)
        assert len(confirmed) >= 600
        assert confirmed <= set(await lying(redis))


def test_the_server_is_asked_to_be_durable(redis_server: RedisServer) -> None:
    """What the tests above rest on."""
    with BlockingRedis.from_url(redis_server.url, decode_responses=True) as client, suppress(RedisError):
        settings: Any = client.config_get("append*")
        assert (settings["appendonly"], settings["appendfsync"]) == ("yes", "always")
