"""What is due when, read from the facts: the one place that says which timers stand.

A timer is armed when its fact is set and disarmed by changing the fact; one that stands no longer is dropped when its
time comes.
"""

from collections.abc import Iterator
from typing import Literal

from sessions.facts import Conversation, Facts, Seat, Session
from sessions.ids import CustomerId, HubId, Millis, SeatId, SessionId

TimerKind = Literal[
    "offer",
    "slot",
    "wrap",
    "cooldown",
    "grace",
    "hub",
    "silence",
    "promise",
    "ring",
    "exclusive",
    "tell",
    "wait",
    "idle",
    "callback",
]
Timer = tuple[Millis, TimerKind, str]
"""Due time, what is due, and whose: a session's number, a seat, a hub, a customer."""


def session_timers(session: Session) -> Iterator[Timer]:
    """Everything that is due for a session in the state it is in."""
    name = session.id
    if session.offer:
        yield session.offer.expires_at, "offer", name
    if session.promise:
        promise = session.promise
        if not promise.warned:
            yield promise.warn_at, "promise", name
        if not promise.woken and session.state == "parked":
            yield promise.wake_at, "promise", name
        yield promise.due_at, "promise", name
    match session.state:
        case "queued" if session.queue:
            queue = session.queue
            if queue.widening:
                yield queue.widening.at, "ring", name
            if queue.exclusive:
                yield queue.exclusive_until, "exclusive", name
            if queue.tell_at:
                yield queue.tell_at, "tell", name
            if queue.wait_until:
                yield queue.wait_until, "wait", name
        case "active" | "parked" if session.silence:
            yield session.silence.at, "silence", name
        case "bot" if session.bot:
            yield session.bot.idle_at, "idle", name
        case "wrap_up":
            yield session.wrap_until, "wrap", name
            if session.holds_slot:
                yield session.slot_until, "slot", name
        case _:
            pass


def seat_timers(seat: Seat) -> Iterator[Timer]:
    """What is due for a seat; a cooldown also stands when it is over, and changes nothing then."""
    if seat.capacity.cooldown_until:
        yield Millis(seat.capacity.cooldown_until), "cooldown", seat.id
    if seat.grace_until:
        yield seat.grace_until, "grace", seat.id


def conversation_timers(conversation: Conversation) -> Iterator[Timer]:
    """When we come back to a message that was left."""
    if conversation.callback:
        yield conversation.callback.due_at, "callback", conversation.customer


def stands(facts: Facts, timer: Timer) -> bool:
    """Whether what the timer stood for is still so."""
    due_at, kind, whose = timer
    match kind:
        case "hub":
            return facts.hubs.get(HubId(whose)) == due_at
        case "cooldown" | "grace":
            seat = facts.seats.get(SeatId(whose))
            return seat is not None and timer in seat_timers(seat)
        case "callback":
            conversation = facts.conversations.get(CustomerId(whose))
            return conversation is not None and timer in conversation_timers(conversation)
        case _:
            session = facts.sessions.get(SessionId(whose))
            return session is not None and timer in session_timers(session)


def all_timers(facts: Facts) -> Iterator[Timer]:
    """Every timer that stands, in no order; cooldowns only while they last."""
    for session in facts.sessions.values():
        yield from session_timers(session)
    for seat in facts.seats.values():
        yield from (each for each in seat_timers(seat) if each[1] != "cooldown" or each[0] > facts.at)
    for conversation in facts.conversations.values():
        yield from conversation_timers(conversation)
    for hub, expires_at in facts.hubs.items():
        yield expires_at, "hub", hub
