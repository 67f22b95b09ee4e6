"""The estimated wait: the pace of a group, what is said of it, and how good that was."""

import random
from collections.abc import Callable
from heapq import heappop, heappush

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.wait import (
    FORETOLD_MS_MAX,
    FORGOTTEN_MS,
    Estimate,
    GroupPace,
    Score,
    estimate,
    released,
    score,
    served,
)

NOW = 1_790_000_000_000
NO_FLOOR = 0.0


def a_pace(*, every_s: float, count: int, until: int = NOW) -> GroupPace:
    """A group that released a slot every so often, the last one at `until`."""
    pace = GroupPace()
    for back in reversed(range(count)):
        released(pace, until - int(back * every_s * 1000))
    return pace


def expected_s(pace: GroupPace, ahead: int, free_slots: int = 0, floor_rate: float = NO_FLOOR, now: int = NOW) -> float:
    said = estimate(pace, ahead, free_slots, floor_rate, now)
    assert said is not None
    return said.expected_ms / 1000


# What can be told.


@pytest.mark.parametrize("count", [0, 1])
def test_nobody_can_tell_before_two_slots_were_released(count: int) -> None:
    assert estimate(a_pace(every_s=10, count=count), 3, 0, 1.0, NOW) is None


@pytest.mark.parametrize("count", [2, 3, 10, 60, 400])
def test_a_steady_pace_is_known_from_its_second_release_on(count: int) -> None:
    assert expected_s(a_pace(every_s=20, count=count), ahead=5) == pytest.approx(6 * 20, rel=0.04)


def test_the_customers_own_slot_counts_too() -> None:
    assert expected_s(a_pace(every_s=20, count=100), ahead=0) == pytest.approx(20, rel=0.04)


def test_free_slots_shorten_the_wait_to_nothing_at_most() -> None:
    pace = a_pace(every_s=20, count=100)
    assert expected_s(pace, ahead=5, free_slots=4) == pytest.approx(2 * 20, rel=0.04)
    assert expected_s(pace, ahead=5, free_slots=9) == 0


def test_the_pace_follows_the_last_ten_minutes() -> None:
    pace = a_pace(every_s=10, count=360, until=NOW - 1_200_000)
    for back in reversed(range(30)):
        released(pace, NOW - back * 40_000)
    assert 25 < expected_s(pace, ahead=0) < 40


def test_when_nothing_is_released_the_wait_grows_up_to_what_the_seats_manage_at_the_least() -> None:
    pace = a_pace(every_s=20, count=100)
    later = [expected_s(pace, 5, floor_rate=1 / 60, now=NOW + minutes * 60_000) for minutes in (0, 5, 10, 30, 600)]
    assert later == sorted(later)
    assert later[-1] == pytest.approx(6 * 60)


def test_after_a_quiet_night_the_pace_is_learnt_anew() -> None:
    pace = a_pace(every_s=1, count=300)
    morning = NOW + FORGOTTEN_MS + 1
    released(pace, morning)
    assert estimate(pace, 1, 0, 1.0, morning) is None
    released(pace, morning + 30_000)
    assert expected_s(pace, 0, now=morning + 30_000) == pytest.approx(30, rel=0.04)


def test_without_a_pace_and_without_a_floor_nobody_can_tell() -> None:
    pace = a_pace(every_s=20, count=2)
    assert estimate(pace, 1, 0, NO_FLOOR, NOW + 10**12) is None


# The last wait.


def test_who_was_served_last_counts_half() -> None:
    pace = a_pace(every_s=20, count=100)
    served(pace, 300_000, NOW)
    assert expected_s(pace, ahead=5) == pytest.approx((6 * 20 + 300) / 2, rel=0.04)
    assert expected_s(pace, ahead=5, free_slots=9) == 150


def test_a_wait_of_long_ago_does_not_count() -> None:
    pace = a_pace(every_s=20, count=100)
    served(pace, 3_000_000, NOW - 601_000)
    assert expected_s(pace, ahead=5) == pytest.approx(6 * 20, rel=0.04)


# What is said.


