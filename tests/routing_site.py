"""Set-up for tests of the router alone: seats, lines and rounds of matching in short names.

Seats serve the group `g` at level 1, are available and have a soft cap of 6 unless something else is said.
"""

from collections.abc import Iterable
from typing import Any

from routing.capacity import SeatCapacity
from routing.line import Waiting, WaitingLine
from routing.match import GroupDemand, Match, match
from routing.roster import Roster
from routing.terms import GroupTerms, Limits

NOW = 1_795_399_200_000
"""Ten o'clock: an hour of the clock begins."""


def a_seat(name: str, **facts: Any) -> SeatCapacity:
    """A seat with these facts."""
    facts.setdefault("available", True)
    return SeatCapacity(name, facts.pop("skills", {"g": 1}), facts.pop("soft_cap", 6), **facts)


def a_line(*sessions: str | Waiting) -> WaitingLine:
    """A line of these, in the order given where only a name is."""
    line = WaitingLine()
    for place, each in enumerate(sessions):
        line.add(each if isinstance(each, Waiting) else Waiting(place, each))
    return line


def a_roster(*seats: SeatCapacity, limits: Limits | None = None, groups: Iterable[GroupTerms] = (), **g: Any) -> Roster:
    """These seats; `g` are the terms of the group g, `groups` those of others."""
    return Roster([GroupTerms(group="g", **g), *groups], limits, seats)


def matched(line: WaitingLine, *seats: SeatCapacity, last_seat: str = "", **terms: Any) -> list[Match]:
    """A round of matching of the group g on these terms."""
    return match([GroupDemand("g", line, last_seat)], a_roster(*seats, **terms), NOW)


def pairs(matches: Iterable[Match]) -> list[tuple[str, str]]:
    """Who got whom."""
    return [(each.session, each.seat) for each in matches]
