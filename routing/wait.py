"""How long the wait will be, and how well that was said.

A session waits until so many slots have been released as stand before it and its own. The pace of releases is an
average of the last ten minutes; the wait of whoever was served last corrects it, for it has seen the priorities,
the overflow and the misses that no formula knows. What the customer hears is a range, rounded up: being served
sooner annoys nobody.

Floats here come from the four basic operations alone, so a replay gets the same ones on every machine.
"""

from collections.abc import Iterable

from msgspec import Struct

PACE_WINDOW_S = 600
"""A release counts for less and less; after this time for a third."""
RELEASES_MIN = 2
"""With fewer seen, nobody can tell."""
FORGOTTEN_MS = 6 * PACE_WINDOW_S * 1000
"""After so long without a release the pace is learnt anew: a morning says nothing about yesterday evening."""
LOW_SHARE = 0.7
HIGH_SHARE = 1.5
FORETOLD_MS_MAX = 24 * 3_600_000
"""Longer waits are all the same."""

_LEFT_AFTER_1_S = 0.9983347214509387
"""e to the power of -1/600."""


class GroupPace(Struct):
    """What one group's line has seen. `weight` sums up the releases after the first, faded, as of `released_at`."""

    releases: int = 0
    began_at: int = 0
    released_at: int = 0
    weight: float = 0.0
    served_at: int = 0
    waited_ms: int = 0


class Estimate(Struct, frozen=True):
    """`expected_ms` is the best guess; the customer is told from `low_s` to `high_s`."""

    expected_ms: int
    low_s: int
    high_s: int


class Score(Struct, frozen=True):
    """How good estimates were. `mape` is the mean error in percent of the wait; `within_share` were served in time."""

    estimates: int
    mape: float
    within_share: float


def released(pace: GroupPace, at: int) -> None:
    """A slot that this group may use was released. The first one only starts the clock."""
    if pace.releases == 0 or at - pace.released_at > FORGOTTEN_MS:
        pace.releases, pace.began_at, pace.released_at, pace.weight = 1, at, at, 0.0
        return
    pace.releases += 1
    pace.weight = pace.weight * _left_after(pace.released_at, at) + 1.0
    pace.released_at = max(pace.released_at, at)


def served(pace: GroupPace, waited_ms: int, at: int) -> None:
    """A session of this group left the line for a seat, having waited so long."""
    pace.waited_ms = waited_ms
    pace.served_at = at


def estimate(pace: GroupPace, ahead: int, free_slots: int, floor_rate: float, now: int) -> Estimate | None:
    """How long a session with so many `ahead` of it still waits; None when nobody can tell.

    `floor_rate` in releases a second is what the group's seats manage at the least (half of slots / handling time).
    The last wait counts half while it is younger than the pace's window. Cost: O(1).
    """
    if pace.releases < RELEASES_MIN:
        return None
    rate = max(_releases_per_s(pace, now), floor_rate)
    needed = max(0, ahead + 1 - free_slots)
    if needed and rate <= 0:
        return None
    expected_ms = min(FORETOLD_MS_MAX, 1000 * needed / rate) if needed else 0.0
    if pace.served_at and now - pace.served_at <= PACE_WINDOW_S * 1000:
        expected_ms = (expected_ms + min(FORETOLD_MS_MAX, pace.waited_ms)) / 2
    low_s, high_s = (_rounded_up(expected_ms * share / 1000) for share in (LOW_SHARE, HIGH_SHARE))
    return Estimate(int(expected_ms), low_s, high_s)


def score(pairs: Iterable[tuple[Estimate, int]]) -> Score | None:
    """Compares what was estimated with what was waited, in milliseconds; None without a pair.

    Waits under a second stay out of the percentage, where they would be all that counts.
    """
    estimates = within = 0
    errors: list[float] = []
    for foretold, waited_ms in pairs:
        estimates += 1
        within += waited_ms <= foretold.high_s * 1000
        if waited_ms >= 1000:
            errors.append(abs(foretold.expected_ms - waited_ms) / waited_ms)
    if not estimates:
        return None
    return Score(estimates, 100 * sum(errors) / len(errors) if errors else 0.0, within / estimates)


def _releases_per_s(pace: GroupPace, now: int) -> float:
    """The faded count, over how much of the window there has been to count in."""
    seen = 1.0 - _left_after(pace.began_at, now)
    return pace.weight * _left_after(pace.released_at, now) / (PACE_WINDOW_S * max(seen, 1.0 - _LEFT_AFTER_1_S))


def _left_after(since_ms: int, now_ms: int) -> float:
    """What is left of a release after so long. By whole seconds of the clock, so that pieces make up the whole."""
    seconds = max(0, now_ms // 1000 - since_ms // 1000)
    left, factor = 1.0, _LEFT_AFTER_1_S
    while seconds and left:
        if seconds & 1:
            left *= factor
        factor *= factor
        seconds >>= 1
    return left


def _rounded_up(seconds: float) -> int:
    """To ten seconds below two minutes, to whole minutes above; never to nothing."""
    step = 10 if seconds <= 120 else 60
    return max(step, -int(-seconds // step) * step)
