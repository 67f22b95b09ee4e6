"""A real ledger in a real Redis, written to as the engine would."""

from collections.abc import Sequence

from redis.asyncio import Redis

from sessions import events as ev
from sessions.ids import Seq
from sessions.lease import Lease
from sessions.ledger import Ledger
from sessions.streams import Keys

PREFIX = "desk:{test}:"
_LEASE_MS = 600_000


class Scribe:
    """Holds the engine's lease and commits whatever it is given."""

    def __init__(self, redis: Redis, prefix: str = PREFIX) -> None:
        self.keys = Keys(prefix)
        self.ledger = Ledger(redis, self.keys)
        self._lease = Lease(redis, self.keys, "engine", lease_ms=_LEASE_MS)

    async def write(self, events: Sequence[ev.Event]) -> Seq:
        """Appends the events; answers the last one's number."""
        if not self._lease.token:
            assert await self._lease.acquire()
        head = await self.ledger.head()
        return await self.ledger.commit(self._lease.token, head.seq, head.position, events)

    def forget(self) -> None:
        """After Redis has lost everything: begin anew."""
        self._lease.token = 0
