"""The router by itself: how long one decision takes in a large centre.

Each decision is timed with what it leaves to do for the roster, so that a cheap question cannot hide behind a dear
answer. The seats' chats are spread as on a working day; the same numbers come out each time but for the clock's.
"""

import time
from collections.abc import Iterable
from random import Random
from typing import Any

from routing.attention import SitePace, close_turn, open_turn
from routing.capacity import SeatCapacity, cool, uncool
from routing.line import Waiting, WaitingLine
from routing.match import GroupDemand, Match, match
from routing.roster import Roster
from routing.terms import GroupTerms

SEATS, GROUPS, QUEUED, GROUPS_PER_SEAT = 1_000, 100, 10_000, 3
SOFT_CAP = 6
DECISIONS = 5_000
STIRRED = 10
SHARES = {"p50": 0.5, "p99": 0.99, "p999": 0.999}
NOW = 1_795_399_200_000


def routing_alone() -> dict[str, Any]:
    """Percentiles of a decision, in milliseconds, for the ways in which a site can be busy."""
    return {
        "full_one_slot_frees_ms": _percentiles(_slot_frees(_Centre(SEATS, GROUPS, QUEUED))),
        "mostly_open_session_arrives_ms": _percentiles(_session_arrives(_Centre(SEATS, GROUPS, 0))),
        "one_group_all_open_ms": _percentiles(_session_arrives(_Centre(SEATS, 1, 0))),
        "one_group_full_one_slot_frees_ms": _percentiles(_slot_frees(_Centre(SEATS, 1, QUEUED))),
    }


class _Centre:
    """Seats with skills in a few groups each, and lines; full when somebody waits, mostly open otherwise."""

    def __init__(self, seats: int, groups: int, queued: int) -> None:
        self.chance = Random(7)  # noqa: S311 a load, not a secret
        self.groups = [f"group-{n:03}" for n in range(groups)]
        self.lines = {group: WaitingLine() for group in self.groups}
        self.pace = SitePace()
        self.now = NOW
        terms = [
            GroupTerms(group=group, required_level=2, overflow_groups=(self.groups[place - 1],) if groups > 1 else ())
            for place, group in enumerate(self.groups)
        ]
        self.roster = Roster(terms, seats=[self._seat(f"seat-{n:04}", full=queued > 0) for n in range(seats)])
        self.waiting: list[str] = []
        for n in range(queued):
            self.queue(f"session-{n:05}", NOW - 600_000 + 60 * n)

    def queue(self, session: str, key: int) -> str:
        group = self.chance.choice(self.groups)
        ring = self.chance.choice((0, 0, 0, 1, 2))
        exclusive = self.chance.choice(self.roster.members(group)).seat if self.chance.random() < 0.1 else ""
        woken = bool(exclusive) and self.chance.random() < 0.5
        self.lines[group].add(Waiting(key, session, (), 0 if exclusive else ring, exclusive, woken))
        return group

    def decide(self, groups: Iterable[str]) -> list[Match]:
        return match([GroupDemand(group, self.lines[group]) for group in groups], self.roster, self.now)

    def assign(self, found: Match) -> None:
        """What the floor does with an offer that is accepted and answered."""
        seat = self.roster.seats[found.seat]
        self.lines[found.group].remove(found.session)
        seat.load += 1
        seat.last_assigned_at = self.now
        cool(seat, found.session, self.now + 240_000)
        self.roster.changed(seat)

    def _seat(self, name: str, *, full: bool) -> SeatCapacity:
        chance = self.chance
        skills = {
            group: chance.randint(1, 5) for group in chance.sample(self.groups, min(GROUPS_PER_SEAT, len(self.groups)))
        }
        load = SOFT_CAP if full else chance.randint(0, SOFT_CAP - 1)
        seat = SeatCapacity(name, skills, SOFT_CAP, available=full or chance.random() < 0.9, load=load)
        seat.parked = chance.randint(0, 20)
        seat.last_assigned_at = NOW - chance.randint(0, 600_000)
        for _ in range(load):
            match chance.choice(("ours", "cooling", "cold")):
                case "ours":
                    open_turn(seat, self.pace, NOW - 30_000)
                case "cooling":
                    cool(seat, f"{name}-{len(seat.cooling)}", NOW + chance.randint(1, 240_000))
                case _:
                    cool(seat, f"{name}-{len(seat.cooling)}", NOW - 1)
        return seat

    def stir(self) -> None:
        """A second of ordinary business between two decisions: customers write, seats answer, chats end."""
        for seat in self.chance.sample(list(self.roster.seats.values()), STIRRED):
            if seat.pending:
                close_turn(seat, self.pace, self.now, answered=True)
                cool(seat, f"{seat.seat}-{self.now}", self.now + 240_000)
            elif seat.cooling:
                uncool(seat, next(iter(seat.cooling)))
                open_turn(seat, self.pace, self.now)
            self.roster.changed(seat)

    def end_chat(self, seat: SeatCapacity) -> None:
        seat.load -= 1
        if seat.cooling:
            uncool(seat, next(iter(seat.cooling)))
        elif seat.pending:
            close_turn(seat, self.pace, self.now, answered=False)
        self.roster.changed(seat)


def _slot_frees(centre: _Centre) -> list[float]:
    for found in centre.decide(centre.groups):
        centre.assign(found)
    took = []
    for n in range(DECISIONS):
        centre.now += 100
        centre.stir()
        seat = centre.chance.choice(list(centre.roster.seats.values()))
        began = time.perf_counter()
        centre.end_chat(seat)
        matches = centre.decide(centre.roster.groups_within_reach(seat.seat))
        took.append(time.perf_counter() - began)
        for place, found in enumerate(matches):
            centre.assign(found)
            centre.queue(f"later-{n:05}-{place}", centre.now)
    return took


def _session_arrives(centre: _Centre) -> list[float]:
    took = []
    seats = list(centre.roster.seats.values())
    for n in range(DECISIONS):
        centre.now += 100
        centre.stir()
        group = centre.queue(f"new-{n:05}", centre.now)
        began = time.perf_counter()
        matches = centre.decide([group])
        took.append(time.perf_counter() - began)
        for found in matches:
            centre.assign(found)
            centre.end_chat(centre.chance.choice([seat for seat in seats if seat.load]))
    return took


def _percentiles(took: list[float]) -> dict[str, float]:
    took = sorted(took)
    return {name: round(took[int(share * len(took))] * 1000, 4) for name, share in SHARES.items()}
