"""Who waits, in which order, and that nobody waits while there is room."""

from sessions import events as ev
from sessions.ids import HARD_CAP
from tests.builders import Desk, make_site


def names(count: int) -> list[str]:
    return [f"customer-{n}" for n in range(count)]


def swamped(*, soft_cap: int = 1) -> tuple[Desk, str]:
    """One seat, full to its soft cap with one session in service."""
    desk = Desk(make_site(["s1"], soft_cap=soft_cap))
    desk.come("s1")
    return desk, desk.served("first", "s1")


def test_whoever_writes_while_nobody_is_there_waits() -> None:
    desk = Desk(make_site(["s1"]))
    sessions = [desk.waiting(name) for name in names(3)]
    assert desk.line() == sessions


def test_signing_in_drains_the_line_in_order_up_to_the_soft_cap() -> None:
    desk = Desk(make_site(["s1"], soft_cap=2))
    sessions = [desk.waiting(name) for name in names(3)]
    desk.connect("s1")
    offered = desk.sign_in("s1").every(ev.SessionOffered)
    assert [each.session for each in offered] == sessions[:2]
    assert desk.line() == sessions[2:]


def test_a_slot_that_frees_is_filled_in_the_same_step() -> None:
    desk, held = swamped()
    waiting = desk.waiting("ann")
    desk.hang_up("s1", held)
    assert desk.line() == [waiting], "wrap-up keeps the slot"
    happened = desk.wrap_up("s1", held)
    assert happened.kinds == ["segment_ended", "session_closed", "session_offered"]
    assert happened.only(ev.SessionOffered).session == waiting


def test_a_seat_gets_nothing_of_a_group_that_it_does_not_serve() -> None:
    desk = Desk(make_site({"s1": {"bills": 3}}))
    waiting = desk.waiting("ann")
    desk.come("s1")
    assert desk.line("cards") == [waiting]
    assert desk.seat("s1").load == 0


def test_offers_stop_at_the_soft_cap() -> None:
    desk = Desk(make_site(["s1"], soft_cap=3))
    desk.come("s1")
    for name in names(5):
        desk.write(name)
    assert desk.seat("s1").load == 3
    assert len(desk.line()) == 2


def test_a_soft_cap_over_ten_is_ten() -> None:
    desk = Desk(make_site(["s1"], soft_cap=99))
    desk.come("s1")
    for name in names(12):
        desk.write(name)
    assert desk.seat("s1").load == HARD_CAP == 10
    assert len(desk.line()) == 2


def test_the_eleventh_is_refused_to_everybody() -> None:
    desk = Desk(make_site(["s1", "s2"], soft_cap=10))
    desk.come("s1")
    for name in names(10):
        desk.served(name, "s1")
    desk.come("s2")
    extra = desk.served("ann", "s2")
    assert desk.transfer("s2", extra, to_seat="s1").refusal == "seat_full"
    assert desk.seat("s1").load == 10


def test_a_ringing_hand_over_reserves_the_tenth_slot() -> None:
    desk = Desk(make_site(["s1", "s2"], soft_cap=9))
    desk.come("s1")
    for name in names(9):
        desk.served(name, "s1")
    desk.come("s2")
    one, other = desk.served("ann", "s2"), desk.served("bob", "s2")
    assert desk.transfer("s2", one, to_seat="s1").answer.ok
    assert desk.transfer("s2", other, to_seat="s1").refusal == "seat_full"


def test_a_higher_soft_cap_lets_those_in_who_wait() -> None:
    desk, _ = swamped(soft_cap=1)
    waiting = desk.waiting("ann")
    offered = desk.configure(make_site(["s1"], soft_cap=2, version=2)).only(ev.SessionOffered)
    assert offered.session == waiting


def test_a_lower_soft_cap_takes_nothing_away() -> None:
    desk = Desk(make_site(["s1"], soft_cap=3))
    desk.come("s1")
    sessions = [desk.served(name, "s1") for name in names(3)]
    desk.configure(make_site(["s1"], soft_cap=1, version=2))
    assert list(desk.seat("s1").held) == sessions
    desk.write("ann")
    desk.hang_up("s1", sessions[0])
    desk.wrap_up("s1", sessions[0])
    assert len(desk.line()) == 1, "two are still more than one"


def test_a_hand_over_is_worth_three_minutes_of_waiting_and_a_missed_ring_one() -> None:
    desk, held = swamped()
    opened_at = desk.now
    desk.transfer("s1", held, to_group="bills")
    assert (desk.session(held).priority, desk.session(held).sort_key) == (3, opened_at - 180_000)
    ringing = desk.waiting("ann")
    desk.wait(20)
    assert (desk.session(ringing).priority, desk.session(ringing).sort_key) == (1, opened_at - 60_000)


def test_points_move_a_session_before_those_who_came_less_than_so_many_minutes_earlier() -> None:
    desk = Desk(make_site({"s2": {"bills": 3}}))
    oldest = desk.waiting("ann")
    desk.wait(1)
    older = desk.waiting("bob")
    desk.configure(make_site({"s2": {"bills": 3}}, default_group="bills", version=2))
    desk.come("s2")
    desk.wait(179.5)
    moved = desk.served("cem", "s2")
    desk.transfer("s2", moved, to_group="cards")
    assert desk.line("cards") == [oldest, moved, older], "three points: less than three minutes after the other"


def test_those_who_came_in_the_same_instant_go_by_their_numbers() -> None:
    desk = Desk(make_site(["s1"], soft_cap=1))
    sessions = [desk.waiting(name) for name in reversed(names(5))]
    assert desk.line() == sorted(sessions) == sessions


def test_requeueing_keeps_the_place_in_line() -> None:
    desk = Desk(make_site(["s1"], soft_cap=1))
    desk.come("s1")
    first = desk.waiting("ann")
    desk.wait(1)
    second = desk.waiting("bob")
    desk.reject("s1", first)
    assert desk.line() == [first, second]


def test_a_seat_in_two_groups_takes_who_waits_longest_in_either() -> None:
    site = make_site({"s1": {"cards": 3, "bills": 3}, "s2": {"cards": 3}}, soft_cap=1)
    desk = Desk(site)
    desk.come("s2")
    moved = desk.served("ann", "s2")
    desk.wait(10)
    card = desk.waiting("bob")
    desk.wait(10)
    desk.transfer("s2", moved, to_group="bills")
    assert desk.line("bills") == [moved]
    desk.connect("s1")
    happened = desk.sign_in("s1")
    assert happened.only(ev.SessionOffered).session == moved
    assert desk.rings_at(card) == "s2", "it took the slot that the transfer freed"


def test_seats_below_the_required_level_get_nothing() -> None:
    desk = Desk(make_site({"s1": {"cards": 1}}, groups={"cards": 2}))
    desk.come("s1")
    waiting = desk.waiting("ann")
    assert desk.line() == [waiting]
    desk.configure(make_site({"s1": {"cards": 2}}, groups={"cards": 2}, version=2))
    assert desk.rings_at(waiting) == "s1"


def test_sessions_spread_over_the_seats_that_have_least_to_answer() -> None:
    desk = Desk(make_site(["s1", "s2", "s3"]))
    desk.come("s1", "s2", "s3")
    for name in names(6):
        desk.write(name)
    assert [desk.seat(seat).load for seat in ("s1", "s2", "s3")] == [2, 2, 2]