@pytest.mark.parametrize(
    ("last_wait_s", "low_s", "high_s"),
    [
        (0, 10, 10),
        (20, 10, 20),
        (60, 30, 50),
        (200, 70, 180),
        (600, 240, 480),
        (2_000, 720, 1_500),
    ],
)
def test_the_range_is_wide_and_rounded_up_as_a_person_would(last_wait_s: int, low_s: int, high_s: int) -> None:
    pace = a_pace(every_s=20, count=100)
    served(pace, last_wait_s * 1000, NOW)
    said = estimate(pace, 0, 9, NO_FLOOR, NOW)
    assert said == Estimate(last_wait_s * 500, low_s, high_s)


@given(
    st.lists(st.integers(0, 10**7), max_size=30),
    st.integers(0, 20_000),
    st.integers(0, 100),
    st.floats(0, 10),
    st.integers(0, 10**8),
    st.integers(0, 10**12),
)
def test_whatever_happened_the_range_is_a_range(
    gaps: list[int], ahead: int, free_slots: int, floor_rate: float, waited_ms: int, quiet_ms: int
) -> None:
    pace, at = GroupPace(), NOW
    for gap in gaps:
        at += gap
        released(pace, at)
    served(pace, waited_ms, at)
    said = estimate(pace, ahead, free_slots, floor_rate, at + quiet_ms)
    if said is not None:
        assert 0 <= said.expected_ms <= FORETOLD_MS_MAX
        assert 0 < said.low_s <= said.high_s
        assert said.high_s * 1000 >= said.expected_ms
        further = estimate(pace, ahead + 1, free_slots, floor_rate, at + quiet_ms)
        assert further is None or further.expected_ms >= said.expected_ms


def test_a_clock_that_steps_back_harms_nothing() -> None:
    pace = a_pace(every_s=20, count=10)
    released(pace, NOW - 60_000)
    assert pace.released_at == NOW
    assert estimate(pace, 3, 0, NO_FLOOR, NOW - 120_000) is not None


# How good it was.


def test_a_score_tells_the_error_and_the_share_served_in_time() -> None:
    pairs = [(Estimate(60_000, 50, 90), 90_000), (Estimate(60_000, 50, 90), 91_000), (Estimate(60_000, 50, 90), 40_000)]
    scored = score(pairs)
    assert scored is not None
    assert scored.estimates == 3
    assert scored.within_share == pytest.approx(2 / 3)
    assert scored.mape == pytest.approx(100 * (30 / 90 + 31 / 91 + 20 / 40) / 3)


def test_a_wait_of_nothing_is_in_time_and_has_no_percentage() -> None:
    assert score([(Estimate(60_000, 50, 90), 0)]) == Score(1, 0.0, 1.0)
    assert score([]) is None


def _exponential(chance: random.Random) -> float:
    return chance.expovariate(1 / 300)


def _lognormal(chance: random.Random) -> float:
    return chance.lognormvariate(5.45, 0.7)


@pytest.mark.parametrize("service", [_exponential, _lognormal])
@pytest.mark.parametrize("arrivals_per_s", [0.19, 0.198])
def test_at_least_four_in_five_are_served_by_the_time_they_were_told(
    service: Callable[[random.Random], float], arrivals_per_s: float
) -> None:
    """Sixty slots, five minutes a session, in the order of arrival: a busy day and one on the brink."""
    chance = random.Random(11)
    pace, at = GroupPace(), 0.0
    free, line, ends = 60, list[tuple[float, Estimate | None]](), list[float]()
    pairs: list[tuple[Estimate, int]] = []
    arrival = chance.expovariate(arrivals_per_s)
    while at < 12 * 3600:
        at = min(arrival, ends[0] if ends else arrival)
        if at == arrival:
            said = estimate(pace, len(line), free, 60 / 300 / 2, int(at * 1000)) if free == 0 else None
            line.append((at, said))
            arrival = at + chance.expovariate(arrivals_per_s)
        else:
            heappop(ends)
            free += 1
            released(pace, int(at * 1000))
        while free and line:
            since, said = line.pop(0)
            free -= 1
            waited_ms = int((at - since) * 1000)
            served(pace, waited_ms, int(at * 1000))
            heappush(ends, at + service(chance))
            if said is not None:
                pairs.append((said, waited_ms))
    scored = score(pairs)
    assert scored is not None
    assert scored.estimates > 500
    assert scored.within_share >= 0.8
