"""Why not these seats: what each rule left out, as counts and some names.

The same rules as in matching, read from the roster's standings: members are not looked at one by one, only what is
open or borrowed is.
"""

from collections.abc import Mapping, Sequence
from itertools import islice

from routing.capacity import HARD_CAP, Rule, SeatCapacity
from routing.line import OVERFLOW, Waiting
from routing.roster import FAR, NEAR, NEXT, NOTHING, Roster
from routing.terms import levels_below

NAMES_KEPT = 12
"""So many seats are named for each rule; the others are counted."""


class LeftOut:
    """Counts and first names by rule, in the order of the rules' names: whoever asks gets the same to the byte."""

    __slots__ = ("_counts", "_names")

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._names: dict[str, list[str]] = {}

    def add(self, rule: Rule, names: Sequence[str]) -> None:
        """These seats, in order of name, were left out by this rule."""
        if names:
            self.count(rule, len(names))
            self._names.setdefault(rule, []).extend(islice(names, NAMES_KEPT))

    def count(self, rule: Rule, seats: int) -> None:
        """So many more seats that need not be named."""
        self._counts[rule] = self._counts.get(rule, 0) + seats

    @property
    def counts(self) -> dict[str, int]:
        """How many each rule left out."""
        return dict(sorted(self._counts.items()))

    @property
    def names(self) -> dict[str, list[str]]:
        """The first of each rule, by name."""
        return {rule: sorted(names)[:NAMES_KEPT] for rule, names in sorted(self._names.items())}


def why_waiting(roster: Roster, group: str, waiting: Waiting, now: int) -> tuple[dict[str, int], dict[str, list[str]]]:
    """What keeps every seat from this session: counts by rule, and some names of each."""
    if waiting.exclusive:
        rule = why_not_alone(roster, group, waiting, now)
        return ({rule: 1}, {rule: [waiting.exclusive]}) if rule else ({}, {})
    ring = min(waiting.ring, OVERFLOW)
    left_out = left_out_of(roster, group, ring, now)
    return left_out.counts, left_out.names


def why_not_alone(roster: Roster, group: str, waiting: Waiting, now: int, reserved: int = 0) -> Rule | None:
    """What keeps a session from the one seat that is asked for it, or None.

    `reserved` slots of that seat are given to others already. What has woken is the seat's own: level and soft cap
    are not for it.
    """
    seat = roster.seats.get(waiting.exclusive)
    if seat is None or not seat.available:
        return "not_available"
    load = seat.load + reserved
    rule: Rule | None
    if waiting.woken:
        rule = "full" if load >= HARD_CAP else None
    else:
        below = levels_below(seat, roster.circle(group).terms)
        rule = "level_too_low" if below is None or below > 0 else roster.room_rule(seat, load, group)
    if rule is None and seat.cooldown_until > now:
        return "cooling_down"
    return rule


def left_out_of(roster: Roster, group: str, ring: int, now: int, reserved: Mapping[str, int] = NOTHING) -> LeftOut:
    """Whom presence, level, caps, time or another group keep out of this ring and those before it.

    `reserved` slots count as taken. Who could have it is not told.
    """
    left_out = LeftOut()
    circle = roster.circle(group)
    outsiders = {name for each in circle.terms.overflow_groups for name in roster.circle(each).members}
    lent = {name for name in outsiders if circle.tier_of(name) == FAR} if ring == OVERFLOW else set()
    for tier in (NEAR, NEXT, FAR):
        for standing, names in circle.standings(tier).items():
            mine = [name for name in names if name not in lent] if lent and tier == FAR else names
            if standing == "not_available":
                left_out.add(standing, mine)
            elif tier > min(ring, NEXT):
                left_out.add("level_too_low", mine)
            elif standing is not None:
                left_out.add(standing, mine)
            else:
                _tell_open(left_out, roster, group, mine, now, reserved)
    for name in sorted(lent):
        seat = roster.seats[name]
        _, rule = roster.lent_by(seat, seat.load + reserved.get(name, 0), group)
        _tell(left_out, seat, rule, now)
    if ring < OVERFLOW and outsiders:
        left_out.add("other_group", sorted(outsiders - circle.members))
    return left_out


def _tell_open(
    left_out: LeftOut, roster: Roster, group: str, names: Sequence[str], now: int, reserved: Mapping[str, int]
) -> None:
    for seat in map(roster.seats.__getitem__, names):
        if seat.seat in reserved:
            _tell(left_out, seat, roster.room_rule(seat, seat.load + reserved[seat.seat], group), now)
        elif seat.cooldown_until > now:
            left_out.add("cooling_down", [seat.seat])


def _tell(left_out: LeftOut, seat: SeatCapacity, rule: Rule | None, now: int) -> None:
    if rule is None and seat.cooldown_until > now:
        rule = "cooling_down"
    if rule is not None:
        left_out.add(rule, [seat.seat])
