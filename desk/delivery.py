"""Messages on their way out: each customer's in order, customers side by side.

A customer with something to say to has a line and one task that works it off; while a message is tried again, those
behind it wait, and nobody else does. Attempts of one account share its slots, so that an account whose channel hangs
or is out of quota takes nothing from another. Before an attempt its intent is on disk, see `outbox`.

A message that is wanted back is dropped where no attempt of it is under way; an attempt that has begun, decides.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence

from msgspec import Struct
from prometheus_client import Counter, Histogram
from redis.exceptions import RedisError

from desk.channels.adapter import ChannelAdapter, Delivered, NotNow, Outcome, Refused, Uncertain
from desk.outbox import Intent, Outbox, OutboxLost
from desk.patience import Patience
from sessions import commands as cmd
from sessions.content import Content
from sessions.ids import AccountId, CustomerId, MessageId, Millis, Seq, SessionId, account_of
from sessions.waiting import set_within

SLOTS = 64
"""Attempts at a time for each account."""
UNCERTAIN = "uncertain"

MESSAGES = Counter("desk_courier_messages", "Messages to customers, by what became of them.", ["outcome"])
ATTEMPTS = Counter("desk_courier_attempts", "Attempts to deliver a message.")
SECONDS = Histogram(
    "desk_courier_delivery_seconds",
    "From the ledger's event to the channel's answer, for messages that were taken.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)

log = logging.getLogger(__name__)


class Outgoing(Struct, frozen=True):
    """A message that is to be delivered; `give_up_at` is on the event loop's clock."""

    seq: Seq
    at: Millis
    customer: CustomerId
    message: MessageId
    content: Content
    give_up_at: float
    session: SessionId | None = None
    held_until: Millis = Millis(0)


class Known(Struct, frozen=True):
    """How an attempt of ours ended whose end could not be written down; None: it never went out."""

    token: int
    outcome: Outcome | None
    attempts: int


class _Lane:
    """The slots of one account, and until when it rests."""

    def __init__(self) -> None:
        self.slots = asyncio.Semaphore(SLOTS)
        self.rests_until = 0.0


Collected = Callable[[AccountId], bool]
"""Whether this account's customers come for their messages themselves: nothing is carried to them."""


def nobody_collects(_account: AccountId) -> bool:
    """Every channel is carried to."""
    return False


