"""After hanging up: the slot is kept for half a minute, the form for five; the customer may write again."""

import pytest

from sessions import events as ev
from sessions.settings import Dispositions
from tests.builders import Desk, fields_of, make_site


@pytest.fixture
def desk() -> Desk:
    desk = Desk(make_site(["s1"]))
    desk.come("s1")
    return desk


def test_hanging_up_begins_the_wrap_up(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    hung_up = desk.hang_up("s1", session).only(ev.SessionHungUp)
    assert fields_of(hung_up, "seat", "customer", "reason") == ("s1", "bank:ann", "seat_end")
    assert (hung_up.slot_until, hung_up.wrap_until) == (desk.now + 30_000, desk.now + 300_000)
    assert desk.session(session).state == "wrap_up"
    assert desk.seat("s1").load == 1
    assert desk.seat("s1").capacity.pending == 0, "nobody waits for an answer any more"


def test_the_form_filled_in_closes_the_session(desk: Desk) -> None:
    session = desk.wrapping("ann", "s1")
    desk.wait(10)
    happened = desk.wrap_up("s1", session, "lost_card", "blocked it")
    assert happened.kinds == ["segment_ended", "session_closed"]
    assert fields_of(happened.only(ev.SegmentEnded), "reason", "duration_ms") == ("hung_up", 10_000)
    closed = happened.only(ev.SessionClosed)
    assert fields_of(closed, "seat", "reason", "disposition", "remark") == (
        "s1",
        "seat_end",
        "lost_card",
        "blocked it",
    )
    assert session not in desk.floor.sessions
    assert desk.seat("s1").load == 0


def test_after_thirty_seconds_the_slot_is_free_though_the_form_is_open(desk: Desk) -> None:
    session = desk.wrapping("ann", "s1")
    assert desk.wait(29.999).kinds == []
    released = desk.wait(0.001).only(ev.SlotReleased)
    assert fields_of(released, "session", "seat", "cause") == (session, "s1", "wrap_block_s=30")
    assert desk.seat("s1").load == 0
    assert desk.session(session).seat == "s1"
    assert desk.wrap_up("s1", session).answer.ok, "the form can still be filled in"


def test_a_slot_that_the_timer_frees_is_filled_in_the_same_step() -> None:
    desk = Desk(make_site(["s1"], soft_cap=1))
    desk.come("s1")
    desk.wrapping("ann", "s1")
    waiting = desk.waiting("bob")
    happened = desk.wait(30)
    assert happened.kinds == ["slot_released", "session_offered"]
    assert happened.only(ev.SessionOffered).session == waiting


def test_after_five_minutes_the_form_closes_by_itself(desk: Desk) -> None:
    session = desk.wrapping("ann", "s1")
    closed = desk.wait(300).only(ev.SessionClosed)
    assert fields_of(closed, "session", "disposition", "cause") == (session, "autowrap", "wrap_max_s=300")
    assert desk.wrap_up("s1", session).refusal == "session_unknown"


def test_a_form_shorter_than_the_block_frees_the_slot_with_it() -> None:
    desk = Desk(make_site(["s1"], wrap_block_s=30, wrap_max_s=10))
    desk.come("s1")
    desk.wrapping("ann", "s1")
    assert desk.wait(10).kinds == ["segment_ended", "session_closed"]
    assert desk.wait(20).kinds == []


def test_only_what_was_hung_up_can_be_wrapped_up(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    assert desk.wrap_up("s1", session).refusal == "session_not_in_wrap_up"


def test_nothing_is_said_and_nothing_handed_over_after_hanging_up(desk: Desk) -> None:
    session = desk.wrapping("ann", "s1")
    assert desk.send("s1", session).refusal == "session_not_active"
    assert desk.hang_up("s1", session).refusal == "session_not_active"
    assert desk.transfer("s1", session, to_group="bills").refusal == "session_not_active"
    assert desk.note("s1", session).answer.ok, "but remarks may be added"


# The customer writes again.


def test_a_message_during_wrap_up_goes_on_with_the_same_segment(desk: Desk) -> None:
    session = desk.wrapping("ann", "s1")
    happened = desk.write("ann", "one more thing")
    assert happened.kinds == ["session_resumed", "message_received"]
    received = happened.only(ev.MessageReceived)
    assert fields_of(received, "session", "seat", "turn_began") == (session, "s1", True)
    live = desk.session(session)
    assert (live.state, live.segment, live.close_reason) == ("active", 1, None)
    assert desk.seat("s1").capacity.pending == 1


def test_a_resumed_session_is_not_touched_by_the_timers_of_its_wrap_up(desk: Desk) -> None:
    session = desk.wrapping("ann", "s1")
    desk.write("ann")
    assert desk.wait(600).kinds == []
    assert (desk.session(session).state, desk.seat("s1").load) == ("active", 1)


def test_hung_up_again_it_has_its_time_again(desk: Desk) -> None:
    session = desk.wrapping("ann", "s1")
    desk.wait(20)
    desk.write("ann")
    desk.hang_up("s1", session)
    assert desk.wait(29).kinds == []
    assert desk.wait(1).kinds == ["slot_released"]
    assert desk.wait(270).kinds == ["segment_ended", "session_closed"]


def test_a_slot_that_was_given_up_is_taken_again(desk: Desk) -> None:
    session = desk.wrapping("ann", "s1")
    desk.wait(30)
    assert desk.seat("s1").load == 0
    desk.write("ann")
    assert (desk.seat("s1").load, list(desk.seat("s1").held)) == (1, [session])


def test_above_the_soft_cap_it_comes_back_all_the_same() -> None:
    desk = Desk(make_site(["s1"], soft_cap=1))
    desk.come("s1")
    desk.wrapping("ann", "s1")
    desk.wait(30)
    desk.served("bob", "s1")
    assert "session_resumed" in desk.write("ann").kinds
    assert desk.seat("s1").load == 2


def test_a_seat_that_is_full_meanwhile_is_asked_alone_for_a_while_and_then_anyone() -> None:
    desk = Desk(make_site(["s1", "s2"], soft_cap=10))
    desk.come("s1")
    session = desk.wrapping("ann", "s1")
    first_enqueued_at = desk.session(session).first_enqueued_at
    desk.wait(30)
    for n in range(10):
        desk.served(f"customer-{n}", "s1")
    desk.come("s2")
    happened = desk.write("ann", "one more thing")
    assert happened.kinds == ["segment_ended", "session_queued", "message_received"]
    queued = happened.only(ev.SessionQueued)
    assert fields_of(queued, "reason", "from_seat", "first_enqueued_at") == ("woken", "s1", first_enqueued_at)
    assert desk.wait(30).only(ev.SessionOffered).seat == "s2"
    desk.accept("s2", session)
    assert (desk.seat("s1").load, desk.seat("s2").capacity.pending) == (10, 1)


def test_after_closing_a_message_opens_a_new_session(desk: Desk) -> None:
    session = desk.wrapping("ann", "s1")
    desk.wrap_up("s1", session)
    opened = desk.write("ann").only(ev.SessionOpened)
    assert fields_of(opened, "previous") == (session,)


def test_a_text_over_the_limit_resumes_nothing(desk: Desk) -> None:
    session = desk.wrapping("ann", "s1")
    assert desk.write("ann", "x" * 601).kinds == ["message_refused", "notice_sent"]
    assert desk.session(session).state == "wrap_up"


def test_dispositions_are_asked_for_and_never_keep_a_customer(desk: Desk) -> None:
    asked = Dispositions(choices=("bill", "card"), required=True)
    desk.configure(make_site(["s1"], every_group={"dispositions": asked}, version=2))
    session = desk.wrapping("ann", "s1")
    assert desk.wrap_up("s1", session, "").refusal == "disposition_missing"
    assert desk.wrap_up("s1", session, "gossip").refusal == "disposition_unknown"
    assert desk.write("ann", "one more thing").kinds == ["session_resumed", "message_received"]
    desk.hang_up("s1", session)
    for _ in range(30):
        desk.beat()
        happened = desk.wait(10)
    assert happened.only(ev.SessionClosed).disposition == "autowrap"
