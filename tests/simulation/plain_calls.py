"""The oldest model of all, seats that are all alike, as a program of a screen that knows no core.

It is quick enough for hundreds of days. On the same callers the core has to come to the same, call for call.
"""

from heapq import heapreplace
from math import inf

from tests.simulation.calls import Served
from tests.simulation.published import HOUR_S, CallDay, memoryless


def plain_day(
    seed: int,
    *,
    rate: float,
    service_s: float,
    seats: int,
    hours: float,
    warm_up_h: float = 0.0,
    patience_s: float = inf,
) -> CallDay:
    """Whoever has waited longest is served by the seat that is free first, unless they have left by then."""
    until_s, warm_up_s = hours * HOUR_S, warm_up_h * HOUR_S
    free_at_s = [0.0] * seats  # a heap
    served: list[Served] = []
    busy_s = offered_s = 0.0
    for caller in memoryless(seed, rate, service_s, until_s, patience_s):
        at_s = caller.at_s
        offered_s += caller.service_s if at_s >= warm_up_s else 0.0
        begins_s = max(at_s, free_at_s[0])
        left = begins_s - at_s > caller.patience_s
        if left and at_s + caller.patience_s < until_s:
            served.append(Served(at_s, caller.group, caller.patience_s, left=True))
        if left or begins_s >= until_s:
            continue
        ends_s = begins_s + caller.service_s
        heapreplace(free_at_s, ends_s)
        served.append(Served(at_s, caller.group, begins_s - at_s, left=False))
        busy_s += max(0.0, min(ends_s, until_s) - max(begins_s, warm_up_s))
    window_s = until_s - warm_up_s
    return CallDay(
        served=served,
        warm=[each for each in served if each.at_s >= warm_up_s],
        occupancy={"each": busy_s / window_s / seats},
        offered=offered_s / window_s / seats,
    )
