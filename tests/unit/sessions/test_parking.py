"""A quiet session takes no slot and keeps its owner; what wakes it, and where it goes then."""

from typing import Any

import pytest

from sessions import events as ev
from sessions.settings import Ladder, Manners, Step
from tests.builders import Desk, fields_of, make_site
from tests.laws import check_rebuilt


@pytest.fixture
def desk() -> Desk:
    """Two seats of one group, the first of which has come; a woken session waits half a minute for its owner."""
    desk = Desk(make_site(["s1", "s2"], soft_cap=10, wake_reserve_percent=0, every_group={"wake_wait_s": 30}))
    desk.come("s1")
    return desk


def fill(desk: Desk, seat: str, number: int = 10) -> list[str]:
    """So many customers are served by this seat."""
    return [desk.served(f"customer-{n}", seat) for n in range(number)]


# Going to sleep.


def test_parked_it_holds_no_slot_and_keeps_its_owner(desk: Desk) -> None:
    session = desk.quiet("ann", "s1")
    happened = desk.park("s1", session)
    assert happened.kinds == ["session_parked"]
    assert fields_of(happened.only(ev.SessionParked), "seat", "reason", "silence") == ("s1", "manual", None)
    live, seat = desk.session(session), desk.seat("s1")
    assert (live.state, live.seat, live.segment) == ("parked", "s1", 1)
    assert (seat.load, list(seat.parked)) == (0, [session])


def test_a_slot_that_parking_frees_is_filled_in_the_same_step() -> None:
    desk = Desk(make_site(["s1"], soft_cap=1))
    desk.come("s1")
    session = desk.quiet("ann", "s1")
    waiting = desk.waiting("bob")
    happened = desk.park("s1", session)
    assert happened.kinds == ["session_parked", "session_offered"]
    assert happened.only(ev.SessionOffered).session == waiting


