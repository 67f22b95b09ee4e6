"""The end of a shift and of a job: nothing strands, everything has its note, and customers find who knows them."""

import pytest

from sessions import events as ev
from tests.builders import Desk, fields_of, make_site, who


@pytest.fixture
def desk() -> Desk:
    """Three seats for cards, the first of which has come; `s4` serves bills."""
    seats = {"s1": {"cards": 3}, "s2": {"cards": 3}, "s3": {"cards": 3}, "s4": {"bills": 3}}
    desk = Desk(make_site(seats, soft_cap=10, every_group={"sticky_wait_s": 30}))
    desk.come("s1")
    return desk


# The end of a shift.


def test_nobody_leaves_with_customers_unless_they_hand_them_over(desk: Desk) -> None:
    desk.served("ann", "s1")
    assert desk.sign_out("s1").refusal == "sessions_open"
    assert desk.hand_over("s1").answer.ok
    assert desk.seat("s1").presence == "offline"


def test_who_waits_for_a_reply_goes_back_to_the_line_and_rings_with_the_note(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.come("s2")
    desk.wait(30)
    happened = desk.hand_over("s1", notes={session: "wants the limit raised"})
    assert happened.kinds == ["segment_ended", "session_queued", "seat_signed_out", "session_offered"]
    ended, queued, offered = (happened.only(kind) for kind in (ev.SegmentEnded, ev.SessionQueued, ev.SessionOffered))
    assert fields_of(ended, "reason", "note", "duration_ms") == ("shift_end", "wants the limit raised", 30_000)
    assert fields_of(queued, "reason", "priority", "from_seat") == ("shift_end", 3, "s1")
    assert fields_of(offered, "seat", "note") == ("s2", "wants the limit raised")
    desk.wait(20)
    assert fields_of(desk.ledger[-1], "seat", "note") == ("s2", "wants the limit raised"), (
        "it rings again, note and all"
    )


def test_one_note_may_be_for_all(desk: Desk) -> None:
    one, other = desk.served("ann", "s1"), desk.served("bob", "s1")
    desk.send("s1", other)
    desk.come("s2")
    happened = desk.hand_over("s1", "late shift, sorry", {one: "angry"})
    notes = {each.session: each.note for each in happened.every(ev.SegmentEnded)}
    assert notes == {one: "angry", other: "late shift, sorry"}


def test_who_has_gone_quiet_is_kept_by_a_colleague(desk: Desk) -> None:
    active, parked = desk.quiet("ann", "s1"), desk.parked("bob", "s1")
    desk.come("s2")
    happened = desk.hand_over("s1", "over to you")
    moved = happened.every(ev.SessionMoved)
    assert [fields_of(each, "session", "from_seat", "to_seat", "segment", "reason", "note") for each in moved] == [
        (each, "s1", "s2", 2, "shift_end", "over to you") for each in (active, parked)
    ]
    assert happened.only(ev.SessionParked).session == active, "its slot is given back first"
    assert (desk.seat("s2").load, list(desk.seat("s2").parked)) == (0, [active, parked])
    desk.write("ann")
    assert (desk.session(active).state, desk.session(active).seat) == ("active", "s2")


def test_the_colleagues_share_them(desk: Desk) -> None:
    for name in ("a", "b", "c", "d"):
        desk.parked(name, "s1")
    desk.come("s2", "s3", "s4")
    desk.hand_over("s1")
    assert [len(desk.seat(seat).parked) for seat in ("s2", "s3", "s4")] == [2, 2, 0], "who serves the group, in turn"


def test_rather_not_those_who_are_on_a_break(desk: Desk) -> None:
    desk.parked("ann", "s1")
    desk.come("s2", "s3")
    desk.set_presence("s2", "break", "meal")
    assert desk.hand_over("s1").only(ev.SessionMoved).to_seat == "s3"


def test_with_nobody_on_duty_they_are_kept(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    desk.hand_over("s1")
    assert (desk.session(session).seat, desk.session(session).state) == ("s1", "parked")
    desk.come("s1")
    desk.write("ann")
    assert desk.session(session).state == "active", "and found there the next morning"


def test_with_nobody_on_duty_who_waits_waits_in_line(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.hand_over("s1", "wants the limit raised")
    assert desk.line() == [session]
    desk.come("s2")
    assert fields_of(desk.ledger[-1], "session", "note") == (session, "wants the limit raised")


def test_what_rings_goes_on_ringing_elsewhere_and_forms_close(desk: Desk) -> None:
    wrapping = desk.wrapping("ann", "s1")
    ringing = desk.waiting("bob")
    desk.come("s2")
    happened = desk.hand_over("s1")
    assert happened.only(ev.SessionClosed).session == wrapping
    assert happened.only(ev.OfferRescinded).session == ringing
    assert desk.rings_at(ringing) == "s2"


def test_a_hand_over_to_a_colleague_that_rings_is_taken_back(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.come("s2")
    desk.transfer("s1", session, to_seat="s2")
    happened = desk.hand_over("s1")
    assert happened.kinds[:3] == ["offer_rescinded", "segment_ended", "session_queued"]
    assert desk.rings_at(session) == "s2"


def test_a_quiet_one_with_a_ringing_hand_over_parks_all_the_same(desk: Desk) -> None:
    session = desk.quiet("ann", "s1")
    desk.come("s2")
    desk.transfer("s1", session, to_seat="s2")
    happened = desk.hand_over("s1")
    assert happened.kinds == [
        "offer_rescinded",
        "session_parked",
        "segment_ended",
        "session_moved",
        "seat_signed_out",
    ]


def test_the_seat_that_handed_over_is_asked_last(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.hand_over("s1")
    assert desk.session(session).excluded == ("s1",)


# Lost.


def test_of_a_lost_seat_who_waits_goes_to_the_line_and_who_is_quiet_parks(desk: Desk) -> None:
    waits, quiet = desk.served("ann", "s1"), desk.quiet("bob", "s1")
    desk.disconnect("s1")
    happened = desk.wait(60)
    assert happened.only(ev.SessionQueued).session == waits
    assert fields_of(happened.only(ev.SessionParked), "session", "reason", "seat") == (quiet, "seat_lost", "s1")
    assert fields_of(happened.only(ev.SeatSignedOut), "set_by", "cause") == ("system", "seat_grace_s=60")


# Gone for good.


def test_a_successor_inherits_the_customers_and_what_is_parked(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    known = desk.wrapping("bob", "s1")
    desk.wrap_up("s1", known)
    desk.sign_out("s1")
    happened = desk.configure(make_site(["s2", "s3"], successors={"s1": "s2"}, version=2))
    assert happened.kinds == ["site_configured", "customers_inherited", "segment_ended", "session_moved"]
    assert fields_of(happened.only(ev.SessionMoved), "session", "to_seat", "reason") == (session, "s2", "inherited")
    assert desk.floor.conversations[who("bob")].last_seat == "s2"
    assert "s1" not in desk.floor.seats
    desk.come("s2")
    desk.write("ann")
    assert desk.session(session).seat == "s2"


def test_an_inherited_customer_is_asked_for_at_the_heirs_seat_first(desk: Desk) -> None:
    known = desk.wrapping("bob", "s1")
    desk.wrap_up("s1", known)
    desk.sign_out("s1")
    heirs = make_site(["s2", "s3"], successors={"s1": "s3"}, every_group={"sticky_wait_s": 30}, version=2)
    desk.configure(heirs)
    desk.come("s2", "s3")
    assert fields_of(desk.write("bob").only(ev.SessionOffered), "seat", "exclusive") == ("s3", "sticky")


def test_the_successor_may_be_named_later(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    desk.sign_out("s1")
    desk.configure(make_site(["s2"], version=2))
    assert desk.session(session).seat == "s1"
    desk.configure(make_site(["s2"], successors={"s1": "s2"}, version=3))
    assert desk.session(session).seat == "s2"
    assert not desk.configure(make_site(["s2"], successors={"s1": "s2"}, version=4)).every(ev.CustomersInherited)


def test_the_successors_successor_inherits_where_both_are_gone(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    desk.sign_out("s1")
    desk.configure(make_site(["s3"], successors={"s1": "s2", "s2": "s3"}, version=2))
    assert desk.session(session).seat == "s3"


def test_successors_in_a_circle_inherit_nothing(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    desk.sign_out("s1")
    happened = desk.configure(make_site(["s3"], successors={"s1": "s2", "s2": "s1"}, version=2))
    assert not happened.every(ev.CustomersInherited)
    assert desk.session(session).seat == "s1"


def test_a_seat_that_is_still_there_leaves_nothing_to_its_successor(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    desk.configure(make_site(["s1", "s2"], successors={"s1": "s2"}, version=2))
    assert desk.session(session).seat == "s1"


def test_who_still_sits_at_a_seat_that_is_gone_finishes_and_hands_over(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.come("s2")
    desk.configure(make_site(["s2"], version=2))
    assert desk.send("s1", session).answer.ok
    assert desk.sign_out("s1").refusal == "sessions_open"
    happened = desk.hand_over("s1")
    assert happened.only(ev.SessionMoved).to_seat == "s2"
    assert "s1" not in desk.floor.seats
