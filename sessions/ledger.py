"""Everything that happened, in order, in Redis; and the one way to add to it.

Events are numbered without gaps: the number is the stream id (`<seq>-0`), so a follower knows when it has missed
one. A ledger created anew begins at the microsecond of its creation, so its numbers never repeat those that an archive
may hold from a lost one. Only the holder of the lease appends, events and inbox position in one atom.
"""

import time
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from sessions import events as ev
from sessions.ids import Seq
from sessions.streams import Client, Keys, entries, script

TAIL_KEPT = 20_000
"""So many of the last events stay even when nobody needs them, so that browsers can resume."""


class Entry(Struct, frozen=True):
    """An event at its place in the ledger."""

    seq: Seq
    event: ev.Event


class LedgerTrimmed(Exception):  # noqa: N818 - it names what happened
    """The events asked for are gone; begin from a snapshot."""


class LeaseLost(Exception):  # noqa: N818 - it names what happened
    """Another process has the role, or the ledger is not where this one left it: stop at once."""


class Head(Struct, frozen=True):
    """Where the ledger ends, where it began, and up to which inbox entry it has been decided."""

    seq: Seq
    start: Seq
    position: str


class Ledger:
    """The ledger of one site, for readers; `commit` is the engine's."""

    def __init__(self, redis: Client, keys: Keys) -> None:
        self._redis = redis
        self._keys = keys
        self._commit = script(redis, "commit")
        self._keep_snapshot = script(redis, "snapshot")

    async def head(self) -> Head:
        """Where the ledger ends; creates the head of a new one."""
        now_us = str(time.time_ns() // 1000)
        async with self._redis.pipeline(transaction=True) as atom:
            atom.hsetnx(self._keys.head, "seq", now_us)
            atom.hsetnx(self._keys.head, "start", now_us)
            atom.hmget(self._keys.head, ["seq", "start", "position"])
            _, _, (seq, start, position) = await atom.execute()
        return Head(Seq(int(seq)), Seq(int(start)), position.decode() if position else "0-0")

    async def read(self, after: Seq, *, count: int = 500, block_ms: int = 1000) -> list[tuple[Seq, ev.Event]]:
        """Events after this one, without a gap; empty when none came in `block_ms`.

        Raises `LedgerTrimmed` when the next event is no longer kept.
        """
        answer: Any = await self._redis.xread({self._keys.ledger: f"{after}-0"}, count=count, block=max(1, block_ms))
        found = [(Seq(int(entry_id[:-2])), fields[b"e"]) for entry_id, fields in entries(answer)]
        if found and found[0][0] != after + 1:
            raise LedgerTrimmed(f"event {after + 1} is gone, the ledger begins at {found[0][0]}")
        return [(seq, ev.decode(data)) for seq, data in found]

    async def first_seq(self) -> Seq | None:
        """The oldest event still kept, or None when there is none."""
        found: Any = await self._redis.xrange(self._keys.ledger, count=1)
        return Seq(int(found[0][0][:-2])) if found else None

    async def beginning(self) -> Seq:
        """The place before the oldest event kept: where a follower without a position starts."""
        head = await self.head()  # asked first: what is committed in between must not be passed over
        first = await self.first_seq()
        return Seq(first - 1) if first is not None else head.seq

    async def commit(self, token: int, seq: Seq, position: str, events: Sequence[ev.Event]) -> Seq:
        """Append the events and move the inbox position, as one atom; answers the new last seq.

        Raises `LeaseLost` when the token is not the lease's any more; then nothing has happened.
        """
        encoded = [ev.encode(event) for event in events]
        answer: bytes = await self._commit(
            keys=[self._keys.lease("engine"), self._keys.head, self._keys.ledger],
            args=[token, seq, position, *encoded],
        )
        if answer != b"ok":
            raise LeaseLost(answer.decode())
        return Seq(seq + len(events))

    # Followers and trimming.

    async def position(self, follower: str) -> Seq | None:
        """How far this follower has got, if it has ever said."""
        value = await self._redis.get(self._keys.position(follower))
        return Seq(int(value)) if value else None

    def position_key(self, follower: str) -> str:
        """Where Redis keeps it, for an operator who has to know."""
        return self._keys.position(follower)

    async def save_position(self, follower: str, seq: Seq) -> None:
        """This follower needs nothing up to here any more."""
        await self._redis.set(self._keys.position(follower), str(seq))

    async def save_snapshot(self, seq: Seq, frozen: bytes) -> None:
        """Keep the floor as it was after this event, in place of an older one; nothing where a newer one is kept."""
        await self._keep_snapshot(keys=[self._keys.snapshot, self._keys.head], args=[seq, frozen])

    async def load_snapshot(self) -> tuple[Seq, bytes] | None:
        """The newest snapshot, if there is one."""
        answer: Any = await self._redis.hmget(self._keys.snapshot, ["seq", "floor"])
        seq, frozen = answer
        return (Seq(int(seq)), frozen) if seq and frozen else None

    async def snapshot_seq(self) -> Seq | None:
        """The last event in the newest snapshot, if there is one."""
        seq: Any = await self._redis.hget(self._keys.snapshot, "seq")
        return Seq(int(seq)) if seq else None

    async def trim(self, followers: Sequence[str]) -> Seq:
        """Drop what no follower and no snapshot needs, less a tail for browsers; answers the first seq kept.

        A follower that has never said where it is needs everything.
        """
        snapshot = await self.snapshot_seq()
        positions = [await self.position(follower) for follower in followers]
        known = [position for position in positions if position is not None]
        if snapshot is None or len(known) < len(positions):
            return await self.first_seq() or Seq(0)
        head = await self.head()
        keep_from = min([snapshot, *known, head.seq - TAIL_KEPT]) + 1
        await self._redis.xtrim(self._keys.ledger, minid=f"{keep_from}-0", approximate=True)
        return Seq(keep_from)
