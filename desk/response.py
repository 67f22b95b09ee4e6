"""The response clock: how long a customer has waited for our answer, and how bad that is.

The page draws it first and the browser ticks on (`static/desk/clocks.js`), by the same two rules. Past the target it
counts what is over it, with a plus sign: nobody has to know the target by heart.
"""

from typing import Literal

from desk.times import duration

WARNING_S = 60
"""So long may a customer wait for an answer before the clock warns…"""
LATE_S = 120
"""…and before it is late: the target."""

Level = Literal["", "warn", "late"]


def level(waited_ms: int) -> Level:
    """How the clock looks: plain, warning, or late."""
    if waited_ms >= LATE_S * 1000:
        return "late"
    return "warn" if waited_ms >= WARNING_S * 1000 else ""


def waited(waited_ms: int) -> str:
    """1:35 before the target, +0:35 beyond it."""
    late_ms = waited_ms - LATE_S * 1000
    return duration(max(waited_ms, 0)) if late_ms < 0 else f"+{duration(late_ms)}"
