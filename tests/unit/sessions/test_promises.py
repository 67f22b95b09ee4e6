"""An answer promised by a time: parked until it is nearly due, warned before, kept or broken, and always counted."""

import pytest

from sessions import events as ev
from sessions.ids import Presence
from sessions.settings import Ladder, Manners, Step
from tests.builders import Desk, fields_of, make_site
from tests.laws import check_rebuilt

LADDER = Ladder(remind=Step(after_s=300), park=Step(after_s=600), soft_end=Step(after_s=1800), hard_end_before_s=3600)
HOUR = 3600


@pytest.fixture
def desk() -> Desk:
    """Two seats; the silence ladder is on, and a minute of wake-up ring."""
    desk = Desk(make_site(["s1", "s2"], soft_cap=10, every_group={"ladder": LADDER, "merge_window_s": 1800}))
    desk.come("s1", "s2")
    return desk


def served(desk: Desk) -> str:
    """Ann is with the first seat, whatever rang where."""
    session = desk.waiting("ann")
    rings_at = desk.rings_at(session)
    assert rings_at == "s1"
    desk.accept("s1", session)
    return session


def test_a_promise_says_it_parks_and_sets_the_alarm(desk: Desk) -> None:
    session = served(desk)
    happened = desk.promise("s1", session, HOUR, "我查一下，一小时内回复您")
    assert happened.kinds == ["message_sent", "promise_made", "session_parked"]
    made = happened.only(ev.PromiseMade)
    assert fields_of(made, "seat", "user", "due_at", "warn_at", "wake_at") == (
        "s1",
        "user-s1",
        desk.now + 3_600_000,
        desk.now + 3_300_000,
        desk.now + 3_480_000,
    )
    assert happened.only(ev.MessageSent).turn_ended
    assert happened.only(ev.SessionParked).reason == "promise"
    assert (desk.session(session).state, desk.seat("s1").load) == ("parked", 0)


def test_without_words_it_is_the_customers_move_all_the_same(desk: Desk) -> None:
    session = served(desk)
    assert desk.promise("s1", session, HOUR).kinds == ["promise_made", "session_parked"]
    assert (desk.session(session).turn, desk.seat("s1").capacity.pending) == ("customer", 0)


def test_no_step_of_the_ladder_while_a_promise_is_open(desk: Desk) -> None:
    session = served(desk)
    desk.promise("s1", session, 3 * HOUR, "this afternoon")
    assert desk.wait(3 * HOUR - 301).kinds == []
    assert desk.session(session).state == "parked"


def test_the_seat_is_warned_and_the_session_wakes_by_itself_in_time(desk: Desk) -> None:
    session = served(desk)
    desk.promise("s1", session, HOUR)
    warned = desk.wait(HOUR - 300).only(ev.PromiseWarned)
    assert fields_of(warned, "session", "seat", "due_at", "cause") == (
        session,
        "s1",
        desk.now + 300_000,
        "promise_warn_s=300",
    )
    woken = desk.wait(180).only(ev.SessionWoken)
    assert fields_of(woken, "seat", "reason", "turn_began", "cause") == ("s1", "promise", True, "promise_wake_s=120")
    assert desk.session(session).state == "active"
    assert desk.seat("s1").capacity.pending == 1


def test_a_short_promise_warns_and_wakes_within_its_time(desk: Desk) -> None:
    session = served(desk)
    desk.promise("s1", session, 60)
    assert desk.wait(15).kinds == ["promise_warned"]
    assert desk.wait(15).kinds == ["session_woken"]
    assert desk.wait(30).kinds == ["promise_broken"]


def test_an_answer_in_time_keeps_it_and_the_ladder_begins(desk: Desk) -> None:
    session = served(desk)
    desk.promise("s1", session, HOUR)
    desk.wait(HOUR - 60)
    happened = desk.send("s1", session, "here it is")
    assert happened.kinds == ["message_sent", "promise_kept"]
    assert fields_of(happened.only(ev.PromiseKept), "seat", "due_at") == ("s1", desk.now + 60_000)
    assert desk.session(session).promise is None
    assert "promise_broken" not in desk.wait(600).kinds
    assert desk.session(session).state == "parked", "parked by the ladder"


def test_an_answer_before_it_wakes_keeps_it_too(desk: Desk) -> None:
    session = served(desk)
    desk.promise("s1", session, HOUR)
    desk.wait(60)
    assert desk.send("s1", session, "it was easy").kinds == ["session_woken", "message_sent", "promise_kept"]


