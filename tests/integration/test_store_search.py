"""Searching the archive: by number, customer and words, and only what the reader may read."""

from collections.abc import AsyncIterator

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from desk.store.batches import archive_batch
from desk.store.engine import create_engine, reading
from desk.store.migrate import migrate
from desk.store.models import SessionTable
from desk.store.search import (
    CUSTOMERS_BACK_MS,
    FOUND_MAX,
    Found,
    Reader,
    begins_with,
    by_customer,
    by_number,
    by_words,
    wanted,
)
from sessions import events as ev
from sessions.content import Text, Voice
from sessions.ids import AccountId, GroupId, Millis, SeatId, Seq, UserId
from tests.databases import KINDS, migrated
from tests.servers import create_english_database
from tests.stories import MONDAY, Story

pytestmark = pytest.mark.anyio

TODAY = "20261123"
ACCOUNTS = [AccountId("demo")]
OWN = Reader(user=UserId("agent1"), seat=SeatId("agent1"), groups=[GroupId("card_service")])
BILLING = Reader(user=UserId("agent2"), seat=SeatId("agent2"), groups=[GroupId("billing")])
NOBODY = Reader(user=UserId("agent3"), seat=SeatId("agent3"), groups=[])


@pytest.fixture(params=KINDS)
async def sql(request: pytest.FixtureRequest, anyio_backend: object) -> AsyncIterator[AsyncSession]:
    """What `morning` says, in a database of either kind."""
    async with migrated(request.getfixturevalue(f"{request.param}_url")) as engine:
        await archive_batch(engine, morning())
        async with reading(engine) as session:
            yield session


def morning() -> list[tuple[Seq, ev.Event]]:
    """A morning of agent1, who serves cards and hands ming's session to billing."""
    story = Story()
    story.sign_in("agent1", "agent2")
    for customer, words in (
        ("oMing_8848", '多扣了 100% 的 "年费"'),
        ("oFang_0001", "我的卡丢了"),
        ("oLi_8848", "hello"),
    ):
        story.write(customer, words)
        story.accept("agent1", story.session_of(customer))
    story.write("oFang_0001", Voice(source="m", recognition="快帮我挂失"))
    story.note("agent1", story.session_of("oLi_8848"), "内部：老客户")
    ming = story.session_of("oMing_8848")
    story.transfer("agent1", ming, to="billing")
    story.accept("agent2", ming)
    return story.entries


def numbers(found: list[Found]) -> list[str]:
    return [each.session.id[-4:] for each in found]


async def test_a_number_is_found_whole_in_part_or_by_todays_count(sql: AsyncSession) -> None:
    assert numbers(await by_number(sql, OWN, "20261123-0002", TODAY)) == ["0002"]
    assert numbers(await by_number(sql, OWN, "20261123-00", TODAY)) == ["0003", "0002", "0001"]
    assert numbers(await by_number(sql, OWN, "3", TODAY)) == ["0003"]
    assert numbers(await by_number(sql, OWN, "4", TODAY)) == []
    for text in ("20261123", "2026-11-23", "' OR 1=1 --", "%", "²"):
        assert await by_number(sql, OWN, text, TODAY) == []


async def test_a_number_is_found_whatever_the_order_of_the_databases_language(postgres_url: str) -> None:
    create_english_database(postgres_url)
    migrate(postgres_url)
    engine = create_engine(postgres_url)
    try:
        await archive_batch(engine, morning())
        async with reading(engine) as sql:
            assert numbers(await by_number(sql, OWN, "20261123-00", TODAY)) == ["0003", "0002", "0001"]
            assert numbers(await by_number(sql, OWN, "20261123-0002", TODAY)) == ["0002"]
    finally:
        await engine.dispose()


