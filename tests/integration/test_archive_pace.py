"""A web process can tell when the archive stands still, and says nothing while there is nothing to say."""

from collections.abc import AsyncIterator, Callable

import pytest
from redis.asyncio import Redis
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.archive_pace import STUCK_AFTER_S, ArchivePace
from desk.store.batches import archive_batch
from desk.store.engine import create_engine
from sessions import events as ev
from sessions.ids import HubId, Millis, Seq
from tests.databases import KINDS, migrated
from tests.ledgers import Scribe

pytestmark = pytest.mark.anyio


class Clock:
    """Stands until it is told to go."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s

    def wait(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, anyio_backend: object) -> AsyncIterator[AsyncEngine]:
    async with migrated(request.getfixturevalue(f"{request.param}_url")) as engine:
        yield engine


@pytest.fixture
def scribe(redis: Redis) -> Scribe:
    return Scribe(redis)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(scribe: Scribe, database: AsyncEngine, clock: Callable[[], float]) -> ArchivePace:
    return ArchivePace(scribe.ledger, database, clock)


def beat() -> ev.Event:
    return ev.HubBeat(at=Millis(1), cause="1-0", hub=HubId("hub"), expires_at=Millis(2))


async def happen(scribe: Scribe, count: int = 1) -> Seq:
    return await scribe.write([beat() for _ in range(count)])


async def archive(database: AsyncEngine, seq: Seq) -> None:
    await archive_batch(database, [(seq, beat())])


async def test_a_desk_where_nothing_happens_is_well(pace: ArchivePace, clock: Clock) -> None:
    for _ in range(5):
        assert await pace.check() == "ok"
        clock.wait(STUCK_AFTER_S)


async def test_an_archive_that_stands_still_with_something_to_do_is_told_of(
    pace: ArchivePace, scribe: Scribe, database: AsyncEngine, clock: Clock
) -> None:
    await archive(database, await happen(scribe))
    last = await happen(scribe, 3)
    assert await pace.check() == "ok"
    clock.wait(STUCK_AFTER_S - 1)
    assert await pace.check() == "ok"
    clock.wait(1)
    assert await pace.check() == "the archive has stood still for 60 s, 3 events behind: see the archivist's log"
    for seq in range(last - 2, last + 1):
        await archive(database, Seq(seq))
    assert await pace.check() == "ok"


async def test_an_archive_that_never_began_is_told_of(pace: ArchivePace, scribe: Scribe, clock: Clock) -> None:
    await happen(scribe, 2)
    assert await pace.check() == "ok"
    clock.wait(STUCK_AFTER_S)
    assert "2 events behind" in await pace.check()


async def test_an_archive_that_moves_is_well_however_far_behind(
    pace: ArchivePace, scribe: Scribe, database: AsyncEngine, clock: Clock
) -> None:
    last = await happen(scribe, 10)
    for seq in range(last - 9, last):
        await archive(database, Seq(seq))
        assert await pace.check() == "ok"
        clock.wait(STUCK_AFTER_S - 1)


async def test_an_event_after_a_long_silence_is_no_reason_to_worry(
    pace: ArchivePace, scribe: Scribe, database: AsyncEngine, clock: Clock
) -> None:
    await archive(database, await happen(scribe))
    assert await pace.check() == "ok"
    clock.wait(10 * STUCK_AFTER_S)
    await happen(scribe)
    assert await pace.check() == "ok"


async def test_a_redis_that_went_back_in_time_is_told_of_at_once(
    pace: ArchivePace, scribe: Scribe, database: AsyncEngine
) -> None:
    await archive(database, Seq(await happen(scribe) + 1))
    assert "Redis holds older data" in await pace.check()


async def test_a_ledger_that_was_lost_and_begins_anew_is_well(
    pace: ArchivePace, scribe: Scribe, database: AsyncEngine, redis: Redis, clock: Clock
) -> None:
    await archive(database, await happen(scribe))
    await redis.flushall()
    for _ in range(3):
        assert await pace.check() == "ok"
        clock.wait(STUCK_AFTER_S)


async def test_one_look_is_one_query(pace: ArchivePace, database: AsyncEngine) -> None:
    asked: list[str] = []
    event.listen(database.sync_engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    await pace.check()
    assert [each for each in asked if each != "BEGIN"] == ["SELECT archive_position.seq \nFROM archive_position"]


async def test_sql_that_is_away_is_not_passed_over(scribe: Scribe) -> None:
    with pytest.raises(OperationalError):
        await ArchivePace(scribe.ledger, create_engine("postgresql://desk@/none?host=/nowhere")).check()
