"""The archive has everything that the ledger had, once, whatever goes wrong between them."""

import asyncio
import logging
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import anyio
import pytest
from redis.asyncio import Redis
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import SQLModel, col, select

from desk.archivist import BATCH_EVENTS, FOLLOWER, run_archivist
from desk.log import ReadableLines
from desk.store.batches import LedgerMismatchError, archive_batch, archived_position
from desk.store.engine import reading, writing
from desk.store.folding import Entry, Rows, fold_batch
from desk.store.models import EventTable, MessageTable, SegmentTable, SessionTable
from sessions import events as ev
from sessions.ids import HubId, Millis, Seq
from tests.databases import KINDS, migrated
from tests.ledgers import PREFIX, Scribe
from tests.stories import MONDAY, Story, served_story

pytestmark = pytest.mark.anyio

AfterCommit = Callable[[Sequence[Entry]], Awaitable[None]]


@pytest.fixture(params=KINDS)
async def engine(request: pytest.FixtureRequest, anyio_backend: object) -> AsyncIterator[AsyncEngine]:
    async with migrated(request.getfixturevalue(f"{request.param}_url")) as engine:
        yield engine


@pytest.fixture
async def sqlite(sqlite_url: str, anyio_backend: object) -> AsyncIterator[AsyncEngine]:
    async with migrated(sqlite_url) as engine:
        yield engine


@pytest.fixture
def scribe(redis: Redis) -> Scribe:
    return Scribe(redis)


@asynccontextmanager
async def archiving(
    scribe: Scribe, engine: AsyncEngine, after_commit: AfterCommit | None = None
) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(run_archivist(scribe.ledger, engine, stop, after_commit=after_commit))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 15)


async def until(is_so: Callable[[], Awaitable[bool]], within_s: float = 20) -> None:
    with anyio.fail_after(within_s):
        while not await is_so():  # noqa: ASYNC110 - SQL and the log, which are watched, tell nobody
            await asyncio.sleep(0.005)


async def caught_up(engine: AsyncEngine, seq: Seq, within_s: float = 20) -> None:
    async def is_so() -> bool:
        return await archived_position(engine) >= seq

    await until(is_so, within_s)


async def logged(caplog: pytest.LogCaptureFixture, words: str) -> None:
    async def is_so() -> bool:
        return words in caplog.text

    await until(is_so, 10)


async def until_saved(scribe: Scribe, seq: Seq) -> None:
    async def is_saved() -> bool:
        return await scribe.ledger.position(FOLLOWER) == seq

    await until(is_saved, 5)


async def rows_of(engine: AsyncEngine, table: type[SQLModel], *order: str) -> list[dict[str, object]]:
    async with reading(engine) as session:
        found = (await session.exec(select(table).order_by(*(getattr(table, name) for name in order)))).all()
    return [row.model_dump() for row in found]


async def assert_holds(engine: AsyncEngine, entries: Sequence[Entry]) -> None:
    """SQL holds these events word for word, and the rows that they come to."""
    async with reading(engine) as session:
        bodies = (await session.exec(select(EventTable.seq, EventTable.body).order_by(col(EventTable.seq)))).all()
    assert [(seq, body) for seq, body in bodies] == [(seq, ev.encode(event).decode()) for seq, event in entries]
    rows = fold_batch(Rows(), entries)
    assert await rows_of(engine, SessionTable, "id") == [
        rows.sessions[key].model_dump() for key in sorted(rows.sessions)
    ]
    assert await rows_of(engine, SegmentTable, "session", "n") == [
        rows.segments[key].model_dump() for key in sorted(rows.segments)
    ]
    said = sorted(rows.messages.values(), key=lambda row: row.seq)
    assert await rows_of(engine, MessageTable, "seq") == [row.model_dump() for row in said]


async def whole_ledger(scribe: Scribe) -> list[Entry]:
    entries: list[Entry] = []
    after = await scribe.ledger.beginning()
    while found := await scribe.ledger.read(after, count=1000, block_ms=1):
        entries += found
        after = found[-1][0]
    return entries


def beats(count: int) -> list[ev.Event]:
    return [
        ev.HubBeat(at=Millis(MONDAY + n), cause="1-0", hub=HubId("hub"), expires_at=Millis(MONDAY + n + 15_000))
        for n in range(count)
    ]


