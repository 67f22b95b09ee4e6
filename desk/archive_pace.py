"""Whether the archive keeps up with the ledger, as a web process can tell.

The archivist may be another process, or be gone: so this asks both ends, SQL for its position and Redis for the
ledger's. What stops an archive (a database or a Redis that is not the desk's, an event that SQL will not take, no
archivist at all) comes to the same: there is something to archive, and the position stays where it is.
"""

import time
from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncEngine

from desk.store.batches import archived_position
from sessions.ids import Seq
from sessions.ledger import Ledger

STUCK_AFTER_S = 60.0
"""A restart of the archivist or a backup of SQL takes less."""


class ArchivePace:
    """Remembers since when it has seen the archive at its place with something left to do."""

    def __init__(self, ledger: Ledger, database: AsyncEngine, now: Callable[[], float] = time.monotonic) -> None:
        self._ledger = ledger
        self._database = database
        self._now = now
        self._archived = Seq(0)
        self._behind_since_s: float | None = None

    async def check(self) -> str:
        """`ok`, or what an operator should look after. Raises what SQL and Redis raise."""
        archived = await archived_position(self._database)
        head = await self._ledger.head()  # asked last: the archive of this ledger is never ahead of it
        if archived > head.seq:
            return "the archive is ahead of the ledger: Redis holds older data, or DATABASE_URL names another database"
        is_behind = head.seq > max(archived, head.start)
        if not is_behind or archived != self._archived:
            self._behind_since_s = None
        self._archived = archived
        if not is_behind:
            return "ok"
        if self._behind_since_s is None:
            self._behind_since_s = self._now()
        stuck_s = self._now() - self._behind_since_s
        if stuck_s < STUCK_AFTER_S:
            return "ok"
        waiting = head.seq - max(archived, head.start)
        return f"the archive has stood still for {stuck_s:.0f} s, {waiting} events behind: see the archivist's log"
