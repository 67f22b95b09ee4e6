"""The verbs of a seat: accept, reject, say, note, transfer, hang up, wrap up.

Each checks that the session is the seat's own to act on, and says what happens. A hand-over to a colleague is an
offer that the sender keeps until it is accepted; to a group, it lets go at once.
"""

from msgspec.structs import replace

from routing.line import POINTS_MAX
from sessions import commands as cmd
from sessions import events as ev
from sessions.content import Content, Text
from sessions.facts import Offer, Seat, Session
from sessions.floor import Floor
from sessions.ids import Millis, SeatId, SessionId, SessionState, UserId
from sessions.queueing import points_of_mark, requeue
from sessions.refusal import Refused
from sessions.resends import check_resend
from sessions.satisfaction import close_served
from sessions.saying import message_id
from sessions.segments import end_segment, rescind, taken_back
from sessions.silence import first_step, step_when_handed_over

_EXPECTED: dict[SessionState, str] = {"active": "session_not_active", "parked": "session_not_parked"}
_WRONG_STATE: dict[SessionState, str] = {"parked": "session_parked"}
"""A session in this state wants to be told so, whatever was expected."""


def accept(floor: Floor, command: cmd.Accept, at: Millis, cause: str) -> list[ev.Event]:
    """The seat takes what rings at it; a segment begins."""
    seat = own_seat(floor, command.actor)
    session, offer = _ringing(floor, command.session, seat)
    before: list[ev.Event] = []
    if offer.from_seat is not None:
        before = end_segment(session, "transferred", at, cause, to_seat=seat.id, note=offer.note)
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
        silence=step_when_handed_over(floor, session, at) if offer.from_seat and session.silence else None,
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
    return [rejected, requeue(floor, session, "rejected", at, cause, excluded=seat.id)]


def send(floor: Floor, command: cmd.Send, at: Millis, cause: str) -> list[ev.Event]:
    """The seat says something to the customer; a parked session comes back into service with it."""
    seat = own_seat(floor, command.actor)
    session = held_session(floor, command.session, seat, "active", "parked")
    if isinstance(command.content, Text) and not command.content.text.strip():
        raise Refused("text_empty", field="text")
    if command.resends is not None:
        check_resend(floor, session, command.resends, at)
    events: list[ev.Event] = []
    if session.state == "parked":
        events.append(taken_back(session, seat, at, cause))
    said = message_to_customer(floor, session, seat, command.actor.user, command.content, at, cause)
    held_until = Millis(at + command.hold_s * 1000) if command.hold_s > 0 else Millis(0)
    events.append(replace(said, canned=command.canned, resends=command.resends, held_until=held_until))
    if session.promise is not None:
        due_at = session.promise.due_at
        events.append(ev.PromiseKept(at=at, cause=cause, session=session.id, seat=seat.id, due_at=due_at))
    return events


def note(floor: Floor, command: cmd.Note, at: Millis, cause: str) -> list[ev.Event]:
    """An internal remark; the customer never sees it. Colleagues hear that they are in it."""
    seat = own_seat(floor, command.actor)
    session = held_session(floor, command.session, seat)
    if not command.text.strip():
        raise Refused("text_empty", field="text")
    mentions = tuple(dict.fromkeys(each for each in command.mentions if each != seat.id))
    if unknown := next((each for each in mentions if each not in floor.seats), None):
        raise Refused("seat_unknown", field="mentions", detail=unknown)
    user = command.actor.user
    noted = ev.NoteAdded(
        at=at, cause=cause, session=session.id, user=user, text=command.text, seat=session.seat, mentions=mentions
    )
    return [
        noted,
        *(
            ev.SeatMentioned(at=at, cause=cause, session=session.id, seat=each, by_seat=seat.id, user=user)
            for each in mentions
        ),
    ]


def transfer(floor: Floor, command: cmd.Transfer, at: Millis, cause: str) -> list[ev.Event]:
    """Hand the session over: to a group's line at once, or to a colleague's seat by an offer."""
    seat = own_seat(floor, command.actor)
    session = held_session(floor, command.session, seat, "active")
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
    queued = requeue(
        floor,
        session,
        "transfer",
        at,
        cause,
        to_group=command.to_group,
        excluded=seat.id,
        points=floor.site.rules.transfer_points,
        note=command.note,
    )
    ended = end_segment(session, "transferred", at, cause, to_group=command.to_group, note=command.note)
    return [*ended, queued]


