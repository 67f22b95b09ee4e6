"""What became of a seat's words: taken by the channel, failed, asked back, taken back."""

from msgspec.structs import replace

from sessions import events as ev
from sessions.facts import Sent, Session
from sessions.floor import Floor
from sessions.ids import MessageId, Millis, SessionId
from sessions.recorders import records
from sessions.recorders.parts import give_back, set_turn

SENT_KEPT = 20
"""So many words of a session are remembered until the channel has them: those may be called back, or resent."""
RECALLED = "recalled"
"""What a list row shows in place of words that were taken back."""


def remember_sent(session: Session, event: ev.MessageSent, paid_until: Millis) -> None:
    """The words may be wanted back. Called before the turn changes with them."""
    waited = session.turn == "seat" and event.turn_ended
    sent = Sent(
        message=event.message,
        at=event.at,
        paid_until=paid_until,
        waited_since=session.turn_since if waited else Millis(0),
        waited_last_at=session.turn_last_at if waited else Millis(0),
    )
    others = (each for each in session.sent if each.message != event.resends)
    session.sent = (*others, sent)[-SENT_KEPT:]


@records(ev.MessageDelivered)
def _(floor: Floor, event: ev.MessageDelivered) -> None:
    if event.recallable:
        _change(floor, event.session, event.message, fate="delivered")
    else:
        _forget(floor, event.session, event.message)


@records(ev.MessageFailed)
def _(floor: Floor, event: ev.MessageFailed) -> None:
    _change(floor, event.session, event.message, fate="failed")


@records(ev.RecallAsked)
def _(floor: Floor, event: ev.RecallAsked) -> None:
    _change(floor, event.session, event.message, recall_asked=True)


@records(ev.MessageRecalled)
def _(floor: Floor, event: ev.MessageRecalled) -> None:
    sent = _forget(floor, event.session, event.message)
    session = floor.sessions.get(event.session)
    if session is None or sent is None:
        return
    if not event.seen:
        give_back(floor, event.customer, sent.paid_until)
    if event.turn_began:
        set_turn(floor, session, "seat", event.at)
        session.turn_since, session.turn_last_at = event.since, event.last_at
        session.silence = None
    if session.last_by == "seat" and session.last_at == sent.at:
        session.last_kind, session.last_text = RECALLED, ""


def _change(floor: Floor, session_id: SessionId | None, message: MessageId, **facts: object) -> None:
    session = floor.sessions.get(session_id) if session_id else None
    if session is not None and session.sent:
        session.sent = tuple(replace(each, **facts) if each.message == message else each for each in session.sent)


def _forget(floor: Floor, session_id: SessionId | None, message: MessageId) -> Sent | None:
    session = floor.sessions.get(session_id) if session_id else None
    if session is None:
        return None
    found = next((each for each in session.sent if each.message == message), None)
    if found:
        session.sent = tuple(each for each in session.sent if each is not found)
    return found