def test_without_an_answer_it_is_broken_when_it_is_due_and_the_customer_still_waits(desk: Desk) -> None:
    session = served(desk)
    desk.promise("s1", session, HOUR)
    desk.wait(HOUR - 1)
    broken = desk.wait(1).only(ev.PromiseBroken)
    assert fields_of(broken, "session", "seat", "due_at", "cause") == (session, "s1", desk.now, "promise_due")
    live = desk.session(session)
    assert (live.state, live.turn, live.promise) == ("active", "seat", None)


def test_what_is_due_outlives_a_restart(desk: Desk) -> None:
    session = served(desk)
    desk.promise("s1", session, HOUR)
    desk.floor = check_rebuilt(desk.floor)
    assert desk.wait(HOUR - 300).kinds == ["promise_warned"]
    desk.floor = check_rebuilt(desk.floor)
    assert desk.wait(180).kinds == ["session_woken"]
    desk.floor = check_rebuilt(desk.floor)
    assert desk.wait(120).only(ev.PromiseBroken).session == session


# What befalls a session with a promise.


def test_a_promise_survives_the_customers_words(desk: Desk) -> None:
    session = served(desk)
    desk.promise("s1", session, HOUR)
    desk.wait(60)
    assert desk.write("ann", "one more detail").kinds == ["session_woken", "message_received"]
    promise = desk.session(session).promise
    assert promise is not None
    assert desk.wait(HOUR - 60 - 300).kinds == ["promise_warned"]


def test_polite_words_leave_it_parked(desk: Desk) -> None:
    session = served(desk)
    desk.promise("s1", session, HOUR, "within the hour")
    assert desk.write("ann", "好的，谢谢").kinds == ["message_received"]
    assert desk.session(session).state == "parked"


def test_called_the_customers_move_again_it_only_gives_its_slot_back(desk: Desk) -> None:
    session = served(desk)
    desk.promise("s1", session, 3 * HOUR)
    desk.wait(60)
    desk.write("ann", "I will be here")
    desk.set_turn("s1", session, "customer")
    assert desk.wait(600).kinds == ["session_parked"], "neither reminded"
    assert desk.wait(1.5 * HOUR).kinds == [], "nor ended: it was promised an answer"
    assert desk.wait(1.5 * HOUR).every(ev.SessionWoken)


def test_a_broken_promise_is_not_the_end_of_the_ladder(desk: Desk) -> None:
    """Woken, called the customer's move, and forgotten: it must not hold its slot for ever."""
    session = served(desk)
    desk.promise("s1", session, HOUR)
    desk.wait(HOUR - 120)
    desk.set_turn("s1", session, "customer")
    assert desk.wait(120).kinds == ["promise_broken"]
    assert desk.wait(600).kinds == ["session_parked"]
    assert desk.wait(1200).only(ev.SessionClosed).session == session


def test_parked_again_after_it_woke_it_goes_on_when_it_is_broken(desk: Desk) -> None:
    session = served(desk)
    desk.promise("s1", session, HOUR)
    desk.wait(HOUR - 120)
    desk.set_turn("s1", session, "customer")
    desk.park("s1", session)
    assert desk.wait(120).kinds == ["promise_broken"]
    assert desk.session(session).state == "parked"
    assert desk.wait(1800).only(ev.SessionClosed).session == session


def test_promised_anew_only_the_new_time_counts(desk: Desk) -> None:
    session = served(desk)
    desk.promise("s1", session, HOUR)
    desk.wait(60)
    assert desk.promise("s1", session, 2 * HOUR, "it takes longer").kinds == ["message_sent", "promise_made"]
    assert desk.wait(HOUR).kinds == []
    assert desk.wait(HOUR - 300).kinds == ["promise_warned"]


def test_a_promise_goes_with_the_session_to_a_colleague(desk: Desk) -> None:
    session = served(desk)
    desk.promise("s1", session, HOUR)
    desk.wait(60)
    desk.write("ann", "one more detail")
    desk.transfer("s1", session, to_seat="s2")
    desk.accept("s2", session)
    assert desk.wait(HOUR - 360).only(ev.PromiseWarned).seat == "s2"
    assert desk.send("s2", session, "here it is").only(ev.PromiseKept).seat == "s2"


