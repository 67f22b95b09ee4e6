"""Every person's command is answered once, whatever becomes of it, and takes effect once, however often it is asked."""

from collections.abc import Callable

import pytest

from routing.selfservice import Answer, Flow, Keyword
from sessions import commands as cmd
from sessions import events as ev
from sessions.floor import ANSWERS_KEPT
from sessions.ids import Millis, SessionId, UserId
from sessions.refusal import REFUSALS
from sessions.settings import Dispositions
from tests.builders import Desk, Happened, fields_of, make_site


@pytest.fixture
def desk() -> Desk:
    desk = Desk(make_site(["s1", "s2"], soft_cap=10))
    desk.come("s1")
    return desk


def test_a_repeated_request_takes_effect_once_and_is_answered_again(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    first = desk.send("s1", session, "hello", request="r1")
    again = desk.send("s1", session, "hello", request="r1")
    assert first.kinds == ["message_sent"]
    assert again.kinds == []
    assert fields_of(first.answer, "request", "ok", "repeated") == ("r1", True, False)
    assert fields_of(again.answer, "request", "ok", "repeated") == ("r1", True, True)


def test_a_refusal_is_repeated_too_even_if_it_would_be_granted_now(desk: Desk) -> None:
    desk.set_presence("s1", "busy")
    session = desk.waiting("ann")
    assert desk.accept("s1", session, request="r1").refusal == "offer_gone"
    desk.set_presence("s1", "available")
    again = desk.accept("s1", session, request="r1")
    assert fields_of(again.answer, "ok", "code", "repeated") == (False, "offer_gone", True)
    assert desk.accept("s1", session, request="r2").answer.ok


def test_requests_of_different_people_do_not_meet(desk: Desk) -> None:
    desk.come("s2")
    desk.set_presence("s1", "busy", request="r1")
    assert desk.set_presence("s2", "busy", request="r1").kinds == ["presence_changed"]


def test_a_repeated_request_is_known_in_a_new_sign_in(desk: Desk) -> None:
    desk.set_presence("s1", "busy", request="r1")
    desk.sign_out("s1")
    desk.sign_in("s1")
    assert desk.set_presence("s1", "busy", request="r1").kinds == []


def test_so_many_answers_are_remembered_for_each_person(desk: Desk) -> None:
    desk.set_presence("s1", "busy", request="old")
    for _ in range(ANSWERS_KEPT):
        desk.accept("s1", "20261123-9999")
    assert len(desk.floor.facts.answers[UserId("user-s1")]) == ANSWERS_KEPT
    assert not desk.set_presence("s1", "available", request="old").answer.repeated


def test_a_refused_command_changes_nothing_but_the_answer(desk: Desk) -> None:
    happened = desk.accept("s1", "20261123-9999")
    assert happened.kinds == []
    assert fields_of(happened.answer, "user", "ok", "detail") == ("user-s1", False, "20261123-9999")


# Whose session it is.


def test_nobody_acts_on_a_colleagues_session(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    desk.come("s2")
    attempts = [
        desk.send("s2", session),
        desk.note("s2", session),
        desk.hang_up("s2", session),
        desk.transfer("s2", session, to_group="bills"),
        desk.wrap_up("s2", session),
    ]
    assert {attempt.refusal for attempt in attempts} == {"not_your_session"}
    assert desk.session(session).state == "active"


def test_nobody_acts_from_a_colleagues_seat(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    assert desk.send("s1", session, user="mallory").refusal == "not_signed_in"


def test_nobody_acts_on_a_session_that_waits(desk: Desk) -> None:
    desk.set_presence("s1", "busy")
    session = desk.waiting("ann")
    assert desk.send("s1", session).refusal == "not_your_session"
    assert desk.hang_up("s1", session).refusal == "not_your_session"


def test_a_remark_is_for_colleagues_only(desk: Desk) -> None:
    session = desk.served("ann", "s1")
    happened = desk.note("s1", session, "is in a hurry")
    assert happened.kinds == ["note_added"]
    assert fields_of(happened.only(ev.NoteAdded), "text", "user", "seat") == ("is in a hurry", "user-s1", "s1")
    assert desk.session(session).messages == 1, "it is no message"


# Each refusal there is.


def _without_a_seat(desk: Desk) -> Happened:
    actor = cmd.Actor(user=UserId("inspector"), role="inspector", request="r")
    return desk.do(cmd.Accept(actor=actor, session=SessionId("20261123-0001")))


def _to_a_full_seat(desk: Desk) -> Happened:
    for n in range(10):
        desk.served(f"customer-{n}", "s1")
    desk.come("s2")
    return desk.transfer("s2", desk.served("ann", "s2"), to_seat="s1")


def _while_handed_over(desk: Desk) -> Happened:
    session = desk.served("ann", "s1")
    desk.come("s2")
    desk.transfer("s1", session, to_seat="s2")
    return desk.transfer("s1", session, to_seat="s2")


def _while_consulting(desk: Desk) -> Happened:
    session = desk.served("ann", "s1")
    desk.come("s2")
    desk.consult("s1", session, "s2")
    return desk.consult("s1", session, "s2")


def _too_often(desk: Desk) -> Happened:
    desk.configure(make_site(["s1", "s2"], version=2, transfer_hops_max=0))
    return desk.transfer("s1", desk.served("ann", "s1"), to_group="bills")


def _of_a_colleague(desk: Desk) -> Happened:
    session = desk.served("ann", "s1")
    desk.come("s2")
    return desk.hang_up("s2", session)


def _again_with_no_send_left(desk: Desk) -> Happened:
    session = desk.served("ann", "s1")
    for _ in range(desk.floor.site.rules.send_quota):
        failed = desk.send("s1", session).only(ev.MessageSent).message
    desk.failed(failed, session)
    return desk.resend("s1", session, failed)


def _again_after_the_window(desk: Desk) -> Happened:
    session = desk.served("ann", "s1")
    failed = desk.send("s1", session).only(ev.MessageSent).message
    desk.failed(failed, session)
    desk.now = Millis(desk.now + desk.floor.site.rules.send_window_s * 1000)
    return desk.resend("s1", session, failed)


def _wrap_up(desk: Desk, disposition: str) -> Happened:
    asked = Dispositions(choices=("bill", "card"), required=True)
    desk.configure(make_site(["s1", "s2"], version=2, every_group={"dispositions": asked}))
    return desk.wrap_up("s1", desk.wrapping("ann", "s1"), disposition)


def _after_a_colleague(desk: Desk) -> Happened:
    session = desk.known("ann", "s1")
    desk.describe("s1", session, remark="Ann")
    return desk.describe("s1", session, remark="Anne")


def _with_a_stranger_in_self_service(desk: Desk) -> Happened:
    return desk.step_in("s1", _talk(desk, {"s1": {"cards": 1}, "s2": {"bills": 1}}, "bills"))


def _with_ten_in_self_service(desk: Desk) -> Happened:
    for n in range(10):
        desk.served(f"customer-{n}", "s1")
    return desk.step_in("s1", _talk(desk, {"s1": {"cards": 1}}, "cards"))


def _talk(desk: Desk, seats: dict[str, dict[str, int]], group: str) -> SessionId:
    """A customer in the self-service of an account whose group this is."""
    flow = Flow(id="bank", name="Bank", keywords=(Keyword(id="k", phrases=("额度",), action=Answer("yours")),))
    desk.configure(make_site(seats, version=2, soft_cap=10, flow=flow, default_group=group))
    return desk.write("ann", "额度").only(ev.SessionOpened).session


REASONS: dict[str, Callable[[Desk], Happened]] = {
    "no_seat": _without_a_seat,
    "seat_unknown": lambda desk: desk.sign_in("s9"),
    "seat_taken": lambda desk: desk.sign_in("s1", user="mallory"),
    "seat_away": lambda desk: desk.transfer("s1", desk.served("ann", "s1"), to_seat="s2"),
    "seat_full": _to_a_full_seat,
    "same_seat": lambda desk: desk.transfer("s1", desk.served("ann", "s1"), to_seat="s1"),
    "not_signed_in": lambda desk: desk.set_presence("s2", "busy"),
    "sessions_open": lambda desk: desk.sign_out("s1") if desk.served("ann", "s1") else Happened(),
    "presence_invalid": lambda desk: desk.set_presence("s1", "offline"),
    "reason_missing": lambda desk: desk.set_presence("s1", "break"),
    "offer_gone": lambda desk: desk.accept("s1", "20261123-0001"),
    "session_unknown": lambda desk: desk.send("s1", "20261123-0001"),
    "session_not_with_bot": lambda desk: desk.step_in("s1", desk.served("ann", "s1")),
    "not_your_group": _with_a_stranger_in_self_service,
    "own_seat_full": _with_ten_in_self_service,
    "session_not_active": lambda desk: desk.send("s1", desk.wrapping("ann", "s1")),
    "session_not_in_wrap_up": lambda desk: desk.wrap_up("s1", desk.served("ann", "s1")),
    "not_your_session": _of_a_colleague,
    "group_unknown": lambda desk: desk.transfer("s1", desk.served("ann", "s1"), to_group="loans"),
    "target_missing": lambda desk: desk.transfer("s1", desk.served("ann", "s1")),
    "transfer_pending": _while_handed_over,
    "too_many_hops": _too_often,
    "session_parked": lambda desk: desk.transfer("s1", desk.parked("ann", "s1"), to_group="bills"),
    "session_not_parked": lambda desk: desk.resume("s1", desk.served("ann", "s1")),
    "reply_due": lambda desk: desk.park("s1", desk.served("ann", "s1")),
    "promise_past": lambda desk: desk.promise("s1", desk.served("ann", "s1"), 0),
    "promise_too_late": lambda desk: desk.promise("s1", desk.served("ann", "s1"), 48 * 3600),
    "consult_pending": _while_consulting,
    "no_consult": lambda desk: desk.consult_say("s1", desk.served("ann", "s1")),
    "disposition_missing": lambda desk: _wrap_up(desk, ""),
    "disposition_unknown": lambda desk: _wrap_up(desk, "gossip"),
    "profile_unread": lambda desk: desk.describe("s1", desk.served("ann", "s1"), remark="Ann"),
    "profile_changed": _after_a_colleague,
    "value_too_long": lambda desk: desk.describe("s1", desk.known("ann", "s1"), remark="x" * 41),
    "value_invalid": lambda desk: desk.describe("s1", desk.known("ann", "s1"), phone="call me"),
    "too_many_tags": lambda desk: desk.describe("s1", desk.known("ann", "s1"), tags=tuple(map(str, range(21)))),
    "field_unknown": lambda desk: desk.describe("s1", desk.known("ann", "s1"), fields={"shoe": "42"}),
    "text_empty": lambda desk: desk.send("s1", desk.served("ann", "s1"), " \n"),
    "recall_too_late": lambda desk: desk.recall("s1", desk.served("ann", "s1"), "20261123-0001.9"),
    "resend_unneeded": lambda desk: desk.resend("s1", desk.served("ann", "s1"), "20261123-0001.9"),
    "quota_spent": _again_with_no_send_left,
    "window_shut": _again_after_the_window,
}


def test_every_refusal_has_its_reason_here() -> None:
    assert set(REASONS) == set(REFUSALS)


@pytest.mark.parametrize("code", REASONS)
def test_refused(desk: Desk, code: str) -> None:
    before = len(desk.ledger)
    happened = REASONS[code](desk)
    assert fields_of(happened.answer, "ok", "code") == (False, code)
    assert happened.kinds == [], "it has no effect"
    assert len(desk.ledger) > before


def test_an_empty_remark_is_none(desk: Desk) -> None:
    assert desk.note("s1", desk.served("ann", "s1"), "  ").refusal == "text_empty"
