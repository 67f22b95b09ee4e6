"""The core on its virtual clock agrees with queueing theory and with what other simulators have published.

Seeds are fixed. Each figure is held against its true value by a 99 % interval from independent days, out of which the
known accident of how much work they brought has been taken. The interval has to be narrow as well.

Where the seats are all alike, each call of a day has but one right answer: the core has to give the one that a plain
program gives. The plain program then serves the many days that a narrow interval takes, a hundred times as fast.
What a router that forgets a seat would come to lies outside, and a test says so.
"""

from collections.abc import Callable, Sequence
from functools import cache
from math import sqrt
from statistics import fmean
from typing import Any

import pytest

from routing.policies import Policy
from sessions.simulation.figures import mean, percentile
from sessions.simulation.inference import Interval, paired, t_quantile
from tests.simulation.plain_calls import plain_day
from tests.simulation.plain_msk import PlainDay
from tests.simulation.published import CallDay, msk_callers, one_group, simple_msk_day, supermarket

LEVEL = 0.99
Figure = Callable[[CallDay], float]


def waiting(day: CallDay) -> float:
    """The share of callers who had to wait."""
    return mean([float(each.wait_s > 0) for each in day.warm])


def in_time(limit_s: float) -> Figure:
    """Served within it, of all who called."""
    return lambda day: mean([float(not each.left and each.wait_s <= limit_s) for each in day.warm])


def in_time_of_served(limit_s: float) -> Figure:
    return lambda day: mean([float(each.wait_s <= limit_s) for each in day.warm if not each.left])


def wait_s(day: CallDay) -> float:
    """The mean wait of all, those who left included."""
    return mean([each.wait_s for each in day.warm])


def wait_p90_s(day: CallDay) -> float:
    return percentile([each.wait_s for each in day.warm], 90)


def left(day: CallDay) -> float:
    return mean([float(each.left) for each in day.warm])


def left_a_day(day: CallDay) -> float:
    return float(sum(each.left for each in day.warm))


def occupancy(day: CallDay) -> float:
    return fmean(day.occupancy.values())


def slow_over_fast(day: CallDay) -> float:
    """How much busier the last five seats are than the first five; hardly depends on how busy the day was."""
    each = list(day.occupancy.values())
    return fmean(each[5:]) - fmean(each[:5])


def estimate(days: Sequence[CallDay], offered: float, figure: Figure) -> Interval:
    return controlled([figure(day) for day in days], [day.offered for day in days], offered)


def controlled(samples: Sequence[float], controls: Sequence[float], expected: float) -> Interval:
    """The mean, less what chance is known to have done: each sample has a control beside it whose true mean is known.

    A replication that happened to bring more work than it should has longer waits; what follows from the surplus is
    taken out by regression.
    """
    middle, centre = fmean(samples), fmean(controls)
    spread = sum((control - centre) ** 2 for control in controls)
    slope = sum((c - centre) * (s - middle) for s, c in zip(samples, controls, strict=True)) / spread
    freedom = len(samples) - 2
    rest = sum((s - middle - slope * (c - centre)) ** 2 for s, c in zip(samples, controls, strict=True)) / freedom
    error = sqrt(rest * (1 / len(samples) + (centre - expected) ** 2 / spread))
    return Interval(middle - slope * (centre - expected), t_quantile((1 + LEVEL) / 2, freedom) * error)


def agrees(found: Interval, truth: float, within: float, bias: float = 0.0) -> None:
    """The truth lies in the interval, which is no wider than `within` on each side; a known bias is granted."""
    assert found.half_width <= within, f"{found.mean:.4f} ± {found.half_width:.4f} says too little"
    wide = Interval(found.mean, found.half_width + bias)
    assert truth in wide, f"{found.mean:.4f} ± {found.half_width:.4f} is not {truth}"


def days(count: int, **model: Any) -> list[CallDay]:
    return [one_group(seed, **model) for seed in range(count)]


