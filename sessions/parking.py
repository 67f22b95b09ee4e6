"""Quiet sessions: parked without a slot, woken when something happens.

A parked session keeps its owner. The customer's next message wakes it at the same seat, at once, where that seat is
at work and below ten; else it goes to the front of the line, where the owner alone is asked for a short while. A
promised answer wakes it by itself, in time.
"""

from sessions import commands as cmd
from sessions import events as ev
from sessions.content import Text
from sessions.facts import Seat, Session
from sessions.floor import Floor
from sessions.ids import CloseReason, Millis
from sessions.queueing import front_of_line
from sessions.refusal import Refused
from sessions.satisfaction import close_served
from sessions.saying import addressee, is_limited, may_spend, notice
from sessions.segments import close, end_segment, rescind, taken_back, woken
from sessions.service import held_session, message_to_customer, own_seat
from sessions.silence import (
    step_after,
    step_after_promise,
    step_once_more,
    step_when_parked,
    step_without_words,
    window_until,
)


def park(floor: Floor, command: cmd.Park, at: Millis, cause: str) -> list[ev.Event]:
    """The slot is free, the session stays the seat's. Not while the customer waits for a reply."""
    seat = own_seat(floor, command.actor)
    session = held_session(floor, command.session, seat, "active")
    if session.turn == "seat":
        raise Refused("reply_due", field="session", detail=session.id)
    return [*rescind(session, "parked", at, cause), parked(floor, session, "manual", at, cause)]


def resume(floor: Floor, command: cmd.Resume, at: Millis, cause: str) -> list[ev.Event]:
    """Back into service, on a slot of the seat's own."""
    seat = own_seat(floor, command.actor)
    session = held_session(floor, command.session, seat, "parked")
    return [taken_back(session, seat, at, cause, silence=step_once_more(floor, session, at))]