class Deliveries:
    """The messages of one term of office. `known` outlives it, for the next one of the same process."""

    def __init__(
        self,
        adapters: Sequence[ChannelAdapter],
        outbox: Outbox,
        known: dict[Seq, Known],
        patience: Patience,
        collected: Collected = nobody_collects,
    ) -> None:
        self._adapters = adapters
        self._collected = collected
        self._outbox = outbox
        self._known = known
        self._patience = patience
        self._lines: dict[CustomerId, deque[Outgoing]] = {}
        self._lanes: dict[AccountId, _Lane] = {}
        self._on_the_wire: set[asyncio.Task[None]] = set()
        self._wanted_back: set[MessageId] = set()
        self._resting: dict[MessageId, asyncio.Event] = {}
        self._open = asyncio.Event()
        self._closing = asyncio.Event()
        self.tasks: set[asyncio.Task[None]] = set()
        self.pending = 0

    def take(self, outgoing: Outgoing) -> None:
        """Deliver it after the customer's others."""
        self.pending += 1
        line = self._lines.get(outgoing.customer)
        if line is not None:
            line.append(outgoing)
            return
        self._lines[outgoing.customer] = line = deque([outgoing])
        task = asyncio.create_task(self._work_off(line))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def open(self) -> None:
        """Begin: until now nothing was sent, because more of what is wanted back may have been still to be read."""
        self._open.set()

    def take_back(self, customer: CustomerId, message: MessageId) -> None:
        """Do not send it, if there is time; what has gone already, or is none of ours, is nothing to us."""
        if any(each.message == message for each in self._lines.get(customer, ())):
            self._wanted_back.add(message)
            if resting := self._resting.get(message):
                resting.set()

    def close(self) -> None:
        """Begin no more attempts; what was not begun is left to the next courier, as if never seen."""
        self._closing.set()
        self._open.set()
        for resting in self._resting.values():
            resting.set()

    def cut_off(self) -> None:
        """Wait no longer for answers; what is on the wire becomes uncertain."""
        for task in self._on_the_wire:
            task.cancel()

    async def _work_off(self, line: deque[Outgoing]) -> None:
        customer = line[0].customer
        try:
            await self._open.wait()
            while line and not self._closing.is_set():
                if not await self._deliver(line[0]):
                    return
                line.popleft()
                self.pending -= 1
        except OutboxLost:
            self.close()
        finally:
            del self._lines[customer]

    async def _deliver(self, outgoing: Outgoing) -> bool:
        """Bring it to its end; False when it is left to the next courier."""
        lane = self._lanes.setdefault(account_of(outgoing.customer), _Lane())
        attempts = 0
        if not self._collected(account_of(outgoing.customer)):
            await self._rest(outgoing, _held_s(outgoing))
        while True:
            if self._collected(account_of(outgoing.customer)):
                await self._outbox.settle(outgoing.seq, None)
                return True
            async with lane.slots:
                await self._rest(outgoing, lane.rests_until - _now())
                if self._closing.is_set():
                    return False
                if outgoing.message in self._wanted_back:
                    await self._give_back(outgoing)
                    return True
                attempts += 1
                intent = Intent(outgoing.message, self._outbox.token, attempts, outgoing.session)
                await self._begin(outgoing.seq, intent)
                outcome = await self._attempt(outgoing)
            if isinstance(outcome, NotNow):
                lane.rests_until = max(lane.rests_until, _now() + outcome.rest_s)
                rest_s = max(outcome.rest_s, self._patience.rest_s(attempts))
                if _now() + rest_s < outgoing.give_up_at or outgoing.message in self._wanted_back:
                    await self._withdraw(outgoing.seq, intent)
                    await self._rest(outgoing, rest_s)
                    continue
            await self._settle(outgoing, outcome, attempts)
            return True

    async def _rest(self, outgoing: Outgoing, seconds: float) -> None:
        """Wait so long, or until it is wanted back, or the end."""
        if seconds <= 0 or self._closing.is_set() or outgoing.message in self._wanted_back:
            return
        resting = self._resting[outgoing.message] = asyncio.Event()
        await set_within(resting, seconds)
        del self._resting[outgoing.message]

    async def _give_back(self, outgoing: Outgoing) -> None:
        came_back = cmd.ReportRecalled(message=outgoing.message, customer=outgoing.customer, session=outgoing.session)
        await self._outbox.settle(outgoing.seq, came_back)
        self._wanted_back.discard(outgoing.message)
        MESSAGES.labels("recalled").inc()

    async def _attempt(self, outgoing: Outgoing) -> Outcome:
        ATTEMPTS.inc()
        task = asyncio.current_task()
        assert task is not None
        self._on_the_wire.add(task)
        try:
            adapter = self._adapter_of(account_of(outgoing.customer))
            if adapter is None:
                return NotNow("unknown_account", "no channel serves this account")
            return await adapter.deliver(outgoing.customer, outgoing.content)
        except asyncio.CancelledError:
            if not self._closing.is_set():
                raise
            task.uncancel()
            return Uncertain("the courier had to stop before the answer came")
        except (RedisError, OSError) as failure:
            return NotNow("unreachable", type(failure).__name__)
        except Exception as failure:
            log.exception("an attempt failed in an unforeseen way", extra={"message_id": outgoing.message})
            return Uncertain(type(failure).__name__)
        finally:
            self._on_the_wire.discard(task)

    def _adapter_of(self, account: AccountId) -> ChannelAdapter | None:
        return next((adapter for adapter in self._adapters if adapter.serves(account)), None)

    async def _begin(self, seq: Seq, intent: Intent) -> None:
        try:
            await self._outbox.begin(seq, intent)
        except OutboxLost:
            self._known[seq] = Known(intent.token, None, intent.attempts)
            raise

    async def _withdraw(self, seq: Seq, intent: Intent) -> None:
        try:
            await self._outbox.withdraw(seq, intent)
        except OutboxLost:
            self._known[seq] = Known(intent.token, None, intent.attempts)
            raise

    async def _settle(self, outgoing: Outgoing, outcome: Outcome, attempts: int) -> None:
        try:
            await self._outbox.settle(outgoing.seq, report(outgoing.message, outgoing.session, outcome, attempts))
        except OutboxLost:
            self._known[outgoing.seq] = Known(self._outbox.token, outcome, attempts)
            raise
        self._wanted_back.discard(outgoing.message)
        tell(outgoing.message, outcome, attempts)
        if isinstance(outcome, Delivered):
            SECONDS.observe(max(0.0, time.time() - max(outgoing.at, outgoing.held_until) / 1000))


def report(message: MessageId, session: SessionId | None, outcome: Outcome, attempts: int) -> cmd.Command:
    """The command that tells the engine what became of a message."""
    match outcome:
        case Delivered():
            return cmd.ReportDelivered(message=message, session=session, attempts=attempts)
        case Refused(code=code, detail=detail) | NotNow(code=code, detail=detail):
            return cmd.ReportFailed(message=message, session=session, code=code, detail=detail, attempts=attempts)
        case Uncertain(detail=detail):
            return cmd.ReportFailed(
                message=message, session=session, code=UNCERTAIN, detail=detail, attempts=attempts, uncertain=True
            )


def tell(message: MessageId, outcome: Outcome, attempts: int) -> None:
    """Count it, and log what went wrong; never what was said."""
    MESSAGES.labels(_NAMES[type(outcome)]).inc()
    if not isinstance(outcome, Delivered):
        code = UNCERTAIN if isinstance(outcome, Uncertain) else outcome.code
        extra = {"message_id": message, "code": code, "detail": outcome.detail, "attempts": attempts}
        log.warning("a message was not delivered", extra=extra)


_NAMES: dict[type[Outcome], str] = {
    Delivered: "delivered",
    Refused: "refused",
    NotNow: "given_up",
    Uncertain: UNCERTAIN,
}


def _held_s(outgoing: Outgoing) -> float:
    """How long it is ours yet; never longer than was meant, however wrong this machine's clock is."""
    left_ms = outgoing.held_until - time.time() * 1000
    return min(left_ms, outgoing.held_until - outgoing.at) / 1000


def _now() -> float:
    return asyncio.get_running_loop().time()