def test_nobody_is_parked_who_waits_for_a_reply(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    assert desk.park("s1", session).refusal == "reply_due"
    desk.send("s1", session)
    desk.write("ann")
    assert desk.park("s1", session).refusal == "reply_due"


def test_a_break_that_was_pending_begins_when_the_last_is_parked(desk: Desk) -> None:
    session = desk.quiet("ann", "s1")
    desk.set_presence("s1", "break", "meal")
    assert desk.park("s1", session).kinds == ["session_parked", "presence_changed"]


def test_a_seat_with_parked_sessions_only_may_leave(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    assert desk.sign_out("s1").answer.ok
    assert (desk.session(session).state, desk.session(session).seat) == ("parked", "s1")


def test_new_offers_leave_room_for_those_who_may_wake() -> None:
    desk = Desk(make_site(["s1"], soft_cap=10, wake_reserve_percent=15))
    desk.come("s1")
    for n in range(14):  # fifteen percent of fourteen: three may wake
        desk.parked(f"quiet-{n}", "s1")
    for n in range(7):
        desk.served(f"customer-{n}", "s1")
    waiting = desk.waiting("ann")
    assert desk.line() == [waiting]


def test_a_reserve_that_hanging_up_frees_is_given_out_at_once() -> None:
    desk = Desk(make_site(["s1"], soft_cap=10, wake_reserve_percent=15))
    desk.come("s1")
    parked = [desk.parked(f"quiet-{n}", "s1") for n in range(14)]
    for n in range(7):
        desk.served(f"customer-{n}", "s1")
    waiting = desk.waiting("ann")
    happened = desk.hang_up("s1", parked[0])
    assert happened.only(ev.SessionOffered).session == waiting, "thirteen are parked: two may wake"


# Waking.


def test_the_customers_next_words_wake_it_at_the_same_seat_at_once(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    desk.wait(900)
    happened = desk.write("ann", "I have found it")
    assert happened.kinds == ["session_woken", "message_received"]
    woken = happened.only(ev.SessionWoken)
    assert fields_of(woken, "seat", "reason", "parked_ms", "turn_began") == ("s1", "customer", 900_000, True)
    live = desk.session(session)
    assert (live.state, live.seat, live.segment, live.turn, live.turn_since) == ("active", "s1", 1, "seat", desk.now)
    assert (desk.seat("s1").load, desk.seat("s1").capacity.pending) == (1, 1)


def test_above_the_soft_cap_it_wakes_all_the_same() -> None:
    desk = Desk(make_site(["s1"], soft_cap=1))
    desk.come("s1")
    session = desk.parked("ann", "s1")
    desk.served("bob", "s1")
    desk.write("ann")
    assert (desk.session(session).state, desk.seat("s1").load) == ("active", 2)


def test_polite_words_do_not_wake_it(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    happened = desk.write("ann", "谢谢[玫瑰]")
    assert happened.kinds == ["message_received"]
    assert fields_of(happened.only(ev.MessageReceived), "closing", "seat") == (True, "s1")
    assert (desk.session(session).state, desk.session(session).unread) == ("parked", 1)


def test_a_text_over_the_limit_wakes_nobody(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    desk.write("ann", "x" * 601)
    assert desk.session(session).state == "parked"


def test_a_repeated_delivery_wakes_it_once(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    desk.write("ann", key="k")
    desk.send("s1", session)
    desk.park("s1", session)
    assert desk.write("ann", key="k").kinds == []


def test_it_wakes_after_a_restart(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    desk.floor = check_rebuilt(desk.floor)
    desk.write("ann")
    assert desk.session(session).state == "active"


# The owner has ten.


def test_at_ten_it_goes_to_the_front_of_the_line_for_its_owner_alone(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    fill(desk, "s1")
    oldest = desk.waiting("bob")
    desk.wait(600)
    happened = desk.write("ann", "hello?")
    assert happened.kinds == ["segment_ended", "session_queued", "message_received"]
    assert happened.only(ev.SegmentEnded).reason == "woken_elsewhere"
    queued = happened.only(ev.SessionQueued)
    assert fields_of(queued, "reason", "from_seat", "exclusive", "exclusive_why", "exclusive_until") == (
        "woken",
        "s1",
        "s1",
        "woken",
        desk.now + 30_000,
    )
    assert happened.only(ev.MessageReceived).seat is None
    assert desk.line() == [session, oldest]


def test_a_slot_of_the_owners_rings_for_it_first(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    held = fill(desk, "s1")
    desk.waiting("bob")
    desk.write("ann")
    desk.hang_up("s1", held[0])
    happened = desk.wrap_up("s1", held[0])
    offered = happened.only(ev.SessionOffered)
    assert fields_of(offered, "session", "seat", "exclusive") == (session, "s1", "woken")
    desk.accept("s1", session)
    assert desk.session(session).segment == 2


def test_while_it_is_the_owners_alone_nobody_else_gets_it(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    fill(desk, "s1")
    desk.come("s2")
    desk.write("ann")
    assert desk.rings_at(session) is None
    assert desk.wait(29.999).kinds == []
    happened = desk.wait(0.001)
    assert happened.kinds == ["queue_widened", "session_offered"]
    assert fields_of(happened.only(ev.QueueWidened), "exclusive_over", "cause") == (True, "wake_wait_s=30")
    assert happened.only(ev.SessionOffered).seat == "s2"


def test_turned_down_by_its_owner_it_stays_in_front(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    held = fill(desk, "s1")
    desk.wait(3600)
    older = desk.waiting("bob")
    desk.wait(10)
    desk.write("ann")
    desk.hang_up("s1", held[0])
    desk.wrap_up("s1", held[0])
    assert desk.rings_at(session) == "s1"
    desk.reject("s1", session)
    assert desk.line() == [session, older]


# The owner is not there.


@pytest.mark.parametrize("how", ["break", "busy", "signed_out", "lost"])
def test_an_owner_who_is_away_has_no_say_and_anyone_may_take_it_at_once(desk: Desk, how: str) -> None:
    session = desk.parked("ann", "s1")
    desk.come("s2")
    match how:
        case "break":
            desk.set_presence("s1", "break", "meal")
        case "busy":
            desk.set_presence("s1", "busy")
        case "signed_out":
            desk.sign_out("s1")
        case _:
            desk.disconnect("s1")
            desk.wait(60)
    happened = desk.write("ann")
    assert happened.kinds == ["segment_ended", "session_queued", "message_received", "session_offered"]
    assert happened.only(ev.SessionQueued).exclusive is None
    assert happened.only(ev.SessionOffered).seat == "s2"
    desk.accept("s2", session)
    assert (desk.session(session).seat, desk.session(session).segment) == ("s2", 2)


def test_an_owner_whose_line_dropped_is_waited_for(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    desk.come("s2")
    desk.disconnect("s1")
    assert desk.write("ann").only(ev.SessionQueued).exclusive == "s1"
    happened = desk.connect("s1")
    assert happened.only(ev.SessionOffered).seat == "s1"
    assert desk.session(session).state == "offered"


def test_a_quiet_session_of_a_lost_seat_is_kept_and_wakes_elsewhere(desk: Desk) -> None:
    session = desk.quiet("ann", "s1")
    desk.disconnect("s1")
    parked = desk.wait(60).only(ev.SessionParked)
    assert fields_of(parked, "seat", "reason") == ("s1", "seat_lost")
    desk.come("s2")
    desk.write("ann")
    assert desk.rings_at(session) == "s2"


def test_back_at_work_the_owner_has_it_still(desk: Desk) -> None:
    session = desk.quiet("ann", "s1")
    desk.disconnect("s1")
    desk.wait(60)
    desk.come("s1")
    desk.write("ann")
    assert fields_of(desk.ledger[-2], "seat") == ("s1",)
    assert desk.session(session).state == "active"


def test_a_seat_that_is_no_more_keeps_what_is_quiet_until_it_wakes(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    desk.sign_out("s1")
    desk.configure(make_site(["s2"], version=2))
    assert desk.session(session).seat == "s1"
    desk.connect("s2")
    desk.sign_in("s2")
    desk.write("ann")
    assert desk.rings_at(session) == "s2"
    assert "s1" not in desk.floor.seats, "with its last session it is gone"


def test_a_group_that_is_no_more_wakes_into_the_accounts_own(desk: Desk) -> None:
    site: dict[str, Any] = {"seats": {"s1": {"cards": 3, "bills": 3}, "s2": {"cards": 3}}}
    desk = Desk(make_site(**site))
    desk.come("s1")
    session = desk.served("ann", "s1")
    desk.transfer("s1", session, to_group="bills")
    desk.accept("s1", session)
    desk.send("s1", session)
    desk.park("s1", session)
    desk.sign_out("s1")
    desk.configure(make_site({"s2": {"cards": 3}}, groups=["cards"], version=2))
    assert desk.write("ann").only(ev.SessionQueued).group == "cards"


def test_who_wakes_into_a_line_is_told_that_somebody_is_looked_for() -> None:
    desk = Desk(make_site(["s1"], every_group={"manners": Manners(tell_after_s=5)}))
    desk.come("s1")
    desk.parked("ann", "s1")
    desk.set_presence("s1", "busy")
    desk.write("ann")
    assert desk.wait(5).only(ev.NoticeSent).kind == "queue_again"


@pytest.mark.parametrize("how", ["break", "signed_out"])
def test_an_owner_who_goes_is_waited_for_no_longer(desk: Desk, how: str) -> None:
    session = desk.parked("ann", "s1")
    desk.come("s2")
    desk.disconnect("s1")
    assert desk.write("ann").only(ev.SessionQueued).exclusive == "s1"
    if how == "break":
        desk.set_presence("s1", "break", "meal")
        happened = desk.connect("s1")
    else:
        happened = desk.sign_out("s1")
    assert fields_of(happened.only(ev.QueueWidened), "exclusive_over", "cause") == (True, "seat_away")
    assert desk.rings_at(session) == "s2"


# The seat's own hand on it.


def test_the_seat_takes_it_back_by_hand(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    woken = desk.resume("s1", session).only(ev.SessionWoken)
    assert fields_of(woken, "reason", "turn_began") == ("seat", False)
    live = desk.session(session)
    assert (live.state, live.turn, desk.seat("s1").load) == ("active", "customer", 1)


def test_to_say_something_takes_it_back(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    assert desk.send("s1", session, "I have news").kinds == ["session_woken", "message_sent"]
    assert desk.session(session).state == "active"


def test_to_call_it_its_move_takes_it_back(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    assert desk.set_turn("s1", session, "seat").kinds == ["session_woken", "turn_set"]
    assert (desk.session(session).state, desk.seat("s1").capacity.pending) == ("active", 1)


def test_with_ten_the_seat_takes_nothing_back(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    fill(desk, "s1")
    assert desk.resume("s1", session).refusal == "own_seat_full"
    assert desk.send("s1", session).refusal == "own_seat_full"
    assert desk.set_turn("s1", session, "seat").refusal == "own_seat_full"
    assert desk.session(session).state == "parked"


def test_only_its_owner_may_touch_it(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    desk.come("s2")
    assert desk.resume("s2", session).refusal == "not_your_session"
    assert desk.send("s2", session).refusal == "not_your_session"
    assert desk.park("s2", session).refusal == "not_your_session"


def test_what_is_not_parked_cannot_be_taken_back_and_what_is_cannot_be_parked(desk: Desk) -> None:
    session = desk.quiet("ann", "s1")
    assert desk.resume("s1", session).refusal == "session_not_parked"
    desk.park("s1", session)
    assert desk.park("s1", session).refusal == "session_parked"
    assert desk.transfer("s1", session, to_group="bills").refusal == "session_parked"


def test_it_is_hung_up_without_taking_a_slot(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    hung_up = desk.hang_up("s1", session).only(ev.SessionHungUp)
    assert hung_up.slot_until == desk.now
    assert (desk.session(session).state, desk.seat("s1").load, list(desk.seat("s1").parked)) == ("wrap_up", 0, [])
    assert desk.wrap_up("s1", session).kinds == ["segment_ended", "session_closed"]


def test_hung_up_from_parked_the_customer_may_write_again(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    desk.hang_up("s1", session)
    assert desk.write("ann").kinds == ["session_resumed", "message_received"]
    assert (desk.session(session).state, desk.seat("s1").load) == ("active", 1)


def test_a_seat_on_its_break_is_not_called_back_by_an_open_form(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    desk.hang_up("s1", session)
    desk.set_presence("s1", "break", "meal")
    desk.come("s2")
    assert "session_queued" in desk.write("ann", "one more thing").kinds
    assert desk.rings_at(session) == "s2"


# Nobody sleeps for ever.


def test_it_ends_some_day_though_its_owner_never_comes_back() -> None:
    ladder = Ladder(remind=None, park=Step(after_s=600), soft_end=Step(after_s=1800))
    desk = Desk(make_site(["s1"], every_group={"ladder": ladder}))
    desk.come("s1")
    session = desk.quiet("ann", "s1")
    desk.disconnect("s1")
    assert desk.wait(60).every(ev.SessionParked)
    assert desk.wait(1740).only(ev.SessionClosed).session == session
