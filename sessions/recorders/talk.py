"""In service: words, turns, promises, and side threads with a colleague."""

from sessions import events as ev
from sessions.facts import Consulting, Promised
from sessions.floor import Floor
from sessions.recorders import records, transcript_only
from sessions.recorders.parts import count_message, set_turn, show_last, spend_one
from sessions.recorders.sent import remember_sent


@records(ev.MessageSent)
def _(floor: Floor, event: ev.MessageSent) -> None:
    session = floor.sessions[event.session]
    remember_sent(session, event, spend_one(floor, event.customer))
    session.messages += 1
    session.unread = 0
    set_turn(floor, session, "customer", event.at, answered=event.turn_ended)
    session.silence = event.silence
    if session.reaction == "none":
        session.reaction = "awaited"
    show_last(session, event.content, event.at, "seat")
    floor.arm_session(session, "silence")


@records(ev.NoticeSent)
def _(floor: Floor, event: ev.NoticeSent) -> None:
    spend_one(floor, event.customer)
    count_message(floor, event.customer, event.session)


@records(ev.TurnSet)
def _(floor: Floor, event: ev.TurnSet) -> None:
    session = floor.sessions[event.session]
    asked_at = session.turn_since
    set_turn(floor, session, event.turn, event.at)
    if event.turn == "seat":
        session.turn_since, session.turn_last_at = event.since, event.last_at
    else:
        session.set_aside_at = asked_at
    session.silence = event.silence
    floor.arm_session(session, "silence")


@records(ev.CustomerReminded)
def _(floor: Floor, event: ev.CustomerReminded) -> None:
    session = floor.sessions[event.session]
    session.silence = event.silence
    floor.arm_session(session, "silence")


@records(ev.PromiseMade)
def _(floor: Floor, event: ev.PromiseMade) -> None:
    session = floor.sessions[event.session]
    if session.turn == "seat":
        set_turn(floor, session, "customer", event.at)
    session.silence = None
    session.promise = Promised(due_at=event.due_at, warn_at=event.warn_at, wake_at=event.wake_at)
    floor.arm_session(session, "promise")


@records(ev.PromiseWarned)
def _(floor: Floor, event: ev.PromiseWarned) -> None:
    promise = floor.sessions[event.session].promise
    assert promise is not None, f"{event.session} promised nothing"
    promise.warned = True


@records(ev.PromiseKept)
def _(floor: Floor, event: ev.PromiseKept) -> None:
    floor.sessions[event.session].promise = None


@records(ev.PromiseBroken)
def _(floor: Floor, event: ev.PromiseBroken) -> None:
    session = floor.sessions[event.session]
    session.promise = None
    if event.silence:
        session.silence = event.silence
        floor.arm_session(session, "silence")


@records(ev.ConsultBegun)
def _(floor: Floor, event: ev.ConsultBegun) -> None:
    floor.sessions[event.session].consult = Consulting(event.to_seat, event.at)
    floor.seats[event.to_seat].consulting[event.session] = None


transcript_only(ev.ConsultSaid)


@records(ev.ConsultEnded)
def _(floor: Floor, event: ev.ConsultEnded) -> None:
    floor.sessions[event.session].consult = None
    floor.seats[event.to_seat].consulting.pop(event.session, None)
