"""The engine process with few and with many parked sessions: what a message costs it, end to end.

Beside `scale`, which looks at the core alone: here a message is read from Redis, decided, and its events are committed,
which is what a message costs a site. Every message goes to a random one of the parked sessions, so that a large floor
misses the processor's caches as it would at work.
"""

import asyncio
import time
from random import Random
from typing import Any

from redis.asyncio import Redis

from desk.bench.crowd import Crowd
from desk.bench.site import Site
from sessions import commands as cmd
from sessions.content import Text
from sessions.floor import freeze
from sessions.ids import CustomerId, Millis
from sessions.ledger import Ledger
from sessions.streams import Keys, script

MESSAGES = 60_000
BATCH = 1_000
POLL_S = 0.005


async def engine_at_scale(site: Site, size: int) -> dict[str, float]:
    """CPU time of the engine and of Redis for a polite word to one of `size` parked sessions, in microseconds."""
    redis = Redis.from_url(site.redis_url)
    ledger = Ledger(redis, Keys("desk:{main}:"))
    crowd = Crowd(time.time_ns() // 1_000_000)
    customers = [crowd.park(number) for number in range(size)]
    await ledger.save_snapshot((await ledger.head()).start, freeze(crowd.floor))
    chance = Random(1)  # noqa: S311 - a load, not a secret
    await _write(redis, [chance.choice(customers)], "first")
    site.start("engine")
    await _through(redis, ledger)
    before = site.costs()
    for part in range(MESSAGES // BATCH):
        await _write(redis, chance.choices(customers, k=BATCH), f"{part}")
    await _through(redis, ledger)
    after = site.costs()
    await redis.aclose()
    return {
        f"{name}_cpu_us": round((after[name].cpu_s - before[name].cpu_s) * 1e6 / MESSAGES, 1)
        for name in ("engine", "redis")
    }


async def _write(redis: Any, customers: list[CustomerId], key: str) -> None:
    now = Millis(time.time_ns() // 1_000_000)
    batch = [
        cmd.encode(cmd.ReceiveMessage(customer=each, content=Text(text="好的"), key=f"{key}-{n}", sent_at=now))
        for n, each in enumerate(customers)
    ]
    await script(redis, "append")(keys=[Keys("desk:{main}:").inbox], args=batch)


async def _through(redis: Any, ledger: Ledger) -> None:
    """Returns when the engine has decided everything that was written."""
    newest: Any = await redis.xrevrange(Keys("desk:{main}:").inbox, count=1)
    while (await ledger.head()).position != newest[0][0].decode():
        await asyncio.sleep(POLL_S)
