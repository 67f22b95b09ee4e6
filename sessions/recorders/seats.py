"""Who is at work, and the answers they were given."""

from typing import Any

from sessions import events as ev
from sessions.facts import Answer, Seat
from sessions.floor import ANSWERS_KEPT, Floor
from sessions.ids import Millis, Presence
from sessions.recorders import records
from sessions.recorders.parts import forget_if_gone


@records(ev.SeatSignedIn)
def _(floor: Floor, event: ev.SeatSignedIn) -> None:
    seat = floor.seats[event.seat]
    seat.user = event.user
    seat.misses = 0
    _set_presence(floor, seat, event, event.presence)


@records(ev.SeatSignedOut)
def _(floor: Floor, event: ev.SeatSignedOut) -> None:
    seat = floor.seats[event.seat]
    seat.user = None
    seat.grace_until = Millis(0)
    seat.presence_before = None
    seat.pending_presence = None
    _set_presence(floor, seat, event, "offline")
    forget_if_gone(floor, seat)


@records(ev.PresenceChanged)
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
    _set_presence(floor, seat, event, event.presence, event.reason)


@records(ev.SeatConnected)
def _(floor: Floor, event: ev.SeatConnected) -> None:
    seat = floor.seats[event.seat]
    seat.connections[event.connection] = event.hub
    seat.grace_until = Millis(0)


@records(ev.SeatDisconnected)
def _(floor: Floor, event: ev.SeatDisconnected) -> None:
    seat = floor.seats[event.seat]
    seat.connections.pop(event.connection, None)
    if event.grace_until is not None:
        seat.grace_until = event.grace_until
        floor.arm(event.grace_until, "grace", seat.id)


@records(ev.CommandAnswered)
def _(floor: Floor, event: ev.CommandAnswered) -> None:
    if event.repeated:
        return
    answers = floor.facts.answers.setdefault(event.user, {})
    answers[event.request] = Answer(event.ok, event.code, event.field, event.detail)
    if len(answers) > ANSWERS_KEPT:
        del answers[next(iter(answers))]


def _set_presence(floor: Floor, seat: Seat, event: Any, presence: Presence, reason: str = "") -> None:
    if (seat.presence, seat.reason) != (presence, reason):
        seat.presence_since = event.at
    seat.presence = presence
    seat.reason = reason
    seat.capacity.available = presence == "available" and seat.pending_presence is None
    floor.roster.changed(seat.capacity)
