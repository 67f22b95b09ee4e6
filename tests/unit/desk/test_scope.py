"""Who may see an event: decided for every kind, from the event alone."""

import ast
import inspect
from typing import Any

import pytest

from desk import scope
from desk.scope import EVERYONE, NOBODY, Audience, audience
from sessions import events as ev
from sessions.content import Text
from sessions.ids import GroupId, SeatId
from tests.builders import Desk, make_site

CARDS = GroupId("cards")
WORDS = {
    ev.MessageReceived,
    ev.MessageRefused,
    ev.MessageSent,
    ev.RecallAsked,
    ev.MessageRecalled,
    ev.NoticeSent,
    ev.NoteAdded,
    ev.CustomerEventRecorded,
    ev.MediaStored,
    ev.MediaRejected,
    ev.MessageDelivered,
    ev.MessageFailed,
    ev.CustomerMarked,
    ev.CustomerDescribed,
    ev.CustomerRemembered,
    ev.SatisfactionAsked,
    ev.SatisfactionRated,
    ev.TurnSet,
    ev.CustomerReminded,
    ev.SessionParked,
    ev.SessionWoken,
    ev.PromiseMade,
    ev.PromiseWarned,
    ev.PromiseKept,
    ev.PromiseBroken,
}
"""Events that carry what was said, or tell how a seat keeps its session."""


def seats(*names: str, groups: tuple[GroupId, ...] = ()) -> Audience:
    return Audience(frozenset(SeatId(each) for each in names), frozenset(groups))


def test_every_kind_of_event_has_its_audience() -> None:
    """mypy checks that the match is exhaustive; this checks that it names each kind itself, without a catch-all."""
    tree = ast.parse(inspect.getsource(scope.audience))
    named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert {kind.__name__ for kind in ev.EVENT_TYPES} <= named
    assert not [case for case in ast.walk(tree) if isinstance(case, ast.match_case) and _is_wildcard(case.pattern)]


@pytest.mark.parametrize("kind", sorted(WORDS, key=repr), ids=repr)
def test_what_is_said_concerns_the_seat_alone(kind: type[ev.Event]) -> None:
    at_seat, nowhere = audience(_made(kind, seat="s2")), audience(_made(kind, seat=None))
    assert at_seat == seats("s2")
    assert nowhere == seats()


def test_a_message_in_line_concerns_nobody_but_those_who_oversee() -> None:
    desk = Desk(make_site())
    message = desk.write("ann").only(ev.MessageReceived)
    assert audience(message) == seats()
    assert seats().overseers
    assert not NOBODY.overseers


def test_a_group_sees_that_somebody_waits_and_that_they_are_served() -> None:
    desk = Desk(make_site())
    happened = desk.write("ann")
    assert audience(happened.only(ev.SessionOpened)) == seats(groups=(CARDS,))
    assert audience(happened.only(ev.SessionQueued)) == seats(groups=(CARDS,))
    offered = desk.sign_in("s1").only(ev.SessionOffered)
    assert audience(offered) == seats("s1", groups=(CARDS,))
    assert audience(desk.accept("s1", offered.session).only(ev.SessionAccepted)) == seats("s1", groups=(CARDS,))


def test_a_hand_over_is_between_two_colleagues() -> None:
    desk = Desk(make_site(["s1", "s2"]))
    desk.come("s1")
    session = desk.served("ann", "s1")
    desk.come("s2")
    offered = desk.transfer("s1", session, to_seat="s2", note="angry").only(ev.SessionOffered)
    assert audience(offered) == seats("s1", "s2")
    assert audience(desk.reject("s2", session).only(ev.OfferRejected)) == seats("s1", "s2")
    desk.wait(11)
    desk.transfer("s1", session, to_seat="s2")
    taken = desk.accept("s2", session)
    assert audience(taken.only(ev.SegmentEnded)) == seats("s1", "s2")
    assert audience(taken.only(ev.SessionAccepted)) == seats("s1", "s2", groups=(CARDS,))


def test_a_seat_learns_what_it_loses() -> None:
    desk = Desk(make_site(["s1"]))
    desk.come("s1")
    session = desk.served("ann", "s1")
    moved = desk.transfer("s1", session, to_group="bills")
    assert audience(moved.only(ev.SessionQueued)) == seats("s1", groups=(GroupId("bills"),))
    second = desk.wrapping("bob", "s1")
    closed = desk.wrap_up("s1", second)
    assert audience(closed.only(ev.SessionClosed)) == seats("s1", groups=(CARDS,))


