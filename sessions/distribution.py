"""Hands waiting sessions to free slots, in the same commit in which a slot frees or a session queues.

The router is asked only about groups in which something changed; what it answers becomes offers, with the
router's explanation in the event.
"""

from collections.abc import Iterable

from routing.match import Match
from routing.match import match as pair
from sessions import events as ev
from sessions.facts import Session
from sessions.floor import Floor
from sessions.ids import GroupId, Millis, SeatId, SessionId

# Looked at for every event of the desk: a tuple is asked at once, a `case` of many classes one after the other.
FREES_A_SLOT = (
    ev.SegmentEnded,
    ev.SessionParked,
    ev.SlotReleased,
    ev.OfferTimedOut,
    ev.OfferRejected,
    ev.OfferRescinded,
)
_OF_A_LINE = (ev.SessionQueued, ev.QueueWidened)
_OF_A_SEAT = (*FREES_A_SLOT, ev.SessionWoken, ev.SessionHungUp, ev.SeatSignedIn, ev.PresenceChanged)
_OF_ALL = (ev.SiteConfigured, ev.SessionMoved)


def groups_touched(floor: Floor, events: Iterable[ev.Event]) -> set[GroupId]:
    """Groups whose waiting line or whose seats' room may have changed by these events."""
    touched: set[GroupId] = set()
    for event in events:
        if isinstance(event, _OF_A_SEAT):
            touched |= groups_of(floor, event.seat)
        elif isinstance(event, _OF_A_LINE):
            touched.add(event.group)
        elif isinstance(event, _OF_ALL):
            touched |= set(floor.lines)
    return touched


def groups_of(floor: Floor, seat: SeatId) -> set[GroupId]:
    """The groups whose sessions this seat may get: its own, those that overflow there, and where its own woken wait."""
    if seat not in floor.seats:
        return set()
    owned = {group for group, line in floor.lines.items() if seat in line.woken}
    return {GroupId(group) for group in floor.roster.groups_within_reach(seat)} | owned


def distribute(floor: Floor, groups: Iterable[GroupId], at: Millis, cause: str) -> list[ev.SessionOffered]:
    """Offers for every session of these groups that a seat has room for now."""
    demands = [demand for group in sorted(groups) if (demand := floor.demand(group)) is not None]
    if not demands:
        return []
    found = pair(demands, floor.roster, at)
    return [_offer(floor, floor.sessions[SessionId(each.session)], each, at, cause) for each in found]


def _offer(floor: Floor, session: Session, found: Match, at: Millis, cause: str) -> ev.SessionOffered:
    queue = session.queue
    assert queue is not None, f"{session.id} does not queue"
    expires_at = at + floor.site.rules.offer_timeout_s * 1000
    if found.exclusive == "sticky":
        expires_at = min(expires_at, max(queue.exclusive_until, at + 1000))
    return ev.SessionOffered(
        at=at,
        cause=cause,
        session=session.id,
        group=session.group,
        customer=session.customer,
        seat=SeatId(found.seat),
        expires_at=Millis(expires_at),
        waited_ms=at - session.enqueued_at,
        candidates=found.candidates,
        passed_over=found.passed_over,
        filtered={rule: [SeatId(seat) for seat in seats] for rule, seats in found.filtered.items()},
        policy=found.policy,
        ring=found.ring,
        tie_break=found.tie_break,
        exclusive=found.exclusive,
        config=floor.site.version,
        note=queue.note,
    )
