"""How a seat lets go of a session and takes it back: segments end, offers are rescinded, sessions close or wake.

What hangs on a segment or a session ends with it, in events of its own: a side thread, a promise.
"""

from sessions import events as ev
from sessions.facts import Seat, Session
from sessions.ids import CloseReason, GroupId, Millis, SeatId
from sessions.refusal import Refused


def end_segment(
    session: Session,
    reason: ev.SegmentEnd,
    at: Millis,
    cause: str,
    *,
    to_group: GroupId | None = None,
    to_seat: SeatId | None = None,
    note: str = "",
) -> list[ev.Event]:
    """The seat that has the session has it no longer; a colleague who was being asked is told."""
    assert session.seat is not None, f"{session.id} is at no seat"
    ended = ev.SegmentEnded(
        at=at,
        cause=cause,
        session=session.id,
        seat=session.seat,
        segment=session.segment,
        reason=reason,
        duration_ms=at - session.segment_began_at,
        to_group=to_group,
        to_seat=to_seat,
        note=note,
    )
    return [*end_consult(session, at, cause), ended]


def end_consult(session: Session, at: Millis, cause: str) -> list[ev.Event]:
    """The side thread is over, where there is one."""
    if session.consult is None or session.seat is None:
        return []
    return [ev.ConsultEnded(at=at, cause=cause, session=session.id, seat=session.seat, to_seat=session.consult.seat)]


def close(
    session: Session,
    at: Millis,
    cause: str,
    *,
    reason: CloseReason,
    segment_end: ev.SegmentEnd = "hung_up",
    disposition: str = "",
    remark: str = "",
    merge_until: Millis | None = None,
) -> list[ev.Event]:
    """End of a session, wherever it is; what was promised and not done is broken."""
    events: list[ev.Event] = []
    if session.promise is not None:
        due_at = session.promise.due_at
        events.append(ev.PromiseBroken(at=at, cause=cause, session=session.id, seat=session.seat, due_at=due_at))
    if session.seat is not None:
        events += end_segment(session, segment_end, at, cause)
    events.append(
        ev.SessionClosed(
            at=at,
            cause=cause,
            session=session.id,
            customer=session.customer,
            group=session.group,
            seat=session.seat,
            reason=reason,
            disposition=disposition,
            remark=remark,
            merge_until=merge_until or Millis(0),
        )
    )
    return events


def rescind(session: Session, reason: ev.RescindReason, at: Millis, cause: str) -> list[ev.Event]:
    """Take back the session's offer, where it has one; nobody missed it."""
    if session.offer is None:
        return []
    return [
        ev.OfferRescinded(
            at=at,
            cause=cause,
            session=session.id,
            seat=session.offer.seat,
            reason=reason,
            from_seat=session.offer.from_seat,
        )
    ]


def taken_back(session: Session, seat: Seat, at: Millis, cause: str, *, silence: ev.Due | None = None) -> ev.Event:
    """The seat takes its own parked session back; refuses where it has no slot left."""
    if seat.is_full:
        raise Refused("own_seat_full", detail=seat.id)
    return woken(session, seat.id, "seat", at, cause, silence=silence)


def woken(
    session: Session,
    seat: SeatId,
    reason: ev.WakeReason,
    at: Millis,
    cause: str,
    *,
    turn_began: bool = False,
    silence: ev.Due | None = None,
) -> ev.Event:
    """The session is in service again at the seat that kept it."""
    return ev.SessionWoken(
        at=at,
        cause=cause,
        session=session.id,
        customer=session.customer,
        seat=seat,
        reason=reason,
        parked_ms=at - session.parked_at,
        turn_began=turn_began,
        silence=silence,
    )
