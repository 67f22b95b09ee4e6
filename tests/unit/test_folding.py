"""What the archive's rows say after a story, however the ledger was cut into batches."""

import itertools
from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import SQLModel

from desk.store.folding import Entry, Rows, fold_batch, touched_by
from desk.store.models import ArchivedMessage
from sessions import events as ev
from sessions.ids import MessageId, SessionId
from tests.stories import Story, served_story

STORY = served_story()
SESSION = "20261123-0001"


def fold(entries: list[Entry]) -> Rows:
    return fold_batch(Rows(), entries)


def said(rows: Rows, session: str = SESSION) -> list[ArchivedMessage]:
    return sorted((each for each in rows.messages.values() if each.session == session), key=lambda each: each.seq)


def dump(rows: Rows) -> list[dict[str, object]]:
    everything: list[SQLModel] = [*rows.sessions.values(), *rows.segments.values(), *rows.messages.values()]
    return [row.model_dump() for row in everything]


def test_a_session_tells_its_whole_course() -> None:
    session = fold(STORY.entries).sessions[SESSION]
    opened = session.opened_at
    assert session.model_dump() == {
        "id": SESSION,
        "customer": "demo:ming",
        "account": "demo",
        "skill_group": "card_service",
        "state": "closed",
        "previous": None,
        "opened_at": opened,
        "first_enqueued_at": opened,
        "accepted_at": opened + 5_000,
        "first_reply_at": opened + 13_000,
        "hung_up_at": opened + 71_000,
        "closed_at": opened + 83_000,
        "seat": "agent2",
        "username": "agent2",
        "close_reason": "seat_end",
        "disposition": "billing_dispute",
        "remark": "年费减免 268 元",
        "offers": 2,
        "segments": 2,
        "customer_messages": 5,
        "seat_messages": 3,
        "notices": 1,
        "notes": 1,
    }


def test_each_seat_that_held_it_has_a_segment() -> None:
    segments = fold(STORY.entries).segments
    first, second = segments[SESSION, 1], segments[SESSION, 2]
    assert (first.seat, first.end_reason, first.to_seat, first.note) == (
        "agent1",
        "transferred",
        "agent2",
        "账单争议，请接手",
    )
    assert first.ended_at == second.started_at
    assert (second.seat, second.end_reason, second.to_seat) == ("agent2", "hung_up", None)


def test_what_was_said_stands_in_order_with_its_fate() -> None:
    assert [(each.direction, each.kind, each.delivery, each.failure) for each in said(fold(STORY.entries))] == [
        ("customer", "text", "received", ""),
        ("customer", "text", "received", ""),
        ("seat", "text", "delivered", ""),
        ("customer", "image", "received", ""),
        ("customer", "voice", "received", ""),
        ("note", "text", "received", ""),
        ("seat", "text", "failed", "45015"),
        ("customer", "text", "refused", "text_too_long"),
        ("notice", "text", "sending", ""),
        ("seat", "text", "delivered", ""),
    ]


def test_a_fetched_file_is_found_from_its_message() -> None:
    picture, speech = said(fold(STORY.entries))[3:5]
    assert '"media":"aa.png","mime":"image/png"' in picture.content
    assert '"media":"bb.amr"' in speech.content
    assert '"recognition":"就是这笔","duration_ms":2300' in speech.content


def test_a_session_that_waits_has_no_seat_yet() -> None:
    waiting = fold(STORY.entries).sessions["20261123-0002"]
    assert (waiting.state, waiting.seat, waiting.accepted_at) == ("offered", None, None)


def test_a_customer_who_writes_during_wrap_up_reopens_it() -> None:
    story = Story()
    story.sign_in("agent1")
    story.write("ming", "你好")
    session = story.session_of("ming")
    story.accept("agent1", session)
    story.hang_up("agent1", session)
    assert fold(story.entries).sessions[session].state == "wrap_up"
    story.write("ming", "还有一件事")
    row = fold(story.entries).sessions[session]
    assert (row.state, row.hung_up_at, row.close_reason, row.segments) == ("active", None, "", 1)


def test_a_missed_ring_goes_back_to_the_line_and_is_counted() -> None:
    story = Story()
    story.sign_in("agent1")
    story.write("ming", "你好")
    session = story.session_of("ming")
    story.wait(21)
    row = fold(story.entries).sessions[session]
    assert (row.state, row.offers) == ("offered", 2)  # nobody else can: it rings there again
    assert row.first_enqueued_at == row.opened_at


def test_a_cold_transfer_changes_the_group() -> None:
    story = Story()
    story.sign_in("agent1")
    story.write("ming", "你好")
    session = story.session_of("ming")
    story.accept("agent1", session)
    story.transfer("agent1", session, to="billing", note="分期问题")
    rows = fold(story.entries)
    assert (rows.sessions[session].state, rows.sessions[session].skill_group) == ("queued", "billing")
    assert rows.segments[session, 1].to_group == "billing"


def test_what_is_said_outside_any_session_is_kept_all_the_same() -> None:
    story = Story()
    story.write("ming", "字" * 601)
    refused, notice = fold(story.entries).messages.values()
    assert (refused.session, refused.delivery, refused.customer) == (None, "refused", "demo:ming")
    assert (notice.direction, notice.occasion) == ("notice", "text_too_long")


def test_a_late_success_settles_an_uncertain_failure() -> None:
    story = Story()
    story.sign_in("agent1")
    story.write("ming", "你好")
    session = story.session_of("ming")
    story.accept("agent1", session)
    message = story.say("agent1", session, "您好")
    story.fail(message, session, "timeout")
    story.deliver(message, session)
    row = fold(story.entries).messages[message]
    assert (row.delivery, row.failure, row.uncertain) == ("delivered", "", False)


def test_events_about_rows_that_never_came_change_nothing() -> None:
    at, session = STORY.now, SessionId("20261122-0009")
    strays: list[ev.Event] = [
        ev.MessageDelivered(at=at, cause="x", message=MessageId("20261122-0009.3"), session=session),
        ev.SessionHungUp(
            at=at,
            cause="x",
            session=session,
            customer=STORY.floor.sessions[SessionId("20261123-0002")].customer,
            seat=next(iter(STORY.floor.seats)),
            reason="seat_end",
            slot_until=at,
            wrap_until=at,
        ),
    ]
    assert dump(fold([(seq, event) for (seq, _), event in zip(STORY.entries, strays, strict=False)])) == []


@given(cuts=st.sets(st.integers(1, len(STORY.entries) - 1)))
def test_batches_may_be_cut_anywhere(cuts: set[int]) -> None:
    borders = [0, *sorted(cuts), len(STORY.entries)]
    stored = Rows()
    for start, end in itertools.pairwise(borders):
        batch = STORY.entries[start:end]
        touched = touched_by(batch)
        loaded = deepcopy(
            Rows(
                sessions={key: row for key, row in stored.sessions.items() if key in touched.sessions},
                segments={key: row for key, row in stored.segments.items() if key[0] in touched.segments_of},
                messages={key: row for key, row in stored.messages.items() if key in touched.messages},
            )
        )
        fold_batch(loaded, batch)
        stored.sessions |= loaded.sessions
        stored.segments |= loaded.segments
        stored.messages |= loaded.messages
    assert dump(stored) == dump(fold(STORY.entries))
