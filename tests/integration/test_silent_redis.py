"""A connection to Redis that goes silent without being closed is given up, and the work goes on over another."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from desk import courier as couriers
from desk import hub as hubs
from desk import pubsub
from desk.courier import run_courier
from desk.drafts import Draft, Drafted, Drafts
from desk.media import MediaStore
from sessions import engine as engines
from sessions import lease as leases
from sessions.connection import open_redis
from sessions.ids import SessionId, UserId
from sessions.inbox import Inbox
from sessions.lease import Lease, held
from sessions.streams import Client, Keys
from tests.builders import make_site
from tests.couriers import Channel, Office
from tests.hubs import running_desk
from tests.silent import Line, line_to

pytestmark = pytest.mark.anyio

KEYS = Keys("desk:{test}:")
WITHIN_S = 3.0
"""Far more than the waits below, and less than any of the real ones."""


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patience and leases of tenths of a second."""
    monkeypatch.setattr(leases, "RENEW_EVERY_S", 0.1)
    monkeypatch.setattr(leases, "RENEWED_WITHIN_S", 0.15)
    monkeypatch.setattr(engines, "Lease", partial(Lease, lease_ms=400))
    monkeypatch.setattr(couriers, "Lease", partial(Lease, lease_ms=400))
    monkeypatch.setattr(pubsub, "ASK_EVERY_S", 0.2)
    for module in (engines, couriers, hubs, pubsub):
        monkeypatch.setattr(module, "RETRY_S", 0.02)


@pytest.fixture
async def line(redis_url: str, anyio_backend: object) -> AsyncIterator[Line]:
    async with line_to(redis_url) as line:
        yield line


@pytest.fixture
async def client(line: Line) -> AsyncIterator[Client]:
    """What the processes have, over the line."""
    async with open_redis(line.url, answer_within_s=0.5) as client:
        yield client


async def echo(client: Client, word: str) -> bytes:
    answer: Any = await client.echo(word)
    return bytes(answer)


async def echo_in_a_pipeline(client: Client, word: str) -> bytes:
    async with client.pipeline(transaction=True) as atom:
        atom.ping()
        atom.echo(word)
        answer: bytes = (await atom.execute())[1]
    return answer


async def echo_in_a_script(client: Client, word: str) -> bytes:
    answer: bytes = await client.register_script("return ARGV[1]")(args=[word])
    return answer


@pytest.mark.parametrize("ask", [echo, echo_in_a_pipeline, echo_in_a_script])
async def test_a_late_answer_is_nobodys(
    line: Line, client: Client, ask: Callable[[Client, str], Awaitable[bytes]]
) -> None:
    assert await ask(client, "before") == b"before"
    line.fall_silent()
    began = time.monotonic()
    with pytest.raises(RedisError, match=r"no answer in 0\.5 s"):
        await ask(client, "first")
    assert 0.45 < time.monotonic() - began < WITHIN_S
    assert await ask(client, "second") == b"second", "over a new connection"
    silent = line.fall_silent()
    with pytest.raises(RedisError):
        await ask(client, "third")
    silent.set()
    assert [await ask(client, word) for word in ("fourth", "fifth")] == [b"fourth", b"fifth"]


@pytest.mark.parametrize("ask", [echo, echo_in_a_pipeline])
async def test_neither_is_that_to_a_question_that_was_dropped(
    line: Line, client: Client, ask: Callable[[Client, str], Awaitable[bytes]]
) -> None:
    await client.ping()
    silent = line.fall_silent()
    asking = asyncio.ensure_future(ask(client, "first"))
    await asyncio.sleep(0.05)
    asking.cancel()
    with suppress(asyncio.CancelledError):
        await asking
    silent.set()
    assert [await ask(client, word) for word in ("second", "third")] == [b"second", b"third"]


