"""Who writes again after a while is looked up: in the archive first, and once in a while at the channel."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk import lookups as looking_up
from desk.lookups import PENDING_MAX, Lookups
from desk.store.engine import writing
from desk.store.models import CustomerTable
from sessions import commands as cmd
from sessions.ids import AccountId, CustomerId
from sessions.inbox import Inbox
from sessions.profile import Told
from sessions.streams import Keys
from tests.databases import migrated
from tests.patience import until

pytestmark = pytest.mark.anyio

ANN = CustomerId("demo:ann")
TOLD = Told(follows=True, remark="安")


class Channel:
    """Serves the demo's account; notes who was asked about."""

    def __init__(self) -> None:
        self.asked: list[CustomerId] = []
        self.breaks = False

    def serves(self, account: AccountId) -> bool:
        return account == "demo"

    async def describe(self, customer: CustomerId) -> Told | None:
        self.asked.append(customer)
        if self.breaks:
            raise OSError("the line is down")
        return TOLD


@pytest.fixture
async def database(sqlite_url: str, anyio_backend: object) -> AsyncIterator[AsyncEngine]:
    async with migrated(sqlite_url) as engine:
        yield engine


@pytest.fixture
def channel() -> Channel:
    return Channel()


@pytest.fixture
async def lookups(redis: Redis, database: AsyncEngine, channel: Channel) -> AsyncIterator[Lookups]:
    lookups = Lookups(database, Inbox(redis, Keys("desk:{test}:")), [channel])
    yield lookups
    await lookups.close()


async def commands(redis: Redis, count: int) -> list[cmd.Command]:
    """What has come into the inbox, once it is so much."""
    inbox = Keys("desk:{test}:").inbox
    async with asyncio.timeout(5):
        while await redis.xlen(inbox) < count:  # noqa: ASYNC110 - another's progress
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    found: Any = await redis.xrange(inbox)
    return [cmd.decode(fields[b"c"]) for _, fields in found]


async def given_up(caplog: pytest.LogCaptureFixture, count: int) -> None:
    """So many lookups have failed."""
    await until(lambda: caplog.messages.count("a customer could not be looked up") >= count)


async def keep(database: AsyncEngine, **row: Any) -> None:
    async with writing(database) as sql:
        sql.add(CustomerTable(id=ANN, account="demo", **row))


async def test_who_was_never_here_is_asked_about(redis: Redis, lookups: Lookups) -> None:
    lookups.take(ANN)
    assert await commands(redis, 1) == [cmd.RememberCustomer(customer=ANN, told=TOLD)]


async def test_what_is_kept_comes_back_without_asking_anybody(
    redis: Redis, lookups: Lookups, channel: Channel, database: AsyncEngine
) -> None:
    lately = int(time.time() * 1000) - 60_000
    await keep(database, remark="Ann", tags='["a"]', revision=3, touched='[["remark",3]]', told_at=lately)
    lookups.take(ANN)
    kept = cmd.RememberCustomer(customer=ANN, remark="Ann", tags=("a",), revision=3, touched=(("remark", 3),))
    assert await commands(redis, 1) == [kept]
    assert channel.asked == []


async def test_once_a_week_the_channel_is_asked_again(redis: Redis, lookups: Lookups, database: AsyncEngine) -> None:
    await keep(database, remark="Ann", told_at=int((time.time() - 8 * 24 * 3600) * 1000))
    lookups.take(ANN)
    assert await commands(redis, 1) == [cmd.RememberCustomer(customer=ANN, remark="Ann", told=TOLD)]


async def test_a_channel_that_tells_nothing_is_not_asked(redis: Redis, lookups: Lookups, channel: Channel) -> None:
    lookups.take(CustomerId("web:visitor"))
    assert await commands(redis, 1) == [cmd.RememberCustomer(customer=CustomerId("web:visitor"))]
    assert channel.asked == []


async def test_trouble_with_one_is_no_trouble_for_the_next(
    redis: Redis, lookups: Lookups, channel: Channel, database: AsyncEngine, caplog: pytest.LogCaptureFixture
) -> None:
    channel.breaks = True
    lookups.take(ANN)
    await given_up(caplog, 1)
    assert channel.asked == [ANN]
    channel.breaks = False
    async with writing(database) as sql:
        await (await sql.connection()).execute(text("ALTER TABLE customer RENAME TO elsewhere"))
    lookups.take(ANN)
    await given_up(caplog, 2)
    async with writing(database) as sql:
        await (await sql.connection()).execute(text("ALTER TABLE elsewhere RENAME TO customer"))
    lookups.take(ANN)
    assert await commands(redis, 1) == [cmd.RememberCustomer(customer=ANN, told=TOLD)]


async def test_more_than_it_can_keep_up_with_are_left_to_the_pages(
    redis: Redis, lookups: Lookups, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert PENDING_MAX >= 1000
    monkeypatch.setattr(looking_up, "PENDING_MAX", 5)
    for n in range(20):
        lookups.take(CustomerId(f"demo:c{n}"))
    assert len(await commands(redis, 5)) == 5
