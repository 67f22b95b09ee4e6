"""What a seat can take, and what it is busy with.

A seat's load is what it holds and what rings at it; the slot is reserved when the offer is made. New offers stop
at the soft cap and leave room for parked sessions that may wake; nothing at all passes the hard cap. The count is
for the caps. For ordering there is the weighted load: an open chat whose customer has been quiet for a while
weighs less than one that goes back and forth.
"""

from typing import Literal

from msgspec import Struct

HARD_CAP = 10
"""No seat ever holds more sessions than this, whoever asks."""

Rule = Literal[
    "not_available",
    "level_too_low",
    "full",
    "reserved_for_waking",
    "cooling_down",
    "had_its_chance",
    "other_group",
    "scored_lower",
]
"""What left a seat out of a choice. The last one could have had it, and is not among the candidates named."""


class SeatCapacity(Struct):
    """A seat as the router sees it. `pending` counts customers who wait for its answer; `speed` 1.0 is the average.

    `cooling` are its open chats in which it spoke last, each with the instant until which it weighs a whole one.
    The attention is written by `routing.attention` alone: milliseconds of this hour and of the one before in which
    at least one customer waited for this seat.
    """

    seat: str
    skills: dict[str, int]
    soft_cap: int
    available: bool = False
    load: int = 0
    pending: int = 0
    cooldown_until: int = 0
    last_assigned_at: int = 0
    speed: float = 1.0
    parked: int = 0
    """Sessions that it keeps without a slot."""
    cooling: dict[str, int] = {}
    attended_at: int = 0
    """How far its attention is counted; goes on from there while somebody waits."""
    attention_ms: int = 0
    attention_before_ms: int = 0
    pace_turns: int = 0
    pace_ms: int = 0


def cool(seat: SeatCapacity, session: str, until: int) -> None:
    """The seat has spoken: its chat weighs a whole one until then, and less after."""
    seat.cooling[session] = until


def uncool(seat: SeatCapacity, session: str) -> None:
    """The chat is the seat's move again, or no longer its own."""
    seat.cooling.pop(session, None)


def weighted_load(seat: SeatCapacity, load: int, now: int, cold_weight: float) -> float:
    """The load with cold chats counted as less: what moves, rings or has just been answered weighs one."""
    cold = 0
    for until in seat.cooling.values():
        if until <= now:
            cold += 1
    return load - cold * (1 - cold_weight) if cold else float(load)


def wake_reserve(seat: SeatCapacity, wake_reserve_percent: int) -> int:
    """Slots below the hard cap that new offers leave to sessions that are likely to wake; never all of them."""
    return min(-(-seat.parked * wake_reserve_percent // 100), HARD_CAP - 1)


def new_offer_cap(seat: SeatCapacity, group_soft_cap: int, wake_reserve_percent: int) -> int:
    """The load at which new offers of a group stop.

    A seat with very many parked sessions still gets one at a time: no reserve keeps an idle seat from a waiting
    customer. A soft cap of 0 does: it says that the seat takes no new sessions.
    """
    return min(seat.soft_cap, group_soft_cap, HARD_CAP - wake_reserve(seat, wake_reserve_percent))


def lacks_room(seat: SeatCapacity, load: int, group_soft_cap: int, wake_reserve_percent: int) -> Rule | None:
    """Why one more new session does not fit on top of `load`, or None: it fits."""
    if load >= seat.soft_cap or load >= group_soft_cap:
        return "full"
    if load >= HARD_CAP - wake_reserve(seat, wake_reserve_percent):
        return "reserved_for_waking"
    return None
