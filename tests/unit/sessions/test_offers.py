"""A session rings at one seat at a time, and the slot is the seat's from the first ring on."""

import pytest

from sessions import events as ev
from sessions.ids import Millis
from tests.builders import Desk, fields_of, make_site


@pytest.fixture
def desk() -> Desk:
    """Two seats, both there."""
    desk = Desk(make_site(["s1", "s2"]))
    desk.come("s1", "s2")
    return desk


@pytest.fixture
def lone() -> Desk:
    """One seat, there."""
    desk = Desk(make_site(["s1"]))
    desk.come("s1")
    return desk


def test_a_session_is_offered_in_the_step_in_which_it_opens(lone: Desk) -> None:
    happened = lone.write("ann")
    offered = happened.only(ev.SessionOffered)
    assert happened.kinds[-1] == "session_offered"
    assert fields_of(offered, "seat", "group", "customer", "waited_ms") == ("s1", "cards", "bank:ann", 0)
    assert offered.expires_at == lone.now + 20_000
    assert lone.session(offered.session).state == "offered"
    assert lone.line() == []


def test_the_slot_is_reserved_when_the_offer_is_made(lone: Desk) -> None:
    lone.write("ann")
    assert (lone.seat("s1").load, list(lone.seat("s1").held)) == (1, [])


def test_accepting_begins_a_segment(lone: Desk) -> None:
    session = lone.waiting("ann")
    lone.wait(7)
    accepted = lone.accept("s1", session).only(ev.SessionAccepted)
    assert fields_of(accepted, "seat", "user", "segment", "waited_ms") == ("s1", "user-s1", 1, 7000)
    live = lone.session(session)
    assert (live.state, live.seat, live.offer, live.segment_began_at) == ("active", "s1", None, lone.now)
    assert lone.seat("s1").load == 1


def test_an_accept_at_the_last_moment_counts(lone: Desk) -> None:
    session = lone.waiting("ann")
    lone.wait(19.999)
    assert lone.accept("s1", session).answer.ok


def test_an_accept_after_the_timeout_finds_the_offer_gone(desk: Desk) -> None:
    session = desk.waiting("ann")
    desk.wait(20)
    assert desk.accept("s1", session).refusal == "offer_gone"
    assert desk.rings_at(session) == "s2"


def test_the_time_counts_at_which_the_accept_was_asked_for(lone: Desk) -> None:
    """The engine was away: nothing ticked between the offer and the late accept."""
    session = lone.waiting("ann")
    lone.now = Millis(lone.now + 25_000)
    happened = lone.accept("s1", session)
    assert happened.only(ev.OfferTimedOut).at == lone.now - 5_000, "it timed out at its own time"
    assert happened.only(ev.SessionOffered).at == lone.now - 5_000, "rang again at the only seat there is"
    assert happened.answer.ok, "which took it then"


def test_two_accept_and_one_wins(lone: Desk) -> None:
    """Two tabs of one browser."""
    session = lone.waiting("ann")
    first, second = lone.accept("s1", session), lone.accept("s1", session)
    assert first.answer.ok
    assert second.refusal == "offer_gone"
    assert lone.history(session).count("session_accepted") == 1


def test_nobody_accepts_what_rings_elsewhere(desk: Desk) -> None:
    session = desk.waiting("ann")
    assert desk.rings_at(session) == "s1"
    assert desk.accept("s2", session).refusal == "offer_gone"
    assert desk.reject("s2", session).refusal == "offer_gone"


def test_a_rejected_session_keeps_its_place_and_rings_elsewhere(desk: Desk) -> None:
    session = desk.waiting("ann")
    first = desk.session(session).sort_key
    desk.wait(5)
    happened = desk.reject("s1", session)
    queued, offered = happened.only(ev.SessionQueued), happened.only(ev.SessionOffered)
    assert fields_of(queued, "reason", "excluded", "sort_key") == ("rejected", "s1", first)
    assert (offered.seat, offered.passed_over) == ("s2", {"cooling_down": 1})


def test_a_rejecting_seat_is_offered_nothing_for_ten_seconds(lone: Desk) -> None:
    session = lone.waiting("ann")
    rejected = lone.reject("s1", session).only(ev.OfferRejected)
    assert rejected.cooldown_until == lone.now + 10_000
    lone.write("bob")
    assert lone.wait(9.999).kinds == []
    offered = lone.wait(0.001).every(ev.SessionOffered)
    assert [each.session for each in offered] == [session, "20261123-0002"], "both, in their order, when it is over"


def test_a_tick_that_overtook_a_command_hides_no_timer_from_it(desk: Desk) -> None:
    """The inbox was empty when the engine looked at its clock; a moment earlier somebody had written."""
    session = desk.waiting("ann")
    desk.reject("s1", session)
    desk.accept("s2", session)
    desk.set_presence("s2", "busy")
    desk.wait(10)
    desk.now = Millis(desk.now - 1)
    assert desk.write("bob").only(ev.SessionOffered).seat == "s1", "its cooldown was over by then"


def test_waiting_is_counted_from_entering_the_line_however_often_it_rang(desk: Desk) -> None:
    session = desk.waiting("ann")
    desk.wait(20)
    desk.wait(5)
    desk.reject("s2", session)
    happened = desk.accept("s1", session)
    assert happened.only(ev.SessionAccepted).waited_ms == 25_000