async def test_a_number_is_found_by_an_index(sql: AsyncSession) -> None:
    connection = await sql.connection()
    asked = select(SessionTable.id).where(*begins_with(sql, "20261123-00"))
    spelled = asked.compile(connection.sync_connection, compile_kwargs={"literal_binds": True})
    explain, used = "EXPLAIN QUERY PLAN", "sqlite_autoindex_session_1 (id>? AND id<?)"
    if connection.dialect.name == "postgresql":
        explain, used = "EXPLAIN", "using session_number"
        await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # three rows are read faster without
        await connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
    plan = (await connection.exec_driver_sql(f"{explain} {spelled}")).all()
    assert used in str(plan)


async def test_a_customer_is_found_by_the_whole_of_their_id_or_a_part(sql: AsyncSession) -> None:
    async def customers(text: str, now: int = MONDAY, reader: Reader = OWN) -> list[str]:
        found = await by_customer(sql, reader, text, ACCOUNTS, Millis(now))
        return [each.session.customer.partition(":")[2] for each in found]

    assert await customers("oFang_0001") == ["oFang_0001"]
    assert await customers("8848") == ["oLi_8848", "oMing_8848"]
    assert await customers("OMING") == ["oMing_8848"]
    assert await customers("demo") == [], "the account is no part of the id"
    assert await customers("o%_8848") == []
    assert await customers("88") == [], "too short to mean anybody"
    later = MONDAY + CUSTOMERS_BACK_MS + 3_600_000
    assert await customers("8848", later) == [], "by a part, only lately"
    assert await customers("oMing_8848", later) == ["oMing_8848"]
    assert await customers("8848", reader=BILLING) == ["oMing_8848"]
    assert await customers("oMing_8848", reader=NOBODY) == []


async def test_words_are_found_where_they_were_said(sql: AsyncSession) -> None:
    async def said(text: str, reader: Reader = OWN, since: int = MONDAY) -> list[tuple[str, str]]:
        found = await by_words(sql, reader, text, Millis(since))
        return [(each.session.id[-4:], each.words) for each in found]

    assert await said("丢了") == [("0002", "我的卡丢了")]
    assert await said("挂失") == [("0002", "快帮我挂失")], "what a voice was heard to say"
    assert await said("HELLO") == [("0003", "hello")]
    assert await said("老客户") == [("0003", "内部：老客户")]
    assert await said('100% 的 "年费"') == [("0001", '多扣了 100% 的 "年费"')]
    assert await said("100_") == []
    assert await said("kind") == [], "names in the archive's JSON are nobody's words"
    assert await said("卡") == [], "a single letter is in everything"
    assert await said("丢了", since=MONDAY + 3_600_000) == []
    assert await said("年费", BILLING) == [("0001", '多扣了 100% 的 "年费"')]
    assert await said("丢了", BILLING) == []
    assert await said("丢了", NOBODY) == []


async def test_who_handed_a_session_over_still_finds_it(sql: AsyncSession) -> None:
    elsewhere = Reader(user=UserId("agent1"), seat=SeatId("agent9"), groups=[GroupId("complaints")])
    assert numbers(await by_number(sql, elsewhere, "1", TODAY)) == ["0001"]
    assert numbers(await by_words(sql, elsewhere, "年费", MONDAY)) == ["0001"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("  a\t b ", "a b"), ("a\0b", "ab"), ("x" * 500, "x" * 60), ("", ""), (" \n", "")],
)
def test_what_is_typed_is_cut_to_what_makes_sense(typed: str, meant: str) -> None:
    assert wanted(typed) == meant


async def test_no_more_is_found_than_can_be_shown(sqlite_url: str) -> None:
    story = Story()
    story.sign_in("agent1")
    for number in range(FOUND_MAX + 5):
        story.write(f"oMany_{number:04d}", Text(text="同样的话"))
    async with migrated(sqlite_url) as engine:
        await archive_batch(engine, story.entries)
        async with reading(engine) as sql:
            assert len(await by_words(sql, OWN, "同样", MONDAY)) == FOUND_MAX
            assert len(await by_number(sql, OWN, "20261123-", TODAY)) == FOUND_MAX
