"""Bringing back who a customer is when they write again after a while, beside the courier's work.

The floor forgets customers in days, the archive does not; what it keeps, and once in a while what the channel tells,
goes back as a command. Nothing waits for it: where it fails, or more customers come than it can keep up with, the page
that opens the session brings what the archive has.
"""

import asyncio
import logging
import time
from collections.abc import Sequence

from prometheus_client import Counter
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.channels.adapter import Describer
from desk.store.customers import find_customer, remembered
from desk.store.engine import reading
from desk.store.models import ArchivedCustomer
from sessions.ids import CustomerId, account_of
from sessions.inbox import Inbox, InboxUnavailable
from sessions.profile import Told

SLOTS = 8
PENDING_MAX = 2_000
"""With so many under way, those who come are left to the pages."""
TOLD_FOR_S = 7 * 24 * 3600
"""So long what the channel told is not asked again."""

LOOKED_UP = Counter("desk_customers_looked_up", "Customers whose name was looked up, by what came of it.", ["outcome"])

log = logging.getLogger(__name__)


class Lookups:
    """The customers who are being looked up; ended with `close`."""

    def __init__(self, database: AsyncEngine, inbox: Inbox, describers: Sequence[Describer]) -> None:
        self._database = database
        self._inbox = inbox
        self._describers = describers
        self._slots = asyncio.Semaphore(SLOTS)
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, customer: CustomerId) -> None:
        """Look the customer up, soon."""
        if len(self._tasks) >= PENDING_MAX:
            LOOKED_UP.labels("left").inc()
            return
        task = asyncio.create_task(self._look_up(customer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _look_up(self, customer: CustomerId) -> None:
        async with self._slots:
            try:
                async with reading(self._database) as sql:
                    kept = await find_customer(sql, customer)
                told = await self._told(customer) if _is_old(kept) else None
                await self._inbox.append(remembered(customer, kept, told))
            except (SQLAlchemyError, RedisError, InboxUnavailable, OSError) as failure:
                LOOKED_UP.labels("failed").inc()
                log.warning("a customer could not be looked up", extra={"reason": type(failure).__name__})
            else:
                LOOKED_UP.labels("told" if told else "kept").inc()

    async def _told(self, customer: CustomerId) -> Told | None:
        account = account_of(customer)
        describer = next((each for each in self._describers if each.serves(account)), None)
        return await describer.describe(customer) if describer else None


def _is_old(kept: ArchivedCustomer | None) -> bool:
    return kept is None or kept.told_at is None or kept.told_at < (time.time() - TOLD_FOR_S) * 1000
