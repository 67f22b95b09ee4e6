"""Segments: taken, hung up, wrapped up, closed."""

from heapq import heappush

from routing.wait import served
from sessions import events as ev
from sessions.floor import Floor
from sessions.recorders import records
from sessions.recorders.parts import (
    conversation_with,
    count_load,
    end_offer,
    forget_hang_up,
    forget_if_gone,
    free_slot,
    leave_service,
    set_turn,
    take_slot,
)


@records(ev.SessionAccepted)
def _(floor: Floor, event: ev.SessionAccepted) -> None:
    seat = end_offer(floor, event.session, event.seat)
    session = floor.sessions[event.session]
    assert session.seat is None, f"{session.id} would have two owners"
    session.segment = event.segment
    session.segment_began_at = event.at
    session.excluded = ()
    session.untaken_note = ""
    session.queue = None
    seat.misses = 0
    take_slot(floor, session, seat, event.at)
    if event.silence:
        session.silence = event.silence
        floor.arm_session(session, "silence")
    conversation = conversation_with(floor, event.customer)
    conversation.last_seat, conversation.last_seat_at = event.seat, event.at
    if event.from_seat is None:
        served(floor.group_facts(event.group).pace, event.waited_ms, event.at)


@records(ev.SegmentEnded)
def _(floor: Floor, event: ev.SegmentEnded) -> None:
    session, seat = floor.sessions[event.session], floor.seats[event.seat]
    leave_service(floor, session, seat, event.at)
    seat.parked.pop(session.id, None)
    seat.wrapping.pop(session.id, None)
    session.seat = None
    free_slot(floor, session, seat)
    if session.state == "active":
        session.state = "bot"  # at nobody's, until the next event of the same commit says where it goes
    if event.reason == "transferred":
        session.hops += 1
    conversation = conversation_with(floor, session.customer)
    conversation.last_seat, conversation.last_seat_at = event.seat, event.at
    forget_if_gone(floor, seat)


@records(ev.SessionHungUp)
def _(floor: Floor, event: ev.SessionHungUp) -> None:
    session, seat = floor.sessions[event.session], floor.seats[event.seat]
    leave_service(floor, session, seat, event.at)
    if session.state == "parked":
        del seat.parked[session.id]
        seat.wrapping[session.id] = None
        count_load(floor, seat)
    session.state = "wrap_up"
    session.turn = None
    session.silence = None
    session.close_reason = event.reason
    session.slot_until = event.slot_until
    session.wrap_until = event.wrap_until
    floor.arm_session(session, "slot", "wrap")


@records(ev.SlotReleased)
def _(floor: Floor, event: ev.SlotReleased) -> None:
    session, seat = floor.sessions[event.session], floor.seats[event.seat]
    seat.wrapping[session.id] = None
    free_slot(floor, session, seat)


@records(ev.SessionResumed)
def _(floor: Floor, event: ev.SessionResumed) -> None:
    session, seat = floor.sessions[event.session], floor.seats[event.seat]
    assert session.holds_slot or not seat.is_full, f"{seat.id} is full"
    forget_hang_up(session)
    take_slot(floor, session, seat, event.at)
    set_turn(floor, session, "seat", event.at)


@records(ev.SessionClosed)
def _(floor: Floor, event: ev.SessionClosed) -> None:
    session = floor.sessions.pop(event.session)
    assert session.offer is None, f"{session.id} closes while it rings"
    assert session.seat is None, f"{session.id} closes while {session.seat} has it"
    if session.state == "queued":
        floor.leave_line(session)
    conversation = conversation_with(floor, event.customer)
    conversation.session = None
    conversation.previous = session.id
    conversation.previous_group = event.group
    conversation.previous_ended_at = event.at
    conversation.merge_until = event.merge_until
    conversation.menu = ""
    conversation.last_at = event.at
    heappush(floor.fading, (event.at, event.customer))
