"""Who is at work: signing in and out, presence, and sockets that come and go.

A seat is connected while any browser of it has a socket at a living hub. When the last one drops it is
`reconnecting`: it keeps everything for a grace, gets nothing new, and then what it had is handed on. Nothing
strands at a seat that nobody sits at.
"""

from sessions import commands as cmd
from sessions import events as ev
from sessions.consult import leave_consults
from sessions.facts import Seat
from sessions.floor import Floor
from sessions.handover import hand_over, lose
from sessions.ids import ConnectionId, HubId, Millis, Presence
from sessions.queueing import requeue
from sessions.refusal import Refused
from sessions.segments import rescind
from sessions.service import own_seat

CHOSEN: frozenset[Presence] = frozenset({"available", "busy", "break"})
"""What a person may choose; the rest happens to them."""


def sign_in_seat(floor: Floor, command: cmd.SignInSeat, at: Millis, cause: str) -> list[ev.Event]:
    """The person takes their seat; signing in twice changes nothing."""
    actor = command.actor
    if actor.seat is None:
        raise Refused("no_seat")
    seat = floor.seats.get(actor.seat)
    if seat is None:
        raise Refused("seat_unknown", detail=actor.seat)
    if seat.user == actor.user:
        return []
    if seat.user is not None:
        raise Refused("seat_taken", detail=seat.user)
    plan = floor.site.seats.get(actor.seat)
    if plan and plan.agent not in {"", actor.user}:
        raise Refused("no_seat")  # it was given to somebody else
    if command.presence not in CHOSEN or command.presence == "break":  # a break has a reason: it is chosen later
        raise Refused("presence_invalid", field="presence", detail=command.presence)
    return [ev.SeatSignedIn(at=at, cause=cause, seat=seat.id, user=actor.user, presence=command.presence)]


def sign_out_seat(floor: Floor, command: cmd.SignOutSeat, at: Millis, cause: str) -> list[ev.Event]:
    """The person leaves. What only rings goes back to the line; what the seat has is handed over, where they say so.

    Without that, not while customers are at the seat or were promised an answer.
    """
    seat = own_seat(floor, command.actor)
    has = [floor.sessions[each] for each in [*seat.held, *seat.parked]]
    live = [each for each in has if each.state == "active" or each.promise is not None]
    if live and not command.hand_over:
        raise Refused("sessions_open", detail=str(len(live)))
    return [
        *_drop_offers(floor, seat, "signed_out", at, cause),
        *leave_consults(floor, seat, at, cause),
        *(hand_over(floor, command, seat, at, cause) if command.hand_over else _hand_on(floor, seat, at, cause)),
        ev.SeatSignedOut(at=at, cause=cause, seat=seat.id, user=command.actor.user, set_by="self"),
    ]


def set_presence(floor: Floor, command: cmd.SetPresence, at: Millis, cause: str) -> list[ev.Event]:
    """Available, busy, or on a break; a break chosen while busy begins when the last session is done.

    What is chosen while reconnecting (the hub may be taken for lost and is not) begins with the next socket.
    """
    seat = own_seat(floor, command.actor)
    if command.presence not in CHOSEN:
        raise Refused("presence_invalid", field="presence", detail=command.presence)
    if command.presence == "break" and not command.reason:
        raise Refused("reason_missing", field="reason")
    if seat.presence == "reconnecting" or (command.presence == "break" and seat.load > 0):
        return [_asked_for(seat, command.presence, command.reason, at, cause)]
    same = command.presence == seat.presence and command.reason == seat.reason and seat.pending_presence is None
    return [] if same else [_changed(seat, command.presence, command.reason, at, cause)]


def connect_seat(floor: Floor, command: cmd.ConnectSeat, at: Millis, cause: str) -> list[ev.Event]:
    """A socket is there; a reconnecting seat is what it was before."""
    seat = floor.seats.get(command.seat)
    if seat is None or command.connection in seat.connections:
        return []
    connected = ev.SeatConnected(at=at, cause=cause, seat=command.seat, hub=command.hub, connection=command.connection)
    if seat.presence != "reconnecting":
        return [connected]
    return [connected, _back(seat, at, cause)]


def disconnect_seat(floor: Floor, command: cmd.DisconnectSeat, at: Millis, cause: str) -> list[ev.Event]:
    """A socket is gone; with the last one the grace begins."""
    seat = floor.seats.get(command.seat)
    return _disconnect(floor, seat, [command.connection], at, cause) if seat else []


def beat_hub(floor: Floor, command: cmd.BeatHub, at: Millis, cause: str) -> list[ev.Event]:
    """The hub and its sockets are alive for another while."""
    expires_at = Millis(at + floor.site.rules.hub_silent_s * 1000)
    return [ev.HubBeat(at=at, cause=cause, hub=command.hub, expires_at=expires_at)]


