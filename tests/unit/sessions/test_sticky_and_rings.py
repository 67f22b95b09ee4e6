"""Who is asked first, how the circle widens with the wait, and what moves a customer forward in line."""

from typing import Any

import pytest
from msgspec.structs import replace

from sessions import events as ev
from sessions.ids import GroupId, Millis, SessionId
from sessions.settings import Rings
from tests.builders import Desk, fields_of, make_site
from tests.laws import check_rebuilt

HOUR = 3600
RINGS = Rings(level_down_s=30, overflow_s=60, overflow_groups=(GroupId("bills"),), leave_message_s=None)


def desk_with(*, came: tuple[str, ...] = (), seats: Any = ("s1", "s2"), **site: Any) -> Desk:
    """A site where the customer's last seat is asked for half a minute; who has come is at work."""
    desk = Desk(make_site(seats, every_group={"sticky_wait_s": 30, **site.pop("every_group", {})}, **site))
    desk.come(*came)
    return desk


def known_to(desk: Desk, seat: str, name: str = "ann") -> SessionId:
    """The customer was served by this seat, alone at work, and it is over."""
    session = desk.wrapping(name, seat)
    desk.wrap_up(seat, session)
    return session


# The seat that the customer knows.


def test_the_seat_that_the_customer_knows_is_asked_first_and_alone() -> None:
    desk = desk_with(came=("s1",))
    known_to(desk, "s1")
    desk.served("bob", "s1")
    desk.come("s2")
    happened = desk.write("ann")
    queued, offered = happened.only(ev.SessionQueued), happened.only(ev.SessionOffered)
    assert fields_of(queued, "exclusive", "exclusive_why", "exclusive_until") == ("s1", "sticky", desk.now + 30_000)
    assert fields_of(offered, "seat", "exclusive", "passed_over") == ("s1", "sticky", {})


@pytest.mark.parametrize("why", ["full", "busy", "signed_out", "cooling_down"])
def test_nobody_waits_for_a_seat_that_has_no_room_now(why: str) -> None:
    desk = desk_with(came=("s1",), soft_cap=1)
    known_to(desk, "s1")
    match why:
        case "full":
            desk.served("bob", "s1")
        case "busy":
            desk.set_presence("s1", "busy")
        case "signed_out":
            desk.sign_out("s1")
        case _:
            desk.reject("s1", desk.waiting("bob"))
    desk.come("s2")
    if why == "cooling_down":
        desk.write("bob", "0")
    happened = desk.write("ann")
    assert happened.only(ev.SessionQueued).exclusive is None
    assert happened.only(ev.SessionOffered).seat == "s2"


def test_it_is_known_for_three_days_and_no_longer() -> None:
    for hours, expected in ((71, "s1"), (73, None)):
        desk = desk_with(came=("s1",))
        known_to(desk, "s1")
        desk.wait(hours * HOUR)
        assert desk.write("ann").only(ev.SessionQueued).exclusive == expected


def test_a_ring_for_the_known_seat_lasts_no_longer_than_it_may_be_asked_alone() -> None:
    desk = desk_with(came=("s1",), every_group={"sticky_wait_s": 8})
    known_to(desk, "s1")
    offered = desk.write("ann").only(ev.SessionOffered)
    assert offered.expires_at == desk.now + 8000


def test_unanswered_it_goes_to_anyone_else() -> None:
    desk = desk_with(came=("s1",))
    known_to(desk, "s1")
    session = desk.waiting("ann")
    desk.come("s2")
    happened = desk.wait(20)
    assert happened.only(ev.SessionQueued).exclusive is None
    assert desk.rings_at(session) == "s2"


def test_a_known_seat_that_is_filled_meanwhile_is_asked_until_the_time_is_over() -> None:
    desk = desk_with(came=("s1",), soft_cap=1)
    known_to(desk, "s1")
    known_to(desk, "s1", "bob")
    desk.waiting("ann")
    session = desk.session_of("ann")
    assert session is not None
    assert desk.rings_at(session.id) == "s1"
    assert desk.write("bob").only(ev.SessionQueued).exclusive is None, "the ring has the slot"


def test_where_nobody_is_known_anyone_is_asked() -> None:
    desk = desk_with(came=("s1",), every_group={"sticky_wait_s": 0})
    known_to(desk, "s1")
    assert desk.write("ann").only(ev.SessionQueued).exclusive is None


# Rings.


def ringed(**seats: dict[str, int]) -> Desk:
    """Cards need level 2; after half a minute 1 will do, after a minute the seats of bills will."""
    return Desk(make_site(seats, groups={"cards": 2, "bills": 1}, soft_cap=1, every_group={"rings": RINGS}))


def test_after_a_while_a_level_less_is_enough() -> None:
    desk = ringed(s1={"cards": 1})
    desk.come("s1")
    session = desk.waiting("ann")
    assert desk.wait(29.999).kinds == []
    happened = desk.wait(0.001)
    assert happened.kinds == ["queue_widened", "session_offered"]
    widened = happened.only(ev.QueueWidened)
    assert fields_of(widened, "session", "ring", "cause") == (session, 1, "rings.level_down=30")
    assert widened.widening == ev.Widening(ring=2, at=Millis(desk.floor.at + 30_000))
    assert fields_of(happened.only(ev.SessionOffered), "seat", "ring") == ("s1", 1)


def test_after_a_longer_while_other_groups_help_out() -> None:
    desk = ringed(s1={"bills": 1})
    desk.come("s1")
    desk.waiting("ann")
    happened = desk.wait(60)
    assert happened.kinds == ["queue_widened", "queue_widened", "session_offered"]
    assert fields_of(happened.only(ev.SessionOffered), "seat", "ring", "group") == ("s1", 2, "cards")


