"""Handing a session over: to a group it leaves at once, to a colleague it stays until it is accepted."""

import pytest

from sessions import events as ev
from tests.builders import Desk, fields_of, make_site


@pytest.fixture
def desk() -> Desk:
    """`s1` and `s2` serve cards, `s3` bills; all are there."""
    desk = Desk(make_site({"s1": {"cards": 3}, "s2": {"cards": 3}, "s3": {"bills": 3}}, soft_cap=10))
    desk.come("s1", "s2", "s3")
    return desk


# To a group.


def test_to_a_group_the_sender_lets_go_at_once(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.wait(30)
    happened = desk.transfer("s1", session, to_group="bills", note="about a bill")
    assert happened.kinds == ["segment_ended", "session_queued", "session_offered"]
    ended, queued = happened.only(ev.SegmentEnded), happened.only(ev.SessionQueued)
    assert fields_of(ended, "seat", "segment", "reason", "duration_ms", "to_group", "note") == (
        "s1",
        1,
        "transferred",
        30_000,
        "bills",
        "about a bill",
    )
    assert fields_of(queued, "group", "reason", "from_seat") == ("bills", "transfer", "s1")
    assert desk.seat("s1").load == 0
    assert desk.rings_at(session) == "s3"


def test_the_customers_age_in_line_is_kept_but_the_groups_wait_begins_anew(desk: Desk) -> None:
    opened_at = desk.now
    session = desk.served("ann", "s1")
    desk.wait(100)
    queued = desk.transfer("s1", session, to_group="bills").only(ev.SessionQueued)
    assert queued.first_enqueued_at == opened_at
    desk.wait(5)
    accepted = desk.accept("s3", session).only(ev.SessionAccepted)
    assert fields_of(accepted, "waited_ms", "segment", "group") == (5000, 2, "bills")


def test_to_its_own_group_it_goes_to_a_colleague_first(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    offered = desk.transfer("s1", session, to_group="cards").only(ev.SessionOffered)
    assert (offered.seat, offered.passed_over) == ("s2", {"had_its_chance": 1})


def test_the_customer_still_waits_for_an_answer(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.transfer("s1", session, to_group="bills")
    assert desk.seat("s1").capacity.pending == 0
    desk.accept("s3", session)
    assert desk.seat("s3").capacity.pending == 1


# To a seat.


def test_to_a_seat_it_rings_there_while_the_sender_keeps_it(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    happened = desk.transfer("s1", session, to_seat="s3", note="yours")
    assert happened.kinds == ["session_offered"]
    offered = happened.only(ev.SessionOffered)
    assert fields_of(offered, "seat", "from_seat", "note", "waited_ms") == ("s3", "s1", "yours", 0)
    assert desk.session(session).seat == "s1"
    assert (desk.seat("s1").load, desk.seat("s3").load) == (1, 1), "a slot at either"


def test_accepted_it_changes_hands_in_one_step(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.transfer("s1", session, to_seat="s3")
    desk.wait(4)
    happened = desk.accept("s3", session)
    assert happened.kinds == ["segment_ended", "session_accepted"]
    ended, accepted = happened.only(ev.SegmentEnded), happened.only(ev.SessionAccepted)
    assert fields_of(ended, "seat", "reason", "to_seat") == ("s1", "transferred", "s3")
    assert fields_of(accepted, "seat", "from_seat", "segment", "waited_ms") == ("s3", "s1", 2, 4000)
    assert (desk.seat("s1").load, desk.seat("s3").load) == (0, 1)
    assert (desk.seat("s1").capacity.pending, desk.seat("s3").capacity.pending) == (0, 1)


def test_rejected_it_stays_with_the_sender(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.transfer("s1", session, to_seat="s3", note="yours")
    happened = desk.reject("s3", session)
    assert happened.kinds == ["offer_rejected"]
    assert happened.only(ev.OfferRejected).from_seat == "s1"
    live = desk.session(session)
    assert (live.state, live.seat, live.offer, live.untaken_note) == ("active", "s1", None, "yours")
    desk.transfer("s1", session, to_seat="s3", note=live.untaken_note)
    desk.wait(10)
    desk.accept("s3", session)
    assert desk.session(session).untaken_note == "", "it has been read"


def test_unanswered_it_stays_with_the_sender_and_counts_as_a_miss(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.transfer("s1", session, to_seat="s3")
    happened = desk.wait(20)
    assert happened.kinds == ["offer_timed_out"]
    assert fields_of(happened.only(ev.OfferTimedOut), "seat", "misses", "from_seat") == ("s3", 1, "s1")
    assert (desk.session(session).seat, desk.seat("s3").load) == ("s1", 0)


def test_the_sender_may_go_on_talking_meanwhile(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.transfer("s1", session, to_seat="s3")
    assert desk.send("s1", session, "a colleague will take over").answer.ok
    assert desk.send("s3", session).refusal == "not_your_session"
    received = desk.write("ann").only(ev.MessageReceived)
    assert received.seat == "s1"
    desk.accept("s3", session)
    assert (desk.seat("s1").capacity.pending, desk.seat("s3").capacity.pending) == (0, 1)


def test_a_session_is_handed_to_one_at_a_time(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.transfer("s1", session, to_seat="s3")
    assert desk.transfer("s1", session, to_seat="s2").refusal == "transfer_pending"
    assert desk.transfer("s1", session, to_group="bills").refusal == "transfer_pending"


def test_hanging_up_takes_a_pending_hand_over_back(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.transfer("s1", session, to_seat="s3")
    happened = desk.hang_up("s1", session)
    assert happened.kinds == ["offer_rescinded", "session_hung_up"]
    assert fields_of(happened.only(ev.OfferRescinded), "seat", "reason", "from_seat") == ("s3", "hung_up", "s1")
    assert desk.seat("s3").load == 0
    assert desk.accept("s3", session).refusal == "offer_gone"


def test_a_slot_that_a_hand_over_gives_back_is_filled_at_once() -> None:
    desk = Desk(make_site(["s1", "s2"], soft_cap=1))
    desk.come("s1")
    session = desk.served("ann", "s1")
    desk.come("s2")
    desk.transfer("s1", session, to_seat="s2")
    waiting = desk.waiting("bob")
    assert desk.line() == [waiting], "the ring has the slot"
    assert desk.hang_up("s1", session).only(ev.SessionOffered).session == waiting


def test_the_senders_slot_is_filled_when_the_colleague_accepts() -> None:
    desk = Desk(make_site(["s1", "s2"], soft_cap=1))
    desk.come("s1")
    session = desk.served("ann", "s1")
    desk.come("s2")
    desk.transfer("s1", session, to_seat="s2")
    waiting = desk.waiting("bob")
    desk.accept("s2", session)
    assert desk.rings_at(waiting) == "s1"


def test_a_colleague_over_the_soft_cap_may_be_asked_all_the_same() -> None:
    desk = Desk(make_site(["s1", "s2"], soft_cap=1))
    desk.come("s1")
    one = desk.served("ann", "s1")
    desk.come("s2")
    desk.served("bob", "s2")
    assert desk.transfer("s1", one, to_seat="s2").answer.ok
    assert desk.accept("s2", one).answer.ok
    assert desk.seat("s2").load == 2


def test_nobody_is_asked_who_takes_nothing_now(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.set_presence("s3", "busy")
    assert desk.transfer("s1", session, to_seat="s3").refusal == "seat_away"
    desk.set_presence("s3", "available")
    desk.disconnect("s3")
    assert desk.transfer("s1", session, to_seat="s3").refusal == "seat_away"
    desk.connect("s3")
    desk.sign_out("s3")
    assert desk.transfer("s1", session, to_seat="s3").refusal == "seat_away"


def test_a_hand_over_names_one_known_target(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    assert desk.transfer("s1", session).refusal == "target_missing"
    assert desk.transfer("s1", session, to_group="bills", to_seat="s3").refusal == "target_missing"
    assert desk.transfer("s1", session, to_group="loans").refusal == "group_unknown"
    assert desk.transfer("s1", session, to_seat="s9").refusal == "seat_unknown"
    assert desk.transfer("s1", session, to_seat="s1").refusal == "same_seat"
    assert desk.session(session).seat == "s1"


def test_five_hand_overs_are_enough(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    for n in range(5):
        giver, taker = ("s1", "s2") if n % 2 == 0 else ("s2", "s1")
        assert desk.transfer(giver, session, to_seat=taker).answer.ok
        desk.accept(taker, session)
    happened = desk.transfer("s2", session, to_seat="s1")
    assert fields_of(happened.answer, "code", "detail") == ("too_many_hops", "5")
    assert desk.transfer("s2", session, to_group="bills").refusal == "too_many_hops"


def test_a_hand_over_that_nobody_took_is_no_hop(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.transfer("s1", session, to_seat="s3")
    desk.reject("s3", session)
    assert desk.session(session).hops == 0


# Somebody is lost meanwhile.


def test_the_colleague_is_lost_while_it_rings(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.transfer("s1", session, to_seat="s3")
    desk.disconnect("s3")
    assert desk.rings_at(session) == "s3", "they may be back in a moment"
    assert desk.wait(20).kinds == ["offer_timed_out"]
    assert desk.session(session).seat == "s1"


def test_the_colleague_signs_out_while_it_rings(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.transfer("s1", session, to_seat="s3")
    happened = desk.sign_out("s3")
    assert happened.kinds == ["offer_rescinded", "seat_signed_out"]
    assert (desk.session(session).state, desk.session(session).seat) == ("active", "s1")


def test_the_colleagues_grace_ends_while_it_rings() -> None:
    desk = Desk(make_site(["s1", "s2"], seat_grace_s=5))
    desk.come("s1")
    session = desk.served("ann", "s1")
    desk.come("s2")
    desk.transfer("s1", session, to_seat="s2")
    desk.disconnect("s2")
    happened = desk.wait(5)
    assert happened.kinds == ["offer_rescinded", "seat_signed_out"]
    assert happened.only(ev.OfferRescinded).reason == "seat_lost"
    assert desk.session(session).seat == "s1"


def test_the_sender_is_lost_while_it_rings() -> None:
    desk = Desk(make_site(["s1", "s2"], seat_grace_s=5))
    desk.come("s1")
    session = desk.served("ann", "s1")
    desk.come("s2")
    desk.transfer("s1", session, to_seat="s2")
    desk.disconnect("s1")
    happened = desk.wait(5)
    assert happened.kinds == [
        "offer_rescinded",
        "segment_ended",
        "session_queued",
        "seat_signed_out",
        "session_offered",
    ]
    assert desk.rings_at(session) == "s2", "now from the line"
    assert desk.session(session).state == "offered"


def test_the_colleague_may_still_accept_while_the_sender_reconnects(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.transfer("s1", session, to_seat="s3")
    desk.disconnect("s1")
    assert desk.accept("s3", session).answer.ok
    assert desk.wait(60).kinds == ["seat_signed_out"]
    assert desk.session(session).seat == "s3"