def call_for_call(core: CallDay, plain: CallDay) -> bool:
    """Everybody waited as long and left or was served alike, but for the milliseconds to which the core rounds."""
    ours, theirs = (sorted(day.served, key=lambda each: each.at_s) for day in (core, plain))
    return len(ours) == len(theirs) and all(
        each.left == other.left and abs(each.wait_s - other.wait_s) < 0.01
        for each, other in zip(ours, theirs, strict=True)
    )


def plain_days(count: int, *, core_hours: float, **model: Any) -> list[CallDay]:
    """So many days of the plain program, which the core has followed call for call through such a day."""
    followed = {**model, "hours": core_hours}
    core, plain = one_group(0, **followed), plain_day(0, **followed)
    assert call_for_call(core, plain)
    assert occupancy(core) == pytest.approx(occupancy(plain), abs=1e-5)
    assert core.offered == pytest.approx(plain.offered)
    return [plain_day(seed, **model) for seed in range(count)]


# A1, A2: Erlang C.

FOURTEEN: dict[str, Any] = {"rate": 100 / 1800, "service_s": 180, "seats": 14, "hours": 6, "warm_up_h": 0.5}


def test_fourteen_seats_and_a_hundred_calls_in_half_an_hour() -> None:
    found = plain_days(170, **FOURTEEN, core_hours=3)
    offered = 100 * 180 / 1800 / 14
    agrees(estimate(found, offered, waiting), 0.1741, within=0.008)
    agrees(estimate(found, offered, in_time(20)), 0.8884, within=0.008)
    agrees(estimate(found, offered, wait_s), 7.84, within=0.8)
    agrees(estimate(found, offered, occupancy), 0.7143, within=0.002)


def test_a_router_that_forgot_one_of_them_would_be_found_out() -> None:
    forgetful = {**FOURTEEN, "seats": 13}
    assert not call_for_call(one_group(0, **{**forgetful, "hours": 1}), plain_day(0, **{**FOURTEEN, "hours": 1}))
    found = plain_days(20, **forgetful, core_hours=3)
    offered = 100 * 180 / 1800 / 13
    assert 0.1741 not in estimate(found, offered, waiting)
    assert 0.8884 not in estimate(found, offered, in_time(20))
    assert 7.84 not in estimate(found, offered, wait_s)


def test_fifty_five_seats_at_seven_eighths() -> None:
    found = plain_days(150, rate=0.2, service_s=240, seats=55, hours=3.5, warm_up_h=0.75, core_hours=2)
    offered = 0.2 * 240 / 55
    agrees(estimate(found, offered, waiting), 0.2387, within=0.015)
    agrees(estimate(found, offered, in_time(15)), 0.8459, within=0.015)
    agrees(estimate(found, offered, wait_s), 8.18, within=1.2)
    agrees(estimate(found, offered, occupancy), 0.8727, within=0.003)


# A3: what a little impatience does (Garnett, Mandelbaum and Reiman).


def test_fifty_seats_and_customers_who_wait_for_ever() -> None:
    found = plain_days(55, rate=0.8, service_s=60, seats=50, hours=6, warm_up_h=1.5, core_hours=1)
    agrees(estimate(found, 0.96, wait_s), 20.83, within=3.0)
    agrees(estimate(found, 0.96, wait_p90_s), 58.14, within=7.0)
    agrees(estimate(found, 0.96, occupancy), 0.96, within=0.001)


def test_the_same_with_two_minutes_patience() -> None:
    found = plain_days(34, rate=0.8, service_s=60, seats=50, hours=6, warm_up_h=0.3, patience_s=120, core_hours=0.75)
    agrees(estimate(found, 0.96, left), 0.0309, within=0.001)
    agrees(estimate(found, 0.96, wait_s), 3.71, within=0.15)
    agrees(estimate(found, 0.96, wait_p90_s), 12.4, within=0.5)
    agrees(estimate(found, 0.96, occupancy), 0.930, within=0.001)


