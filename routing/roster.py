"""Which seats serve which group, and which of them are open to a new offer.

Kept up to date seat by seat, so that a round of matching looks at open seats only and its explanation counts the
others without looking at each. Everything here follows from the seats' capacities and the groups' terms; a cooldown
is a matter of time and looked at when matching.

Call `changed` after any change of a seat's presence, load, parked sessions or caps, `put` when its skills changed.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, KeysView, Mapping, Sequence

from routing.capacity import HARD_CAP, Rule, SeatCapacity, lacks_room
from routing.line import OVERFLOW
from routing.policies import Free
from routing.terms import GroupTerms, Limits, levels_below

NOTHING: Mapping[str, int] = {}

NEAR, NEXT, FAR = 0, 1, 2
"""The level suffices; it does with a level less; it never does."""

_Standing = Rule | None
"""What keeps a seat from new offers, whatever its level and the time; None when it is open."""


class Circle:
    """The seats of one group: how near each is, and what keeps it from new offers."""

    __slots__ = ("_by", "_placed", "names", "terms")

    def __init__(self, terms: GroupTerms) -> None:
        self.terms = terms
        self.names: list[str] = []
        self._placed: dict[str, tuple[int, _Standing]] = {}
        self._by: tuple[dict[_Standing, list[str]], ...] = ({}, {}, {})

    def open(self, tier: int) -> Sequence[str]:
        """Names of the open seats at this distance, in order."""
        return self._by[tier].get(None, ())

    def standings(self, tier: int) -> Mapping[_Standing, Sequence[str]]:
        """By what keeps them from new offers, the names of the seats at this distance, in order."""
        return self._by[tier]

    @property
    def members(self) -> KeysView[str]:
        """The names of all, in no order."""
        return self._placed.keys()

    def tier_of(self, seat: str) -> int:
        """How near the seat is; one that is no member is far."""
        placed = self._placed.get(seat)
        return FAR if placed is None else placed[0]

    def place(self, seat: SeatCapacity, wake_reserve_percent: int) -> None:
        """Put it where it belongs, a newcomer too."""
        tier = self._tier(seat)
        standing: _Standing = "not_available"
        if seat.available:
            standing = lacks_room(seat, seat.load, self.terms.soft_cap, wake_reserve_percent)
        before = self._placed.get(seat.seat)
        if before == (tier, standing):
            return
        if before is None:
            insort(self.names, seat.seat)
        else:
            self._take(seat.seat, before)
        self._placed[seat.seat] = (tier, standing)
        insort(self._by[tier].setdefault(standing, []), seat.seat)

    def remove(self, seat: str) -> None:
        """It serves this group no more."""
        self._take(seat, self._placed.pop(seat))
        del self.names[bisect_left(self.names, seat)]

    def _tier(self, seat: SeatCapacity) -> int:
        below = levels_below(seat, self.terms)
        return FAR if below is None or below > 1 else max(below, NEAR)

    def _take(self, seat: str, placed: tuple[int, _Standing]) -> None:
        tier, standing = placed
        names = self._by[tier][standing]
        del names[bisect_left(names, seat)]


class Roster:
    """The seats of a site and the circles they stand in."""

    __slots__ = ("_circles", "_lenders", "_skills", "limits", "reachable", "seats")

    def __init__(
        self,
        terms: Iterable[GroupTerms] = (),
        limits: Limits | None = None,
        seats: Iterable[SeatCapacity] = (),
    ) -> None:
        self.limits = limits or Limits()
        self.seats: dict[str, SeatCapacity] = {}
        self.reachable: dict[str, None] = {}
        """Seats below the hard cap: what is their own already may return to them."""
        self._skills: dict[str, tuple[str, ...]] = {}
        self._circles = {each.group: Circle(each) for each in terms}
        self._lenders: dict[str, list[str]] = {}
        for circle in self._circles.values():
            for lender in circle.terms.overflow_groups:
                self._lenders.setdefault(lender, []).append(circle.terms.group)
        for seat in seats:
            self.put(seat)

    def circle(self, group: str) -> Circle:
        """The seats of this group; one that nobody has set up is an ordinary group."""
        found = self._circles.get(group)
        return found if found is not None else self._circles.setdefault(group, Circle(GroupTerms(group=group)))

    def members(self, group: str) -> list[SeatCapacity]:
        """Who serves this group at whatever level, by name."""
        return [self.seats[name] for name in self.circle(group).names]

    def open_in(self, group: str) -> list[SeatCapacity]:
        """Whose level suffices and who has room for a new session of this group, by name."""
        return [self.seats[name] for name in self.circle(group).open(NEAR)]

    def open_at(self, group: str, ring: int, reserved: Mapping[str, int] = NOTHING) -> list[Free]:
        """Seats with room that this ring adds to those before it, by name. `reserved` slots count as taken."""
        circle, seats = self.circle(group), self.seats
        required = circle.terms.required_level
        if ring == OVERFLOW:
            return self._borrowed(circle, reserved)
        opened = map(seats.__getitem__, circle.open(ring))
        if not reserved:
            return [(seat, seat.load, seat.skills[group] - required) for seat in opened]
        return [
            (seat, load, seat.skills[group] - required)
            for seat in opened
            if (load := seat.load + reserved.get(seat.seat, 0)) == seat.load
            or self.room_rule(seat, load, group) is None
        ]

    def room_rule(self, seat: SeatCapacity, load: int, group: str) -> Rule | None:
        """Why no new session of this group fits on top of the load, or None."""
        return lacks_room(seat, load, self.circle(group).terms.soft_cap, self.limits.wake_reserve_percent)

    def lent_by(self, seat: SeatCapacity, load: int, group: str) -> tuple[str, Rule | None]:
        """Which overflow group lends this seat to the group, or what keeps all of them from it.

        The lending group's level and cap hold, and so does the cap of the group that borrows.
        """
        if not seat.available:
            return "", "not_available"
        rule: Rule | None = "level_too_low"
        for lender in self.circle(group).terms.overflow_groups:
            if self.circle(lender).tier_of(seat.seat) == NEAR:
                rule = self.room_rule(seat, load, lender) or self.room_rule(seat, load, group)
                if rule is None:
                    return lender, None
        return "", rule

    def groups_within_reach(self, seat: str) -> list[str]:
        """The groups whose sessions this seat may get: its own, and those that overflow into them."""
        own = self._skills.get(seat, ())
        return sorted({*own, *(group for each in own for group in self._lenders.get(each, ()))})

    def put(self, seat: SeatCapacity) -> None:
        """A new seat, or one whose skills have changed."""
        if seat.seat in self.seats:
            self.drop(seat.seat)
        self.seats[seat.seat] = seat
        self._skills[seat.seat] = tuple(seat.skills)
        for group in seat.skills:
            self.circle(group)
        self.changed(seat)

    def drop(self, seat: str) -> None:
        """The seat is no more."""
        del self.seats[seat]
        self.reachable.pop(seat, None)
        for group in self._skills.pop(seat):
            self._circles[group].remove(seat)

    def changed(self, seat: SeatCapacity) -> None:
        """Its load, presence, parked sessions or caps are different now."""
        if seat.available and seat.load < HARD_CAP:
            self.reachable[seat.seat] = None
        else:
            self.reachable.pop(seat.seat, None)
        for group in self._skills[seat.seat]:
            self._circles[group].place(seat, self.limits.wake_reserve_percent)

    def _borrowed(self, circle: Circle, reserved: Mapping[str, int]) -> list[Free]:
        lenders = [self.circle(each) for each in circle.terms.overflow_groups]
        free: list[Free] = []
        for name in sorted({name for each in lenders for name in each.open(NEAR) if circle.tier_of(name) == FAR}):
            seat = self.seats[name]
            load = seat.load + reserved.get(name, 0)
            lender, rule = self.lent_by(seat, load, circle.terms.group)
            if rule is None:
                free.append((seat, load, seat.skills[lender] - self.circle(lender).terms.required_level))
        return free
