"""How sure a simulation is, and what queueing theory says: against published and hand-made figures."""

from math import inf, isclose

import pytest

from sessions.simulation.figures import gini, jain, mean, percentile
from sessions.simulation.inference import Difference, Interval, holm, interval, paired, t_probability, t_quantile
from tests.simulation.erlang import erlang_a, erlang_c


@pytest.mark.parametrize(
    ("freedom", "quantile"), [(1, 12.7062), (2, 4.3027), (4, 2.7764), (9, 2.2622), (19, 2.0930), (120, 1.9799)]
)
def test_students_t_agrees_with_the_tables(freedom: int, quantile: float) -> None:
    assert isclose(t_quantile(0.975, freedom), quantile, abs_tol=1e-4)
    assert isclose(t_probability(quantile, freedom), 0.975, abs_tol=1e-5)
    assert isclose(t_probability(-quantile, freedom), 0.025, abs_tol=1e-5)


def test_an_interval_is_the_textbooks() -> None:
    found = interval([4.0, 5.0, 6.0])
    assert found.mean == 5.0
    assert isclose(found.half_width, 4.302653 / 3**0.5, abs_tol=1e-5)
    assert 5.5 in found
    assert 8.0 not in found


def test_pairs_find_what_separate_intervals_do_not() -> None:
    days = [10.0, 20.0, 30.0, 40.0, 50.0]
    better = [day + shift for day, shift in zip(days, (1.0, 1.1, 0.9, 1.05, 0.95), strict=True)]
    found = paired(better, days)
    assert found.is_sure
    assert isclose(found.interval.mean, 1.0)
    assert interval(better).low < interval(days).high


def test_no_difference_at_all_is_no_difference() -> None:
    assert not paired([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]).is_sure
    assert paired([2.0, 3.0, 4.0], [1.0, 2.0, 3.0]).is_sure


def test_holm_corrects_the_smallest_most_and_never_lets_a_later_one_pass_it() -> None:
    nothing = Interval(0.0, 0.0)
    given = {name: Difference(nothing, p) for name, p in {"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005}.items()}
    corrected = {name: each.p for name, each in holm(given).items()}
    assert list(corrected) == ["a", "b", "c", "d"]
    assert corrected == pytest.approx({"d": 0.02, "a": 0.03, "c": 0.06, "b": 0.06})


@pytest.mark.parametrize(
    ("rate", "service_s", "seats", "in_time_s", "waiting", "in_time", "wait_s", "occupancy"),
    [
        (100 / 1800, 180, 14, 20, 0.1741, 0.8884, 7.84, 0.7143),
        (360 / 1800, 240, 55, 15, 0.2387, 0.8459, 8.18, 0.8727),
        (4.2 / 60, 120, 12, 20, 0.1839, 0.8991, 6.13, 0.7000),
    ],
)
def test_erlang_c_agrees_with_worked_examples(
    rate: float,
    service_s: float,
    seats: int,
    in_time_s: float,
    waiting: float,
    in_time: float,
    wait_s: float,
    occupancy: float,
) -> None:
    found = erlang_c(rate, service_s, seats, in_time_s)
    assert found.waiting == pytest.approx(waiting, abs=1e-3)
    assert found.in_time == pytest.approx(in_time, abs=1e-4)
    assert found.wait_s == pytest.approx(wait_s, abs=0.01)
    assert found.occupancy == pytest.approx(occupancy, abs=1e-4)


def test_a_little_impatience_changes_everything() -> None:
    patient = erlang_c(0.8, 60, 50, 20)
    assert (patient.wait_s, patient.queue, patient.occupancy) == pytest.approx((20.83, 16.67, 0.96), abs=0.01)
    impatient = erlang_a(0.8, 60, 50, 120)
    assert (impatient.lost, impatient.wait_s) == pytest.approx((0.0309, 3.71), abs=0.005)
    assert (impatient.queue, impatient.occupancy) == pytest.approx((2.97, 0.930), abs=0.005)
    assert erlang_a(0.8, 60, 50, inf).wait_s == patient.wait_s


def test_a_percentile_lies_between_its_neighbours() -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], 50) == 2.5
    assert percentile([1.0, 2.0], 100) == 2.0
    assert percentile([7.0], 95) == 7.0
    assert percentile([], 95) == 0.0
    assert mean([]) == 0.0


def test_fairness_knows_equal_shares_and_one_who_has_it_all() -> None:
    assert jain([3.0, 3.0, 3.0]) == pytest.approx(1.0)
    assert gini([3.0, 3.0, 3.0]) == pytest.approx(0.0)
    assert jain([0.0, 0.0, 0.0, 8.0]) == pytest.approx(0.25)
    assert gini([0.0, 0.0, 0.0, 8.0]) == pytest.approx(0.75)
    assert gini([1.0, 3.0]) == pytest.approx(0.25)
    assert jain([0.0, 0.0]) == 1.0
    assert gini([0.0, 0.0]) == 0.0
