"""What happens when a due time comes.

Due times are facts on the floor, not sleeps: a restart loses none, and each fires once, at its own time even when
the engine was away then. The cause in the event names the rule and its threshold.
"""

from typing import assert_never

from sessions import events as ev
from sessions.floor import Floor, Session, Timer
from sessions.ids import HubId, Millis, SeatId, SessionId
from sessions.presence import lose_hub, lose_seat, sideline
from sessions.service import MISSED_POINTS, close, requeue


def fire(floor: Floor, timer: Timer, at: Millis) -> list[ev.Event]:
    """The events of one timer that is due and still stands."""
    _, kind, whose = timer
    rules = floor.site.rules
    match kind:
        case "offer":
            return _miss(floor, floor.sessions[SessionId(whose)], at, f"offer_timeout_s={rules.offer_timeout_s}")
        case "slot":
            session = floor.sessions[SessionId(whose)]
            assert session.seat is not None, f"{session.id} holds a slot at no seat"
            cause = f"wrap_block_s={rules.wrap_block_s}"
            return [ev.SlotReleased(at=at, cause=cause, session=session.id, seat=session.seat)]
        case "wrap":
            return close(floor.sessions[SessionId(whose)], at, f"wrap_max_s={rules.wrap_max_s}", disposition="autowrap")
        case "cooldown":
            return []  # nothing happens but that the seat may have offers again
        case "grace":
            return lose_seat(floor, floor.seats[SeatId(whose)], at, f"seat_grace_s={rules.seat_grace_s}")
        case "hub":
            return lose_hub(floor, HubId(whose), at, f"hub_silent_s={rules.hub_silent_s}")
    assert_never(kind)


def _miss(floor: Floor, session: Session, at: Millis, cause: str) -> list[ev.Event]:
    """Nobody answered the ring: the session is offered elsewhere, the seat's misses count."""
    offer = session.offer
    assert offer is not None, f"{session.id} rings nowhere"
    seat = floor.seats[offer.seat]
    misses = seat.misses + 1
    events: list[ev.Event] = [
        ev.OfferTimedOut(at=at, cause=cause, session=session.id, seat=seat.id, misses=misses, from_seat=offer.from_seat)
    ]
    if offer.from_seat is None:
        events.append(requeue(floor.site, session, "offer_timeout", at, cause, excluded=seat.id, points=MISSED_POINTS))
    limit = floor.site.rules.rona_limit
    if misses >= limit and seat.presence == "available":
        events.append(sideline(seat, at, f"rona_limit={limit}"))
    return events