@pytest.mark.parametrize("kind", [ev.ConsultBegun, ev.ConsultSaid, ev.ConsultEnded], ids=repr)
def test_a_side_thread_is_between_two_seats(kind: type[ev.Event]) -> None:
    assert audience(_made(kind, seat="s1", to_seat="s2", by_seat="s2")) == seats("s1", "s2")


@pytest.mark.parametrize("kind", [ev.SessionMoved, ev.CustomersInherited], ids=repr)
def test_what_passes_from_seat_to_seat_concerns_both(kind: type[ev.Event]) -> None:
    assert audience(_made(kind, from_seat="s1", to_seat="s2")) == seats("s1", "s2")


@pytest.mark.parametrize(
    "kind", [ev.QueueWidened, ev.WaitEstimated, ev.LeaveMessageBegun, ev.CallbackScheduled], ids=repr
)
def test_a_group_sees_how_its_line_moves(kind: type[ev.Event]) -> None:
    assert audience(_made(kind)) == seats(groups=(CARDS,))


@pytest.mark.parametrize("kind", [ev.FlowAnswered, ev.PhraseUnmatched, ev.IntentNoted, ev.CallbackCancelled], ids=repr)
def test_self_service_concerns_those_who_oversee_alone(kind: type[ev.Event]) -> None:
    assert audience(_made(kind)) == seats()


def test_everybody_sees_who_is_at_work() -> None:
    desk = Desk(make_site())
    assert audience(desk.sign_in("s1").only(ev.SeatSignedIn)) == EVERYONE
    assert audience(desk.set_presence("s1", "busy").only(ev.PresenceChanged)) == EVERYONE
    assert audience(desk.sign_out("s1").only(ev.SeatSignedOut)) == EVERYONE
    assert audience(desk.configure(make_site(version=2)).only(ev.SiteConfigured)) == EVERYONE


def test_what_processes_tell_each_other_is_shown_to_nobody() -> None:
    desk = Desk(make_site())
    assert audience(desk.beat().only(ev.HubBeat)) == NOBODY
    assert audience(desk.connect("s1").only(ev.SeatConnected)) == NOBODY
    assert audience(desk.disconnect("s1").only(ev.SeatDisconnected)) == NOBODY
    assert audience(desk.sign_in("s1").answer) == NOBODY


def test_who_is_named_in_a_note_is_not_shown_what_was_written() -> None:
    desk = Desk(make_site(["s1", "s2"]))
    desk.come("s1", "s2")
    happened = desk.note("s1", desk.served("ann", "s1"), "@王芳 看看额度", ["s2"])
    assert audience(happened.only(ev.NoteAdded)).seats == {"s1"}
    mention = happened.only(ev.SeatMentioned)
    assert audience(mention).seats == {"s2"}
    assert "额度" not in ev.encode(mention).decode()


def _made(kind: type[ev.Event], **fields: Any) -> ev.Event:
    """An event of this kind with something in every field that has no default."""
    required: dict[str, Any] = {
        "content": Text(text="secret"),
        "event": None,
        "code": "x",
        "session": "20261123-0001",
        "customer": "bank:ann",
        "message": "20261123-0001.1",
        "key": "k",
        "sent_at": 0,
        "limit": 600,
        "user": "user-s1",
        "kind": "x",
        "media": "aa.jpg",
        "mime": "image/jpeg",
        "size_bytes": 1,
        "text": "secret",
        "group": CARDS,
        "account": "bank",
        "seat": "s1",
        "mark": "vip",
        "on": True,
        "turn": "seat",
        "told": True,
        "reason": "x",
        "parked_ms": 1,
        "since": 1,
        "last_at": 1,
        "due_at": 1,
        "warn_at": 1,
        "wake_at": 1,
        "segment": 2,
        "ring": 1,
        "ahead": 1,
        "low_s": 1,
        "high_s": 1,
        "widening": None,
        "idle_at": 1,
        "rule": "x",
        "phrase": "secret",
        "priority": 1,
        "until": 1,
        "case": "20261123-0001",
        "stars": 5,
        "revision": 1,
        "at": 0,
        "cause": "test",
    }
    return kind(**{name: value for name, value in (required | fields).items() if name in kind.__struct_fields__})


def _is_wildcard(pattern: ast.pattern) -> bool:
    return isinstance(pattern, ast.MatchAs) and pattern.pattern is None
