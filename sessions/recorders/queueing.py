"""The way to a seat: lines, rings, offers; and messages left where nobody comes."""

from sessions import events as ev
from sessions.facts import Callback, Offer, Queueing, SelfService, Session
from sessions.floor import Floor
from sessions.ids import Millis
from sessions.recorders import records
from sessions.recorders.parts import conversation_with, count_load, end_offer, forget_hang_up, set_turn

_RANG_IN_VAIN: frozenset[ev.QueueReason] = frozenset({"rejected", "offer_timeout", "rescinded"})
"""Back in the same line: the customer's wait goes on and is not counted anew."""


@records(ev.SessionQueued)
def _(floor: Floor, event: ev.SessionQueued) -> None:
    session = floor.sessions[event.session]
    assert session.offer is None, f"{session.id} queues while it rings"
    assert session.seat is None, f"{session.id} queues while {session.seat} has it"
    _stand_nowhere(floor, session)
    session.state = "queued"
    session.bot = None
    conversation_with(floor, session.customer).intent = None
    session.silence = None
    forget_hang_up(session)
    session.group = event.group
    if event.reason not in _RANG_IN_VAIN:
        session.enqueued_at = event.at
    session.first_enqueued_at = event.first_enqueued_at
    session.priority = event.priority
    session.sort_key = event.sort_key
    if event.excluded and event.excluded not in session.excluded:
        session.excluded = (*session.excluded, event.excluded)
    if session.turn != "seat":
        set_turn(floor, session, "seat", event.at)
    before = session.queue if event.reason in _RANG_IN_VAIN else None
    session.queue = Queueing(
        ring=event.ring,
        widening=event.widening,
        exclusive=event.exclusive,
        exclusive_why=event.exclusive_why,
        exclusive_until=event.exclusive_until,
        asked=before.asked if before else False,
        tell_at=event.tell_at,
        told=before.told if before else 0,
        wait_until=event.wait_until,
        overflowed=event.reason == "overflow" or (before.overflowed if before else False),
        note=event.note,
    )
    floor.enter_line(session)
    floor.arm_session(session, "ring", "exclusive", "tell", "wait")


@records(ev.QueueWidened)
def _(floor: Floor, event: ev.QueueWidened) -> None:
    session = floor.sessions[event.session]
    queue = session.queue
    assert queue is not None, f"{session.id} does not queue"
    floor.leave_line(session)
    queue.ring = event.ring
    queue.widening = event.widening
    queue.asked |= event.asked
    if event.exclusive_over:
        queue.exclusive, queue.exclusive_why, queue.exclusive_until = None, "", Millis(0)
    floor.enter_line(session)
    floor.arm_session(session, "ring")


@records(ev.WaitEstimated)
def _(floor: Floor, event: ev.WaitEstimated) -> None:
    session = floor.sessions[event.session]
    queue = session.queue
    assert queue is not None, f"{session.id} does not queue"
    queue.told += event.told
    queue.tell_at = event.tell_at
    if event.wait_until is not None:
        queue.wait_until = event.wait_until
    floor.arm_session(session, "tell", "wait")


@records(ev.SessionOffered)
def _(floor: Floor, event: ev.SessionOffered) -> None:
    session, seat = floor.sessions[event.session], floor.seats[event.seat]
    assert session.offer is None, f"{session.id} rings twice"
    assert not seat.is_full, f"{seat.id} is full"
    session.offer = Offer(event.seat, event.at, event.expires_at, event.from_seat, event.note)
    if event.from_seat is None:
        floor.leave_line(session)
        session.state = "offered"
        floor.group_facts(event.group).last_seat = event.seat
    seat.offers[session.id] = None
    seat.capacity.last_assigned_at = event.at
    count_load(floor, seat)
    floor.arm_session(session, "offer")


@records(ev.OfferRejected)
def _(floor: Floor, event: ev.OfferRejected) -> None:
    seat = end_offer(floor, event.session, event.seat)
    seat.capacity.cooldown_until = event.cooldown_until
    seat.misses = 0
    floor.arm(event.cooldown_until, "cooldown", seat.id)


@records(ev.OfferTimedOut)
def _(floor: Floor, event: ev.OfferTimedOut) -> None:
    seat = end_offer(floor, event.session, event.seat)
    seat.misses = event.misses


@records(ev.OfferRescinded)
def _(floor: Floor, event: ev.OfferRescinded) -> None:
    end_offer(floor, event.session, event.seat)


@records(ev.LeaveMessageBegun)
def _(floor: Floor, event: ev.LeaveMessageBegun) -> None:
    session = floor.sessions[event.session]
    _stand_nowhere(floor, session)
    session.state = "bot"
    session.group = event.group
    session.queue = None
    session.bot = SelfService(idle_at=event.idle_at, leaving=True)
    conversation_with(floor, event.customer).intent = None
    floor.arm_session(session, "idle")


@records(ev.CallbackScheduled)
def _(floor: Floor, event: ev.CallbackScheduled) -> None:
    conversation = conversation_with(floor, event.customer)
    conversation.callback = Callback(event.session, event.group, event.due_at)
    floor.arm(event.due_at, "callback", event.customer)


@records(ev.CallbackCancelled)
def _(floor: Floor, event: ev.CallbackCancelled) -> None:
    conversation_with(floor, event.customer).callback = None


def _stand_nowhere(floor: Floor, session: Session) -> None:
    if session.state == "queued":
        floor.leave_line(session)
