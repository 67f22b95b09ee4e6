"""Figures of a list of numbers: percentiles, and how evenly something is shared."""

from collections.abc import Sequence


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that this share does not pass, between neighbours where it falls between; 0 of nothing."""
    if not values:
        return 0.0
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def jain(shares: Sequence[float]) -> float:
    """Jain's fairness: 1 when all have the same, 1/n when one has everything."""
    squares = sum(share * share for share in shares)
    return sum(shares) ** 2 / (len(shares) * squares) if squares else 1.0


def gini(shares: Sequence[float]) -> float:
    """Gini's coefficient: 0 when all have the same, towards 1 when one has everything."""
    total = sum(shares)
    if not total:
        return 0.0
    weighted = sum(place * share for place, share in enumerate(sorted(shares), 1))
    return 2 * weighted / (len(shares) * total) - (len(shares) + 1) / len(shares)


def mean(values: Sequence[float]) -> float:
    """The mean; 0 of nothing."""
    return sum(values) / len(values) if values else 0.0
