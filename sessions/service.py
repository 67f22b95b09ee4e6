"""The verbs of a seat: accept, reject, say, note, transfer, hang up, wrap up.

Each checks that the session is the seat's own to act on, and says what happens. A hand-over to a colleague is an
offer that the sender keeps until it is accepted; to a group, it lets go at once.
"""

from routing.line import POINTS_MAX, sort_key
from sessions import commands as cmd
from sessions import events as ev
from sessions.content import Text
from sessions.customers import group_now, message_id
from sessions.floor import Floor, Offer, Seat, Session
from sessions.ids import GroupId, Millis, SeatId, SessionId
from sessions.refusal import Refused
from sessions.settings import Site

TRANSFER_POINTS = 3
"""A customer who was handed over has waited once already."""
MISSED_POINTS = 1
"""So has one whose ring nobody answered."""


def accept(floor: Floor, command: cmd.Accept, at: Millis, cause: str) -> list[ev.Event]:
    """The seat takes what rings at it; a segment begins."""
    seat = own_seat(floor, command.actor)
    session, offer = _ringing(floor, command.session, seat)
    before: list[ev.Event] = []
    if offer.from_seat is not None:
        before = [_end_segment(session, "transferred", at, cause, to_seat=seat.id, note=offer.note)]
    accepted = ev.SessionAccepted(
        at=at,
        cause=cause,
        session=session.id,
        customer=session.customer,
        seat=seat.id,
        user=command.actor.user,
        group=session.group,
        segment=session.segment + 1,
        waited_ms=at - (offer.made_at if offer.from_seat else session.enqueued_at),
        from_seat=offer.from_seat,
    )
    return [*before, accepted]


def reject(floor: Floor, command: cmd.Reject, at: Millis, cause: str) -> list[ev.Event]:
    """The seat does not take it: back to its place in line, or to the colleague who sent it."""
    seat = own_seat(floor, command.actor)
    session, offer = _ringing(floor, command.session, seat)
    rejected = ev.OfferRejected(
        at=at,
        cause=cause,
        session=session.id,
        seat=seat.id,
        cooldown_until=Millis(at + floor.site.rules.reject_cooldown_s * 1000),
        from_seat=offer.from_seat,
    )
    if offer.from_seat is not None:
        return [rejected]
    return [rejected, requeue(floor.site, session, "rejected", at, cause, excluded=seat.id)]


def send(floor: Floor, command: cmd.Send, at: Millis, cause: str) -> list[ev.Event]:
    """The seat says something to the customer."""
    seat = own_seat(floor, command.actor)
    session = _in_service(floor, command.session, seat)
    if isinstance(command.content, Text) and not command.content.text.strip():
        raise Refused("text_empty", field="text")
    return [
        ev.MessageSent(
            at=at,
            cause=cause,
            session=session.id,
            customer=session.customer,
            message=message_id(session, 1),
            content=command.content,
            seat=seat.id,
            user=command.actor.user,
        )
    ]


def note(floor: Floor, command: cmd.Note, at: Millis, cause: str) -> list[ev.Event]:
    """An internal remark; the customer never sees it."""
    seat = own_seat(floor, command.actor)
    session = _held(floor, command.session, seat)
    if not command.text.strip():
        raise Refused("text_empty", field="text")
    return [
        ev.NoteAdded(
            at=at, cause=cause, session=session.id, user=command.actor.user, text=command.text, seat=session.seat
        )
    ]


def transfer(floor: Floor, command: cmd.Transfer, at: Millis, cause: str) -> list[ev.Event]:
    """Hand the session over: to a group's line at once, or to a colleague's seat by an offer."""
    seat = own_seat(floor, command.actor)
    session = _in_service(floor, command.session, seat)
    if (command.to_group is None) == (command.to_seat is None):
        raise Refused("target_missing", field="to_group")
    if session.offer is not None:
        raise Refused("transfer_pending", detail=session.offer.seat)
    if session.hops >= floor.site.rules.transfer_hops_max:
        raise Refused("too_many_hops", detail=str(session.hops))
    if command.to_seat is not None:
        return [_hand_to_seat(floor, session, seat, command.to_seat, command.note, at, cause)]
    assert command.to_group is not None
    if command.to_group not in floor.site.groups:
        raise Refused("group_unknown", field="to_group", detail=command.to_group)
    priority = min(session.priority + TRANSFER_POINTS, POINTS_MAX)
    return [
        _end_segment(session, "transferred", at, cause, to_group=command.to_group, note=command.note),
        ev.SessionQueued(
            at=at,
            cause=cause,
            session=session.id,
            group=command.to_group,
            sort_key=sort_key(session.first_enqueued_at, priority),
            priority=priority,
            reason="transfer",
            first_enqueued_at=session.first_enqueued_at,
            from_seat=seat.id,
            excluded=seat.id,
        ),
    ]


