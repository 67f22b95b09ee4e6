"""How an archived session goes on with each event: its state, its counts, and how long it was parked."""

from typing import TypeAlias, assert_never

from desk.store.models import ArchivedSession
from sessions import events as ev

Progress: TypeAlias = (
    ev.FlowAnswered
    | ev.PhraseUnmatched
    | ev.LeaveMessageBegun
    | ev.CallbackScheduled
    | ev.SessionQueued
    | ev.SessionOffered
    | ev.CustomerReminded
    | ev.SessionParked
    | ev.SessionWoken
    | ev.SessionMoved
    | ev.PromiseMade
    | ev.PromiseKept
    | ev.PromiseBroken
    | ev.SessionHungUp
    | ev.SessionResumed
    | ev.SessionClosed
    | ev.SatisfactionAsked
    | ev.SatisfactionRated
)


def progress(session: ArchivedSession, event: Progress) -> None:
    """Changes the row in place."""
    match event:
        case ev.FlowAnswered() | ev.PhraseUnmatched() | ev.LeaveMessageBegun() | ev.CallbackScheduled():
            _without_a_seat(session, event)
        case ev.SessionQueued():
            _leave_the_park(session, event.at)
            session.state = "queued"
            session.skill_group = event.group
            session.first_enqueued_at = event.first_enqueued_at
            session.hung_up_at = None
            session.wakes += event.reason == "woken"
        case ev.SessionOffered():
            session.offers += 1
            if event.from_seat is None:  # else it stays with the colleague who is handing it over
                session.state = "offered"
        case ev.CustomerReminded():
            session.reminders += 1
        case ev.SessionParked():
            session.state = "parked"
            session.seat = event.seat
            session.parks += 1
            session.parked_at = event.at
        case ev.SessionWoken():
            session.state = "active"
            session.seat = event.seat
            session.wakes += 1
            session.parked_ms += event.parked_ms
            session.parked_at = None
        case ev.SessionMoved():
            session.seat = event.to_seat
        case ev.PromiseMade():
            session.promises_made += 1
        case ev.PromiseKept():
            session.promises_kept += 1
        case ev.PromiseBroken():
            session.promises_broken += 1
        case ev.SessionHungUp():
            session.state = "wrap_up"
            session.hung_up_at = event.at
            session.close_reason = event.reason
        case ev.SessionResumed():
            session.state = "active"
            session.hung_up_at = None
            session.close_reason = ""
        case ev.SessionClosed():
            _close(session, event)
        case ev.SatisfactionAsked() | ev.SatisfactionRated():
            _rate(session, event)
        case _:
            assert_never(event)


def _without_a_seat(
    session: ArchivedSession,
    event: ev.FlowAnswered | ev.PhraseUnmatched | ev.LeaveMessageBegun | ev.CallbackScheduled,
) -> None:
    match event:
        case ev.FlowAnswered():
            session.flow_answers += 1
            _serve_by_itself(session)
        case ev.PhraseUnmatched():
            _serve_by_itself(session)
        case ev.LeaveMessageBegun():
            session.state = "bot"
            session.skill_group = event.group
            session.left_because = event.reason
        case ev.CallbackScheduled():
            session.callback_at = event.due_at
        case _:
            assert_never(event)


def _serve_by_itself(session: ArchivedSession) -> None:
    if session.first_enqueued_at is None:  # else it is waiting for a seat all the while
        session.state = "bot"


def _leave_the_park(session: ArchivedSession, at: int) -> None:
    if session.parked_at is not None:
        session.parked_ms += at - session.parked_at
        session.parked_at = None


def _close(session: ArchivedSession, event: ev.SessionClosed) -> None:
    _leave_the_park(session, event.at)
    session.state = "closed"
    session.skill_group = event.group
    session.closed_at = event.at
    session.close_reason = event.reason
    session.disposition = event.disposition
    session.remark = event.remark
    session.merge_until = event.merge_until or None


def _rate(session: ArchivedSession, event: ev.SatisfactionAsked | ev.SatisfactionRated) -> None:
    match event:
        case ev.SatisfactionAsked():
            session.satisfaction_asked_at = event.at
        case ev.SatisfactionRated():
            session.stars, session.comment = event.stars, event.comment
            session.rated_at = event.at
        case _:
            assert_never(event)
