"""Call centres whose figures are known: from theory, or from other simulators' published results.

`python -m tests.simulation.published 200` prints the two larger ones over so many weeks or days, for docs/routing.md.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from heapq import merge
from math import inf
from multiprocessing import Pool
from random import Random

from msgspec import Struct

from routing.policies import Policy
from sessions import commands as cmd
from sessions.ids import Millis
from sessions.settings import Group, Manners, Rings, Site
from sessions.simulation.clock import MONDAY, World
from sessions.simulation.customers import Customers
from sessions.simulation.inference import interval
from sessions.simulation.measures import Measures
from sessions.simulation.scenarios import make_group, make_site
from sessions.simulation.seats import Habits, Seats
from sessions.simulation.traffic import Customer, Line
from tests.simulation.calls import CallCentre, Caller, CallingAgain, Served, exponential, poisson

HOUR_S = 3600.0
MINUTE_S = 60.0
QUIET = Manners(tell_max=0)
"""Nobody is told how long it will take: on the telephone of these models nobody was."""


class CallDay(Struct, frozen=True):
    """What became of the callers of a day; `warm` are those who called when the centre was no longer empty.

    `occupancy` is how busy each seat was, `offered` the work that chance brought against what all could do at pace 1.
    """

    served: list[Served]
    warm: list[Served]
    occupancy: dict[str, float]
    offered: float


def centre(
    skills: Mapping[str, Mapping[str, int]], policy: Policy, rings: Rings | None = None, required_level: int = 1
) -> Site:
    """Seats that serve one caller at a time."""
    names = dict.fromkeys(group for levels in skills.values() for group in levels)
    settings: dict[str, object] = {"policy": policy, "manners": QUIET, "required_level": required_level}
    if rings is not None:
        settings["rings"] = rings
    groups: dict[str, Group] = {name: make_group(name, **settings) for name in names}
    return make_site(skills, groups, soft_cap=1, vip_menu=False)


def call_day(
    site: Site,
    callers: Iterator[Caller],
    until_s: float,
    *,
    warm_up_s: float = 0.0,
    speeds: dict[str, float] | None = None,
    again: CallingAgain | None = None,
    staff: Callable[[World], None] | None = None,
) -> CallDay:
    """Everybody signs in, the callers come, and at `until_s` the day is over."""
    world = World(site)
    calls = CallCentre(world, callers, window_s=(warm_up_s, until_s), speeds=speeds, again=again)
    for seat in site.seats:
        world.do(cmd.SignInSeat(actor=world.actor(seat)))
    if staff is not None:
        staff(world)
    world.run(Millis(MONDAY + round(until_s * 1000)))
    window_s = until_s - warm_up_s
    return CallDay(
        served=calls.served,
        warm=[each for each in calls.served if each.at_s >= warm_up_s],
        occupancy={seat: calls.busy_s.get(seat, 0.0) / window_s for seat in site.seats},
        offered=calls.offered_s / window_s / len(site.seats),
    )


def one_group(
    seed: int,
    *,
    rate: float,
    service_s: float,
    seats: int,
    hours: float,
    warm_up_h: float = 0.0,
    patience_s: float = inf,
    policy: Policy = "shortest_reply",
    speeds: Sequence[float] = (),
) -> CallDay:
    """The oldest model: memoryless calls to seats that are all alike, or that differ in nothing but pace."""
    names = [f"s{place:02}" for place in range(seats)]
    callers = memoryless(seed, rate, service_s, hours * HOUR_S, patience_s)
    paces = dict(zip(names, speeds, strict=True)) if speeds else None
    site = centre({name: {"calls": 1} for name in names}, policy)
    return call_day(site, callers, hours * HOUR_S, warm_up_s=warm_up_h * HOUR_S, speeds=paces)


def memoryless(seed: int, rate: float, service_s: float, until_s: float, patience_s: float = inf) -> Iterator[Caller]:
    """Who calls on such a day: nothing tells when the next comes, how long it takes, or when they lose patience."""
    chance = Random(f"{seed}/calls")
    for at_s in poisson(chance, rate, until_s):
        patience = exponential(chance) * patience_s if patience_s < inf else inf
        yield Caller(at_s, "calls", exponential(chance) * service_s, patience)


class Bilingual(Struct, frozen=True):
    """A week of the bilingual centre."""

    served: float
    left: float
    in_time: float
    one: float
    other: float
    both: float


def bilingual_week(seed: int) -> Bilingual:
    """Two languages, seven seats for each and four for both; three of four who leave call again in 20 minutes."""
    chance = Random(f"{seed}/bilingual")
    skills = {
        **{f"a{place}": {"one": 1} for place in range(7)},
        **{f"b{place}": {"other": 1} for place in range(7)},
        **{f"c{place}": {"one": 1, "other": 1} for place in range(4)},
    }
    served: list[Served] = []
    occupied = dict.fromkeys("abc", 0.0)
    for _ in range(5):
        day = call_day(
            centre(skills, "random"),
            merge(_language(chance, "one", (3, 7)), _language(chance, "other", (4, 6)), key=lambda call: call.at_s),
            9 * HOUR_S,
            again=CallingAgain(chance, share=0.75, after_s=20 * MINUTE_S),
        )
        served += day.served
        for seat, share in day.occupancy.items():
            occupied[seat[0]] += share / 5 / (4 if seat[0] == "c" else 7)
    answered = [each for each in served if not each.left]
    return Bilingual(
        served=len(answered),
        left=len(served) - len(answered),
        in_time=sum(each.wait_s < MINUTE_S for each in answered) / 5000,
        one=occupied["a"],
        other=occupied["b"],
        both=occupied["c"],
    )


def _language(chance: Random, group: str, service_min: tuple[float, float]) -> Iterator[Caller]:
    busy = poisson(chance, 100 / HOUR_S, HOUR_S)
    calm = poisson(chance, 50 / HOUR_S, 9 * HOUR_S, HOUR_S)
    for times in (busy, calm):
        for at_s in times:
            service_s = chance.uniform(*service_min) * MINUTE_S
            yield Caller(at_s, group, service_s, chance.expovariate(1 / (2 * MINUTE_S)))


class SimpleMsk(Struct, frozen=True):
    """A day of the centre with three types of call and two groups of seats."""

    served: float
    left: float
    left_late: float
    in_time: float
    near: float


RATES = ((4.2, 5.3, 3.2), (5.1, 4.3, 4.8), (6.3, 5.2, 4.8))
SERVICE_MIN = (1 / 0.5, 1 / 0.6, 1 / 0.4)
PATIENCE_MIN = (1 / 0.3, 1 / 0.4, 1 / 0.2)
NEAR_SEATS, FAR_SEATS = (12, 18, 9), (15, 20, 11)
PERIOD_S = 2 * HOUR_S


def simple_msk_day(seed: int, other_group_after_s: int = 0) -> SimpleMsk:
    """Type 0 is for the first group of seats, type 2 for the second; type 1 for the first, or else the second."""
    skills = {
        **{f"near{place:02}": {"t0": 3, "t1": 3} for place in range(max(NEAR_SEATS))},
        **{f"far{place:02}": {"t1": 2, "t2": 3} for place in range(max(FAR_SEATS))},
    }
    rings = Rings(level_down_s=other_group_after_s, overflow_s=None, leave_message_s=None)
    site = centre(skills, "longest_idle", rings, required_level=3)
    day = call_day(site, msk_callers(seed), 3 * PERIOD_S, staff=_staff)
    answered = [each for each in day.served if not each.left]
    left_late = sum(each.left and each.wait_s >= 20 for each in day.served)
    paid = sum(count * PERIOD_S for count in NEAR_SEATS)
    busy = sum(share * 3 * PERIOD_S for seat, share in day.occupancy.items() if seat.startswith("near"))
    return SimpleMsk(
        served=len(answered),
        left=len(day.served) - len(answered),
        left_late=left_late,
        in_time=sum(each.wait_s < 20 for each in answered),
        near=busy / paid,
    )


def msk_callers(seed: int) -> Iterator[Caller]:
    """Everybody who calls that day, which is busy or calm as a whole."""
    chance = Random(f"{seed}/msk")
    busyness = chance.gammavariate(28.7, 1 / 28.7)
    return merge(*(_type(chance, number, busyness) for number in range(3)), key=lambda call: call.at_s)


def _type(chance: Random, number: int, busyness: float) -> Iterator[Caller]:
    """Drawn in advance: the three streams must not disturb one another."""
    calls = [
        Caller(
            at_s,
            f"t{number}",
            chance.expovariate(1 / (SERVICE_MIN[number] * MINUTE_S)),
            chance.expovariate(1 / (PATIENCE_MIN[number] * MINUTE_S)),
        )
        for period, rate in enumerate(RATES[number])
        for at_s in poisson(chance, rate * busyness / MINUTE_S, (period + 1) * PERIOD_S, period * PERIOD_S)
    ]
    return iter(calls)


def _staff(world: World) -> None:
    """At each change of period seats come, or take a break as soon as their call is over."""
    for period in range(3):
        world.at(Millis(MONDAY + round(period * PERIOD_S * 1000)), partial(_change, world, period))


def _change(world: World, period: int) -> None:
    for prefix, counts in (("near", NEAR_SEATS), ("far", FAR_SEATS)):
        for place in range(max(counts)):
            seat = f"{prefix}{place:02}"
            wanted = place < counts[period]
            command = (
                cmd.SetPresence(actor=world.actor(seat), presence="available")
                if wanted
                else cmd.SetPresence(actor=world.actor(seat), presence="break", reason="other")
            )
            world.do(command)


def supermarket(seed: int, *, rate: float, policy: Policy, seats: int, minutes: float) -> tuple[float, float]:
    """Mean time in a shop where each customer joins the line of a cashier at once, in mean services of that day.

    And what they brought, against what the cashiers can do. The first fifth of the time does not count.
    """
    world = World(
        make_site(
            {f"s{each:03}": {"shop": 1} for each in range(seats)}, {"shop": _shop(policy)}, soft_cap=10, vip_menu=False
        )
    )
    chance = Random(f"{seed}/shop")
    until_s = minutes * MINUTE_S
    measures = Measures(world, until_s / 5, until_s)
    arriving = [
        Customer(str(number), at_s, "shop", (Line(work_s=chance.expovariate(1 / MINUTE_S)),))
        for number, at_s in enumerate(poisson(chance, rate * seats / MINUTE_S, until_s))
    ]
    customers = Customers(world, iter(arriving), measures)
    desk = Seats(world, customers, dict.fromkeys(world.floor.seats, 1.0), measures, Habits(multitasking_cost=0.0))
    for seat in world.floor.seats:
        desk.come(seat)
    world.run(Millis(MONDAY + round((until_s + HOUR_S / 4) * 1000)))
    work_s = sum(customer.lines[0].work_s for customer in arriving)
    return measures.figures()["first_mean_s"] / (work_s / len(arriving)), work_s / until_s / seats


def _shop(policy: Policy) -> Group:
    return make_group("shop", policy=policy, manners=QUIET, cold_weight_percent=100)


def main(count: int) -> None:
    """Print the larger models' figures over so many replications."""
    with Pool(2) as pool:
        _print("Bilingual, a week", pool.map(bilingual_week, range(count)))
        _print("SimpleMSK, a day", pool.map(simple_msk_day, range(5 * count)))
        _print(
            "SimpleMSK, the other group after 12 s", pool.starmap(simple_msk_day, [(n, 12) for n in range(5 * count)])
        )


def _print(name: str, days: Sequence[Struct]) -> None:
    print(name)
    for field in days[0].__struct_fields__:
        found = interval([getattr(day, field) for day in days])
        print(f"  {field:<10} {found.mean:.4f} [{found.low:.4f}, {found.high:.4f}]")
    if isinstance(days[0], SimpleMsk):
        in_time = sum(day.in_time for day in days if isinstance(day, SimpleMsk))
        counted = sum(day.served + day.left_late for day in days if isinstance(day, SimpleMsk))
        print(f"  share in time {in_time / counted:.4f}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
