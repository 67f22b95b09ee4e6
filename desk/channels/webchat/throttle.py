"""How much a stranger may ask for: counters in Redis, so that all web processes share them.

Each kind of act has two counters in a window that begins with the first: the visitor's own, and that of the address,
which is wider because an office shares one. Whoever is over is told when to come back; nothing they did is lost.
"""

from typing import Literal

import msgspec
from redis.asyncio import Redis

from desk.errors import UserError
from desk.throttle import network_of

Act = Literal["arrive", "say", "upload", "read"]


class Allowed(msgspec.Struct, frozen=True):
    """So many within a window."""

    visitor: int
    address: int
    window_s: int = 60


LIMITS: dict[Act, Allowed] = {
    "arrive": Allowed(visitor=60, address=300),
    "say": Allowed(visitor=30, address=600),
    "upload": Allowed(visitor=10, address=40),
    "read": Allowed(visitor=60, address=1200),
}


class Throttle:
    """The counters of one site."""

    def __init__(self, redis: Redis, prefix: str, limits: dict[Act, Allowed] = LIMITS) -> None:
        self._redis = redis
        self._prefix = f"{prefix}webchat:acts:"
        self._limits = limits

    async def admit(self, act: Act, visitor: str, address: str) -> None:
        """Counts an act; raises UserError `too_fast`, and `RedisError` or `OSError` where nobody can count.

        A stranger's `visitor` is empty: they have an address alone.
        """
        limit = self._limits[act]
        own, shared = f"{self._prefix}{act}:visitor:{visitor}", f"{self._prefix}{act}:address:{network_of(address)}"
        async with self._redis.pipeline(transaction=True) as pipe:
            for key in (own, shared) if visitor else (shared,):
                pipe.incr(key)
                pipe.expire(key, limit.window_s, nx=True)
                pipe.ttl(key)
            answers = await pipe.execute()
        counted = [(answers[at], answers[at + 2]) for at in range(0, len(answers), 3)]
        most = [limit.visitor, limit.address] if visitor else [limit.address]
        over = [ttl_s for (count, ttl_s), allowed in zip(counted, most, strict=True) if count > allowed]
        if over:
            wait_s = max(1, *over)
            raise UserError(
                "too_fast",
                "发送过于频繁，请 %(seconds)s 秒后再试",
                status=429,
                retry_after_s=wait_s,
                seconds=wait_s,
            )
