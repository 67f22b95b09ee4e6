"""What a seat can take.

A seat's load is what it holds and what rings at it; the slot is reserved when the offer is made. New offers stop
at the soft cap; nothing at all passes the hard cap.
"""

from msgspec import Struct


class SeatCapacity(Struct):
    """A seat as the router sees it. `pending` counts customers who wait for its answer; `speed` 1.0 is the average."""

    seat: str
    skills: dict[str, int]
    soft_cap: int
    available: bool = False
    load: int = 0
    pending: int = 0
    cooldown_until: int = 0
    last_assigned_at: int = 0
    speed: float = 1.0


def obstacle(seat: SeatCapacity, group: str, required_level: int, load: int, now: int) -> str | None:
    """The rule that keeps this seat from a new offer of the group, or None: it may have it.

    `load` is given apart, so that a round of matching can count what it has just assigned.
    """
    if not seat.available:
        return "not_available"
    if seat.skills.get(group, 0) < required_level:
        return "level_too_low"
    if load >= seat.soft_cap:
        return "full"
    if seat.cooldown_until > now:
        return "cooling_down"
    return None
