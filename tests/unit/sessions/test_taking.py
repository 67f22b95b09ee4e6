"""Sessions for which nobody answers a ring: groups that accept by themselves, seats that step in for self-service."""

import pytest

from routing.hours import Calendar
from routing.selfservice import Answer, Flow, Keyword, Route
from sessions import events as ev
from sessions.content import MenuClicked, Voice
from sessions.ids import HARD_CAP
from tests.builders import Desk, fields_of, make_site

FLOW = Flow(
    id="bank",
    name="Bank",
    clicks={"LOAN": Route(group="bills", at_once=False), "HUMAN": Route(group="cards")},
    keywords=(Keyword(id="limit", phrases=("额度",), action=Answer("ask for your limit")),),
    unmatched_max=0,
)


@pytest.fixture
def desk() -> Desk:
    """Two seats of a group that accepts by itself."""
    desk = Desk(make_site(["s1", "s2"], soft_cap=2, every_group={"auto_accept": True}))
    desk.come("s1", "s2")
    return desk


@pytest.fixture
def bank() -> Desk:
    """A bank with self-service, a seat for cards and one for bills."""
    desk = Desk(make_site({"s1": {"cards": 3}, "s2": {"bills": 3}}, flow=FLOW))
    desk.come("s1", "s2")
    return desk


# Groups that accept by themselves.


def test_what_the_line_offers_is_accepted_in_the_same_step(desk: Desk) -> None:
    happened = desk.write("ann")
    assert happened.kinds[-2:] == ["session_offered", "session_accepted"]
    offered, accepted = happened.only(ev.SessionOffered), happened.only(ev.SessionAccepted)
    assert fields_of(accepted, "seat", "automatic", "cause", "waited_ms") == (offered.seat, True, "auto_accept=1", 0)
    assert accepted.user == f"user-{offered.seat}"
    assert (desk.session(accepted.session).state, desk.rings_at(accepted.session)) == ("active", None)


def test_the_caps_hold_and_who_is_too_many_waits(desk: Desk) -> None:
    for name in "abcde":
        desk.write(name)
    assert [desk.seat(each).load for each in ("s1", "s2")] == [2, 2]
    assert len(desk.line()) == 1


def test_nobody_can_miss_what_is_accepted_by_itself(desk: Desk) -> None:
    for name in "abcd":
        desk.write(name)
    desk.wait(60)
    assert [desk.seat(each).misses for each in ("s1", "s2")] == [0, 0]
    assert {desk.seat(each).presence for each in ("s1", "s2")} == {"available"}


def test_a_freed_slot_takes_the_next_at_once(desk: Desk) -> None:
    for name in "abcde":
        desk.write(name)
    waiting = desk.line()[0]
    held = next(iter(desk.seat("s1").held))
    desk.wait(9)
    desk.hang_up("s1", held)
    taken = desk.wrap_up("s1", held).only(ev.SessionAccepted)
    assert fields_of(taken, "session", "seat", "automatic", "waited_ms") == (waiting, "s1", True, 9000)


def test_nothing_comes_to_who_is_away(desk: Desk) -> None:
    desk.set_presence("s1", "break", "meal")
    desk.disconnect("s2")
    assert desk.write("ann").every(ev.SessionAccepted) == []
    assert len(desk.line()) == 1


def test_a_colleague_is_still_asked(desk: Desk) -> None:
    session = desk.write("ann").only(ev.SessionAccepted)
    other = "s2" if session.seat == "s1" else "s1"
    assert desk.transfer(session.seat, session.session, to_seat=other).kinds == ["session_offered"]
    assert desk.rings_at(session.session) == other


def test_what_is_handed_to_the_group_is_not_asked_about(desk: Desk) -> None:
    session = desk.write("ann").only(ev.SessionAccepted)
    taken = desk.transfer(session.seat, session.session, to_group="cards", note="in a hurry").only(ev.SessionAccepted)
    assert taken.seat != session.seat
    assert taken.automatic


def test_what_rings_already_rings_on_when_the_setting_changes() -> None:
    desk = Desk(make_site(["s1"]))
    desk.come("s1")
    session = desk.waiting("ann")
    desk.configure(make_site(["s1"], version=2, every_group={"auto_accept": True}))
    assert desk.rings_at(session) == "s1"
    assert not desk.accept("s1", session).only(ev.SessionAccepted).automatic


