"""The centre with three types of call and two groups of seats, as a program of fifty lines that knows no core.

The same callers on the same day: what the core makes of them has to come out the same but for the thousandths in which
two correct programs differ.
"""

from collections.abc import Iterable
from heapq import heappop, heappush
from itertools import count
from typing import Any

from tests.simulation.calls import Caller
from tests.simulation.published import FAR_SEATS, NEAR_SEATS, PERIOD_S, SimpleMsk

PREFERS = {"t0": ("near",), "t1": ("near", "far"), "t2": ("far",)}
SERVES = {"near": ("t0", "t1"), "far": ("t1", "t2")}
STAFF = {"near": NEAR_SEATS, "far": FAR_SEATS}


class PlainDay:
    """A day of it: calls wait by type, the oldest that a free seat may serve is next."""

    def __init__(self, callers: Iterable[Caller]) -> None:
        self._order = count()
        self._acts: list[tuple[float, int, str, Any]] = []
        self._staffed = dict.fromkeys(STAFF, 0)
        self._busy = dict.fromkeys(STAFF, 0)
        self._lines: dict[str, list[Caller]] = {kind: [] for kind in PREFERS}
        self._served = self._left = self._left_late = self._in_time = 0
        self._near_s = 0.0
        for period in range(3):
            self._at(period * PERIOD_S, "staff", period)
        for caller in callers:
            self._at(caller.at_s, "call", caller)

    def run(self) -> SimpleMsk:
        """Everything until closing time."""
        while self._acts and self._acts[0][0] < 3 * PERIOD_S:
            now_s, _, what, whose = heappop(self._acts)
            getattr(self, f"_{what}")(now_s, whose)
        paid_s = sum(seats * PERIOD_S for seats in NEAR_SEATS)
        return SimpleMsk(self._served, self._left, self._left_late, self._in_time, self._near_s / paid_s)

    def _at(self, at_s: float, what: str, whose: Any) -> None:
        heappush(self._acts, (at_s, next(self._order), what, whose))

    def _staff(self, now_s: float, period: int) -> None:
        for group, seats in STAFF.items():
            self._staffed[group] = seats[period]
            self._serve(now_s, group)

    def _call(self, now_s: float, caller: Caller) -> None:
        self._lines[caller.group].append(caller)
        for group in PREFERS[caller.group]:
            self._serve(now_s, group)
        self._at(now_s + caller.patience_s, "give_up", caller)

    def _give_up(self, now_s: float, caller: Caller) -> None:
        if caller in self._lines[caller.group]:
            self._lines[caller.group].remove(caller)
            self._left += 1
            self._left_late += now_s - caller.at_s >= 20

    def _done(self, now_s: float, group: str) -> None:
        self._busy[group] -= 1
        self._serve(now_s, group)

    def _serve(self, now_s: float, group: str) -> None:
        while self._busy[group] < self._staffed[group]:
            heads = [self._lines[kind][0] for kind in SERVES[group] if self._lines[kind]]
            if not heads:
                return
            caller = min(heads, key=lambda each: each.at_s)
            self._lines[caller.group].remove(caller)
            self._busy[group] += 1
            self._served += 1
            self._in_time += now_s - caller.at_s < 20
            if group == "near":
                self._near_s += min(caller.service_s, 3 * PERIOD_S - now_s)
            self._at(now_s + caller.service_s, "done", group)