async def test_a_served_session_comes_to_stand_in_sql(engine: AsyncEngine, scribe: Scribe) -> None:
    async with archiving(scribe, engine):
        last = await scribe.write(served_story().events)
        await caught_up(engine, last, within_s=3)
    await assert_holds(engine, await whole_ledger(scribe))


async def test_the_ledger_learns_what_it_may_forget(sqlite: AsyncEngine, scribe: Scribe) -> None:
    last = await scribe.write(served_story().events)
    async with archiving(scribe, sqlite):
        await caught_up(sqlite, last)
        await until_saved(scribe, last)


async def test_a_batch_that_comes_again_changes_nothing(engine: AsyncEngine) -> None:
    entries = served_story(first=7001).entries
    chance = random.Random(1)
    done = 0
    while done < len(entries):
        start = chance.randint(0, done)  # some of it was written before
        end = min(len(entries), done + chance.randint(1, 9))
        assert await archive_batch(engine, entries[start:end]) == entries[end - 1][0]
        done = end
    for _ in range(2):
        await archive_batch(engine, entries)
    await assert_holds(engine, entries)


async def test_a_batch_after_a_gap_is_refused(sqlite: AsyncEngine) -> None:
    entries = served_story(first=1).entries
    await archive_batch(sqlite, entries[:5])
    with pytest.raises(LedgerMismatchError, match="Event 7 comes after 5"):
        await archive_batch(sqlite, entries[6:9])
    with pytest.raises(LedgerMismatchError, match="Event 9 comes after 7"):
        await archive_batch(sqlite, [*entries[5:7], *entries[8:9]])
    await assert_holds(sqlite, entries[:5])


async def test_whatever_people_type_is_archived(engine: AsyncEngine) -> None:
    story = Story()
    story.sign_in("agent1")
    story.write("ming", "零\0字符 \u202e 😀 \x1b[0m")
    session = story.session_of("ming")
    story.accept("agent1", session)
    story.note("agent1", session, "note\0")
    story.hang_up("agent1", session)
    story.wrap_up("agent1", session, "other\0", "remark\0 with NUL")
    await archive_batch(engine, story.entries)
    remarks = [row["remark"] for row in await rows_of(engine, SessionTable, "id")]
    assert remarks == ["remark\ufffd with NUL"]
    async with reading(engine) as sql:
        bodies = (await sql.exec(select(EventTable.body).order_by(col(EventTable.seq)))).all()
    assert [ev.decode(body) for body in bodies] == story.events


async def test_two_archivists_take_turns(engine: AsyncEngine, scribe: Scribe) -> None:
    told: list[list[Seq]] = [[], []]

    def listener(ear: list[Seq]) -> AfterCommit:
        async def listen(entries: Sequence[Entry]) -> None:
            ear.extend(seq for seq, _ in entries)

        return listen

    async with archiving(scribe, engine, listener(told[0])), archiving(scribe, engine, listener(told[1])):

        async def both_listen() -> bool:
            await scribe.write(beats(1))
            return all(told)

        await until(both_listen)
        await scribe.write(beats(700))
        last = await scribe.write(served_story().events)
        await caught_up(engine, last)

        async def is_heard() -> bool:
            return all(ear[-1] == last for ear in told)

        await until(is_heard)
    entries = await whole_ledger(scribe)
    await assert_holds(engine, entries)
    numbers = [seq for seq, _ in entries]
    for ear in told:
        assert ear == numbers[numbers.index(ear[0]) :]


async def test_what_follows_a_batch_may_fail_without_harm(
    sqlite: AsyncEngine, scribe: Scribe, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_entries: Sequence[Entry]) -> None:
        raise RuntimeError("no room for a snapshot")

    async with archiving(scribe, sqlite, fail):
        last = await scribe.write(served_story().events)
        await caught_up(sqlite, last)
    await assert_holds(sqlite, await whole_ledger(scribe))
    assert "no room for a snapshot" in caplog.text