def hang_up(floor: Floor, command: cmd.HangUp, at: Millis, cause: str) -> list[ev.Event]:
    """The conversation with the customer is over; wrap-up begins and holds the slot for a bounded time."""
    seat = own_seat(floor, command.actor)
    session = _in_service(floor, command.session, seat)
    rules = floor.site.rules
    events: list[ev.Event] = rescind(session, "hung_up", at, cause)
    events.append(
        ev.SessionHungUp(
            at=at,
            cause=cause,
            session=session.id,
            customer=session.customer,
            seat=seat.id,
            reason="seat_end",
            slot_until=Millis(at + rules.wrap_block_s * 1000),
            wrap_until=Millis(at + rules.wrap_max_s * 1000),
        )
    )
    return events


def wrap_up(floor: Floor, command: cmd.WrapUp, at: Millis, cause: str) -> list[ev.Event]:
    """The form is filled in: the session closes."""
    seat = own_seat(floor, command.actor)
    session = _held(floor, command.session, seat)
    if session.state != "wrap_up":
        raise Refused("session_not_in_wrap_up", detail=session.id)
    return close(session, at, cause, command.disposition, command.remark)


# Shared with the timers and with presence.


def close(session: Session, at: Millis, cause: str, disposition: str = "", remark: str = "") -> list[ev.Event]:
    """End of a session that was hung up."""
    return [
        _end_segment(session, "hung_up", at, cause),
        ev.SessionClosed(
            at=at,
            cause=cause,
            session=session.id,
            customer=session.customer,
            group=session.group,
            seat=session.seat,
            reason=session.close_reason or "system",
            disposition=disposition,
            remark=remark,
        ),
    ]


def requeue(
    site: Site,
    session: Session,
    reason: ev.QueueReason,
    at: Millis,
    cause: str,
    *,
    excluded: SeatId | None = None,
    points: int = 0,
) -> ev.SessionQueued:
    """Back in line at the place it had; `points` move it forward."""
    priority = min(session.priority + points, POINTS_MAX)
    return ev.SessionQueued(
        at=at,
        cause=cause,
        session=session.id,
        group=group_now(site, session),
        sort_key=sort_key(session.first_enqueued_at, priority),
        priority=priority,
        reason=reason,
        first_enqueued_at=session.first_enqueued_at,
        from_seat=session.seat,
        excluded=excluded,
    )


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


def lose(site: Site, session: Session, at: Millis, cause: str) -> list[ev.Event]:
    """The seat that has the session is gone: what was hung up closes, the rest goes back to the line."""
    if session.state == "wrap_up":
        return close(session, at, cause)
    return [
        *rescind(session, "seat_lost", at, cause),
        _end_segment(session, "seat_lost", at, cause),
        requeue(site, session, "seat_lost", at, cause),
    ]


def own_seat(floor: Floor, actor: cmd.Actor) -> Seat:
    """The seat that this person is signed in at; refuses when there is none."""
    if actor.seat is None:
        raise Refused("no_seat")
    seat = floor.seats.get(actor.seat)
    if seat is None:
        raise Refused("seat_unknown", detail=actor.seat)
    if seat.user != actor.user:
        raise Refused("not_signed_in")
    return seat


def _ringing(floor: Floor, session_id: SessionId, seat: Seat) -> tuple[Session, Offer]:
    session = floor.sessions.get(session_id)
    if session is None or session.offer is None or session.offer.seat != seat.id:
        raise Refused("offer_gone", detail=session_id)
    return session, session.offer


def _held(floor: Floor, session_id: SessionId, seat: Seat) -> Session:
    session = floor.sessions.get(session_id)
    if session is None:
        raise Refused("session_unknown", field="session", detail=session_id)
    if session.seat != seat.id:
        raise Refused("not_your_session", field="session", detail=session_id)
    return session


def _in_service(floor: Floor, session_id: SessionId, seat: Seat) -> Session:
    session = _held(floor, session_id, seat)
    if session.state != "active":
        raise Refused("session_not_active", field="session", detail=session_id)
    return session


def _hand_to_seat(
    floor: Floor, session: Session, source: Seat, target_id: SeatId, note: str, at: Millis, cause: str
) -> ev.Event:
    target = floor.seats.get(target_id)
    if target is None:
        raise Refused("seat_unknown", field="to_seat", detail=target_id)
    if target is source:
        raise Refused("same_seat", field="to_seat", detail=target_id)
    if not target.capacity.available:
        raise Refused("seat_away", field="to_seat", detail=target_id)
    if target.is_full:
        raise Refused("seat_full", field="to_seat", detail=target_id)
    return ev.SessionOffered(
        at=at,
        cause=cause,
        session=session.id,
        group=session.group,
        customer=session.customer,
        seat=target.id,
        expires_at=Millis(at + floor.site.rules.offer_timeout_s * 1000),
        waited_ms=0,
        from_seat=source.id,
        note=note,
    )


def _end_segment(
    session: Session,
    reason: ev.SegmentEnd,
    at: Millis,
    cause: str,
    *,
    to_group: GroupId | None = None,
    to_seat: SeatId | None = None,
    note: str = "",
) -> ev.SegmentEnded:
    assert session.seat is not None, f"{session.id} is at no seat"
    return ev.SegmentEnded(
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
