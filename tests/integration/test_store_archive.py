"""What was archived can be found again: whole, in order, and a page at a time."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.store.archive import (
    NO_LINES,
    SessionCursor,
    closed_by_seat,
    closed_count,
    content_of,
    customer_sessions,
    find_session,
    session_events,
    session_messages,
    session_transcript,
)
from desk.store.batches import archive_batch
from desk.store.engine import reading, writing
from desk.store.phrases import forget_phrases, unmatched_phrases
from desk.transcripts import line_of
from sessions import commands as cmd
from sessions import events as ev
from sessions.content import Text
from sessions.ids import AccountId, CustomerId, Millis, SeatId, Seq, SessionId
from tests.databases import KINDS, migrated
from tests.stories import Story, served_story
from tests.tour import tour

pytestmark = pytest.mark.anyio

SESSION = SessionId("20261123-0001")


@pytest.fixture(params=KINDS)
async def engine(request: pytest.FixtureRequest, anyio_backend: object) -> AsyncIterator[AsyncEngine]:
    async with migrated(request.getfixturevalue(f"{request.param}_url")) as engine:
        yield engine


def visits(count: int) -> Story:
    """One customer who comes back again and again to the same seat."""
    story = Story()
    story.sign_in("agent1")
    for n in range(count):
        story.write("ming", f"第 {n + 1} 次来")
        session = story.session_of("ming")
        story.accept("agent1", session)
        story.hang_up("agent1", session)
        story.wrap_up("agent1", session, "other")
    return story


async def test_a_transcript_has_everything_once(engine: AsyncEngine) -> None:
    story = served_story()
    await archive_batch(engine, story.entries)
    async with reading(engine) as sql:
        transcript = await session_transcript(sql, SESSION)
    assert transcript is not None
    assert transcript.session.close_reason == "seat_end"
    assert [(each.n, each.seat) for each in transcript.segments] == [(1, "agent1"), (2, "agent2")]
    assert len(transcript.messages) == 10
    assert content_of(transcript.messages[0]) == Text(text="你好，我的账单好像多扣了一笔")
    assert [type(event).__name__ for _, event in transcript.events] == [
        "SessionOpened",
        "SessionQueued",
        "SessionOffered",
        "SessionAccepted",
        "SessionOffered",
        "SegmentEnded",
        "SessionAccepted",
        "SessionHungUp",
        "SegmentEnded",
        "SessionClosed",
    ]
    assert transcript.earlier is None


async def test_a_long_transcript_is_read_from_its_end(engine: AsyncEngine) -> None:
    story = served_story()
    await archive_batch(engine, story.entries)
    read: list[int] = []
    before = None
    async with reading(engine) as sql:
        whole = await session_transcript(sql, SESSION)
        while True:
            piece = await session_transcript(sql, SESSION, before, limit=3)
            assert piece is not None
            places = sorted([each.seq for each in piece.messages] + [seq for seq, _ in piece.events])
            assert len(places) <= 3
            read = places + read
            before = piece.earlier
            if before is None:
                break
    assert whole is not None
    assert read == sorted([each.seq for each in whole.messages] + [seq for seq, _ in whole.events])


async def test_messages_are_paged_by_their_place(engine: AsyncEngine) -> None:
    await archive_batch(engine, served_story().entries)
    async with reading(engine) as sql:
        last = await session_messages(sql, SESSION, limit=4)
        earlier = await session_messages(sql, SESSION, Seq(last[0].seq), limit=4)
        first = await session_messages(sql, SESSION, Seq(earlier[0].seq), limit=4)
        everything = await session_messages(sql, SESSION)
    assert [len(page) for page in (first, earlier, last)] == [2, 4, 4]
    assert [each.id for each in first + earlier + last] == [each.id for each in everything]


async def test_a_number_that_nobody_has_finds_nothing(engine: AsyncEngine) -> None:
    async with reading(engine) as sql:
        assert await find_session(sql, SESSION) is None
        assert await session_transcript(sql, SESSION) is None
        assert await session_messages(sql, SESSION) == []
        assert await session_events(sql, SESSION) == []


async def test_a_customers_sessions_are_paged_newest_first(engine: AsyncEngine) -> None:
    await archive_batch(engine, visits(7).entries)
    found: list[str] = []
    cursor = None
    async with reading(engine) as sql:
        while page := await customer_sessions(sql, CustomerId("demo:ming"), cursor, limit=3):
            found += [each.id for each in page]
            cursor = SessionCursor(Millis(page[-1].opened_at), SessionId(page[-1].id))
    assert found == [f"20261123-000{n}" for n in range(7, 0, -1)]


async def test_a_seat_finds_what_it_closed_last(engine: AsyncEngine) -> None:
    story = visits(3)
    story.write("ming", "还有一件事")
    story.accept("agent1", story.session_of("ming"))  # still at work on it
    await archive_batch(engine, story.entries)
    async with reading(engine) as sql:
        closed = await closed_by_seat(sql, SeatId("agent1"), Millis(0), limit=2)
        place = SessionCursor(Millis(closed[-1].closed_at or 0), SessionId(closed[-1].id))
        earlier = await closed_by_seat(sql, SeatId("agent1"), Millis(0), place)
        since = Millis(closed[0].closed_at or 0)
        assert [each.id for each in await closed_by_seat(sql, SeatId("agent1"), since)] == ["20261123-0003"]
        assert await closed_by_seat(sql, SeatId("agent2"), Millis(0)) == []
        counts = [await closed_count(sql, SeatId("agent1"), each) for each in (Millis(0), since)]
    assert [each.id for each in closed + earlier] == ["20261123-0003", "20261123-0002", "20261123-0001"]
    assert counts == [3, 1]


def test_only_what_adds_a_line_is_read_as_one() -> None:
    """The ledger of the tour has every event."""
    told = [event for event in tour().ledger if getattr(event, "session", None)]
    without = {ev.type_of(event) for event in told if line_of(Seq(1), event) is None}
    of_messages = {"message_received", "message_refused", "message_sent", "notice_sent", "note_added"}
    assert without | of_messages == NO_LINES


async def test_what_adds_no_line_takes_the_place_of_none(engine: AsyncEngine) -> None:
    story = Story()
    story.sign_in("agent1")
    story.write("ming", "你好")
    session = story.session_of("ming")
    story.accept("agent1", session)
    for _ in range(3):
        said = story.say("agent1", session, "说错了")
        story.run(cmd.Recall(actor=story.actor("agent1"), session=session, message=said))
        story.run(cmd.ReportRecalled(customer=CustomerId("demo:ming"), message=said, session=session))
    await archive_batch(engine, story.entries)
    async with reading(engine) as sql:
        transcript = await session_transcript(sql, session, limit=4)
    assert transcript is not None
    assert [each.delivery for each in transcript.messages] == ["recalled"] * 3
    assert [ev.type_of(event) for _, event in transcript.events] == ["session_accepted"]


async def test_words_without_an_answer_add_up_from_batch_to_batch(engine: AsyncEngine) -> None:
    def asked(seq: int, account: str, phrase: str) -> tuple[Seq, ev.Event]:
        customer = CustomerId(f"{account}:ming")
        event = ev.PhraseUnmatched(
            at=Millis(1_000 + seq),
            cause="",
            session=SESSION,
            customer=customer,
            account=AccountId(account),
            phrase=phrase,
        )
        return Seq(seq), event

    await archive_batch(engine, [asked(1, "demo", "发票"), asked(2, "demo", "发票？"), asked(3, "demo2", "发票")])
    await archive_batch(
        engine, [asked(4, "demo", "发 票"), asked(5, "demo", "积分\0商城"), asked(6, "demo", "字" * 99)]
    )
    accounts = [AccountId("demo"), AccountId("demo2")]
    async with reading(engine) as sql:
        assert await unmatched_phrases(sql, accounts) == [("发票", 4), ("积分商城", 1)]
        assert await unmatched_phrases(sql, accounts[1:]) == [("发票", 1)]
        assert await unmatched_phrases(sql, accounts, limit=1) == [("发票", 4)]
    async with writing(engine) as sql:
        await forget_phrases(sql, accounts[:1], ["发票", "没有这句"])
    async with reading(engine) as sql:
        assert await unmatched_phrases(sql, accounts) == [("发票", 1), ("积分商城", 1)]
