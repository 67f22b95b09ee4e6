"""Which days are run under which policies, and what they are judged by.

A trial holds everything still but one thing. On most days that is the policy; on the bridge it is the silence ladder,
for there the question is not who gets a customer but how long a seat holds one who has walked away.
"""

from collections.abc import Sequence

from msgspec import Struct

from routing.policies import Policy
from sessions.settings import Ladder, Step
from sessions.simulation.comparison import BRIDGE, HEADLINE, Measure
from sessions.simulation.scenarios import Kind, Scenario, scenario, with_ladder, with_policy
from sessions.simulation.traffic import Shape


class Trial(Struct, frozen=True):
    """One day, the sides that are tried on it, and which of them the others are held against."""

    day: str
    sides: dict[str, Scenario]
    against: str
    measures: tuple[Measure, ...] = HEADLINE


def _parking(after_s: int) -> tuple[Ladder, dict[str, int]]:
    """Parked after so long, ended by us after four hours; the merge window and the known seat stay as they are."""
    return Ladder(remind=None, park=Step(after_s=after_s), soft_end=Step(after_s=4 * 3600)), {}


def _ending(after_s: int) -> tuple[Ladder, dict[str, int]]:
    """Ended after so long and forgotten: whoever comes back begins anew, with anybody."""
    ladder = Ladder(remind=None, park=None, soft_end=Step(after_s=after_s), hard_end_before_s=None)
    return ladder, {"merge_window_s": 0, "sticky_window_s": 0}


LADDERS: dict[str, tuple[Ladder, dict[str, int]]] = {
    "no parking": _ending(3600),
    "close after 10 min": _ending(600),
    "park after 10 min": _parking(600),
    "park after 5 min": _parking(300),
    "park after 2 min": _parking(120),
    "park after 90 s": _parking(90),
}
"""What a desk can do about silence; the first two are what others do."""


def policy_trial(
    kind: Kind, policies: Sequence[Policy], against: Policy, *, load: float, shape: Shape, hours: float, soft_cap: int
) -> Trial:
    """The same day under each of these policies."""
    day = scenario(kind, load=load, shape=shape, hours=hours, soft_cap=soft_cap)
    return trial_of(day, f"{kind}, load {load:g}, {shape}", policies, against)


def trial_of(day: Scenario, title: str, policies: Sequence[Policy], against: Policy) -> Trial:
    """Any day under each of these policies."""
    sides: dict[str, Scenario] = {each: with_policy(day, each) for each in dict.fromkeys([*policies, against])}
    return Trial(title, sides, against)


def bridge_trial(*, load: float, shape: Shape, hours: float, soft_cap: int) -> Trial:
    """The same WeChat day under each of the silence ladders."""
    day = scenario("bridge", load=load, shape=shape, hours=hours, soft_cap=soft_cap)
    sides = {name: with_ladder(day, name, ladder, **group) for name, (ladder, group) in LADDERS.items()}
    return Trial(f"bridge, load {load:g}, {shape}", sides, "close after 10 min", BRIDGE)
