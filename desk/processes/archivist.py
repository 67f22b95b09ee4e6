"""The archivist process: carries the ledger into SQL, and shortens the fold behind it with snapshots."""

import asyncio
from collections.abc import Sequence

from desk.archivist import run_archivist
from desk.processes.database import open_database
from desk.processes.running import Resources
from sessions import events as ev
from sessions.ids import Seq
from sessions.snapshots import SnapshotTaker


async def run(resources: Resources, stop: asyncio.Event) -> None:
    """Archive, snapshot and trim until told to stop."""
    taker: SnapshotTaker | None = None

    async def follow(entries: Sequence[tuple[Seq, ev.Event]]) -> None:
        nonlocal taker
        if taker is None:
            taker = await SnapshotTaker.at(resources.ledger, Seq(entries[0][0] - 1))
        await taker.take_in(entries)

    async with open_database(resources.settings) as database:
        await run_archivist(resources.ledger, database, stop, after_commit=follow)
    if taker is not None:
        await taker.save()
