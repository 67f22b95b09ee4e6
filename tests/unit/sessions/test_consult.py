"""Asking a colleague: a side thread that the customer never sees and that takes no slot."""

import pytest

from sessions import events as ev
from sessions.ids import SessionId
from tests.builders import Desk, fields_of, make_site


@pytest.fixture
def desk() -> Desk:
    """`s1` serves cards, `s2` bills; `s3` may come for cards."""
    desk = Desk(make_site({"s1": {"cards": 3}, "s2": {"bills": 3}, "s3": {"cards": 3}}))
    desk.come("s1", "s2")
    return desk


def asked(desk: Desk) -> SessionId:
    """The first seat serves Ann and has asked the second about her."""
    session = desk.served("ann", "s1")
    assert desk.consult("s1", session, "s2", "May we waive the fee?").answer.ok
    return session


def test_a_colleague_is_asked_in_a_thread_of_their_own(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    happened = desk.consult("s1", session, "s2", "May we waive the fee?")
    assert happened.kinds == ["consult_begun"]
    begun = happened.only(ev.ConsultBegun)
    assert fields_of(begun, "seat", "user", "to_seat", "text") == ("s1", "user-s1", "s2", "May we waive the fee?")
    assert (desk.seat("s2").load, list(desk.seat("s2").consulting)) == (0, [session])


def test_both_may_speak_and_the_customer_hears_nothing(desk: Desk) -> None:
    session = asked(desk)
    answer = desk.consult_say("s2", session, "Once a year.")
    assert answer.kinds == ["consult_said"]
    assert fields_of(answer.only(ev.ConsultSaid), "seat", "to_seat", "by_seat", "user", "text") == (
        "s1",
        "s2",
        "s2",
        "user-s2",
        "Once a year.",
    )
    assert desk.consult_say("s1", session, "Thank you.").only(ev.ConsultSaid).by_seat == "s1"
    assert not any(isinstance(each, ev.MessageSent | ev.NoticeSent) for each in desk.ledger)


def test_the_customers_clock_runs_on(desk: Desk) -> None:
    session = asked(desk)
    desk.wait(30)
    desk.consult_say("s2", session)
    assert desk.session(session).turn == "seat"
    assert desk.send("s1", session).only(ev.MessageSent).waited_ms == 30_000


def test_a_colleague_with_ten_can_be_asked_too() -> None:
    desk = Desk(make_site({"s1": {"cards": 3}, "s2": {"bills": 3}}, default_group="bills", soft_cap=10))
    desk.come("s2")
    for n in range(10):
        desk.served(f"customer-{n}", "s2")
    desk.configure(make_site({"s1": {"cards": 3}, "s2": {"bills": 3}}, soft_cap=10, version=2))
    desk.come("s1")
    session = desk.served("ann", "s1")
    assert desk.consult("s1", session, "s2").answer.ok
    assert desk.seat("s2").load == 10


def test_who_is_on_a_break_may_be_asked_but_nobody_who_is_not_there(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.set_presence("s2", "break", "meal")
    assert desk.consult("s1", session, "s2").answer.ok
    desk.end_consult("s1", session)
    desk.disconnect("s2")
    assert desk.consult("s1", session, "s2").refusal == "seat_away"
    assert desk.consult("s1", session, "s3").refusal == "seat_away"
    assert desk.consult("s1", session, "s9").refusal == "seat_unknown"
    assert desk.consult("s1", session, "s1").refusal == "same_seat"


def test_one_colleague_at_a_time(desk: Desk) -> None:
    session = asked(desk)
    desk.come("s3")
    assert desk.consult("s1", session, "s3").refusal == "consult_pending"


def test_either_ends_it(desk: Desk) -> None:
    for seat in ("s1", "s2"):
        session = asked(desk)
        assert desk.end_consult(seat, session).kinds == ["consult_ended"]
        assert (desk.session(session).consult, desk.seat("s2").consulting) == (None, {})
        assert desk.end_consult(seat, session).refusal in {"no_consult", "not_your_session"}
        desk.hang_up("s1", session)
        desk.wrap_up("s1", session)


def test_nobody_else_reads_or_writes_in_it(desk: Desk) -> None:
    session = asked(desk)
    desk.come("s3")
    assert desk.consult_say("s3", session).refusal == "not_your_session"
    assert desk.end_consult("s3", session).refusal == "not_your_session"
    assert desk.consult("s3", session, "s2").refusal == "not_your_session"
    assert desk.send("s2", session).refusal == "not_your_session", "asked is not answering"


def test_an_empty_line_is_not_said(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    assert desk.consult("s1", session, "s2", " ").refusal == "text_empty"
    desk.consult("s1", session, "s2")
    assert desk.consult_say("s2", session, "").refusal == "text_empty"


def test_a_parked_session_can_be_asked_about(desk: Desk) -> None:
    session = desk.parked("ann", "s1")
    assert desk.consult("s1", session, "s2").answer.ok
    assert desk.session(session).state == "parked"
    assert desk.write("ann").kinds == ["session_woken", "message_received"]
    assert desk.session(session).consult is not None


def test_it_survives_the_slot(desk: Desk) -> None:
    session = asked(desk)
    desk.send("s1", session)
    desk.park("s1", session)
    assert desk.consult_say("s2", session).answer.ok


def test_handed_to_the_colleague_the_thread_is_over(desk: Desk) -> None:
    session = asked(desk)
    desk.transfer("s1", session, to_seat="s2", note="you know it all")
    assert desk.session(session).consult is not None, "until it is accepted"
    assert desk.accept("s2", session).kinds == ["consult_ended", "segment_ended", "session_accepted"]


@pytest.mark.parametrize("how", ["hung_up", "transferred", "lost"])
def test_it_ends_with_the_segment(desk: Desk, how: str) -> None:
    session = asked(desk)
    match how:
        case "hung_up":
            desk.hang_up("s1", session)
            happened = desk.wrap_up("s1", session)
        case "transferred":
            happened = desk.transfer("s1", session, to_group="bills")
        case _:
            desk.disconnect("s1")
            happened = desk.wait(60)
    assert happened.kinds.index("consult_ended") < happened.kinds.index("segment_ended")
    assert desk.seat("s2").consulting == {}


@pytest.mark.parametrize("how", ["signed_out", "lost"])
def test_a_colleague_who_goes_is_asked_no_longer(desk: Desk, how: str) -> None:
    session = asked(desk)
    if how == "signed_out":
        assert "consult_ended" in desk.sign_out("s2").kinds
    else:
        desk.disconnect("s2")
        assert "consult_ended" in desk.wait(60).kinds
    assert desk.session(session).consult is None
    assert desk.session(session).state == "active"
