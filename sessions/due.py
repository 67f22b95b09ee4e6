"""What happens when a due time comes.

Due times are facts on the floor, not sleeps: a restart loses none, and each fires once, at its own time even when
the engine was away then. The cause in the event names the rule and its threshold.
"""

from typing import assert_never

from sessions import events as ev
from sessions.callbacks import call_back, talk_is_over
from sessions.facts import Session
from sessions.floor import Floor
from sessions.ids import CustomerId, HubId, Millis, SeatId, SessionId
from sessions.in_line import exclusive_over, waited_too_long, widen
from sessions.parking import keep_promise_in_mind, take_silence_step
from sessions.presence import lose_hub, lose_seat, sideline
from sessions.queueing import requeue
from sessions.satisfaction import close_served
from sessions.timers import Timer
from sessions.waits import tell_wait


def fire(floor: Floor, timer: Timer, at: Millis) -> list[ev.Event]:
    """The events of one timer that is due and still stands."""
    _, kind, whose = timer
    rules = floor.site.rules
    match kind:
        case "cooldown":
            return []  # nothing happens but that the seat may have offers again
        case "grace":
            return lose_seat(floor, floor.seats[SeatId(whose)], at, f"seat_grace_s={rules.seat_grace_s}")
        case "hub":
            return lose_hub(floor, HubId(whose), at, f"hub_silent_s={rules.hub_silent_s}")
        case "callback":
            return call_back(floor, floor.conversations[CustomerId(whose)], at)
        case _:
            pass
    session = floor.sessions[SessionId(whose)]
    match kind:
        case "offer":
            return _miss(floor, session, at, f"offer_timeout_s={rules.offer_timeout_s}")
        case "slot":
            assert session.seat is not None, f"{session.id} holds a slot at no seat"
            cause = f"wrap_block_s={rules.wrap_block_s}"
            return [ev.SlotReleased(at=at, cause=cause, session=session.id, seat=session.seat)]
        case "wrap":
            cause = f"wrap_max_s={rules.wrap_max_s}"
            return close_served(
                floor, session, at, cause, reason=session.close_reason or "system", disposition="autowrap"
            )
        case "silence":
            return take_silence_step(floor, session, at)
        case "promise":
            return keep_promise_in_mind(floor, session, at)
        case "ring":
            return widen(floor, session, at)
        case "exclusive":
            return exclusive_over(floor, session, at)
        case "tell":
            return tell_wait(floor, session, at)
        case "wait":
            return waited_too_long(floor, session, at)
        case "idle":
            return talk_is_over(floor, session, at)
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
        points = floor.site.rules.missed_points
        events.append(requeue(floor, session, "offer_timeout", at, cause, excluded=seat.id, points=points))
    limit = floor.site.rules.rona_limit
    if misses >= limit and seat.presence == "available":
        events.append(sideline(seat, at, f"rona_limit={limit}"))
    return events
