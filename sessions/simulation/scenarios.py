"""Days on which policies are tried: a site, its people, its customers, and what goes wrong.

The centre of the comparisons has twenty seats of three paces and three skill groups; six seats serve two groups each.
The load is what customers bring against what the seats can do one at a time; working on several chats at once costs
more, so that 0.95 is too much in truth.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from routing.policies import Policy
from routing.selfservice import Flow, Route
from sessions.ids import AccountId, GroupId, SeatId
from sessions.settings import Account, Group, Ladder, Rings, SeatPlan, Site, Step
from sessions.simulation.clock import user_of
from sessions.simulation.customers import VIP_MENU
from sessions.simulation.seats import Habits
from sessions.simulation.traffic import Customer, Manner, Shape

Kind = Literal["steady", "spike", "mass-logout", "bridge"]
KINDS: tuple[Kind, ...] = ("steady", "spike", "mass-logout", "bridge")
PACES = (1.3, 1.0, 0.75)
SHARES = {"cards": 0.36, "bills": 0.34, "loans": 0.30}
LEVEL = 3
"""Everybody is equally good at what they serve: paces differ, and nobody tells the router."""
QUIET = Ladder(remind=None, park=None, soft_end=None, hard_end_before_s=None)
"""No ladder: seats see to silent customers themselves."""
NO_RINGS = Rings(level_down_s=None, overflow_s=None, leave_message_s=None)
PARK_SOON = Ladder(remind=None, park=Step(after_s=120), soft_end=Step(after_s=4 * 3600))
"""Waking costs nothing, so a slot need not be kept for long."""
VIP_POINTS = 5


class Shift(Struct, frozen=True):
    """When a seat is at work, in seconds from the start of the day."""

    from_s: float = 0.0
    until_s: float = float("inf")


class Outage(Struct, frozen=True):
    """These seats lose their sockets at once and are back later."""

    at_s: float
    back_s: float
    seats: tuple[SeatId, ...]


class Drawn(Struct, frozen=True, kw_only=True):
    """Customers of chance, `rate` a second; within the surge, so many times as many."""

    manner: Manner
    rate: float
    surge_s: tuple[float, float] = (0.0, 0.0)
    surge_times: float = 2.0

    def rate_at(self, at_s: float) -> float:
        from_s, until_s = self.surge_s
        return self.rate * (self.surge_times if from_s <= at_s < until_s else 1.0)

    @property
    def rate_max(self) -> float:
        from_s, until_s = self.surge_s
        return self.rate * (self.surge_times if from_s < until_s else 1.0)


class Scenario(Struct, frozen=True, kw_only=True):
    """A day: a site, who works there, who comes, and what goes wrong. `traffic` is drawn by chance, or was recorded."""

    name: str
    site: Site
    speeds: dict[SeatId, float]
    traffic: Drawn | tuple[Customer, ...]
    hours: float
    warm_up_s: float = 1800.0
    drain_s: float = 1800.0
    """So long after the last arrival the day goes on, for those who are still there."""
    shifts: dict[SeatId, Shift] = field(default_factory=dict)
    outage: Outage | None = None
    habits: Habits = Habits()

    @property
    def ends_s(self) -> float:
        return self.hours * 3600


def scenario(
    kind: Kind, *, load: float = 0.85, shape: Shape = "exp", hours: float = 5.0, soft_cap: int = 6
) -> Scenario:
    """The day of this name."""
    return _MAKERS[kind](load, shape, hours, soft_cap)


def with_policy(day: Scenario, policy: Policy) -> Scenario:
    """The same day under another policy in every group."""
    groups = {name: replace(group, policy=policy) for name, group in day.site.groups.items()}
    return replace(day, site=replace(day.site, groups=groups))


def with_ladder(day: Scenario, name: str, ladder: Ladder, **group: int) -> Scenario:
    """The same day with another silence ladder, and other numbers of the groups beside it."""
    groups = {key: replace(each, ladder=ladder, **group) for key, each in day.site.groups.items()}
    return replace(day, name=name, site=replace(day.site, groups=groups))


def make_site(
    skills: Mapping[str, Mapping[str, int]], groups: Mapping[str, Group], *, soft_cap: int, vip_menu: bool = True
) -> Site:
    """A site whose every group has an account of its own; its menu knows the best customers."""
    return Site(
        version=1,
        accounts={
            AccountId(name): Account(id=AccountId(name), name=name, default_group=GroupId(name), flow=menu)
            for name in groups
            for menu in [name if vip_menu else ""]
        },
        groups={GroupId(name): group for name, group in groups.items()},
        seats={
            SeatId(seat): SeatPlan(
                id=SeatId(seat),
                name=seat,
                agent=user_of(seat),
                skills={GroupId(group): level for group, level in levels.items()},
                soft_cap=soft_cap,
            )
            for seat, levels in skills.items()
        },
        flows={name: _vip_menu(name) for name in groups if vip_menu},
    )


def make_group(name: str, **settings: object) -> Group:
    """A group that asks all its seats at once, tells nobody to leave a message, and has no ladder unless given."""
    plain = Group(id=GroupId(name), name=name, rings=NO_RINGS, ladder=QUIET)
    return replace(plain, **settings)


def _vip_menu(group: str) -> Flow:
    """The menu entry gives priority, and leaves the customer to write."""
    return Flow(id=group, name=group, clicks={VIP_MENU: Route(group=group, priority=VIP_POINTS, at_once=False)})


def _skills() -> dict[str, dict[str, int]]:
    """Fourteen seats of one skill and six of two, every pace in every group."""
    single = [group for group, count in zip(SHARES, (5, 5, 4), strict=True) for _ in range(count)]
    pairs = [("cards", "bills"), ("bills", "loans"), ("cards", "loans")] * 2
    served = [(group,) for group in single] + pairs
    return {f"s{place:02}": dict.fromkeys(groups, LEVEL) for place, groups in enumerate(served)}


def _steady(
    load: float, shape: Shape, hours: float, soft_cap: int, *, surge_s: tuple[float, float] = (0.0, 0.0)
) -> Scenario:
    skills = _skills()
    speeds = {SeatId(seat): PACES[place % len(PACES)] for place, seat in enumerate(skills)}
    manner = Manner(groups=SHARES, shape=shape)
    return Scenario(
        name="steady",
        site=make_site(skills, {group: make_group(group) for group in SHARES}, soft_cap=soft_cap),
        speeds=speeds,
        traffic=Drawn(manner=manner, rate=load * sum(speeds.values()) / manner.work_per_customer_s, surge_s=surge_s),
        hours=hours,
        habits=Habits(silence_s=300.0),
    )


def _spike(load: float, shape: Shape, hours: float, soft_cap: int) -> Scenario:
    """In the middle of the day, for half an hour, twice as many come."""
    middle_s = hours * 1800
    return replace(_steady(load, shape, hours, soft_cap, surge_s=(middle_s, middle_s + 1800)), name="spike")


def _mass_logout(load: float, shape: Shape, hours: float, soft_cap: int) -> Scenario:
    """In the middle of the day every third seat loses its line, for half an hour."""
    steady, middle_s = _steady(load, shape, hours, soft_cap), hours * 1800
    outage = Outage(middle_s, middle_s + 1800, tuple(steady.speeds)[::3])
    return replace(steady, name="mass-logout", outage=outage)


def _bridge(load: float, shape: Shape, hours: float, soft_cap: int) -> Scenario:
    """WeChat: three of ten walk away after one line. Ten seats work all day, five each half of it."""
    skills = _skills()
    seats = [SeatId(seat) for seat in skills]
    half_s = hours * 1800
    early, late = seats[::4], seats[2::4]
    manner = Manner(groups=SHARES, shape=shape, first_patience_s=1800.0, walks_off=0.3, never_back=1 / 3, polite=0.5)
    groups = {group: make_group(group, ladder=PARK_SOON) for group in SHARES}
    return Scenario(
        name="bridge",
        site=make_site(skills, groups, soft_cap=soft_cap),
        speeds=dict.fromkeys(seats, 1.0),
        traffic=Drawn(manner=manner, rate=load * (len(seats) - len(late)) / manner.work_per_customer_s),
        hours=hours,
        shifts=dict.fromkeys(early, Shift(until_s=half_s)) | dict.fromkeys(late, Shift(from_s=half_s)),
        habits=Habits(linger_s=45.0),
    )


_MAKERS: dict[Kind, Callable[[float, Shape, float, int], Scenario]] = {
    "steady": _steady,
    "spike": _spike,
    "mass-logout": _mass_logout,
    "bridge": _bridge,
}
