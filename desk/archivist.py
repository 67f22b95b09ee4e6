"""The archivist: carries the ledger over into SQL, so that the ledger may forget.

Only after a batch is committed does its position go to Redis, where it permits trimming. An event is never
skipped: an outage, a gap in the ledger or an event that SQL will not take each stop the archive where it is,
say so in the log, and are tried again until they are gone. A ledger that was lost with its Redis and begun
anew is no gap: nothing of it is skipped, and what the lost one still held cannot be had.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from prometheus_client import Counter, Gauge
from redis.exceptions import RedisError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as SqlTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.store.batches import (
    LedgerMismatchError,
    archive_batch,
    archived_body,
    archived_position,
    begin_anew,
)
from desk.store.engine import place_of
from desk.store.folding import Entry
from sessions import events as ev
from sessions.ids import Seq
from sessions.ledger import Ledger
from sessions.waiting import CutShort, set_within

FOLLOWER = "archive"
"""The name of the archive's position, up to which the ledger may be trimmed."""
BATCH_EVENTS = 500
GATHER_MS = 50
"""How long a batch may take to fill: a crowd shares an fsync."""
WAIT_MS = 1_000
"""How long to wait for the next event at a time."""
BACKOFF_MIN_S, BACKOFF_MAX_S = 0.2, 10.0

EVENTS = Counter("desk_archive_events", "Events carried over into SQL by this process.")
POSITION = Gauge("desk_archive_position", "The last event that this process knows to be safe in SQL.")
FAILURES = Counter("desk_archive_failures", "Times that archiving had to stop for a while.")

log = logging.getLogger(__name__)

AfterCommit = Callable[[Sequence[Entry]], Awaitable[None]]


async def run_archivist(
    ledger: Ledger,
    engine: AsyncEngine,
    stop: asyncio.Event,
    *,
    after_commit: AfterCommit | None = None,
) -> None:
    """Archives until `stop` is set; returns as soon as the batch under way is committed.

    Several may run: they take turns, and each event is archived once. `after_commit` is given every event once and
    in order, from where the archive stood at the start, after it is safe in SQL, whoever wrote it there.
    """
    failures = 0
    async with CutShort(by=stop) as wait:
        archivist = _Archivist(ledger, engine, after_commit, wait)
        while not stop.is_set():
            try:
                await archivist.step()
            except Exception as error:
                failures += 1
                pause_s = min(BACKOFF_MAX_S, BACKOFF_MIN_S * 2 ** min(failures - 1, 10))
                archivist.stumble(error, pause_s)
                await set_within(stop, pause_s)
            else:
                if failures:
                    log.info("archiving again", extra={"failures": failures})
                failures = 0


class _Archivist:
    """Where one archivist stands: everything up to `_after` is in SQL, if `_sure`."""

    def __init__(self, ledger: Ledger, engine: AsyncEngine, after_commit: AfterCommit | None, wait: CutShort) -> None:
        self._wait = wait
        self._ledger = ledger
        self._engine = engine
        self._after_commit = after_commit
        self._after = Seq(0)
        self._sure = False
        self._told: Seq | None = None
        self._batch: Sequence[Entry] = ()
        self._batch_events = BATCH_EVENTS

    async def step(self) -> None:
        """Archives the next batch, or finds that there is none yet."""
        self._batch = ()
        if not self._sure:
            self._after = await self._find_place()
            self._told = self._after if self._told is None else self._told
            await self._ledger.save_position(FOLLOWER, self._after)
            self._sure = True
        self._batch = await self._gather()
        if not self._batch:
            return
        await archive_batch(self._engine, self._batch)
        self._after = self._batch[-1][0]
        EVENTS.inc(len(self._batch))
        POSITION.set(self._after)
        self._batch_events = min(BATCH_EVENTS, self._batch_events * 2)
        await self._tell(self._batch)
        await self._ledger.save_position(FOLLOWER, self._after)

    def stumble(self, error: Exception, pause_s: float) -> None:
        """Notes a failure, for the log and for the next step, which will ask SQL where it stands."""
        self._sure = False
        FAILURES.inc()
        where = {"after": self._after, "retry_s": pause_s}
        if isinstance(error, _OUTAGES):
            log.warning("cannot archive now: %s", error, extra=where)
        elif isinstance(error, LedgerMismatchError):
            log.error("archiving has stopped: %s", error, extra=where)
        elif len(self._batch) == 1:
            seq, event = self._batch[0]
            log.error("archiving has stopped at event %s, %s", seq, ev.type_of(event), exc_info=error, extra=where)
        else:
            log.error("archiving has stopped; looking for the event that does it", exc_info=error, extra=where)
            self._batch_events = 1

    async def _find_place(self) -> Seq:
        """Where the archive ends, once it is certain that this ledger goes on there."""
        saved = await self._ledger.position(FOLLOWER)  # asked first: it never runs ahead of its own SQL
        archived = await archived_position(self._engine)
        before_first = await self._ledger.beginning()
        if archived == 0:
            self._be_sure_to_be_first(saved, before_first)
            return before_first
        if before_first > archived:
            return await self._cross_gap(archived, before_first)
        if before_first < archived:
            await self._compare(archived)
        return archived

    def _be_sure_to_be_first(self, saved: Seq | None, before_first: Seq) -> None:
        if saved is not None and saved > before_first:
            raise LedgerMismatchError(
                f"DATABASE_URL names {place_of(self._engine)}, in which nothing is archived, but this ledger was"
                f" archived up to event {saved} in another database. Set DATABASE_URL to that one. If it is lost,"
                f" restore its newest backup; without one, delete {self._ledger.position_key(FOLLOWER)} in Redis,"
                " and what the ledger still holds is archived here."
            )

    async def _cross_gap(self, archived: Seq, before_first: Seq) -> Seq:
        if await self._ledger.position(FOLLOWER) is not None:
            raise LedgerMismatchError(
                f"The archive ends at event {archived}, but the ledger begins after {before_first}:"
                " it was trimmed too far. Restore Redis from a backup."
            )
        log.error(
            "the ledger was lost and begins anew after event %s; what came after event %s before that is not archived",
            before_first,
            archived,
        )
        await begin_anew(self._engine, archived, before_first)
        return before_first

    async def _compare(self, archived: Seq) -> None:
        found = await self._ledger.read(Seq(archived - 1), count=1, block_ms=1)
        if not found:
            raise LedgerMismatchError(
                f"The ledger ends before event {archived}, which is in the archive:"
                " Redis holds older data. Restore its newest backup."
            )
        if ev.encode(found[0][1]).decode() != await archived_body(self._engine, archived):
            raise LedgerMismatchError(
                f"Event {archived} is another one in the ledger than in the archive:"
                " this Redis and this database do not belong together."
            )

    async def _gather(self) -> list[Entry]:
        reading = self._ledger.read(self._after, count=self._batch_events, block_ms=WAIT_MS)
        batch = await self._wait.on(reading, [])
        missing = self._batch_events - len(batch)
        if batch and missing:
            await asyncio.sleep(GATHER_MS / 1000)
            batch += await self._ledger.read(batch[-1][0], count=missing, block_ms=1)
        return batch

    async def _tell(self, batch: Sequence[Entry]) -> None:
        assert self._told is not None, "told before its place was found"
        told = self._told
        news = [entry for entry in batch if entry[0] > told]
        if not self._after_commit or not news:
            return
        self._told = news[-1][0]
        try:
            await self._after_commit(news)
        except Exception:
            log.exception("what follows an archived batch failed", extra={"after": self._after})


_OUTAGES = (OperationalError, InterfaceError, SqlTimeoutError, RedisError, OSError)