def test_a_level_that_every_seat_has_is_not_lowered() -> None:
    desk = Desk(make_site(["s1"], every_group={"rings": RINGS}))
    desk.waiting("ann")
    assert [each.ring for each in desk.wait(60).every(ev.QueueWidened)] == [2]


def test_a_seat_of_an_earlier_ring_is_preferred_though_the_circle_is_wider() -> None:
    desk = ringed(s1={"cards": 1}, s2={"cards": 2})
    desk.come("s1", "s2")
    desk.served("bob", "s2")
    other = desk.waiting("cem")
    desk.wait(30)
    desk.accept("s1", other)
    session = desk.waiting("ann")
    desk.wait(30)
    assert desk.line() == [session]
    roomier = replace(desk.floor.site, version=2, seats=make_site(["s1", "s2"], soft_cap=2).seats)
    seats = {name: replace(seat, skills=desk.floor.site.seats[name].skills) for name, seat in roomier.seats.items()}
    offered = desk.configure(replace(roomier, seats=seats)).only(ev.SessionOffered)
    assert fields_of(offered, "seat", "ring") == ("s2", 0), "both have room now"


def test_a_ring_in_vain_does_not_narrow_the_circle() -> None:
    desk = ringed(s1={"cards": 2}, s2={"cards": 1})
    session = desk.waiting("ann")
    desk.wait(25)
    desk.come("s1")
    assert desk.rings_at(session) == "s1"
    desk.connect("s2")
    desk.sign_in("s2")
    queued = desk.wait(20).only(ev.SessionQueued)
    assert queued.ring == 1, "it has waited for three quarters of a minute"
    assert desk.rings_at(session) == "s2"


def test_a_transfer_begins_with_the_nearest_circle() -> None:
    desk = ringed(s1={"cards": 2})
    desk.come("s1")
    session = desk.served("ann", "s1")
    desk.wait(100)
    queued = desk.transfer("s1", session, to_group="bills").only(ev.SessionQueued)
    assert queued.ring == 0


def test_rings_outlive_a_restart() -> None:
    desk = ringed(s1={"bills": 1})
    desk.waiting("ann")
    desk.wait(30)
    desk.floor = check_rebuilt(desk.floor)
    assert desk.wait(30).only(ev.QueueWidened).ring == 2


# Points.


def points(happened: list[ev.Event]) -> int:
    (queued,) = [each for each in happened if isinstance(each, ev.SessionQueued)]
    return queued.priority


def test_a_mark_moves_its_customer_forward_in_every_line() -> None:
    desk = desk_with(came=("s1",))
    session = desk.served("ann", "s1")
    desk.mark("s1", session, "vip")
    desk.hang_up("s1", session)
    desk.wrap_up("s1", session)
    desk.wait(25 * HOUR)
    assert points(desk.write("ann")) == 5


def test_both_marks_and_a_return_add_up() -> None:
    desk = desk_with(came=("s1",))
    session = desk.served("ann", "s1")
    desk.mark("s1", session, "vip")
    desk.mark("s1", session, "complaint")
    desk.hang_up("s1", session)
    desk.wrap_up("s1", session)
    assert points(desk.write("ann")) == 12


def test_who_comes_back_within_a_day_is_two_minutes_ahead() -> None:
    for hours, expected in ((23, 2), (25, 0)):
        desk = desk_with(came=("s1",))
        known_to(desk, "s1")
        desk.wait(hours * HOUR)
        assert points(desk.write("ann")) == expected


def test_a_mark_that_is_set_in_service_counts_in_the_next_line() -> None:
    desk = desk_with(came=("s1",))
    session = desk.served("ann", "s1")
    assert desk.mark("s1", session, "vip").only(ev.CustomerMarked).priority == 5
    assert points(desk.transfer("s1", session, to_group="bills")) == 8


def test_a_mark_that_is_lifted_counts_no_more() -> None:
    desk = desk_with(came=("s1",))
    session = desk.served("ann", "s1")
    desk.mark("s1", session, "vip")
    assert desk.mark("s1", session, "vip").kinds == [], "once is enough"
    desk.mark("s1", session, "vip", on=False)
    assert points(desk.transfer("s1", session, to_group="bills")) == 3


def test_fifteen_points_are_the_most() -> None:
    desk = desk_with(came=("s1",), transfer_points=9)
    session = desk.served("ann", "s1")
    desk.mark("s1", session, "vip")
    desk.mark("s1", session, "complaint")
    queued = desk.transfer("s1", session, to_group="bills").only(ev.SessionQueued)
    assert queued.priority == 15
    assert queued.sort_key == queued.first_enqueued_at - 15 * 60_000


def test_every_ring_in_vain_is_worth_a_minute() -> None:
    desk = desk_with(came=("s1", "s2"))
    desk.waiting("ann")
    assert points(desk.wait(20)) == 1
    assert points(desk.wait(20)) == 2


def test_marks_are_set_by_the_seat_that_serves_the_customer() -> None:
    desk = desk_with(came=("s1",))
    session = desk.served("ann", "s1")
    desk.come("s2")
    assert desk.mark("s2", session).refusal == "not_your_session"
    marked = desk.mark("s1", session, "complaint").only(ev.CustomerMarked)
    assert fields_of(marked, "customer", "mark", "on", "user", "seat") == (
        "bank:ann",
        "complaint",
        True,
        "user-s1",
        "s1",
    )


def test_a_marked_customer_is_not_forgotten() -> None:
    desk = desk_with(came=("s1",))
    session = desk.served("ann", "s1")
    desk.mark("s1", session, "vip")
    desk.hang_up("s1", session)
    desk.wrap_up("s1", session)
    desk.wait(30 * 24 * HOUR)
    assert points(desk.write("ann")) == 5
