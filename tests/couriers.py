"""Couriers at work on a real Redis: a ledger that says what to send, a channel in memory, reports that come back."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from desk.channels.adapter import ChannelAdapter, Delivered, FetchOutcome, MediaContent, Outcome, Refused, TypingOutcome
from desk.courier import run_courier
from desk.delivery import Collected, nobody_collects
from desk.media import MediaStore
from desk.patience import Patience
from sessions import commands as cmd
from sessions import events as ev
from sessions.content import Content, Text
from sessions.ids import AccountId, CustomerId, MessageId, Millis, SessionId
from tests.ledgers import Scribe

HASTY = Patience(give_up_s=0.4, rest_min_s=0.01, rest_max_s=0.05)
"""A courier's patience, a hundred times shorter."""

_NOWHERE = Path("no-media")
Reply = Outcome | BaseException | Callable[[], Awaitable[Outcome]]


class Channel:
    """Takes every message, unless told otherwise by the message's text: then its replies, one an attempt."""

    def __init__(self, *accounts: str) -> None:
        self.accounts = accounts or ("demo",)
        self.replies: dict[str, list[Reply]] = {}
        self.files: dict[str, list[FetchOutcome]] = {}
        self.arrived: list[tuple[str, str]] = []
        """Who got what, in order."""
        self.attempts: list[str] = []
        self.signs: list[tuple[str, bool]] = []
        self.busy = 0
        self.busy_max = 0

    def serves(self, account: AccountId) -> bool:
        return account in self.accounts

    async def deliver(self, customer: CustomerId, content: Content) -> Outcome:
        assert isinstance(content, Text)
        self.attempts.append(content.text)
        self.busy += 1
        self.busy_max = max(self.busy, self.busy_max)
        try:
            replies = self.replies.get(content.text)
            reply = replies.pop(0) if replies else Delivered()
            if isinstance(reply, BaseException):
                raise reply
            outcome = await reply() if callable(reply) else reply
        finally:
            self.busy -= 1
        if isinstance(outcome, Delivered):
            self.arrived.append((customer, content.text))
        return outcome

    async def show_typing(self, customer: CustomerId, last_at: Millis, *, on: bool) -> TypingOutcome:
        self.signs.append((customer, on))
        return "shown" if on else "ended"

    async def fetch(self, customer: CustomerId, content: MediaContent, bytes_max: int) -> FetchOutcome:
        outcomes = self.files.get(content.source)
        return (outcomes.pop(0) if len(outcomes) > 1 else outcomes[0]) if outcomes else Refused("40007")


class Office:
    """A ledger, and what couriers reported about it."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.scribe = Scribe(redis)
        self.keys = self.scribe.keys
        self._said = 0

    async def say(self, customer: str, *texts: str) -> list[str]:
        """Notices to a customer of the account `demo`, or of another: `bank:ann`. Answers the messages' ids."""
        events = [self.saying(customer, text) for text in texts]
        await self.scribe.write(events)
        return [event.message for event in events]

    def saying(self, customer: str, text: str) -> ev.NoticeSent:
        self._said += 1
        return ev.NoticeSent(
            at=Millis(int(time.time() * 1000)),
            cause="test",
            customer=CustomerId(customer if ":" in customer else f"demo:{customer}"),
            message=MessageId(f"20261123-0001.{self._said}"),
            kind="greeting",
            content=Text(text=text),
            session=SessionId("20261123-0001"),
        )

    async def reports(self) -> list[Any]:
        """Everything that was reported, in order."""
        found: Any = await self.redis.xrange(self.keys.inbox)
        return [cmd.decode(fields[b"c"]) for _, fields in found]

    async def report_of(self, message: str) -> Any:
        """The report on this message, of which there is exactly one."""
        found = [report for report in await self.reports() if report.message == message]
        assert len(found) == 1, found
        return found[0]

    async def outcomes(self) -> dict[str, str]:
        """What became of each message: `delivered`, or the code of the failure. No message is reported twice."""
        reports = await self.reports()
        assert len({report.message for report in reports}) == len(reports), reports
        return {report.message: getattr(report, "code", "delivered") for report in reports}

    async def reported(self, count: int, timeout_s: float = 5) -> list[Any]:
        """The reports, once there are so many."""
        async with asyncio.timeout(timeout_s):
            while len(reports := await self.reports()) < count:  # noqa: ASYNC110 - Redis tells nobody
                await asyncio.sleep(0.005)
        return reports

    async def unfinished(self) -> tuple[int, int]:
        """How many intents and how many marks lie in Redis."""
        sending = await self.redis.hlen(f"{self.keys.prefix}courier:sending")
        return sending, await self.redis.zcard(f"{self.keys.prefix}courier:done")

    async def settled(self, timeout_s: float = 5) -> None:
        """Waits until the courier has nothing left of the ledger to do, and has written that down."""
        async with asyncio.timeout(timeout_s):
            while await self.position() < (await self.scribe.ledger.head()).seq:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def position(self) -> int:
        return await self.scribe.ledger.position("courier") or 0

    @asynccontextmanager
    async def courier(
        self,
        *channels: ChannelAdapter,
        media: MediaStore | None = None,
        redis: Redis | None = None,
        patience: Patience = HASTY,
        farewell_s: float = 1.0,
        collected: Collected = nobody_collects,
    ) -> AsyncIterator[asyncio.Event]:
        """A courier in office, stopped in good order at the end; yields what stops it before."""
        stop = asyncio.Event()
        store = media or MediaStore(_NOWHERE)
        work = run_courier(
            redis or self.redis,
            self.keys,
            channels,
            store,
            stop,
            patience=patience,
            farewell_s=farewell_s,
            collected=collected,
        )
        task = asyncio.create_task(work)
        try:
            yield stop
        finally:
            stop.set()
            await task