def test_an_unanswered_ring_counts_and_moves_the_session_forward(desk: Desk) -> None:
    session = desk.waiting("ann")
    key = desk.session(session).sort_key
    happened = desk.wait(20)
    missed, queued = happened.only(ev.OfferTimedOut), happened.only(ev.SessionQueued)
    assert fields_of(missed, "seat", "misses", "cause") == ("s1", 1, "offer_timeout_s=20")
    assert fields_of(queued, "reason", "excluded", "priority") == ("offer_timeout", "s1", 1)
    assert queued.sort_key == key - 60_000
    assert happened.only(ev.SessionOffered).seat == "s2", "not the seat that missed it, while there is another"


def test_the_second_miss_in_a_row_sidelines_the_seat(lone: Desk) -> None:
    session = lone.waiting("ann")
    lone.wait(20)
    assert lone.rings_at(session) == "s1", "there is nobody else"
    happened = lone.wait(20)
    changed = happened.only(ev.PresenceChanged)
    assert fields_of(changed, "presence", "reason", "set_by", "cause") == ("busy", "rona", "system", "rona_limit=2")
    assert happened.every(ev.SessionOffered) == []
    assert lone.line() == [session]


def test_an_answer_between_two_misses_forgives_the_first(lone: Desk) -> None:
    first = lone.waiting("ann")
    lone.wait(20)
    lone.accept("s1", first)
    lone.write("bob")
    lone.wait(20)
    assert (lone.seat("s1").presence, lone.seat("s1").misses) == ("available", 1)


def test_a_rejection_is_an_answer_too(lone: Desk) -> None:
    session = lone.waiting("ann")
    lone.wait(20)
    lone.reject("s1", session)
    assert lone.seat("s1").misses == 0


def test_who_says_that_they_are_back_begins_with_a_clean_slate(lone: Desk) -> None:
    session = lone.waiting("ann")
    lone.wait(40)
    assert lone.seat("s1").reason == "rona"
    assert lone.set_presence("s1", "available").only(ev.SessionOffered).session == session
    lone.wait(20)
    assert (lone.seat("s1").presence, lone.seat("s1").misses) == ("available", 1)


def test_a_sidelined_seat_keeps_the_break_it_had_asked_for(lone: Desk) -> None:
    held = lone.served("ann", "s1")
    for name in ["bob", "cem"]:
        lone.write(name)
    lone.set_presence("s1", "break", "meal")
    happened = lone.wait(20)
    assert happened.only(ev.PresenceChanged).reason == "rona"
    lone.hang_up("s1", held)
    begun = lone.wrap_up("s1", held).only(ev.PresenceChanged)
    assert fields_of(begun, "presence", "reason") == ("break", "meal")


def test_a_message_while_it_rings_is_seen_at_the_seat(lone: Desk) -> None:
    session = lone.waiting("ann")
    received = lone.write("ann", "it is urgent").only(ev.MessageReceived)
    assert fields_of(received, "session", "seat", "turn_began") == (session, "s1", False)
    assert lone.session(session).state == "offered"


def test_the_seat_owes_an_answer_from_accepting_on(lone: Desk) -> None:
    session = lone.waiting("ann")
    assert lone.seat("s1").capacity.pending == 0
    lone.accept("s1", session)
    assert lone.seat("s1").capacity.pending == 1
    lone.send("s1", session)
    assert lone.seat("s1").capacity.pending == 0
    lone.send("s1", session, "still there?")
    lone.write("ann")
    lone.write("ann")
    assert lone.seat("s1").capacity.pending == 1


# Why this seat.


def test_the_offer_says_who_could_have_had_it_and_why_the_others_could_not() -> None:
    site = make_site(
        {"s1": {"cards": 3}, "s2": {"cards": 3}, "s3": {"cards": 3}, "s4": {"cards": 1}, "s5": {"bills": 3}},
        groups={"cards": 2, "bills": 1},
    )
    desk = Desk(site)
    desk.come("s1", "s2", "s4", "s5")
    desk.served("ann", "s1")
    offered = desk.write("bob").only(ev.SessionOffered)
    assert offered.seat == "s2", "the one with nothing to answer"
    assert [candidate.seat for candidate in offered.candidates] == ["s2", "s1"], "the chosen first"
    best, second = offered.candidates
    assert (best.load, best.pending, second.load, second.pending) == (0, 0, 1, 1)
    assert best.score < second.score
    assert offered.passed_over == {"not_available": 1, "level_too_low": 1}, "other groups' seats do not count"
    assert offered.cause == "routing"


def test_a_seat_that_had_its_chance_is_named_among_those_passed_over() -> None:
    desk = Desk(make_site(["s1", "s2", "s3"]))
    desk.come("s1", "s2", "s3")
    desk.write("ann")
    offered = desk.wait(20).only(ev.SessionOffered)
    assert [candidate.seat for candidate in offered.candidates] == ["s2", "s3"]
    assert offered.passed_over == {"had_its_chance": 1}


def test_once_accepted_anywhere_every_seat_has_its_chance_again() -> None:
    desk = Desk(make_site(["s1", "s2", "s3"]))
    desk.come("s1", "s2", "s3")
    session = desk.waiting("ann")
    desk.wait(20)
    desk.accept("s2", session)
    offered = desk.transfer("s2", session, to_group="cards").only(ev.SessionOffered)
    assert {candidate.seat for candidate in offered.candidates} == {"s1", "s3"}
    assert offered.passed_over == {"had_its_chance": 1}, "only for who has just let go of it"


def test_a_transfer_to_a_seat_needs_no_explanation(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    offered = desk.transfer("s1", session, to_seat="s2").only(ev.SessionOffered)
    assert (offered.candidates, offered.passed_over) == ([], {})
