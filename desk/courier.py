"""The courier: carries what the desk says out to the channels, and customers' files in.

It tails the ledger, one process at a time. Nothing is sent twice by us and nothing is dropped in silence, whenever
it dies, because a channel like WeChat's has neither receipts nor idempotency keys: a message is begun on disk
before it is sent, and one whose answer is not known is reported as failed and uncertain, never sent again.

    killed                                      Redis then holds            the next courier
    before the intent is on disk                nothing                     sends it
    with the intent, before or in the request   an intent                   reports `uncertain`
    after the answer, before it is written      an intent                   reports `uncertain`
    after a refusal that may be tried again     an intent until withdrawn   reports `uncertain`
    resting until the next attempt              nothing                     sends it
    once it was wanted back                     nothing                     reads so first, and does not send it
    after the result is written                 report and mark, one atom   passes over it
    before the position moves                   marks beyond the position   passes over those
    while a file is fetched or kept             nothing                     fetches it again

A courier that loses Redis or its lease, but lives, remembers how its last attempts ended, and writes that down when
it is in office again. One that slept through its lease can write nothing: each write checks the fencing token.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence

from msgspec import Struct
from prometheus_client import Gauge
from redis.exceptions import RedisError

from desk.channels.adapter import ChannelAdapter, Outcome, Uncertain
from desk.delivery import Collected, Deliveries, Known, Outgoing, nobody_collects, report, tell
from desk.fetching import Fetches, Incoming
from desk.lookups import Lookups
from desk.media import MediaStore
from desk.outbox import FOLLOWER, Intent, Leavings, Outbox, OutboxLost
from desk.patience import Patience
from desk.typing_signs import carry_signs
from sessions import events as ev
from sessions.content import Image, Video, Voice
from sessions.ids import Millis, Seq
from sessions.lease import Lease, held
from sessions.ledger import Ledger, LedgerTrimmed
from sessions.streams import Client, Keys
from sessions.waiting import CutShort, set_within

READ_MAX = 500
READ_BLOCK_MS = 1_000
GATHER_S = 0.005
"""A pause after a read that found little, so that a busy ledger is read in batches, not event by event."""
PENDING_MAX = 5_000
"""With so many messages and files taken up, no more of the ledger is read."""
FINISHED_AHEAD_MAX = 100_000
"""With so many marks beyond the oldest unfinished message, no more is read until that one is finished."""
SAVE_EVERY_S = 1.0
FAREWELL_S = 4.0
"""How long answers are waited for at the end."""
RETRY_S = 0.5

PENDING = Gauge("desk_courier_pending", "Messages and files that the courier has taken up and not finished.")

log = logging.getLogger(__name__)


async def run_courier(
    redis: Client,
    keys: Keys,
    adapters: Sequence[ChannelAdapter],
    media: MediaStore,
    stop: asyncio.Event,
    *,
    patience: Patience = Patience(),  # noqa: B008 - frozen
    farewell_s: float = FAREWELL_S,
    lookups: Lookups | None = None,
    collected: Collected = nobody_collects,
) -> None:
    """Carry while we hold the lease, stand by while another does, until `stop`; survives outages of Redis.

    The first adapter that serves an account carries its messages, unless they are collected; `lookups` finds out who
    comes. Ends within `farewell_s` and two seconds.
    """
    known: dict[Seq, Known] = {}
    lease = Lease(redis, keys, FOLLOWER)
    while not stop.is_set():
        try:
            async with held(lease, stop) as over:
                if not over.is_set():
                    outbox = Outbox(redis, keys, lease.token, over)
                    term = _Term(
                        redis=redis,
                        keys=keys,
                        ledger=Ledger(redis, keys),
                        lease=lease,
                        outbox=outbox,
                        adapters=adapters,
                        media=media,
                        known=known,
                        patience=patience,
                        over=over,
                        collected=collected,
                        lookups=lookups,
                    )
                    await term.serve(farewell_s)
        except (OutboxLost, RedisError, OSError) as failure:
            log.warning("the courier is out of office", extra={"reason": str(failure) or type(failure).__name__})
        except Exception:
            log.exception("the courier stumbled; it begins again where it stands")
        await set_within(stop, RETRY_S)


class _Term(Struct):
    """One term of office: from getting the lease to losing it."""

    redis: Client
    keys: Keys
    ledger: Ledger
    lease: Lease
    outbox: Outbox
    adapters: Sequence[ChannelAdapter]
    media: MediaStore
    known: dict[Seq, Known]
    patience: Patience
    over: asyncio.Event
    collected: Collected
    lookups: Lookups | None = None

    async def serve(self, farewell_s: float) -> None:
        left = await self.outbox.load()
        await self._clear_up(left)
        log.info("the courier is in office", extra={"token": self.lease.token, "after": left.position})
        deliveries = Deliveries(self.adapters, self.outbox, self.known, self.patience, self.collected)
        fetches = Fetches(self.adapters, self.media, self.outbox, self.patience)
        signs = asyncio.create_task(carry_signs(self.redis, self.keys, self.adapters, self.over))
        try:
            trouble = None
            try:
                await self._follow(left, deliveries, fetches)
            except Exception as failure:
                trouble = failure
            await self._farewell(deliveries, fetches, farewell_s)
            if trouble:
                raise trouble
        finally:
            unfinished = deliveries.tasks | fetches.tasks | {signs}
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)
            PENDING.set(0)

    async def _clear_up(self, left: Leavings) -> None:
        """Bring to an end what was under way: as we know it did, else as uncertain."""
        await asyncio.gather(*(self._end(seq, intent, left.done) for seq, intent in left.sending.items()))
        self.known.clear()

    async def _end(self, seq: Seq, intent: Intent, done: set[Seq]) -> None:
        known = self.known.get(seq)
        if known is None or (known.token, known.attempts) != (intent.token, intent.attempts):
            outcome: Outcome | None = Uncertain("the courier was interrupted before the answer came")
        else:
            outcome = known.outcome
        if outcome is None:
            await self.outbox.withdraw(seq, intent)
            return
        await self.outbox.settle(seq, report(intent.message, intent.session, outcome, intent.attempts))
        done.add(seq)
        tell(intent.message, outcome, intent.attempts)

    async def _follow(self, left: Leavings, deliveries: Deliveries, fetches: Fetches) -> None:
        async with CutShort(by=self.over) as wait:
            await self._carry_on(left, deliveries, fetches, wait)

    async def _carry_on(self, left: Leavings, deliveries: Deliveries, fetches: Fetches, wait: CutShort) -> None:
        after, saved_at = left.position, time.monotonic()
        caught_up = (await self.ledger.head()).seq
        while not self.over.is_set():
            PENDING.set(deliveries.pending + fetches.pending)
            is_full = self._is_full(deliveries, fetches)
            if is_full or after >= caught_up:
                deliveries.open()
            if is_full:
                await set_within(self.over, GATHER_S * 4)
                entries = []
            else:
                entries = await wait.on(self._read(after), [])
            for seq, event in entries:
                if seq in left.done:
                    left.done.remove(seq)
                else:
                    self._take(seq, event, deliveries, fetches)
                after = seq
            self.outbox.progress.reach(after)
            if time.monotonic() - saved_at > SAVE_EVERY_S:
                await self.outbox.save_position()
                saved_at = time.monotonic()
            if 0 < len(entries) < READ_MAX:
                await set_within(self.over, GATHER_S)

    async def _read(self, after: Seq) -> list[tuple[Seq, ev.Event]]:
        try:
            return await self.ledger.read(after, count=READ_MAX, block_ms=READ_BLOCK_MS)
        except LedgerTrimmed as gone:
            beginning = await self.ledger.beginning()
            log.error("events were trimmed before the courier saw them", extra={"after": after, "reason": str(gone)})
            return await self.ledger.read(beginning, count=READ_MAX, block_ms=READ_BLOCK_MS)

    def _is_full(self, deliveries: Deliveries, fetches: Fetches) -> bool:
        if self.outbox.progress.finished_ahead >= FINISHED_AHEAD_MAX:
            return True
        return deliveries.pending + fetches.pending >= PENDING_MAX

    def _take(self, seq: Seq, event: ev.Event, deliveries: Deliveries, fetches: Fetches) -> None:
        match event:
            case ev.MessageSent() | ev.NoticeSent():
                self.outbox.progress.take(seq)
                deliveries.take(self._outgoing(seq, event))
            case ev.SessionOpened(unknown=True) if self.lookups:
                self.lookups.take(event.customer)
            case ev.RecallAsked() | ev.MessageRecalled():
                deliveries.take_back(event.customer, event.message)
            case ev.MessageReceived(content=Image() | Voice() | Video() as content) if content.source:
                self.outbox.progress.take(seq)
                fetches.take(Incoming(seq, event.customer, event.message, event.session, content, self._give_up_at()))
            case _:
                pass

    def _outgoing(self, seq: Seq, event: ev.MessageSent | ev.NoticeSent) -> Outgoing:
        return Outgoing(
            seq,
            event.at,
            event.customer,
            event.message,
            event.content,
            self._give_up_at(),
            event.session,
            event.held_until if isinstance(event, ev.MessageSent) else Millis(0),
        )

    def _give_up_at(self) -> float:
        return asyncio.get_running_loop().time() + self.patience.give_up_s

    async def _farewell(self, deliveries: Deliveries, fetches: Fetches, farewell_s: float) -> None:
        """Let what is on the wire come home; what does not in time becomes uncertain, while we still may say so."""
        deliveries.close()
        fetches.close()
        deadline = time.monotonic() + farewell_s
        while deliveries.tasks and time.monotonic() < deadline:
            await asyncio.wait(deliveries.tasks, timeout=min(1.0, farewell_s))
            await self._stay_in_office()
        deliveries.cut_off()
        if deliveries.tasks:
            await asyncio.wait(deliveries.tasks, timeout=1.0)
        with contextlib.suppress(OutboxLost):
            await self.outbox.save_position()

    async def _stay_in_office(self) -> None:
        """The keeper of the lease went home when `stop` was set; without it our last results could not be written."""
        with contextlib.suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(1.0):
                await self.lease.renew()
