"""A floor that follows the ledger: the engine's at its start, every hub's, the archivist's for snapshots."""

from collections.abc import Sequence

from sessions import events as ev
from sessions.apply import apply
from sessions.floor import Floor, thaw
from sessions.ids import Seq
from sessions.ledger import Ledger, LedgerTrimmed


class Replica:
    """A floor and the number of the last event in it."""

    def __init__(self, floor: Floor, seq: Seq) -> None:
        self.floor = floor
        self.seq = seq

    def fold(self, entries: Sequence[tuple[Seq, ev.Event]]) -> None:
        """Take in the next events of the ledger."""
        for seq, event in entries:
            assert seq == self.seq + 1, f"event {seq} after {self.seq}"
            apply(self.floor, event)
            self.seq = seq


async def restore(ledger: Ledger, *, upto: Seq | None = None) -> Replica:
    """The floor as it is now, or as it was after `upto`: the newest snapshot before and what the ledger holds since.

    Raises `LedgerTrimmed` when neither reaches back far enough.
    """
    while True:
        snapshot = await ledger.snapshot_seq()
        end = upto if upto is not None else (await ledger.head()).seq
        try:
            replica = await _begin(ledger, end)
            await catch_up(ledger, replica, end)
        except LedgerTrimmed:  # perhaps behind a snapshot that came while we read the one before it
            if await ledger.snapshot_seq() == snapshot:
                raise
        else:
            return replica


async def catch_up(ledger: Ledger, replica: Replica, end: Seq) -> None:
    """Fold what the ledger holds up to `end`. Raises `LedgerTrimmed` when some of it is gone, or never was there."""
    while replica.seq < end:
        found = await ledger.read(replica.seq, count=min(2_000, end - replica.seq), block_ms=1)
        if not found:
            raise LedgerTrimmed(f"events {replica.seq + 1} to {end} are gone")
        replica.fold(found)
    if replica.seq > end:
        raise LedgerTrimmed(f"the ledger ends at {end}, before {replica.seq}")


async def _begin(ledger: Ledger, end: Seq) -> Replica:
    snapshot = await ledger.load_snapshot()
    if snapshot is not None and snapshot[0] <= end:
        return Replica(thaw(snapshot[1]), snapshot[0])
    beginning = await ledger.beginning()
    if beginning > (await ledger.head()).start:
        raise LedgerTrimmed(f"event {beginning} and those before are gone, and no snapshot is as old as {end}")
    return Replica(Floor(), min(end, beginning))
