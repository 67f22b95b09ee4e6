"""The demo comes to life: customers arrive at a chosen pace, some seats are taken by colleagues who answer.

The seats that the sign-in page offers stay free for people. A few customers come at once, so that every page has
something to show from the first minute; the others follow by chance, as at a real desk.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from random import Random

import msgspec
from aiohttp import ClientError, ClientSession, CookieJar

from desk.channels.wechat.simulator.simulator import CUSTOMERS
from desk.channels.wechat.simulator.users import Profile
from desk.demo.colleagues import Colleague
from desk.demo.phones import Phone, play
from desk.demo.stage import Performance, Stage
from desk.demo.stories import Story, chosen
from sessions.ids import CustomerId, UserId, customer_id
from sessions.ledger import Ledger, LedgerTrimmed
from sessions.replica import restore
from sessions.waiting import set_within

COLLEAGUES = tuple(f"agent{n}" for n in range(21, 29))
AT_ONCE = 6
"""So many customers come in the first moments."""
AT_ONCE_S = 15.0
BUSY_MAX = 30
"""Nobody new comes while so many are at it."""
REST_S = 600.0
"""A customer who was here does not come back with another matter before."""
SERVES_WITHIN_S = 60.0
LOOK_AGAIN_S = 0.5

log = logging.getLogger(__name__)


class Life:
    """Everybody of the demo who is no person."""

    def __init__(
        self, url: str, ledger: Ledger, stories: Sequence[Story], per_minute: float, seed: int | None = None
    ) -> None:
        self._url = url
        self._ledger = ledger
        self._stories = stories
        self._per_minute = per_minute
        self._chance = Random(seed)  # noqa: S311 - a play, not a secret
        self._stage = Stage(_cast(), map(UserId, COLLEAGUES))
        self._busy: set[CustomerId] = set()
        self._playing: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Goes on until told to stop; begins when the desk serves. Raises `TimeoutError` when it does not."""
        async with contextlib.AsyncExitStack() as stack:
            http = await stack.enter_async_context(ClientSession(self._url))
            await self._until_it_serves(http, stop)
            tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._send_customers(http))]
            for user in COLLEAGUES:
                jar = CookieJar(unsafe=True)  # the demo's address has no name, only numbers
                own = await stack.enter_async_context(ClientSession(self._url, cookie_jar=jar))
                colleague = Colleague(own, user, self._stage, Random(self._chance.random()))  # noqa: S311
                tasks.append(asyncio.create_task(colleague.sit()))
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in (*tasks, *self._playing):
                task.cancel()
            for outcome in await asyncio.gather(*tasks, *self._playing, return_exceptions=True):
                if isinstance(outcome, Exception):
                    raise outcome

    async def _until_it_serves(self, http: ClientSession, stop: asyncio.Event) -> None:
        async with asyncio.timeout(SERVES_WITHIN_S):
            while not stop.is_set():
                with contextlib.suppress(ClientError, OSError):
                    async with http.get("/healthz") as answer:
                        if answer.status == HTTPStatus.OK:
                            return
                await set_within(stop, 0.3)

    async def _listen(self) -> None:
        """Customers hear what the desk tells them, and colleagues see the floor."""
        while True:
            try:
                replica = await restore(self._ledger)
                self._stage.floor = replica.floor
                while True:
                    entries = await self._ledger.read(replica.seq)
                    replica.fold(entries)
                    for _, event in entries:
                        self._stage.take_in(event)
            except LedgerTrimmed:
                await asyncio.sleep(LOOK_AGAIN_S)

    async def _send_customers(self, http: ClientSession) -> None:
        for _ in range(AT_ONCE):
            self._send_one(http)
            await asyncio.sleep(self._chance.uniform(0, 2 * AT_ONCE_S / AT_ONCE))
        while True:
            await asyncio.sleep(self._chance.expovariate(self._per_minute / 60))
            self._send_one(http)

    def _send_one(self, http: ClientSession) -> None:
        idle = [customer for customer in self._stage.cast if customer not in self._busy]
        if not idle or len(self._playing) >= BUSY_MAX:
            return
        customer = self._chance.choice(idle)
        self._busy.add(customer)
        task = asyncio.create_task(self._play(http, customer))
        self._playing.add(task)
        task.add_done_callback(self._playing.discard)

    async def _play(self, http: ClientSession, customer: CustomerId) -> None:
        performance = self._stage.begin(customer, chosen(self._stories, self._chance))
        try:
            await play(Phone(http, customer), performance, self._chance)
        except (ClientError, OSError) as failure:
            log.info("a customer of the demo gave up", extra={"customer": customer, "reason": str(failure)})
        asyncio.get_running_loop().call_later(REST_S, self._rest, performance)

    def _rest(self, performance: Performance) -> None:
        self._stage.end(performance)
        self._busy.discard(performance.customer)


def _cast() -> Iterator[CustomerId]:
    """The customers of the seeds: whoever was made at a phone is a person's."""
    for profile in msgspec.json.decode(CUSTOMERS.read_bytes(), type=list[Profile]):
        yield customer_id("demo", profile.openid)
