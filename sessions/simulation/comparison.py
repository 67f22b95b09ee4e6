"""Policies side by side: the same days, the differences pair by pair, and a plain verdict.

A policy counts as better only where the whole interval says so after Holm's correction; what is worse is shown as
prominently as what is better.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

from sessions.simulation.inference import Difference, Interval, holm, interval, paired
from sessions.simulation.measures import Figures

Unit = Literal["share", "s", "number"]
Verdict = Literal["better", "worse", "same"]


class Measure(Struct, frozen=True):
    """A figure that policies are judged by, and in which direction it is good."""

    name: str
    title: str
    unit: Unit
    more_is_better: bool = False


HEADLINE = (
    Measure("first_in_time", "first reply within 60 s", "share", more_is_better=True),
    Measure("first_p95_s", "first reply, p95", "s"),
    Measure("reply_p95_s", "any reply, p95", "s"),
    Measure("left", "left: line, silently, in session", "share"),
    Measure("attention_jain", "fairness of attention (Jain)", "number", more_is_better=True),
    Measure("vip_first_p95_s", "VIP first reply, p95", "s"),
    Measure("other_first_p99_s", "others' first reply, p99", "s"),
    Measure("cap_violations", "offers beyond a cap", "number"),
)
"""What the comparison of policies was registered for; Holm's family."""
BRIDGE = (
    Measure("dead_share", "slot time held by the dead", "share"),
    Measure("same_seat", "back at the same seat", "share", more_is_better=True),
    *HEADLINE[:4],
)


class Side(Struct, frozen=True):
    """One policy's figure, and how it differs from the one that it is held against; None for that one itself."""

    figure: Interval
    difference: Difference | None = None
    verdict: Verdict = "same"


class Comparison(Struct, frozen=True):
    """One day under several policies: `sides[policy][measure]`."""

    day: str
    replications: int
    against: str
    measures: tuple[Measure, ...]
    sides: dict[str, dict[str, Side]]


def compare(
    day: str, runs: Mapping[str, Sequence[Figures]], against: str, measures: tuple[Measure, ...] = HEADLINE
) -> Comparison:
    """Each of the policies against one of them; their runs are of the same seeds, in the same order."""
    baseline = runs[against]
    sides: dict[str, dict[str, Side]] = {}
    for policy, figures in runs.items():
        means = {each.name: interval(_of(figures, each)) for each in measures}
        if policy == against:
            sides[policy] = {name: Side(mean) for name, mean in means.items()}
            continue
        differences = holm({each.name: paired(_of(figures, each), _of(baseline, each)) for each in measures})
        sides[policy] = {
            each.name: Side(means[each.name], differences[each.name], _verdict(each, differences[each.name]))
            for each in measures
        }
    return Comparison(day, len(baseline), against, measures, sides)


def _of(figures: Sequence[Figures], measure: Measure) -> list[float]:
    return [each[measure.name] for each in figures]


def _verdict(measure: Measure, difference: Difference) -> Verdict:
    if not difference.is_sure:
        return "same"
    return "better" if (difference.interval.mean > 0) == measure.more_is_better else "worse"