def close_hub(floor: Floor, command: cmd.CloseHub, at: Millis, cause: str) -> list[ev.Event]:
    """The hub has gone down in good order."""
    return lose_hub(floor, command.hub, at, cause) if command.hub in floor.facts.hubs else []


def lose_hub(floor: Floor, hub: HubId, at: Millis, cause: str) -> list[ev.Event]:
    """The hub is gone, and all its sockets with it."""
    events: list[ev.Event] = [ev.HubLost(at=at, cause=cause, hub=hub)]
    for seat in floor.seats.values():
        dropped = [connection for connection, at_hub in seat.connections.items() if at_hub == hub]
        events += _disconnect(floor, seat, dropped, at, cause)
    return events


def lose_seat(floor: Floor, seat: Seat, at: Millis, cause: str) -> list[ev.Event]:
    """Nobody came back within the grace: the seat is signed out and what it had is handed on."""
    assert seat.user is not None, f"{seat.id} is signed out already"
    return [
        *_drop_offers(floor, seat, "seat_lost", at, cause),
        *leave_consults(floor, seat, at, cause),
        *_hand_on(floor, seat, at, cause),
        ev.SeatSignedOut(at=at, cause=cause, seat=seat.id, user=seat.user, set_by="system"),
    ]


def begin_pending(seat: Seat, at: Millis, cause: str) -> ev.PresenceChanged:
    """The last session is done: the presence chosen earlier begins."""
    assert seat.pending_presence is not None, f"{seat.id} has nothing pending"
    return _changed(seat, seat.pending_presence, seat.pending_reason, at, cause)


def sideline(seat: Seat, at: Millis, cause: str) -> ev.PresenceChanged:
    """Too many rings in a row went unanswered: no more offers until the person says so."""
    return _with_pending(seat, "busy", "rona", at, cause)


def _disconnect(floor: Floor, seat: Seat, connections: list[ConnectionId], at: Millis, cause: str) -> list[ev.Event]:
    known = [each for each in connections if each in seat.connections]
    if not known:
        return []
    last = len(known) == len(seat.connections) and seat.user is not None
    grace_until = Millis(at + floor.site.rules.seat_grace_s * 1000) if last else None
    events: list[ev.Event] = [
        ev.SeatDisconnected(
            at=at, cause=cause, seat=seat.id, connection=each, grace_until=grace_until if each == known[-1] else None
        )
        for each in known
    ]
    if last and seat.presence != "reconnecting":
        events.append(_with_pending(seat, "reconnecting", "", at, cause))
    return events


def _drop_offers(floor: Floor, seat: Seat, reason: ev.RescindReason, at: Millis, cause: str) -> list[ev.Event]:
    events: list[ev.Event] = []
    for each in seat.offers:
        session = floor.sessions[each]
        events += rescind(session, reason, at, cause)
        if session.state == "offered":
            events.append(requeue(floor, session, "rescinded", at, cause))
    return events


def _back(seat: Seat, at: Millis, cause: str) -> ev.PresenceChanged:
    """What a reconnecting seat returns to: what it was, or what it has asked for and may have now."""
    if seat.pending_presence and (seat.pending_presence != "break" or seat.load == 0):
        return begin_pending(seat, at, cause)
    return _with_pending(seat, seat.presence_before or "available", seat.reason_before, at, cause)


def _hand_on(floor: Floor, seat: Seat, at: Millis, cause: str) -> list[ev.Event]:
    """Everything the seat has but what is parked: forms close, who waits goes back to the line, who is quiet parks."""
    events: list[ev.Event] = []
    for session in [*seat.held, *seat.wrapping]:
        events += lose(floor, floor.sessions[session], at, cause)
    return events


def _asked_for(seat: Seat, presence: Presence, reason: str, at: Millis, cause: str) -> ev.PresenceChanged:
    return _changed(seat, seat.presence, seat.reason, at, cause, pending=presence, pending_reason=reason)


def _with_pending(seat: Seat, presence: Presence, reason: str, at: Millis, cause: str) -> ev.PresenceChanged:
    """The system's doing; what the person has asked for stays asked for."""
    return _changed(
        seat,
        presence,
        reason,
        at,
        cause,
        pending=seat.pending_presence,
        pending_reason=seat.pending_reason,
        set_by="system",
    )


def _changed(
    seat: Seat,
    presence: Presence,
    reason: str,
    at: Millis,
    cause: str,
    *,
    pending: Presence | None = None,
    pending_reason: str = "",
    set_by: ev.PresenceSetter = "self",
) -> ev.PresenceChanged:
    return ev.PresenceChanged(
        at=at,
        cause=cause,
        seat=seat.id,
        presence=presence,
        reason=reason,
        pending=pending,
        pending_reason=pending_reason,
        set_by=set_by,
    )
