"""How sure a simulation is: intervals from replications, and differences between policies on the same days.

Policies meet the same customers, so their differences are taken pair by pair; with twenty of them Student's t is the
honest yardstick. Many comparisons at once are corrected after Holm: the family errs in one of twenty, not each.
"""

from collections.abc import Mapping, Sequence
from math import exp, lgamma, log, sqrt
from statistics import fmean, stdev

from msgspec import Struct

LEVEL = 0.95


class Interval(Struct, frozen=True):
    """A mean, and where the true one lies unless chance was unkind."""

    mean: float
    half_width: float

    @property
    def low(self) -> float:
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        return self.mean + self.half_width

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


class Difference(Struct, frozen=True):
    """How one policy differs from another on the same days; `p` is Holm's where it comes from `holm`."""

    interval: Interval
    p: float

    @property
    def is_sure(self) -> bool:
        return self.p < 1 - LEVEL


def interval(samples: Sequence[float], level: float = LEVEL) -> Interval:
    """The mean of independent replications, with Student's interval; wants two of them."""
    spread = stdev(samples) / sqrt(len(samples))
    return Interval(fmean(samples), t_quantile((1 + level) / 2, len(samples) - 1) * spread)


def paired(these: Sequence[float], those: Sequence[float]) -> Difference:
    """These less those, day by day."""
    differences = [this - that for this, that in zip(these, those, strict=True)]
    mean, spread = fmean(differences), stdev(differences) / sqrt(len(differences))
    if spread == 0:
        return Difference(Interval(mean, 0.0), 1.0 if mean == 0 else 0.0)
    freedom = len(differences) - 1
    return Difference(interval(differences), 2 * (1 - t_probability(abs(mean) / spread, freedom)))


def holm(differences: Mapping[str, Difference]) -> dict[str, Difference]:
    """The same differences, with probabilities that hold for all of them together."""
    corrected: dict[str, Difference] = {}
    floor = 0.0
    by_p = sorted(differences.items(), key=lambda item: item[1].p)
    for place, (name, each) in enumerate(by_p):
        floor = max(floor, min(1.0, each.p * (len(by_p) - place)))
        corrected[name] = Difference(each.interval, floor)
    return {name: corrected[name] for name in differences}


def t_probability(t: float, freedom: int) -> float:
    """The chance that Student's t is at most this."""
    tail = _incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t)) / 2
    return 1 - tail if t >= 0 else tail


def t_quantile(probability: float, freedom: int) -> float:
    """The value that Student's t does not pass with this chance, of a half or more."""
    low, high = 0.0, 1.0
    while t_probability(high, freedom) < probability:
        low, high = high, high * 2
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if t_probability(middle, freedom) < probability else (low, middle)
    return (low + high) / 2


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Regularised, by its continued fraction, from the side on which that converges fast."""
    if x <= 0 or x >= 1:
        return min(1.0, max(0.0, x))
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(b, a, 1 - x)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x)) / a
    fraction = 0.0
    for m in range(200, 0, -1):  # from the innermost term outwards
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m - 1) * (a + b + m - 1) * x / ((a + 2 * m - 2) * (a + 2 * m - 1))
        fraction = odd / (1 + even / (1 + fraction))
    return front / (1 + fraction)
