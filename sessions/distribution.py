"""Hands waiting sessions to free slots, in the same commit in which a slot frees or a session queues.

The router is asked only about groups in which something changed; what it answers becomes offers, with the
router's explanation in the event.
"""

from collections.abc import Iterable

from routing.match import match
from sessions import events as ev
from sessions.floor import Floor
from sessions.ids import GroupId, Millis, SeatId, SessionId


def groups_touched(floor: Floor, events: Iterable[ev.Event]) -> set[GroupId]:
    """Groups whose waiting line or whose seats' room may have changed by these events."""
    touched: set[GroupId] = set()
    for event in events:
        match event:
            case ev.SessionQueued(group=group):
                touched.add(group)
            case (
                ev.SegmentEnded(seat=seat)
                | ev.SlotReleased(seat=seat)
                | ev.OfferTimedOut(seat=seat)
                | ev.OfferRejected(seat=seat)
                | ev.OfferRescinded(seat=seat)
                | ev.SeatSignedIn(seat=seat)
                | ev.PresenceChanged(seat=seat)
            ):
                touched |= groups_of(floor, seat)
            case ev.SiteConfigured():
                touched |= set(floor.lines)
            case _:
                pass
    return touched


def groups_of(floor: Floor, seat: SeatId) -> set[GroupId]:
    """The groups that this seat serves."""
    known = floor.seats.get(seat)
    return {GroupId(group) for group in known.capacity.skills} if known else set()


def distribute(floor: Floor, groups: Iterable[GroupId], at: Millis, cause: str) -> list[ev.Event]:
    """Offers for every session of these groups that a seat has room for now."""
    demands = [demand for group in sorted(groups) if (demand := floor.demand(group)) is not None]
    if not demands:
        return []
    expires_at = Millis(at + floor.site.rules.offer_timeout_s * 1000)
    offers: list[ev.Event] = []
    for found in match(demands, at):
        session = floor.sessions[SessionId(found.session)]
        offers.append(
            ev.SessionOffered(
                at=at,
                cause=cause,
                session=session.id,
                group=session.group,
                customer=session.customer,
                seat=SeatId(found.seat),
                expires_at=expires_at,
                waited_ms=at - session.enqueued_at,
                candidates=found.candidates,
                passed_over=found.passed_over,
            )
        )
    return offers