async def test_stopping_is_quick_and_a_second_life_goes_on_where_the_first_ended(
    sqlite: AsyncEngine, scribe: Scribe
) -> None:
    events = served_story().events
    async with archiving(scribe, sqlite):
        await caught_up(sqlite, await scribe.write(events[:20]))
        started = time.perf_counter()
    assert time.perf_counter() - started < 1
    async with archiving(scribe, sqlite):
        await caught_up(sqlite, await scribe.write(events[20:]))
    await assert_holds(sqlite, await whole_ledger(scribe))


async def test_connections_that_break_again_and_again_lose_nothing(
    postgres_url: str, scribe: Scribe, caplog: pytest.LogCaptureFixture
) -> None:
    break_all = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    async with migrated(postgres_url) as engine, migrated(postgres_url) as saboteur:
        async with archiving(scribe, engine), saboteur.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            last = await scribe.write(served_story().events)

            async def has_stumbled() -> bool:
                nonlocal last
                last = await scribe.write(beats(1))
                await connection.execute(break_all)
                return caplog.text.count("cannot archive now") >= 3

            await until(has_stumbled)
            await caught_up(saboteur, last)
        await assert_holds(saboteur, await whole_ledger(scribe))


async def test_an_event_that_sql_will_not_take_is_named_and_waited_for(
    sqlite: AsyncEngine, scribe: Scribe, caplog: pytest.LogCaptureFixture
) -> None:
    events = served_story().events
    async with writing(sqlite) as session:  # as if another ledger had used the number before
        session.add(SessionTable(id="20261123-0001", customer="demo:x", account="demo", skill_group="g", opened_at=1))
    last = await scribe.write(events)
    opened = next(seq for seq, event in await whole_ledger(scribe) if isinstance(event, ev.SessionOpened))
    with caplog.at_level(logging.ERROR):
        async with archiving(scribe, sqlite):
            await logged(caplog, f"archiving has stopped at event {opened}, session_opened")
            assert await archived_position(sqlite) == opened - 1, "everything before it is safe"
            async with writing(sqlite) as session:
                await (await session.connection()).execute(text("DELETE FROM session"))
            await caught_up(sqlite, last)
    await assert_holds(sqlite, await whole_ledger(scribe))


@pytest.mark.parametrize(
    "refusal",
    ["ALTER TABLE message RENAME TO gone", "ALTER TABLE message ADD CONSTRAINT nothing CHECK (seq < 0)"],
)
async def test_the_log_holds_nothing_of_what_customers_wrote(
    postgres_url: str, scribe: Scribe, caplog: pytest.LogCaptureFixture, refusal: str
) -> None:
    async with migrated(postgres_url) as postgres:
        async with writing(postgres) as session:
            await (await session.connection()).execute(text(refusal))
        await scribe.write(served_story().events)
        async with archiving(scribe, postgres):
            await logged(caplog, "archiving has stopped at event")
    told = "".join(ReadableLines(colour=False).format(record) for record in caplog.records)
    assert 'relation "message"' in told
    assert "账单" not in told


