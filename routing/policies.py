"""How a group chooses among its free seats.

A policy gives each free seat a score, and the lowest wins. Between equal scores the seat that waited longest since
its last assignment does, unless it has given far more attention than its colleagues lately; then the name decides.
Chance is drawn from the names of session and seat, so that the same question always has the same answer.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from heapq import nsmallest
from typing import Literal
from zlib import crc32

from msgspec import Struct

from routing.capacity import SeatCapacity, weighted_load

Policy = Literal["shortest_reply", "least_loaded", "longest_idle", "round_robin", "random", "two_choices"]

OPEN_CHAT_REPLY_CHANCE = 0.45
"""φ: the chance that an open chat needs a reply while another is being answered."""
MULTITASKING_COST = 0.02
"""κ: each open chat slows every reply by this share; ten make it 18-20 % slower."""
BREADTH_COST = 0.15
"""α: a seat with many skills is kept for those who need them."""
LEVEL_BONUS = 0.05
"""β: a level above the required one is worth this much."""
NOT_DRAWN = 100.0
"""More than any load: the score of a seat that the draw left out."""


Free = tuple[SeatCapacity, int, int]
"""A seat that could have it: with which load, and by how many levels it is above the required one.

A bare tuple, because a thousand of them may be made for one decision.
"""


class Asked(Struct, frozen=True):
    """For whom a seat is sought, and what else a policy may look at. `last_seat` had the group's last session."""

    session: str
    at: int
    cold_weight: float
    last_seat: str = ""


Scores = Callable[[Sequence[Free], Asked], list[float]]
"""One score for each free seat; these come in the order of their names."""


def assigned_at(free: Free, now: int) -> int:
    """When the seat last got something; just now, if it was in this round."""
    seat, load, _ = free
    return now if load > seat.load else seat.last_assigned_at


def expected_reply(seat: SeatCapacity, load: int, over: int, now: int, cold_weight: float) -> float:
    """How long a customer would wait for this seat's reply, in average services; the less the better."""
    active = weighted_load(seat, load, now, cold_weight)
    busy = (seat.pending + OPEN_CHAT_REPLY_CHANCE * active + 1) * (1 + MULTITASKING_COST * active) / seat.speed
    return busy + BREADTH_COST * (len(seat.skills) - 1) - LEVEL_BONUS * over


def shortest_reply(free: Sequence[Free], asked: Asked) -> list[float]:
    """Not the seat with the fewest chats, but the one where a reply is expected soonest."""
    return [expected_reply(seat, load, over, asked.at, asked.cold_weight) for seat, load, over in free]


def least_loaded(free: Sequence[Free], asked: Asked) -> list[float]:
    """The lowest weighted load."""
    return [weighted_load(seat, load, asked.at, asked.cold_weight) for seat, load, _ in free]


def longest_idle(free: Sequence[Free], asked: Asked) -> list[float]:
    """Who has had nothing new for longest; the score is the seconds since, negative."""
    return [(assigned_at(each, asked.at) - asked.at) / 1000 for each in free]


def round_robin(free: Sequence[Free], asked: Asked) -> list[float]:
    """The next after the group's last seat, in the order of their names."""
    first = bisect_right(free, asked.last_seat, key=lambda each: each[0].seat)
    return [float((place - first) % len(free)) for place in range(len(free))]


def random(free: Sequence[Free], asked: Asked) -> list[float]:
    """Any, each as likely as the others."""
    begun = crc32(f"{asked.session}\n".encode())
    return [_draw(begun, seat.seat) for seat, _, _ in free]


def two_choices(free: Sequence[Free], asked: Asked) -> list[float]:
    """Two are drawn, and the one with the lower weighted load has it."""
    draws = random(free, asked)
    drawn = nsmallest(2, range(len(free)), key=draws.__getitem__)
    scores = [NOT_DRAWN + each for each in draws]
    for place in drawn:
        seat, load, _ = free[place]
        scores[place] = weighted_load(seat, load, asked.at, asked.cold_weight)
    return scores


SCORES: dict[Policy, Scores] = {
    "shortest_reply": shortest_reply,
    "least_loaded": least_loaded,
    "longest_idle": longest_idle,
    "round_robin": round_robin,
    "random": random,
    "two_choices": two_choices,
}


def _draw(begun: int, seat: str) -> float:
    """From 0 up to 1, as if by chance; `begun` is the checksum of the session.

    The checksum alone would not do: it is linear, so seats with similar names would always be drawn together.
    """
    mixed = crc32(seat.encode(), begun)
    mixed = (mixed ^ mixed >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    mixed = (mixed ^ mixed >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    return (mixed ^ mixed >> 16) / 2**32