def promise(floor: Floor, command: cmd.Promise, at: Millis, cause: str) -> list[ev.Event]:
    """An answer by then: said to the customer where words are given, parked until it is nearly due."""
    seat = own_seat(floor, command.actor)
    session = held_session(floor, command.session, seat, "active", "parked")
    if command.due_at <= at:
        raise Refused("promise_past", field="due_at")
    until = window_until(floor, session.customer)
    if until is not None and command.due_at >= until:
        raise Refused("promise_too_late", field="due_at", detail=str(until))
    rules, wait_ms = floor.site.rules, command.due_at - at
    made = ev.PromiseMade(
        at=at,
        cause=cause,
        session=session.id,
        seat=seat.id,
        user=command.actor.user,
        due_at=command.due_at,
        warn_at=Millis(command.due_at - min(rules.promise_warn_s * 1000, wait_ms * 3 // 4)),
        wake_at=Millis(command.due_at - min(rules.promise_wake_s * 1000, wait_ms // 2)),
    )
    said: list[ev.Event] = []
    if command.text.strip():
        said = [message_to_customer(floor, session, seat, command.actor.user, Text(text=command.text), at, cause)]
    if session.state == "parked":
        return [*said, made]
    return [*rescind(session, "parked", at, cause), *said, made, parked(floor, session, "promise", at, cause)]


def set_turn(floor: Floor, command: cmd.SetTurn, at: Millis, cause: str) -> list[ev.Event]:
    """The agent's word on whose move it is; a parked session that needs a reply wakes.

    What the customer waits for was asked when they wrote, not when the agent saw it.
    """
    seat = own_seat(floor, command.actor)
    session = held_session(floor, command.session, seat, "active", "parked")
    if session.turn == command.turn:
        return []
    before = [taken_back(session, seat, at, cause)] if session.state == "parked" else []
    asked_at = session.set_aside_at or at
    turned = ev.TurnSet(
        at=at,
        cause=cause,
        session=session.id,
        seat=seat.id,
        user=command.actor.user,
        turn=command.turn,
        since=asked_at if command.turn == "seat" else at,
        last_at=session.last_at if command.turn == "seat" and session.set_aside_at else at,
        silence=step_without_words(floor, session, at) if command.turn == "customer" else None,
    )
    return [*before, turned]


def wake_by_customer(floor: Floor, session: Session, at: Millis, cause: str) -> list[ev.Event]:
    """The customer has written: to the owner at once, or to the front of the line."""
    return _wake(floor, session, "customer", at, cause, turn_began=True)


def take_silence_step(floor: Floor, session: Session, at: Millis) -> list[ev.Event]:
    """The customer has been quiet for so long: remind, park, end."""
    due = session.silence
    assert due is not None, f"{session.id} is not silent"
    ladder = floor.group(session.group).ladder
    match due.step:
        case "remind":
            assert ladder.remind is None or session.seat is not None, f"{session.id} is at no seat"
            return _remind(floor, session, at, f"ladder.remind={ladder.remind.after_s if ladder.remind else 0}")
        case "park":
            cause = f"ladder.park={ladder.park.after_s if ladder.park else 0}"
            return [*rescind(session, "parked", at, cause), parked(floor, session, "silence", at, cause)]
        case "soft_end":
            cause = f"ladder.soft_end={ladder.soft_end.after_s if ladder.soft_end else 0}"
            merge_until = Millis(at + floor.group(session.group).merge_window_s * 1000)
            reason = _why_quiet(session)
            said = notice(floor, addressee(session.customer, session), 1, "silence_end", at, cause)
            return [
                *rescind(session, "parked", at, cause),
                *said,
                *close_served(
                    floor,
                    session,
                    at,
                    cause,
                    reason=reason,
                    segment_end="silence",
                    merge_until=merge_until,
                    said=len(said),
                ),
            ]
        case "hard_end":
            cause = f"ladder.hard_end_before={ladder.hard_end_before_s}"
            reason = "kf_window" if is_limited(floor, session.customer) else _why_quiet(session)
            return [
                *rescind(session, "parked", at, cause),
                *close(session, at, cause, reason=reason, segment_end="silence"),
            ]


def _why_quiet(session: Session) -> CloseReason:
    """Who never reacted to a seat has left silently; who has talked with one went quiet."""
    never_reacted = session.reaction == "awaited" and session.origin == "customer"
    return "silent_abandon" if never_reacted else "customer_idle"


def keep_promise_in_mind(floor: Floor, session: Session, at: Millis) -> list[ev.Event]:
    """The next stage of a promise: warn the seat, wake the session, or own up that it was broken."""
    promised = session.promise
    assert promised is not None, f"{session.id} promised nothing"
    rules = floor.site.rules
    if at >= promised.due_at:
        return [
            ev.PromiseBroken(
                at=at,
                cause="promise_due",
                session=session.id,
                seat=session.seat,
                due_at=promised.due_at,
                silence=step_after_promise(floor, session, at),
            )
        ]
    if not promised.warned and at >= promised.warn_at:
        cause = f"promise_warn_s={rules.promise_warn_s}"
        warned = ev.PromiseWarned(at=at, cause=cause, session=session.id, seat=session.seat, due_at=promised.due_at)
        return [warned]
    return _wake(floor, session, "promise", at, f"promise_wake_s={rules.promise_wake_s}", turn_began=True)


def parked(floor: Floor, session: Session, reason: ev.ParkReason, at: Millis, cause: str) -> ev.Event:
    """The session is parked at its seat."""
    assert session.seat is not None, f"{session.id} is at no seat"
    return ev.SessionParked(
        at=at,
        cause=cause,
        session=session.id,
        customer=session.customer,
        seat=session.seat,
        reason=reason,
        silence=None if reason == "promise" else step_when_parked(floor, session, at),
    )


def _wake(
    floor: Floor, session: Session, reason: ev.WakeReason, at: Millis, cause: str, *, turn_began: bool
) -> list[ev.Event]:
    assert session.seat is not None, f"{session.id} is parked at no seat"
    owner = floor.seats[session.seat]
    if _takes_its_own(owner, reason) and not owner.is_full:
        return [woken(session, owner.id, reason, at, cause, turn_began=turn_began)]
    return [
        *end_segment(session, "woken_elsewhere", at, cause),
        front_of_line(floor, session, owner, at, cause, told=reason == "customer"),
    ]


def _takes_its_own(owner: Seat, reason: ev.WakeReason) -> bool:
    """Whether the owner is at work for a session of theirs that wakes.

    A promise is its maker's as long as they sit there, whatever they take otherwise; but for a seat that let its rings
    go unanswered, at which nobody may be.
    """
    if owner.capacity.available:
        return True
    is_there = owner.user is not None and owner.presence in {"available", "busy"} and owner.reason != "rona"
    return reason == "promise" and is_there


def _remind(floor: Floor, session: Session, at: Millis, cause: str) -> list[ev.Event]:
    assert session.seat is not None, f"{session.id} is at no seat"
    told: list[ev.Event] = []
    if session.last_by == "seat" and may_spend(floor, session.customer, at):
        told = notice(floor, addressee(session.customer, session), 1, "silence_reminder", at, cause)
    reminded = ev.CustomerReminded(
        at=at,
        cause=cause,
        session=session.id,
        customer=session.customer,
        seat=session.seat,
        told=bool(told),
        silence=step_after(floor, session, "remind", at),
    )
    return [reminded, *told]
