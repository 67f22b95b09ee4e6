"""Who gets the next session.

Pure: waiting lines and the roster of seats in, matches out, each with its explanation. The heads of all lines are
taken in the order of their sort keys; for each the group's policy chooses among the seats of the nearest ring that
has room. What a round has assigned counts in the same round: nobody passes a cap.
"""

from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heappop, heapreplace
from typing import Literal

from msgspec import Struct

from routing.attention import FairShare, attention_of, fair_share
from routing.explain import left_out_of, why_not_alone
from routing.line import OVERFLOW, Waiting, WaitingLine
from routing.policies import SCORES, Asked, Free, assigned_at
from routing.roster import NEAR, Roster
from routing.terms import GroupTerms

CANDIDATES_KEPT = 8
"""So many candidates go into the explanation; the others are counted."""
DIGITS, STEP = 4, 0.0001
"""Scores are rounded to so many digits: what looks equal in the explanation is equal."""

TieBreak = Literal["", "fairness", "longest_since_assigned", "name"]
"""What decided between equal scores, where there were any."""


class Candidate(Struct, frozen=True):
    """A seat that could have it; lower scores win."""

    seat: str
    score: float
    load: int
    pending: int


class Match(Struct, frozen=True, kw_only=True):
    """A session for a seat, and why: the candidates, the chosen first, and how many each rule left out.

    `filtered` names some of those left out. `ring` is the one at which a seat was found, which may be nearer than
    how far the session's circle has widened. `exclusive` says why no other seat was asked.
    """

    session: str
    group: str
    seat: str
    candidates: list[Candidate]
    passed_over: dict[str, int] = {}
    filtered: dict[str, list[str]] = {}
    policy: str = ""
    ring: int = 0
    tie_break: TieBreak = ""
    exclusive: Literal["", "sticky", "woken"] = ""


class GroupDemand(Struct, frozen=True):
    """One group's side of a round of matching. `last_seat` had its last session."""

    group: str
    line: WaitingLine
    last_seat: str = ""


def match(demands: Iterable[GroupDemand], roster: Roster, now: int) -> list[Match]:
    """Pairs waiting sessions with free slots, best first; empty when either side is.

    Cost: that of the open seats of the groups given, for each match; sessions and seats that cannot be served are
    not looked at. Give only groups in which something changed.
    """
    in_round = _Round(roster, now)
    queues = [queue for demand in demands if demand.line for queue in in_round.queues(demand)]
    heads = [(queue.head.sort_key, queue.head.session, place) for place, queue in enumerate(queues)]
    heapify(heads)
    matches: list[Match] = []
    while heads:
        queue = queues[heads[0][-1]]
        found = queue.serve()
        if found is None:  # nor would the next in this queue find any: all of it can be served or none
            heappop(heads)
            continue
        matches.append(found)
        if queue.advance():
            heapreplace(heads, (queue.head.sort_key, queue.head.session, heads[0][-1]))
        else:
            heappop(heads)
    return matches