def test_a_promise_waits_in_line_too(desk: Desk) -> None:
    session = served(desk)
    desk.promise("s1", session, HOUR)
    desk.write("ann", "one more detail")
    desk.set_presence("s2", "busy")
    desk.transfer("s1", session, to_group="bills")
    assert desk.wait(HOUR - 300).only(ev.PromiseWarned).seat is None
    assert desk.wait(300).only(ev.PromiseBroken).seat is None


def test_a_shift_ends_and_a_colleague_keeps_the_promise(desk: Desk) -> None:
    session = served(desk)
    desk.promise("s1", session, HOUR)
    assert desk.sign_out("s1").refusal == "sessions_open"
    happened = desk.hand_over("s1", notes={session: "needs the statement of May"})
    moved = happened.only(ev.SessionMoved)
    assert fields_of(moved, "to_seat", "note") == ("s2", "needs the statement of May")
    assert desk.wait(HOUR - 300).only(ev.PromiseWarned).seat == "s2"
    assert desk.wait(180).only(ev.SessionWoken).seat == "s2"


@pytest.mark.parametrize("presence", ["busy", "break"])
def test_a_promise_is_its_makers_while_they_sit_there(presence: Presence) -> None:
    desk = Desk(make_site(["s1", "s2"]))
    desk.come("s1")
    promised, other = desk.served("ann", "s1"), desk.served("bob", "s1")
    desk.come("s2")
    desk.promise("s1", promised, 600)
    desk.set_presence("s1", presence, "meal" if presence == "break" else "")
    desk.beat("h1")
    woken = [event for _ in range(48) for event in _live(desk, 10) if isinstance(event, ev.SessionWoken)]
    assert [(each.session, each.seat) for each in woken] == [(promised, "s1")]
    assert desk.session(other).seat == "s1"


def _live(desk: Desk, seconds: float) -> list[ev.Event]:
    """Time passes with the web process alive."""
    happened = desk.wait(seconds)
    desk.beat("h1")
    return happened


def test_woken_while_its_owner_is_away_it_goes_to_the_front_of_the_line() -> None:
    desk = Desk(make_site(["s1", "s2"], every_group={"manners": Manners(tell_after_s=5)}))
    desk.come("s1", "s2")
    session = served(desk)
    desk.promise("s1", session, HOUR)
    desk.set_presence("s1", "break", "meal")
    happened = desk.wait(HOUR - 120)
    assert happened.kinds == ["promise_warned", "segment_ended", "session_queued", "session_offered"]
    assert happened.only(ev.SessionQueued).tell_at == 0, "the customer does not wait: nobody tells them of a line"
    desk.accept("s2", session)
    assert desk.send("s2", session).only(ev.PromiseKept).seat == "s2"


def test_hung_up_and_wrapped_up_it_is_broken(desk: Desk) -> None:
    session = served(desk)
    desk.promise("s1", session, HOUR)
    desk.hang_up("s1", session)
    assert desk.wrap_up("s1", session).kinds == ["promise_broken", "segment_ended", "session_closed"]


def test_hung_up_by_mistake_it_still_stands(desk: Desk) -> None:
    session = served(desk)
    desk.promise("s1", session, HOUR)
    desk.hang_up("s1", session)
    desk.write("ann", "but you promised")
    assert desk.session(session).promise is not None


# What cannot be promised.


def test_nothing_is_promised_for_the_past_nor_beyond_the_channels_window(desk: Desk) -> None:
    session = served(desk)
    assert desk.promise("s1", session, 0).refusal == "promise_past"
    assert desk.promise("s1", session, -5).refusal == "promise_past"
    assert desk.promise("s1", session, 48 * HOUR).refusal == "promise_too_late"
    assert desk.promise("s1", session, 48 * HOUR - 1).answer.ok


def test_only_who_has_the_session_promises(desk: Desk) -> None:
    session = served(desk)
    assert desk.promise("s2", session, HOUR).refusal == "not_your_session"
    desk.hang_up("s1", session)
    assert desk.promise("s1", session, HOUR).refusal == "session_not_active"


def test_who_waits_for_a_reply_may_be_promised_one_but_not_just_parked(desk: Desk) -> None:
    session = served(desk)
    assert desk.park("s1", session).refusal == "reply_due"
    assert desk.promise("s1", session, HOUR).answer.ok