# Stepping in for self-service.


def test_a_seat_takes_over_a_talk_with_self_service(bank: Desk) -> None:
    rings = bank.waiting("bob")
    bank.write("ann", "额度")
    talk = bank.session_of("ann")
    assert talk
    assert talk.state == "bot"
    bank.wait(30)
    happened = bank.step_in("s1", talk.id)
    assert happened.kinds == ["session_queued", "session_offered", "session_accepted"]
    assert fields_of(happened.only(ev.SessionQueued), "group", "reason") == ("cards", "stepped_in")
    assert fields_of(happened.only(ev.SessionOffered), "seat", "policy", "candidates") == ("s1", "stepped_in", [])
    assert fields_of(happened.only(ev.SessionAccepted), "segment", "waited_ms", "automatic") == (1, 0, False)
    live = bank.session(talk.id)
    assert (live.state, live.seat, live.turn, live.turn_since) == ("active", "s1", "seat", bank.now)
    assert bank.send("s1", talk.id, "May I help?").answer.ok
    assert bank.rings_at(rings) == "s1", "nobody else is touched"


def test_who_leaves_a_message_may_be_answered_at_once() -> None:
    never = Calendar(id="never", name="Never", week=((),) * 7)
    desk = Desk(make_site(["s1"], every_group={"calendar": "never"}, calendars=[never]))
    desk.come("s1")
    session = desk.waiting("ann")
    assert desk.session(session).bot
    assert desk.step_in("s1", session).answer.ok
    desk.wait(3600)
    assert "callback_scheduled" not in desk.history(session)


def test_stepping_in_is_for_the_groups_of_the_seat_and_never_beyond_ten(bank: Desk) -> None:
    bank.write("ann", "额度")
    talk = bank.session_of("ann")
    assert talk
    assert bank.step_in("s2", talk.id).refusal == "not_your_group"
    for number in range(HARD_CAP):
        bank.write(f"c{number}", "额度")
        other = bank.session_of(f"c{number}")
        assert other
        assert bank.step_in("s1", other.id).answer.ok
    assert bank.step_in("s1", talk.id).refusal == "own_seat_full"
    assert bank.session(talk.id).state == "bot"


def test_a_talk_that_is_over_or_has_a_seat_is_not_taken(bank: Desk) -> None:
    bank.write("ann", "额度")
    talk = bank.session_of("ann")
    assert talk
    bank.step_in("s1", talk.id)
    assert bank.step_in("s1", talk.id).refusal == "session_not_with_bot"
    assert bank.step_in("s1", "20261123-0999").refusal == "session_unknown"


# What led a customer here.


def test_a_click_is_remembered_until_a_seat_has_the_session(bank: Desk) -> None:
    bank.tell("ann", MenuClicked(key="LOAN"))
    opened = bank.write("ann", "about a loan").only(ev.SessionOpened)
    assert opened.led_by == "click:LOAN"
    assert bank.session(opened.session).led_by == "click:LOAN"
    routed = bank.tell("bob", MenuClicked(key="HUMAN")).only(ev.SessionOpened)
    assert bank.session(routed.session).led_by == "click:HUMAN"


def test_what_self_service_answered_last_is_remembered(bank: Desk) -> None:
    bank.write("ann", "额度")
    bank.tell("ann", MenuClicked(key="LOAN"))
    talk = bank.session_of("ann")
    assert talk
    assert talk.led_by == "click:LOAN"
    bank.write("ann", "额度")
    assert talk.led_by == "click:LOAN", "what was clicked is where the words belong"


def test_how_long_the_last_voice_is_shows_once_its_file_is_here(bank: Desk) -> None:
    session = bank.served("ann", "s1")
    bank.write("ann", Voice(source="m", format="amr"))
    live = bank.session(session)
    assert (live.last_kind, live.last_length_ms) == ("voice", 0)
    bank.media_stored(f"{session}.{live.last_number}", session, duration_ms=12_000)
    assert live.last_length_ms == 12_000
    bank.write("ann", "did you hear?")
    assert live.last_length_ms == 0
    bank.media_stored(f"{session}.{live.last_number - 1}", session, duration_ms=12_000)
    assert live.last_length_ms == 0, "an older file is not the last"
