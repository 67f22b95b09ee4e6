"""Who gets the next session.

Pure: waiting lines and seats' capacities in, matches out, each with its explanation. The heads of the lines are
taken in the order of their sort keys; for each the seat with the shortest expected reply wins: not the one with
the fewest chats, but the one with the fewest customers waiting for its answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heapreplace
from itertools import islice

from msgspec import Struct

from routing.capacity import SeatCapacity, obstacle
from routing.line import Waiting, WaitingLine

OPEN_CHAT_REPLY_CHANCE = 0.45
"""φ: the chance that an open chat needs a reply while another is being answered."""
MULTITASKING_COST = 0.02
"""κ: each open chat slows every reply by this share; ten make it 18-20 % slower."""
BREADTH_COST = 0.15
"""α: a seat with many skills is kept for those who need them."""
LEVEL_BONUS = 0.05
"""β: a level above the required one is worth this much."""
CANDIDATES_KEPT = 8
"""So many candidates go into the explanation; the others are counted."""


class Candidate(Struct, frozen=True):
    """A seat that could have it. Lower scores win; ties go to the seat that waited longest for work, then by name."""

    seat: str
    score: float
    load: int
    pending: int


class Match(Struct, frozen=True):
    """A session for a seat, and why: the candidates, best first, and how many each rule left out."""

    session: str
    group: str
    seat: str
    candidates: list[Candidate]
    passed_over: dict[str, int]


class GroupDemand(Struct, frozen=True):
    """One group's side of a round of matching."""

    group: str
    required_level: int
    line: WaitingLine
    members: Sequence[SeatCapacity]


def expected_reply_score(seat: SeatCapacity, load: int, required_level: int, group: str) -> float:
    """How long a customer would wait for this seat's reply, in average services; the less the better."""
    busy = (seat.pending + OPEN_CHAT_REPLY_CHANCE * load + 1) * (1 + MULTITASKING_COST * load) / seat.speed
    breadth = BREADTH_COST * (len(seat.skills) - 1)
    level = LEVEL_BONUS * (seat.skills[group] - required_level)
    return busy + breadth - level


def match(demands: Iterable[GroupDemand], now: int) -> list[Match]:
    """Pairs waiting sessions with free slots, best first; empty when either side is.

    Cost: O(members + matches * members) of the groups given, however long their lines. Give only groups in which
    something changed.
    """
    reserved: dict[str, int] = {}
    matches: list[Match] = []
    rounds = [_Round(demand, reserved, now) for demand in demands if len(demand.line)]
    heads = [(head, index) for index, each in enumerate(rounds) if (head := each.next_waiting()) is not None]
    heapify(heads)
    while heads:
        waiting, index = heads[0]
        found = rounds[index].seat_for(waiting)
        if found is None:  # nor would the next in this line find any: seats are free for all of a group or for none
            heappop(heads)
            continue
        reserved[found.seat] = reserved.get(found.seat, 0) + 1
        matches.append(found)
        following = rounds[index].next_waiting()
        if following is None:
            heappop(heads)
        else:
            heapreplace(heads, (following, index))
    return matches


class _Round:
    """One group's line being walked, once, while it has both sessions and room."""

    __slots__ = ("_demand", "_now", "_queue", "_reserved", "_spare")

    def __init__(self, demand: GroupDemand, reserved: Mapping[str, int], now: int) -> None:
        self._demand = demand
        self._reserved = reserved
        self._now = now
        self._queue = islice(demand.line, self._room())

    def next_waiting(self) -> Waiting | None:
        return next(self._queue, None)

    def _load(self, seat: SeatCapacity) -> int:
        return seat.load + self._reserved.get(seat.seat, 0)

    def _obstacle(self, seat: SeatCapacity) -> str | None:
        demand = self._demand
        return obstacle(seat, demand.group, demand.required_level, self._load(seat), self._now)

    def _room(self) -> int:
        return sum(seat.soft_cap - self._load(seat) for seat in self._demand.members if self._obstacle(seat) is None)

    def seat_for(self, waiting: Waiting) -> Match | None:
        demand = self._demand
        free: list[SeatCapacity] = []
        passed_over: dict[str, int] = {}
        for seat in demand.members:
            rule = self._obstacle(seat)
            if rule is None:
                free.append(seat)
            else:
                passed_over[rule] = passed_over.get(rule, 0) + 1
        if not free:
            return None
        fresh = [seat for seat in free if seat.seat not in waiting.excluded]
        if fresh and len(fresh) < len(free):
            passed_over["had_its_chance"] = len(free) - len(fresh)
        ranked = sorted((self._rank(seat) for seat in fresh or free), key=lambda ranked: (ranked[0].score, ranked[1]))
        best = [candidate for candidate, _ in ranked]
        if len(best) > CANDIDATES_KEPT:
            passed_over["scored_lower"] = len(best) - CANDIDATES_KEPT
        return Match(waiting.session, demand.group, best[0].seat, best[:CANDIDATES_KEPT], passed_over)

    def _rank(self, seat: SeatCapacity) -> tuple[Candidate, tuple[int, str]]:
        load = self._load(seat)
        score = expected_reply_score(seat, load, self._demand.required_level, self._demand.group)
        return Candidate(seat.seat, round(score, 4), load, seat.pending), (seat.last_assigned_at, seat.seat)
