"""Who may act: a lease in Redis with a fencing token.

A role (engine, courier, archivist) belongs to one process at a time. The token grows with each holder; whatever the
holder writes is checked against it, so a process that slept through its lease can do no harm when it wakes.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from redis.exceptions import RedisError

from sessions.streams import Client, Keys, script
from sessions.waiting import set_within

LEASE_MS = 3_000
"""A dead holder is replaced after this."""
RENEW_EVERY_S = 1.0
RENEWED_WITHIN_S = 1.5
"""An answer that takes longer may find the lease with another: who has none by then acts no more."""


class Lease:
    """A role this process wants to have. `token` is 0 while it has not."""

    def __init__(self, redis: Client, keys: Keys, role: str, *, lease_ms: int = LEASE_MS) -> None:
        self.role = role
        self.token = 0
        self._held_last = 0
        """The token of a term that we could not give up: Redis was away."""
        self._key = keys.lease(role)
        self._fence = keys.fence
        self._lease_ms = lease_ms
        self._acquire = script(redis, "acquire")
        self._renew = script(redis, "renew")

    async def acquire(self) -> bool:
        """Take the role if nobody has it; a term of our own that is over stands in nobody's way."""
        if self._held_last:
            await self._give_up(self._held_last)
        self.token = int(await self._acquire(keys=[self._key, self._fence], args=[self._lease_ms]))
        return self.token > 0

    async def renew(self) -> bool:
        """Keep it for another while; False when it is gone. Raises `TimeoutError` when it may be soon."""
        async with asyncio.timeout(RENEWED_WITHIN_S):
            return bool(await self._renew(keys=[self._key], args=[self.token, self._lease_ms]))

    async def release(self) -> None:
        """Let the next one have it at once, or as soon as Redis is there again and we want it."""
        self._held_last, self.token = self.token, 0
        with contextlib.suppress(RedisError, OSError):
            await self._give_up(self._held_last)

    async def _give_up(self, token: int) -> None:
        await self._renew(keys=[self._key], args=[token, 0])
        self._held_last = 0


@contextlib.asynccontextmanager
async def held(lease: Lease, stop: asyncio.Event) -> AsyncIterator[asyncio.Event]:
    """Wait for the role, keep it alive meanwhile, give it up after.

    Yields an event that is set when the role is lost or `stop` is set; whoever works under it looks at it.
    """
    over = asyncio.Event()
    while not await lease.acquire():
        if await set_within(stop, RENEW_EVERY_S / 4):
            over.set()
            break
    keeper = asyncio.create_task(_keep(lease, stop, over))
    try:
        yield over
    finally:
        over.set()  # beside the cancelling, which the Redis client may swallow (wait_for, Python 3.11)
        keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeper
        if lease.token:
            await lease.release()


async def _keep(lease: Lease, stop: asyncio.Event, over: asyncio.Event) -> None:
    try:
        while not await set_within(stop, RENEW_EVERY_S):
            if not await lease.renew() or over.is_set():
                break
    except (RedisError, OSError):
        pass  # out of reach, or silent: the lease will run out, and every write is fenced anyway
    over.set()