async def test_a_connection_that_is_silent_from_the_start_is_given_up(line: Line, client: Client) -> None:
    line._flowing.clear()
    with pytest.raises(RedisError):
        await client.ping()
    line._flowing.set()
    assert await client.ping()


async def test_a_read_that_waits_for_news_is_given_its_time_and_no_more(line: Line, client: Client) -> None:
    async with asyncio.timeout(WITHIN_S):
        assert not await client.xread({KEYS.inbox: "0-0"}, block=700), "longer than other answers may take"
        line.fall_silent()
        with pytest.raises(RedisError, match=r"no answer in 1\.2 s"):
            await client.xread({KEYS.inbox: "0-0"}, block=700)


async def test_all_connections_may_be_silent_at_once(line: Line, client: Client) -> None:
    await asyncio.gather(*(client.ping() for _ in range(5)))
    line.fall_silent()
    outcomes = await asyncio.gather(*(client.ping() for _ in range(5)), return_exceptions=True)
    assert all(isinstance(each, RedisError) for each in outcomes)
    assert all(await asyncio.gather(*(client.ping() for _ in range(5))))


async def test_a_role_is_over_before_its_lease_is(redis: Redis, line: Line, client: Client) -> None:
    async with held(Lease(client, KEYS, "engine", lease_ms=1_000), asyncio.Event()) as over:
        await asyncio.sleep(0.15)
        line.fall_silent()
        async with asyncio.timeout(WITHIN_S):
            await over.wait()
        assert await redis.exists(KEYS.lease("engine")), "nobody else has it yet"


async def test_engine_and_hub_go_on(redis: Redis, line: Line, client: Client, tmp_path: Path) -> None:
    async with running_desk(client, tmp_path, make_site(["s1"])) as desk:
        (agent,) = await desk.at_work("s1")
        session = await desk.served("ann", agent)
        line.fall_silent()
        desk.inbox = Inbox(redis, desk.keys)  # another process's, which has a line that works
        await desk.write("ann", "still here?")
        async with asyncio.timeout(WITHIN_S):
            await agent.until(lambda frame: "still here?" in str(frame))
            while not (await agent.do("send", session=session, text="yes", request="again"))["ok"]:
                pass
        assert len(agent.every("message_sent")) == 1


async def test_the_courier_goes_on(redis: Redis, line: Line, client: Client, tmp_path: Path) -> None:
    office, channel, stop = Office(redis), Channel(), asyncio.Event()
    running = asyncio.create_task(run_courier(client, office.keys, [channel], MediaStore(tmp_path), stop))
    try:
        await office.say("ann", "before")
        await office.reported(1)
        line.fall_silent()
        await office.say("ann", "after")
        await office.reported(2, WITHIN_S)
        assert [words for _, words in channel.arrived] == ["before", "after"]
    finally:
        stop.set()
        await running


async def test_who_listens_hears_what_is_said_later(redis: Redis, line: Line, client: Client) -> None:
    heard: asyncio.Queue[Drafted] = asyncio.Queue()
    stop, drafts = asyncio.Event(), Drafts(redis, KEYS)
    listening = asyncio.create_task(Drafts(client, KEYS).follow(heard.put_nowait, stop))

    async def say_until_heard(words: str) -> Any:
        async with asyncio.timeout(WITHIN_S):
            while heard.empty():  # what nobody listens to is lost
                await drafts.keep(UserId("fang"), SessionId("1"), Draft(words))
                await asyncio.sleep(0.02)
            news = await heard.get()
            while not heard.empty():
                news = heard.get_nowait()
        return news.draft.text

    async def connections_made() -> int:
        return int((await redis.info("stats"))["total_connections_received"])

    try:
        assert await say_until_heard("before") == "before"
        before = await connections_made()
        await asyncio.sleep(0.5)  # asked whether it is there, the connection answers
        assert await say_until_heard("still") == "still"
        assert await connections_made() == before
        line.fall_silent()
        assert await say_until_heard("after") == "after"
    finally:
        stop.set()
        await listening
