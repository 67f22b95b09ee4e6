"""The time by Redis's clock: it dates every command, so it says when timers are due as well.

The clock of the machine that an engine happens to run on may be wrong; one that is an hour ahead would date an hour's
worth of events into the future, and the floor's time never runs backwards.
"""

import logging
import time

from sessions.ids import Millis
from sessions.streams import Client

WORTH_SAYING_MS = 1_000
"""Two clocks that differ by more are told of in the log."""

log = logging.getLogger(__name__)


class RedisTime:
    """Tells the time without asking Redis each time: by this machine's clock, less what that is ahead."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis
        self._ahead_ms = 0

    async def compare(self) -> None:
        """Ask Redis, and go by what it says from now on. What it says is late by its way here, and never early."""
        seconds, micros = await self._redis.time()
        ahead_ms = _own() - (seconds * 1000 + micros // 1000)
        if abs(ahead_ms - self._ahead_ms) > WORTH_SAYING_MS:
            log.warning("this machine's clock is not Redis's; Redis's counts", extra={"ahead_ms": ahead_ms})
        self._ahead_ms = ahead_ms

    def now(self) -> Millis:
        """Now, by Redis's clock."""
        return Millis(_own() - self._ahead_ms)


def _own() -> int:
    return time.time_ns() // 1_000_000