class _Round:
    """What has been assigned so far, and the search for the next."""

    __slots__ = ("_last", "_now", "_reserved", "_roster")

    def __init__(self, roster: Roster, now: int) -> None:
        self._roster = roster
        self._now = now
        self._reserved: dict[str, int] = {}
        self._last: dict[str, str] = {}

    def queues(self, demand: GroupDemand) -> Iterator["_Queue"]:
        """Those who wait for the same seats, each in their order; only where one of these may have room."""
        line, group = demand.line, demand.group
        self._last[group] = demand.last_seat
        for ring in range(OVERFLOW + 1):
            if line.in_ring(ring):
                yield _Queue(self, group, line.in_ring(ring))
        if line.sticky:
            for seat in line.sticky.keys() & self._roster.circle(group).open(NEAR):
                yield _Queue(self, group, line.sticky[seat])
        if line.woken:
            for seat in line.woken.keys() & self._roster.reachable.keys():
                yield _Queue(self, group, line.woken[seat])

    def seat_for(self, group: str, waiting: Waiting) -> Match | None:
        """The best seat for this session, its slot reserved; None when there is none."""
        found = self._alone(group, waiting) if waiting.exclusive else self._among(group, waiting)
        if found is not None:
            self._reserved[found.seat] = self._reserved.get(found.seat, 0) + 1
            self._last[group] = found.seat
        return found

    def _alone(self, group: str, waiting: Waiting) -> Match | None:
        roster, name = self._roster, waiting.exclusive
        reserved = self._reserved.get(name, 0)
        if why_not_alone(roster, group, waiting, self._now, reserved) is not None:
            return None
        seat, terms = roster.seats[name], roster.circle(group).terms
        only = seat, seat.load + reserved, seat.skills.get(group, 0) - terms.required_level
        return Match(
            session=waiting.session,
            group=group,
            seat=name,
            candidates=_candidates(self._ranked([only], terms, waiting)),
            policy=terms.policy,
            exclusive="woken" if waiting.woken else "sticky",
        )

    def _among(self, group: str, waiting: Waiting) -> Match | None:
        """A seat of the nearest ring with room; one that had its chance only when there is no other in any."""
        had_its_chance: list[str] = []
        spent: tuple[int, list[Free]] | None = None
        for ring in range(min(waiting.ring, OVERFLOW) + 1):
            free = self._free(group, ring)
            fresh = [each for each in free if each[0].seat not in waiting.excluded] if waiting.excluded else free
            if len(fresh) < len(free):
                had_its_chance += [each[0].seat for each in free if each[0].seat in waiting.excluded]
            if fresh:
                return self._choice(group, waiting, ring, fresh, had_its_chance)
            if free and spent is None:
                spent = ring, free
        return self._choice(group, waiting, *spent, []) if spent else None

    def _free(self, group: str, ring: int) -> list[Free]:
        opened = self._roster.open_at(group, ring, self._reserved)
        return [each for each in opened if each[0].cooldown_until <= self._now]

    def _choice(self, group: str, waiting: Waiting, ring: int, free: list[Free], had_its_chance: list[str]) -> Match:
        terms = self._roster.circle(group).terms
        ranked = self._ranked(free, terms, waiting)
        tie_break = self._settle_tie(ranked, group)
        left_out = left_out_of(self._roster, group, ring, self._now, self._reserved)
        left_out.add("had_its_chance", had_its_chance)
        if len(free) > CANDIDATES_KEPT:
            left_out.count("scored_lower", len(free) - CANDIDATES_KEPT)
        return Match(
            session=waiting.session,
            group=group,
            seat=ranked[0][2],
            candidates=_candidates(ranked),
            passed_over=left_out.counts,
            filtered=left_out.names,
            policy=terms.policy,
            ring=ring,
            tie_break=tie_break,
        )

    def _ranked(self, free: list[Free], terms: GroupTerms, waiting: Waiting) -> list["_Ranked"]:
        """The best of them, in order: as many as are told, and all that are equal to the best."""
        asked = Asked(waiting.session, self._now, terms.cold_weight, self._last[terms.group])
        scores = SCORES[terms.policy](free, asked)
        worst = sorted(scores)[:CANDIDATES_KEPT][-1] + STEP
        return sorted(
            (round(score, DIGITS), assigned_at(each, self._now), each[0].seat, each)
            for score, each in zip(scores, free, strict=True)
            if score <= worst
        )

    def _settle_tie(self, ranked: list["_Ranked"], group: str) -> TieBreak:
        """Let the first of the equal best that has not given too much attention already be first; what decided."""
        score, since, _, _ = ranked[0]
        if len(ranked) == 1 or ranked[1][0] > score:
            return ""
        place = self._first_fair(ranked, group)
        if place:
            ranked.insert(0, ranked.pop(place))
            return "fairness"
        return "longest_since_assigned" if ranked[1][1] > since else "name"

    def _first_fair(self, ranked: list["_Ranked"], group: str) -> int:
        """The place of the first of the equal best that is within the fair share; 0 if none is."""
        share: FairShare | None = None
        for place, (score, _, _, (seat, _, _)) in enumerate(ranked):
            if score > ranked[0][0]:
                break
            given = attention_of(seat, self._now)
            if not given:
                return place
            share = share or fair_share(self._roster.members(group), self._now)
            if not share.is_exceeded_by(given, self._roster.limits.fairness_sigma_percent):
                return place
        return 0


_Ranked = tuple[float, int, str, Free]
"""Score, last assigned at, name: free seats sort into the order in which they are preferred."""


class _Queue:
    """Those who wait for the same seats, walked once."""

    __slots__ = ("_at", "_group", "_pool", "_round")

    def __init__(self, in_round: _Round, group: str, pool: Sequence[Waiting]) -> None:
        self._round = in_round
        self._group = group
        self._pool = pool
        self._at = 0

    @property
    def head(self) -> Waiting:
        """Who is next."""
        return self._pool[self._at]

    def serve(self) -> Match | None:
        """A seat for the head, or None: nobody here gets any more in this round."""
        return self._round.seat_for(self._group, self.head)

    def advance(self) -> bool:
        """On to the next; whether there is one."""
        self._at += 1
        return self._at < len(self._pool)


def _candidates(ranked: list[_Ranked]) -> list[Candidate]:
    return [Candidate(name, score, load, seat.pending) for score, _, name, (seat, load, _) in ranked[:CANDIDATES_KEPT]]
