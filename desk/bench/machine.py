"""What the machine was worth while the bench ran: only with that can the figures of two runs be compared."""

import os
import platform
import time
from pathlib import Path
from statistics import median
from typing import Any

from desk.bench.site import TICKS_PER_S

LOOP_STEPS = 100_000
LOOPS = 15
_STEAL = 8
"""The column of /proc/stat: the time in which the host gave a core that had work to somebody else (proc(5))."""


class Machine:
    """This machine, from when it is made."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._stolen_at_first_s = _stolen_s()
        self._loops_ms = _loops_ms()

    def figures(self) -> dict[str, Any]:
        """What it is, how quick it was before and after, and how much of its cores its host took away meanwhile."""
        cores = os.cpu_count() or 1
        figures = {
            "cores": cores,
            "python": platform.python_version(),
            "loop_ms": round(median([*self._loops_ms, *_loops_ms()]), 2),
        }
        if self._stolen_at_first_s is not None and (stolen := _stolen_s()) is not None:
            taken = (stolen - self._stolen_at_first_s) / (time.monotonic() - self._since) / cores
            figures["stolen_percent"] = round(taken * 100, 1)
        return figures


def _stolen_s() -> float | None:
    """Core-seconds that the host has taken since this machine started; None where no kernel tells."""
    try:
        columns = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    except OSError:
        return None
    return int(columns[_STEAL]) / TICKS_PER_S


def _loops_ms() -> list[float]:
    """CPU time of counting to a hundred thousand, again and again."""
    took = []
    for _ in range(LOOPS):
        began = time.thread_time()
        for _step in range(LOOP_STEPS):
            pass
        took.append((time.thread_time() - began) * 1e3)
    return took
