"""How each event changes the floor. It only records: every rule lives in `decide`.

One small function an event; a missing one stops the program when it is imported, not when it first happens.
Impossible events are assertions: they would mean a broken ledger.
"""

from collections.abc import Callable
from heapq import heappush
from typing import Any, TypeVar

from routing.capacity import SeatCapacity
from sessions import events as ev
from sessions.content import Content, kind_of, preview
from sessions.floor import (
    ANSWERS_KEPT,
    KEYS_KEPT,
    Answer,
    Conversation,
    Floor,
    Offer,
    Seat,
    Session,
)
from sessions.ids import HARD_CAP, CustomerId, Millis, SeatId, SessionId

_RANG_IN_VAIN: frozenset[ev.QueueReason] = frozenset({"rejected", "offer_timeout", "rescinded"})
"""Back in the same line: the customer's wait goes on and is not counted anew."""

_E = TypeVar("_E")
_RECORDERS: dict[type, Callable[[Floor, Any], None]] = {}


def apply(floor: Floor, event: ev.Event) -> None:
    """Change the floor by what has happened."""
    floor.facts.at = event.at
    _RECORDERS[type(event)](floor, event)
    if floor.fading:
        floor.forget_faded()


def _records(kind: type[_E]) -> Callable[[Callable[[Floor, _E], None]], Callable[[Floor, _E], None]]:
    def register(recorder: Callable[[Floor, _E], None]) -> Callable[[Floor, _E], None]:
        _RECORDERS[kind] = recorder
        return recorder

    return register


# The site.


@_records(ev.SiteConfigured)
def _(floor: Floor, event: ev.SiteConfigured) -> None:
    floor.facts.site = event.site
    if event.last_session:
        _count_from(floor, event.last_session)
    seats = floor.facts.seats
    for plan in event.site.seats.values():
        skills = {str(group): level for group, level in plan.skills.items()}
        seat = seats.get(plan.id)
        if seat is None:
            seats[plan.id] = Seat(
                id=plan.id,
                capacity=SeatCapacity(plan.id, skills, min(plan.soft_cap, HARD_CAP)),
                presence_since=event.at,
            )
        else:
            seat.capacity.skills = skills
            seat.capacity.soft_cap = min(plan.soft_cap, HARD_CAP)
    for gone in [each for each in seats.values() if each.id not in event.site.seats]:
        if gone.user is None:
            del seats[gone.id]
        else:
            gone.capacity.skills = {}  # it keeps what it has, and gets nothing new
    floor.refresh_members()


@_records(ev.HubBeat)
def _(floor: Floor, event: ev.HubBeat) -> None:
    floor.facts.hubs[event.hub] = event.expires_at
    floor.arm(event.expires_at, "hub", event.hub)


@_records(ev.HubLost)
def _(floor: Floor, event: ev.HubLost) -> None:
    floor.facts.hubs.pop(event.hub, None)


# What customers do.


@_records(ev.SessionOpened)
def _(floor: Floor, event: ev.SessionOpened) -> None:
    _count_from(floor, event.session)
    floor.sessions[event.session] = Session(
        id=event.session,
        customer=event.customer,
        account=event.account,
        group=event.group,
        state="bot",
        opened_at=event.at,
        previous=event.previous,
    )
    _conversation(floor, event.customer).session = event.session


@_records(ev.MessageReceived)
def _(floor: Floor, event: ev.MessageReceived) -> None:
    conversation = _hear(floor, event.customer, event.key, event.sent_at)
    conversation.messages += 1
    session = floor.sessions[event.session]
    if event.turn_began:
        _set_turn(floor, session, "seat", event.at)
    session.turn_last_at = event.at
    session.messages += 1
    session.unread += 1
    _show_last(session, event.content, event.at, "customer")


@_records(ev.MessageRefused)
def _(floor: Floor, event: ev.MessageRefused) -> None:
    _hear(floor, event.customer, event.key, event.sent_at)
    _count_message(floor, event.customer, event.session)


@_records(ev.CustomerEventRecorded)
def _(floor: Floor, event: ev.CustomerEventRecorded) -> None:
    _hear(floor, event.customer, event.key, event.sent_at)


# The way to a seat.


@_records(ev.SessionQueued)
def _(floor: Floor, event: ev.SessionQueued) -> None:
    session = floor.sessions[event.session]
    assert session.offer is None, f"{session.id} queues while it rings"
    if session.state == "queued":
        floor.leave_line(session)
    session.state = "queued"
    _forget_hang_up(session)
    session.group = event.group
    if event.reason not in _RANG_IN_VAIN:
        session.enqueued_at = event.at
    session.first_enqueued_at = event.first_enqueued_at
    session.priority = event.priority
    session.sort_key = event.sort_key
    if event.excluded and event.excluded not in session.excluded:
        session.excluded.append(event.excluded)
    floor.enter_line(session)


