"""The engine: the only writer of truth.

Reads the inbox in batches, lets the core decide, commits the events together with the inbox position. Killed
anywhere, it begins again from the last commit: a command takes effect once. A standby waits for the lease with the
floor in its hands: thawing a large one takes longer than a lease may go unrenewed.
"""

import asyncio
import contextlib
import logging
import time

from redis.exceptions import RedisError

from sessions import commands as cmd
from sessions import events as ev
from sessions.decide import TimerFailed, step
from sessions.floor import Floor
from sessions.ids import Millis, Seq
from sessions.inbox import InboxReader
from sessions.lease import Lease, held
from sessions.ledger import LeaseLost, Ledger, LedgerTrimmed
from sessions.redis_time import RedisTime
from sessions.replica import Replica, catch_up, restore
from sessions.streams import Client, Keys, entry_ms
from sessions.timers import Timer
from sessions.waiting import CutShort, set_within

BATCH_MAX = 512
GATHER_S = 0.002
"""A pause after a small batch: at a thousand commands a second they come by the handful, not one by one."""
GATHER_BELOW = 64
IDLE_MS_MAX = 2_000
FOLLOW_MS = 2_000
"""As long as a standby waits for an event at a time; getting the lease cuts it short."""
TRIM_EVERY_S = 5.0
RETRY_S = 0.5

log = logging.getLogger(__name__)


class _UndecidableError(Exception):
    """A command made the core fail; the floor may be half changed."""

    def __init__(self, entry_id: str, data: bytes) -> None:
        super().__init__(entry_id)
        self.entry_id = entry_id
        self.data = data


class Engine:
    """One engine process; `run` until told to stop."""

    def __init__(self, redis: Client, keys: Keys) -> None:
        self._redis = redis
        self._keys = keys
        self._ledger = Ledger(redis, keys)
        self._reader = InboxReader(redis, keys)
        self._time = RedisTime(redis)
        self._replica = Replica(Floor(), Seq(0))
        self._position = "0-0"
        self._trimmed_at = 0.0
        self._suspects: set[str] = set()
        """Inbox entries set aside whose place in the inbox is not yet behind us."""
        self._left_out: frozenset[Timer] = frozenset()
        """Timers that made the core fail since this engine began."""

    async def run(self, stop: asyncio.Event) -> None:
        """Decide while we hold the lease, stand by while another does; survives outages of Redis."""
        lease = Lease(self._redis, self._keys, "engine")
        while not stop.is_set():
            try:
                self._replica = await restore(self._ledger)
                await self._hold(lease, stop)
            except LeaseLost as lost:
                log.warning("engine lost its lease", extra={"reason": str(lost)})
            except (RedisError, OSError) as failure:
                log.warning("engine cannot reach redis", extra={"reason": str(failure)})
                await asyncio.sleep(RETRY_S)

    async def _hold(self, lease: Lease, stop: asyncio.Event) -> None:
        """Stand by until the lease is ours, then lead until it is not."""
        leads = asyncio.Event()
        following = asyncio.create_task(self._follow(leads))
        try:
            async with held(lease, stop) as over:
                leads.set()
                await following
                if not over.is_set():
                    await self._lead(lease, over)
        finally:
            leads.set()  # beside the cancelling, which the Redis client may swallow (wait_for, Python 3.11)
            following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await following

    async def _follow(self, leads: asyncio.Event) -> None:
        """Keep up with the engine that leads."""
        async with CutShort(by=leads) as wait:
            while not leads.is_set():
                try:
                    self._replica.fold(await wait.on(self._ledger.read(self._replica.seq, block_ms=FOLLOW_MS), []))
                except LedgerTrimmed:
                    self._replica = await restore(self._ledger)
                except (RedisError, OSError):
                    await set_within(leads, RETRY_S)

    async def _lead(self, lease: Lease, over: asyncio.Event) -> None:
        await self._time.compare()
        await self._begin()
        log.info("engine leads", extra={"token": lease.token, "seq": self._replica.seq, "position": self._position})
        async with CutShort(by=over) as wait:
            while not over.is_set():
                reading = self._reader.read(self._position, count=BATCH_MAX, block_ms=self._idle_ms())
                entries = await wait.on(reading, [])
                await self._take(entries, lease.token)
                if 0 < len(entries) < GATHER_BELOW:
                    await asyncio.sleep(GATHER_S)

    async def _take(self, entries: list[tuple[str, bytes]], token: int) -> None:
        """Decide these entries, or what is due when there are none, and write it down."""
        try:
            events, position = self._decide(entries)
        except _UndecidableError as failure:
            await self._reader.set_aside(failure.entry_id, failure.data, repr(failure.__cause__))
            self._suspects.add(failure.entry_id)
            await self._begin_anew()
            return
        except TimerFailed as failure:
            log.exception("a timer cannot be decided: left out", extra={"timer": failure.timer})
            self._left_out |= {failure.timer}
            await self._begin_anew()
            return
        if events or position != self._position:
            self._replica.seq = await self._ledger.commit(token, self._replica.seq, position, events)
            self._position = position
        await self._trim()

    async def _begin_anew(self) -> None:
        """The floor may be half changed: again from the last commit, without what made it fail."""
        self._replica = await restore(self._ledger)
        self._replica.floor.left_out = self._left_out

    async def _begin(self) -> None:
        """Begin where the last commit left off."""
        head = await self._ledger.head()
        try:
            await catch_up(self._ledger, self._replica, head.seq)
        except LedgerTrimmed:
            self._replica = await restore(self._ledger, upto=head.seq)
        self._replica.floor.left_out = self._left_out
        self._position = head.position

    def _decide(self, entries: list[tuple[str, bytes]]) -> tuple[list[ev.Event], str]:
        """The events of these entries, or of the time that passed when there are none; the position after them."""
        if not entries:
            due_at, now = self._replica.floor.next_due_at(), self._time.now()
            return (
                step(self._replica.floor, cmd.Tick(), now, "tick") if due_at and due_at <= now else []
            ), self._position
        events: list[ev.Event] = []
        for entry_id, data in entries:
            if entry_id in self._suspects:
                continue
            try:
                events += step(self._replica.floor, cmd.decode(data), Millis(entry_ms(entry_id)), entry_id)
            except TimerFailed:
                raise
            except Exception as failure:
                log.exception("a command cannot be decided: set aside", extra={"entry": entry_id})
                raise _UndecidableError(entry_id, data) from failure
        self._suspects.clear()
        return events, entries[-1][0]

    def _idle_ms(self) -> int:
        """How long to wait for a command: until the next timer at most."""
        due_at = self._replica.floor.next_due_at()
        return IDLE_MS_MAX if due_at is None else min(IDLE_MS_MAX, max(1, due_at - self._time.now()))

    async def _trim(self) -> None:
        if time.monotonic() - self._trimmed_at > TRIM_EVERY_S:
            self._trimmed_at = time.monotonic()
            await self._reader.trim(self._position)
            await self._time.compare()