def hang_up(floor: Floor, command: cmd.HangUp, at: Millis, cause: str) -> list[ev.Event]:
    """The conversation with the customer is over; wrap-up begins and holds the slot for a bounded time.

    A parked session has no slot to hold.
    """
    seat = own_seat(floor, command.actor)
    session = held_session(floor, command.session, seat, "active", "parked")
    rules = floor.site.rules
    slot_until = Millis(at + rules.wrap_block_s * 1000) if session.holds_slot else at
    events: list[ev.Event] = rescind(session, "hung_up", at, cause)
    events.append(
        ev.SessionHungUp(
            at=at,
            cause=cause,
            session=session.id,
            customer=session.customer,
            seat=seat.id,
            reason="seat_end",
            slot_until=slot_until,
            wrap_until=Millis(at + rules.wrap_max_s * 1000),
        )
    )
    return events


def wrap_up(floor: Floor, command: cmd.WrapUp, at: Millis, cause: str) -> list[ev.Event]:
    """The form is filled in: the session closes. Only the form may ask for more: the timer closes it all the same."""
    seat = own_seat(floor, command.actor)
    session = held_session(floor, command.session, seat)
    if session.state != "wrap_up":
        raise Refused("session_not_in_wrap_up", detail=session.id)
    asked = floor.group(session.group).dispositions
    if asked.required and not command.disposition:
        raise Refused("disposition_missing", field="disposition")
    if asked.choices and command.disposition and command.disposition not in asked.choices:
        raise Refused("disposition_unknown", field="disposition", detail=command.disposition[:40])
    return close_served(
        floor,
        session,
        at,
        cause,
        reason=session.close_reason or "system",
        disposition=command.disposition,
        remark=command.remark,
    )


def mark_customer(floor: Floor, command: cmd.MarkCustomer, at: Millis, cause: str) -> list[ev.Event]:
    """A mark that moves the customer forward in every line, set or lifted by the seat that serves them.

    In the next one, too, should the session be handed over.
    """
    seat = own_seat(floor, command.actor)
    session = held_session(floor, command.session, seat)
    marks = floor.conversations[session.customer].marks
    if (command.mark in marks) == command.on:
        return []
    points = points_of_mark(floor.site, command.mark)
    return [
        ev.CustomerMarked(
            at=at,
            cause=cause,
            customer=session.customer,
            mark=command.mark,
            on=command.on,
            user=command.actor.user,
            priority=max(0, min(session.priority + (points if command.on else -points), POINTS_MAX)),
            session=session.id,
            seat=seat.id,
        )
    ]


# Shared with the other rules of a seat.


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


def held_session(floor: Floor, session_id: SessionId, seat: Seat, *states: SessionState) -> Session:
    """The seat's own session, in one of these states (any, where none is named)."""
    session = floor.sessions.get(session_id)
    if session is None:
        raise Refused("session_unknown", field="session", detail=session_id)
    if session.seat != seat.id:
        raise Refused("not_your_session", field="session", detail=session_id)
    if states and session.state not in states:
        raise Refused(_WRONG_STATE.get(session.state, _EXPECTED[states[0]]), detail=session_id)
    return session


def message_to_customer(
    floor: Floor, session: Session, seat: Seat, user: UserId, content: Content, at: Millis, cause: str
) -> ev.MessageSent:
    """The seat's words, what wait they end, and what comes should the customer not answer."""
    answers = session.turn == "seat"
    return ev.MessageSent(
        at=at,
        cause=cause,
        session=session.id,
        customer=session.customer,
        message=message_id(session, 1),
        content=content,
        seat=seat.id,
        user=user,
        turn_ended=answers,
        waited_ms=at - max(session.turn_since, session.segment_began_at) if answers else 0,
        waited_last_ms=at - max(session.turn_last_at, session.segment_began_at) if answers else 0,
        silence=first_step(floor, session, at),
    )


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