@_records(ev.SessionOffered)
def _(floor: Floor, event: ev.SessionOffered) -> None:
    session, seat = floor.sessions[event.session], floor.seats[event.seat]
    assert session.offer is None, f"{session.id} rings twice"
    assert not seat.is_full, f"{seat.id} is full"
    session.offer = Offer(event.seat, event.at, event.expires_at, event.from_seat, event.note)
    if event.from_seat is None:
        floor.leave_line(session)
        session.state = "offered"
    seat.offers[session.id] = None
    seat.capacity.last_assigned_at = event.at
    _count_load(seat)
    floor.arm(event.expires_at, "offer", session.id)


@_records(ev.OfferRejected)
def _(floor: Floor, event: ev.OfferRejected) -> None:
    seat = _end_offer(floor, event.session, event.seat)
    seat.capacity.cooldown_until = event.cooldown_until
    seat.misses = 0
    floor.arm(event.cooldown_until, "cooldown", seat.id)


@_records(ev.OfferTimedOut)
def _(floor: Floor, event: ev.OfferTimedOut) -> None:
    seat = _end_offer(floor, event.session, event.seat)
    seat.misses = event.misses


@_records(ev.OfferRescinded)
def _(floor: Floor, event: ev.OfferRescinded) -> None:
    _end_offer(floor, event.session, event.seat)


@_records(ev.SessionAccepted)
def _(floor: Floor, event: ev.SessionAccepted) -> None:
    seat = _end_offer(floor, event.session, event.seat)
    session = floor.sessions[event.session]
    assert session.seat is None, f"{session.id} would have two owners"
    session.state = "active"
    session.seat = event.seat
    session.segment = event.segment
    session.segment_began_at = event.at
    session.excluded = []
    session.holds_slot = True
    seat.held[session.id] = None
    seat.misses = 0
    if session.turn == "seat":
        seat.capacity.pending += 1
    _count_load(seat)
    _conversation(floor, event.customer).last_seat = event.seat


# In service.


@_records(ev.MessageSent)
def _(floor: Floor, event: ev.MessageSent) -> None:
    session = floor.sessions[event.session]
    session.messages += 1
    session.unread = 0
    if session.turn != "customer":
        _set_turn(floor, session, "customer", event.at)
    session.turn_last_at = event.at
    _show_last(session, event.content, event.at, "seat")


@_records(ev.NoticeSent)
def _(floor: Floor, event: ev.NoticeSent) -> None:
    _count_message(floor, event.customer, event.session)


def _transcript_only(_floor: Floor, _event: ev.Event) -> None:
    """Matters to readers of the transcript, not to the floor."""


for _kind in (ev.MessageDelivered, ev.MessageFailed, ev.MediaStored, ev.MediaRejected, ev.NoteAdded):
    _RECORDERS[_kind] = _transcript_only


@_records(ev.SegmentEnded)
def _(floor: Floor, event: ev.SegmentEnded) -> None:
    session, seat = floor.sessions[event.session], floor.seats[event.seat]
    if session.turn == "seat":
        seat.capacity.pending -= 1
    seat.held.pop(session.id, None)
    seat.wrapping.pop(session.id, None)
    session.holds_slot = False
    session.seat = None
    if event.reason == "transferred":
        session.hops += 1
    _count_load(seat)


@_records(ev.SessionHungUp)
def _(floor: Floor, event: ev.SessionHungUp) -> None:
    session, seat = floor.sessions[event.session], floor.seats[event.seat]
    if session.turn == "seat":
        seat.capacity.pending -= 1
    session.state = "wrap_up"
    session.turn = None
    session.close_reason = event.reason
    session.slot_until = event.slot_until
    session.wrap_until = event.wrap_until
    floor.arm(event.slot_until, "slot", session.id)
    floor.arm(event.wrap_until, "wrap", session.id)


@_records(ev.SlotReleased)
def _(floor: Floor, event: ev.SlotReleased) -> None:
    session, seat = floor.sessions[event.session], floor.seats[event.seat]
    session.holds_slot = False
    del seat.held[session.id]
    seat.wrapping[session.id] = None
    _count_load(seat)


@_records(ev.SessionResumed)
def _(floor: Floor, event: ev.SessionResumed) -> None:
    session, seat = floor.sessions[event.session], floor.seats[event.seat]
    session.state = "active"
    _forget_hang_up(session)
    if not session.holds_slot:
        assert not seat.is_full, f"{seat.id} is full"
        session.holds_slot = True
        seat.wrapping.pop(session.id, None)
        seat.held[session.id] = None
        _count_load(seat)


@_records(ev.SessionClosed)
def _(floor: Floor, event: ev.SessionClosed) -> None:
    session = floor.sessions.pop(event.session)
    assert session.offer is None, f"{session.id} closes while it rings"
    if session.state == "queued":
        floor.leave_line(session)
    assert session.seat is None, f"{session.id} closes while {session.seat} has it"
    conversation = _conversation(floor, event.customer)
    conversation.session = None
    conversation.previous = session.id
    conversation.last_at = event.at
    heappush(floor.fading, (event.at, event.customer))