async def test_a_ledger_begun_anew_is_followed_with_a_word_about_the_loss(
    sqlite: AsyncEngine, scribe: Scribe, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    async with archiving(scribe, sqlite):
        await caught_up(sqlite, await scribe.write(beats(10)))
    before = await whole_ledger(scribe)
    await redis.flushall()
    scribe.forget()
    async with archiving(scribe, sqlite):
        await caught_up(sqlite, await scribe.write(served_story().events))
    after = await whole_ledger(scribe)
    await assert_holds(sqlite, [*before, *after])
    assert "the ledger was lost and begins anew" in caplog.text


async def test_a_ledger_trimmed_too_far_stops_the_archive(
    sqlite: AsyncEngine, scribe: Scribe, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    async with archiving(scribe, sqlite):
        await caught_up(sqlite, await scribe.write(beats(10)))
    last = await scribe.write(beats(10))
    await redis.xtrim(scribe.keys.ledger, minid=f"{last - 3}-0", approximate=False)
    async with archiving(scribe, sqlite):
        await logged(caplog, "trimmed too far")
    assert await archived_position(sqlite) == last - 10


async def test_a_redis_that_went_back_in_time_stops_the_archive(
    sqlite: AsyncEngine, scribe: Scribe, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    async with archiving(scribe, sqlite):
        last = await scribe.write(beats(10))
        await caught_up(sqlite, last)
    await redis.xdel(scribe.keys.ledger, f"{last}-0")
    async with archiving(scribe, sqlite):
        await logged(caplog, "Redis holds older data")


async def test_the_database_of_another_desk_is_not_written_to(
    sqlite: AsyncEngine, scribe: Scribe, caplog: pytest.LogCaptureFixture
) -> None:
    last = await scribe.write(beats(10))
    await archive_batch(sqlite, [(Seq(last - 1), served_story().events[0])])
    async with archiving(scribe, sqlite):
        await logged(caplog, "do not belong together")
    assert await archived_position(sqlite) == last - 1


async def test_a_database_with_nothing_in_it_is_no_archive_of_a_ledger_that_another_one_has(
    sqlite: AsyncEngine, postgres_url: str, scribe: Scribe, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    async with archiving(scribe, sqlite):
        last = await scribe.write(beats(10))
        await caught_up(sqlite, last)
    await until_saved(scribe, last)
    await scribe.write(beats(3))
    async with migrated(postgres_url) as other:
        async with archiving(scribe, other):
            await logged(caplog, "in which nothing is archived")
        assert await archived_position(other) == 0
        assert await scribe.ledger.position(FOLLOWER) == last, "what the right database needs is not let go"
        assert "DATABASE_URL names postgresql+psycopg://desk@/test_" in caplog.text
        assert f"delete {scribe.keys.position(FOLLOWER)} in Redis" in caplog.text
        await redis.delete(scribe.keys.position(FOLLOWER))
        async with archiving(scribe, other):
            await caught_up(other, await scribe.write(beats(1)))
        await assert_holds(other, await whole_ledger(scribe))


async def test_an_archivist_that_had_nothing_to_do_yet_begins_again(sqlite: AsyncEngine, scribe: Scribe) -> None:
    await scribe.ledger.head()
    async with archiving(scribe, sqlite):
        await until_saved(scribe, await scribe.ledger.beginning())
    last = await scribe.write(beats(3))
    async with archiving(scribe, sqlite):
        await caught_up(sqlite, last)


async def test_killed_at_any_moment_it_loses_and_repeats_nothing(
    sqlite_url: str, scribe: Scribe, redis_url: str
) -> None:
    program = f"""
import asyncio
from redis.asyncio import Redis
from desk.archivist import run_archivist
from desk.store.engine import create_engine
from sessions.ledger import Ledger
from sessions.streams import Keys
async def main():
    ledger = Ledger(Redis.from_url({redis_url!r}), Keys({PREFIX!r}))
    await run_archivist(ledger, create_engine({sqlite_url!r}), asyncio.Event())
asyncio.run(main())
"""
    chance = random.Random(7)
    async with migrated(sqlite_url) as engine:
        await scribe.write(beats(3_000))
        last = await scribe.write(served_story().events)
        for _ in range(4):
            before = await archived_position(engine)
            process = subprocess.Popen([sys.executable, "-c", program])  # noqa: ASYNC220 - starts at once
            await caught_up(engine, min(Seq(before + 1), last))
            await asyncio.sleep(chance.uniform(0, 0.08))
            process.send_signal(signal.SIGKILL)
            process.wait()
        async with archiving(scribe, engine):
            await caught_up(engine, last)
        await assert_holds(engine, await whole_ledger(scribe))


async def test_a_thousand_events_are_written_together(sqlite: AsyncEngine, scribe: Scribe) -> None:
    for entry in range(12):
        await scribe.write(_another(served_story().events, entry))
    last = await scribe.write(beats(BATCH_EVENTS))
    count = len(await whole_ledger(scribe))
    statements: list[str] = []
    event.listen(sqlite.sync_engine, "before_cursor_execute", lambda *asked: statements.append(asked[2]))
    async with archiving(scribe, sqlite):
        await caught_up(sqlite, last)
    written = [each for each in statements if each.startswith(("INSERT", "UPDATE"))]
    assert len(written) < count / 30


def _another(events: Sequence[ev.Event], number: int) -> list[ev.Event]:
    """The same story in sessions of other numbers."""
    return [ev.decode(ev.encode(event).replace(b"20261123-", b"20261123-%d" % (number + 1))) for event in events]
