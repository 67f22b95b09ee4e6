"""Shortening the fold: now and then the floor is kept whole, and the ledger trimmed behind it.

Done beside the archivist, not in the engine, so that writing out a large floor never holds up a decision. The
snapshot never runs ahead of the archive: whatever it makes superfluous in the ledger is in SQL already.
"""

import time
from collections.abc import Sequence

from sessions import events as ev
from sessions.floor import freeze
from sessions.ids import Seq
from sessions.ledger import Ledger
from sessions.replica import Replica, restore

EVERY_S = 60.0
EVERY_EVENTS = 50_000
FOLLOWERS = ("archive", "courier")
"""Who must have read an event before it may go."""


class SnapshotTaker:
    """Follows the events that the archive has taken in, and keeps a snapshot of the floor after them."""

    def __init__(self, ledger: Ledger, replica: Replica) -> None:
        self._ledger = ledger
        self._replica = replica
        self._saved_seq = replica.seq
        self._saved_at = time.monotonic()

    @classmethod
    async def at(cls, ledger: Ledger, seq: Seq) -> "SnapshotTaker":
        """Begin where the archive is, or at the snapshot where an archive that was set back is behind it."""
        return cls(ledger, await _floor_at(ledger, seq))

    async def take_in(self, entries: Sequence[tuple[Seq, ev.Event]]) -> None:
        """The archive holds these now; snapshot and trim when it is time.

        Begins again where they do after a gap: others archived and trimmed meanwhile, or the ledger began anew.
        """
        if entries[0][0] > self._replica.seq + 1:
            self._replica = await _floor_at(self._ledger, Seq(entries[0][0] - 1))
        self._replica.fold([(seq, event) for seq, event in entries if seq > self._replica.seq])
        grown = self._replica.seq - self._saved_seq
        waited_s = time.monotonic() - self._saved_at
        if grown >= EVERY_EVENTS or (grown and waited_s >= EVERY_S):
            await self.save()

    async def save(self) -> None:
        """Keep the floor now, and trim the ledger behind it."""
        await self._ledger.save_snapshot(self._replica.seq, freeze(self._replica.floor))
        self._saved_seq, self._saved_at = self._replica.seq, time.monotonic()
        await self._ledger.trim(FOLLOWERS)


async def _floor_at(ledger: Ledger, seq: Seq) -> Replica:
    return await restore(ledger, upto=max(seq, await ledger.snapshot_seq() or seq))