# A4: twelve seats for a day that begins empty (L'Ecuyer et al., MMC and MMCAb).

TWELVE: dict[str, Any] = {"rate": 4.2 / 60, "service_s": 120, "seats": 12, "hours": 8}


def test_a_day_of_eight_hours_from_an_empty_start() -> None:
    found = plain_days(140, **TWELVE, core_hours=8)
    agrees(estimate(found, 0.7, in_time(20)), 0.902, within=0.006)
    agrees(estimate(found, 0.7, wait_s), 0.099 * 60, within=0.6)
    agrees(estimate(found, 0.7, occupancy), 0.695, within=0.001, bias=0.002)  # published of days that close otherwise


def test_the_same_day_with_a_minutes_patience() -> None:
    found = plain_days(130, **TWELVE, patience_s=60, core_hours=8)
    agrees(estimate(found, 0.7, left_a_day), 58.6, within=3.0)
    agrees(estimate(found, 0.7, in_time_of_served(20)), 0.975, within=0.003)
    agrees(estimate(found, 0.7, occupancy), 0.675, within=0.001, bias=0.001)


# A8: five fast seats and five slow ones.

CHANCE = 0.921 - 0.888
FASTEST_FIRST = 0.862 - 0.923
"""By theory, how much busier the slow seats are."""


@cache
def paces(policy: Policy) -> list[CallDay]:
    return days(
        10, rate=9 / 60, service_s=60, seats=10, hours=2, warm_up_h=0.5, policy=policy, speeds=[1.25] * 5 + [0.75] * 5
    )


def test_chance_loads_fast_and_slow_seats_as_theory_says() -> None:
    agrees(estimate(paces("random"), 0.9, slow_over_fast), CHANCE, within=0.02)
    agrees(estimate(paces("random"), 0.9, wait_s), 0.6756 * 60, within=24.0)


def test_the_shortest_reply_learns_who_is_fast_and_comes_close_to_fastest_first() -> None:
    """A bias is granted: paces are learnt from the first calls on, theory knows them."""
    found = paces("shortest_reply")
    agrees(estimate(found, 0.9, slow_over_fast), FASTEST_FIRST, within=0.02, bias=0.008)
    agrees(estimate(found, 0.9, wait_s), 0.6570 * 60, within=26.0)
    assert CHANCE not in estimate(found, 0.9, slow_over_fast)


def test_the_fastest_first_wait_less_than_chance_on_the_same_days() -> None:
    by_pace, by_chance = ([wait_s(day) for day in paces(policy)] for policy in ("shortest_reply", "random"))
    saved = paired(by_pace, by_chance).interval
    assert saved.high < 0
    assert (0.6570 - 0.6756) * 60 in Interval(saved.mean, saved.half_width * 1.5)


# A6: three types of call, two groups of seats. What was published of it leaves room for more than one reading.


def test_types_and_groups_are_served_as_a_plain_program_serves_them() -> None:
    core, plain = simple_msk_day(1003), PlainDay(msk_callers(1003)).run()
    assert core.served == pytest.approx(plain.served, rel=0.005)
    assert core.in_time == pytest.approx(plain.in_time, rel=0.025)
    assert core.near == pytest.approx(plain.near, abs=0.005)


# A7: the power of two choices (Mitzenmacher). The truth is that of ever so many seats; a hundred are a little slower.


@pytest.mark.parametrize(
    ("policy", "rate", "truth", "within"),
    [("random", 0.5, 2.0, 0.25), ("two_choices", 0.5, 1.2657, 0.09), ("two_choices", 0.7, 1.6145, 0.13)],
)
def test_two_choices_are_worth_far_more_than_one(policy: Policy, rate: float, truth: float, within: float) -> None:
    found = [supermarket(seed, rate=rate, policy=policy, seats=100, minutes=20) for seed in range(6)]
    times, brought = [time for time, _ in found], [work for _, work in found]
    agrees(controlled(times, brought, rate), truth, within, bias=0.02 * truth)
