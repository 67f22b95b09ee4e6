"""Sessions that go quiet and wake again."""

from sessions import events as ev
from sessions.floor import Floor
from sessions.recorders import records
from sessions.recorders.parts import count_load, forget_if_gone, free_slot, leave_service, set_turn, take_slot


@records(ev.SessionParked)
def _(floor: Floor, event: ev.SessionParked) -> None:
    session, seat = floor.sessions[event.session], floor.seats[event.seat]
    assert session.offer is None, f"{session.id} parks while it is handed over"
    leave_service(floor, session, seat, event.at)
    seat.parked[session.id] = None
    free_slot(floor, session, seat)
    session.state = "parked"
    session.parked_at = event.at
    session.silence = event.silence
    if session.promise and event.at >= session.promise.wake_at:
        session.promise.woken = True
    floor.arm_session(session, "silence", "promise")


@records(ev.SessionWoken)
def _(floor: Floor, event: ev.SessionWoken) -> None:
    session, seat = floor.sessions[event.session], floor.seats[event.seat]
    assert not seat.is_full, f"{seat.id} is full"
    take_slot(floor, session, seat, event.at)
    if event.turn_began:
        set_turn(floor, session, "seat", event.at)
    session.silence = event.silence
    if event.reason == "promise" and session.promise:
        session.promise.woken = True
    floor.arm_session(session, "silence")


@records(ev.SessionMoved)
def _(floor: Floor, event: ev.SessionMoved) -> None:
    session, seat = floor.sessions[event.session], floor.seats[event.to_seat]
    assert session.state == "parked", f"{session.id} is moved while {session.state}"
    assert session.seat is None, f"{session.id} would have two owners"
    session.seat = seat.id
    session.segment = event.segment
    session.segment_began_at = event.at
    seat.parked[session.id] = None
    count_load(floor, seat)
    if event.from_seat in floor.seats:
        forget_if_gone(floor, floor.seats[event.from_seat])
