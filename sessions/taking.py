"""How a session comes to a seat without anybody answering a ring: the group accepts by itself, or the seat steps in.

Both are told in the words of every other way to a seat (queued, offered, accepted), so that waits, offers and segments
are counted in one way. No cap bends for either: the offer has reserved a slot before it is accepted.
"""

from routing.line import sort_key
from sessions import commands as cmd
from sessions import events as ev
from sessions.facts import Seat, Session
from sessions.floor import Floor
from sessions.ids import GroupId, Millis
from sessions.queueing import group_now
from sessions.refusal import Refused
from sessions.service import own_seat

STEPPED_IN = "stepped_in"
"""The policy of an offer for which no seat was looked for."""


def taken_at_once(floor: Floor, offer: ev.SessionOffered) -> ev.SessionAccepted | None:
    """The acceptance of what the line has just offered, where its group accepts by itself; nobody can miss it then."""
    if not floor.group(offer.group).auto_accept:
        return None
    session, seat = floor.sessions[offer.session], floor.seats[offer.seat]
    return _accepted(session, seat, offer.group, offer.at, "auto_accept=1", offer.waited_ms, automatic=True)


def step_in(floor: Floor, command: cmd.StepIn, at: Millis, cause: str) -> list[ev.Event]:
    """The seat takes a customer of its groups over from self-service, or from leaving a message."""
    seat = own_seat(floor, command.actor)
    session = floor.sessions.get(command.session)
    if session is None:
        raise Refused("session_unknown", field="session", detail=command.session)
    if session.state != "bot":
        raise Refused("session_not_with_bot", field="session", detail=session.id)
    group = group_now(floor.site, session)
    if group not in seat.capacity.skills:
        raise Refused("not_your_group", field="session", detail=session.id)
    if seat.is_full:
        raise Refused("own_seat_full", detail=seat.id)
    queued = ev.SessionQueued(
        at=at,
        cause=cause,
        session=session.id,
        group=group,
        sort_key=sort_key(at, session.priority),
        priority=session.priority,
        reason="stepped_in",
        first_enqueued_at=at,
    )
    offered = ev.SessionOffered(
        at=at,
        cause=cause,
        session=session.id,
        group=group,
        customer=session.customer,
        seat=seat.id,
        expires_at=Millis(at + floor.site.rules.offer_timeout_s * 1000),
        waited_ms=0,
        policy=STEPPED_IN,
        config=floor.site.version,
    )
    return [queued, offered, _accepted(session, seat, group, at, cause, 0)]


def _accepted(
    session: Session, seat: Seat, group: GroupId, at: Millis, cause: str, waited_ms: int, *, automatic: bool = False
) -> ev.SessionAccepted:
    assert seat.user is not None, f"nobody sits at {seat.id}"
    return ev.SessionAccepted(
        at=at,
        cause=cause,
        session=session.id,
        customer=session.customer,
        seat=seat.id,
        user=seat.user,
        group=group,
        segment=session.segment + 1,
        waited_ms=waited_ms,
        automatic=automatic,
    )