# Seats.


@_records(ev.SeatSignedIn)
def _(floor: Floor, event: ev.SeatSignedIn) -> None:
    seat = floor.seats[event.seat]
    seat.user = event.user
    seat.misses = 0
    _set_presence(seat, event, event.presence)


@_records(ev.SeatSignedOut)
def _(floor: Floor, event: ev.SeatSignedOut) -> None:
    seat = floor.seats[event.seat]
    seat.user = None
    seat.grace_until = Millis(0)
    seat.presence_before = None
    seat.pending_presence = None
    _set_presence(seat, event, "offline")
    if event.seat not in floor.site.seats:
        del floor.seats[event.seat]
        floor.refresh_members()


@_records(ev.PresenceChanged)
def _(floor: Floor, event: ev.PresenceChanged) -> None:
    seat = floor.seats[event.seat]
    if event.presence != "reconnecting":
        seat.presence_before = None
    elif seat.presence != "reconnecting":
        seat.presence_before, seat.reason_before = seat.presence, seat.reason
    seat.pending_presence = event.pending
    seat.pending_reason = event.pending_reason
    if event.set_by == "self":
        seat.misses = 0
    _set_presence(seat, event, event.presence, event.reason)


@_records(ev.SeatConnected)
def _(floor: Floor, event: ev.SeatConnected) -> None:
    seat = floor.seats[event.seat]
    seat.connections[event.connection] = event.hub
    seat.grace_until = Millis(0)


@_records(ev.SeatDisconnected)
def _(floor: Floor, event: ev.SeatDisconnected) -> None:
    seat = floor.seats[event.seat]
    seat.connections.pop(event.connection, None)
    if event.grace_until is not None:
        seat.grace_until = event.grace_until
        floor.arm(event.grace_until, "grace", seat.id)


@_records(ev.CommandAnswered)
def _(floor: Floor, event: ev.CommandAnswered) -> None:
    if event.repeated:
        return
    answers = floor.facts.answers.setdefault(event.user, {})
    answers[event.request] = Answer(event.ok, event.code, event.field, event.detail)
    if len(answers) > ANSWERS_KEPT:
        del answers[next(iter(answers))]


# What several of them share.


def _count_from(floor: Floor, session: SessionId) -> None:
    day, _, count = session.rpartition("-")
    floor.facts.day, floor.facts.day_count = day, int(count)


def _conversation(floor: Floor, customer: CustomerId) -> Conversation:
    conversation = floor.conversations.get(customer)
    if conversation is None:
        conversation = floor.conversations[customer] = Conversation(customer=customer, last_at=floor.at)
        heappush(floor.fading, (floor.at, customer))
    return conversation


def _hear(floor: Floor, customer: CustomerId, key: str, sent_at: Millis) -> Conversation:
    conversation = _conversation(floor, customer)
    keys = conversation.keys
    keys[key] = sent_at
    if len(keys) > KEYS_KEPT:
        del keys[next(iter(keys))]
    if conversation.session is None:
        heappush(floor.fading, (floor.at, customer))
    conversation.last_at = floor.at
    return conversation


def _count_message(floor: Floor, customer: CustomerId, session: SessionId | None) -> None:
    _conversation(floor, customer).messages += 1
    if session is not None:
        floor.sessions[session].messages += 1


def _end_offer(floor: Floor, session_id: SessionId, seat_id: SeatId) -> Seat:
    session, seat = floor.sessions[session_id], floor.seats[seat_id]
    assert session.offer, f"{session_id} rings nowhere"
    assert session.offer.seat == seat_id, f"{session_id} does not ring at {seat_id}"
    session.offer = None
    del seat.offers[session_id]
    _count_load(seat)
    return seat


def _forget_hang_up(session: Session) -> None:
    session.close_reason = None
    session.slot_until = session.wrap_until = Millis(0)


def _count_load(seat: Seat) -> None:
    seat.capacity.load = seat.load
    assert seat.load <= HARD_CAP, f"{seat.id} holds {seat.load}"


def _set_turn(floor: Floor, session: Session, turn: Any, at: Millis) -> None:
    if session.seat is not None:
        floor.seats[session.seat].capacity.pending += (turn == "seat") - (session.turn == "seat")
    session.turn = turn
    session.turn_since = at


def _set_presence(seat: Seat, event: Any, presence: Any, reason: str = "") -> None:
    if (seat.presence, seat.reason) != (presence, reason):
        seat.presence_since = event.at
    seat.presence = presence
    seat.reason = reason
    seat.capacity.available = presence == "available" and seat.pending_presence is None


def _show_last(session: Session, content: Content, at: Millis, by: Any) -> None:
    session.last_at = at
    session.last_kind = kind_of(content)
    session.last_text = preview(content)
    session.last_by = by


assert set(_RECORDERS) == set(ev.EVENT_TYPES), "an event without a recorder"
