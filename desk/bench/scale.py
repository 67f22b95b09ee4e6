"""The core with many sessions: what a command costs, and what a parked session weighs.

CPU time, not the clock's, so that whatever else the machine does is left out. The size grows a thousandfold; the
cost of a message must not.
"""

import gc
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from random import Random
from typing import Any

from desk.bench.crowd import Crowd
from sessions.ids import CustomerId

SIZES = (100, 1_000, 10_000, 100_000)
MESSAGES = 6_000
REPEATS = 3
NOON = 1_795_399_200_000


def scale() -> dict[str, Any]:
    """Each size in a process of its own; memory beside what the floor weighs with nobody on it."""
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        found = {str(size): pool.apply(_measure, (size,)) for size in SIZES}
    smallest, largest = found[str(SIZES[0])], found[str(SIZES[-1])]
    ratios = {key: round(largest[key] / smallest[key], 2) for key in ("parked_message_us", "wake_answer_park_us")}
    return {"sessions": found, "largest_to_smallest": ratios}


def _measure(size: int) -> dict[str, float]:
    crowd = Crowd(NOON)
    before = _peak_mib()
    customers = [crowd.park(n) for n in range(size)]
    gc.collect()
    memory_mib = _peak_mib() - before
    chance = Random(1)  # noqa: S311 - a load, not a secret
    anyone = [chance.choice(customers) for _ in range(MESSAGES)]
    return {
        "parked_message_us": _cheapest_us(lambda customer: crowd.write(customer, "好的"), anyone, 1),
        "wake_answer_park_us": _cheapest_us(crowd.wake_and_park, anyone, 3),
        "memory_mib": round(memory_mib, 1),
    }


def _cheapest_us(act: Callable[[CustomerId], None], customers: list[CustomerId], commands: int) -> float:
    """CPU time of one command, the best of some rounds."""
    rounds = []
    for _ in range(REPEATS):
        began = time.process_time()
        for customer in customers:
            act(customer)
        rounds.append((time.process_time() - began) * 1e6 / (len(customers) * commands))
    return round(min(rounds), 1)


def _peak_mib() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
