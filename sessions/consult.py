"""Asking a colleague: a side thread that the customer never sees and that takes no slot.

The session stays its owner's; a hand-over to the colleague is a transfer like any other.
"""

from sessions import commands as cmd
from sessions import events as ev
from sessions.facts import Seat, Session
from sessions.floor import Floor
from sessions.ids import Millis, SeatId, SessionId
from sessions.refusal import Refused
from sessions.segments import end_consult
from sessions.service import held_session, own_seat


def consult(floor: Floor, command: cmd.Consult, at: Millis, cause: str) -> list[ev.Event]:
    """The side thread begins with the owner's question; one colleague at a time."""
    seat = own_seat(floor, command.actor)
    session = held_session(floor, command.session, seat, "active", "parked")
    if session.consult is not None:
        raise Refused("consult_pending", detail=session.consult.seat)
    colleague = floor.seats.get(command.to_seat)
    if colleague is None:
        raise Refused("seat_unknown", field="to_seat", detail=command.to_seat)
    if colleague is seat:
        raise Refused("same_seat", field="to_seat", detail=command.to_seat)
    if colleague.user is None or colleague.presence == "reconnecting":
        raise Refused("seat_away", field="to_seat", detail=command.to_seat)
    return [
        ev.ConsultBegun(
            at=at,
            cause=cause,
            session=session.id,
            seat=seat.id,
            user=command.actor.user,
            to_seat=colleague.id,
            text=_words(command.text),
        )
    ]


def consult_say(floor: Floor, command: cmd.ConsultSay, at: Millis, cause: str) -> list[ev.Event]:
    """A line by the owner or the colleague."""
    by = own_seat(floor, command.actor)
    session, owner, colleague = _thread(floor, command.session, by)
    return [
        ev.ConsultSaid(
            at=at,
            cause=cause,
            session=session.id,
            seat=owner,
            to_seat=colleague,
            by_seat=by.id,
            user=command.actor.user,
            text=_words(command.text),
        )
    ]


def end(floor: Floor, command: cmd.EndConsult, at: Millis, cause: str) -> list[ev.Event]:
    """Either of the two has had enough."""
    session, _, _ = _thread(floor, command.session, own_seat(floor, command.actor))
    return end_consult(session, at, cause)


def leave_consults(floor: Floor, seat: Seat, at: Millis, cause: str) -> list[ev.Event]:
    """The colleague goes: nobody waits for an answer of theirs."""
    return [event for each in seat.consulting for event in end_consult(floor.sessions[each], at, cause)]


def _thread(floor: Floor, session_id: SessionId, by: Seat) -> tuple[Session, SeatId, SeatId]:
    session = floor.sessions.get(session_id)
    if session is None:
        raise Refused("session_unknown", field="session", detail=session_id)
    asked = session.consult.seat if session.consult else None
    if by.id not in {session.seat, asked}:
        raise Refused("not_your_session", field="session", detail=session_id)
    if session.seat is None or asked is None:
        raise Refused("no_consult", detail=session_id)
    return session, session.seat, asked


def _words(text: str) -> str:
    if not text.strip():
        raise Refused("text_empty", field="text")
    return text
