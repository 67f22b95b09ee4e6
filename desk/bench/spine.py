"""The whole way, end to end: push → seat's frame, seat's answer → WeChat, and what the archive has in the end."""

import asyncio
import itertools
from collections import Counter
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.bench.pushes import Pushes
from desk.bench.seats import Seat, Seen
from desk.bench.site import Site, clock, percentiles_ms, used
from desk.bench.wechat_api import WeChatApi
from desk.bench.wire import Client
from desk.store.engine import create_engine

CUSTOMERS = 300
SEATS = 30
CONNECTIONS = 256
DRAIN_S = 30.0
SETTLE_S = 60.0
ATTEMPTS, ATTEMPT_S, RETRY_S = 3, 5.0, 1.0
"""WeChat's manners with a push that is not answered, but for waiting less between."""


class Spine:
    """Customers and seats around a running site."""

    def __init__(
        self, site: Site, api: WeChatApi, answer_every: int, *, customers: int = CUSTOMERS, seats: int = SEATS
    ) -> None:
        self.site = site
        self.seen = Seen()
        self.customers = customers
        self.pushed_at: dict[int, float] = {}
        self.accepted: set[int] = set()
        """Messages whose push was answered with `success`."""
        self.refused: Counter[str] = Counter()
        """Pushes that were not, by the answer's first line."""
        self._api = api
        self._numbers = itertools.count()
        self._pushes = Pushes(f"127.0.0.1:{site.port}")
        self._client = Client("127.0.0.1", site.port)
        answers = itertools.count()
        self.seats = [Seat(f"agent{n}", site.port, self.seen, answers, answer_every) for n in range(1, seats + 1)]
        self._under_way = 0
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Sign the agents in, let every customer write, wait until each is served."""
        await self._client.open(CONNECTIONS)
        for seat in self.seats:
            await asyncio.to_thread(seat.sign_in, "demo")
        self._tasks = [asyncio.create_task(seat.sit()) for seat in self.seats]
        await asyncio.gather(*(seat.signed_in.wait() for seat in self.seats))
        await asyncio.gather(*(self.push(customer) for customer in range(self.customers)))
        async with asyncio.timeout(SETTLE_S):
            while len(self.seen.accepted) < self.customers:
                await asyncio.sleep(0.1)

    async def close(self) -> None:
        """Everybody goes home."""
        await self.leave()
        self._client.close()

    async def leave(self) -> None:
        """The seats' sockets close; their sessions stay."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def push(self, customer: int) -> None:
        """One message of this customer, pushed until it is taken as WeChat would: the same message, three times."""
        number = next(self._numbers)
        self.pushed_at[number] = clock()
        request = self._pushes.text(customer, f"m{number}. 请问账单日是哪天？")
        for _ in range(ATTEMPTS):
            try:
                async with asyncio.timeout(ATTEMPT_S):
                    if self._note(number, await self._client.post(request)):
                        return
            except (ConnectionError, TimeoutError) as failure:
                self.refused[type(failure).__name__] += 1
            await asyncio.sleep(RETRY_S)

    async def keep_writing(self, rate: int, stop: asyncio.Event) -> None:
        """Push at this rate until told to stop, each message again as `push` does; returns when all are done."""
        began, under_way = clock(), set[asyncio.Task[None]]()
        for sent in itertools.count():
            while (wait := began + sent / rate - clock()) > 0:
                await asyncio.sleep(wait)
            if stop.is_set():
                break
            task = asyncio.create_task(self.push(sent % self.customers))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        await asyncio.gather(*under_way)

    async def load(self, rate: int, seconds: float) -> dict[str, Any]:
        """Push at this rate for so long, whatever comes back; what was measured."""
        first = len(self.pushed_at)
        total = int(rate * seconds)
        before, began = self.site.costs(), clock()
        sent = 0
        while sent < total:
            due = min(total, int((clock() - began) * rate) + 1)
            while sent < due:
                self._push_once(sent % self.customers, began + sent / rate)
                sent += 1
            await asyncio.sleep(0.001)
        pushed_s = clock() - began
        while self._under_way:
            await asyncio.sleep(0.01)
        answered_s = clock() - began
        await self.drained()
        numbers = range(first, len(self.pushed_at))
        answers = [number for number, at in self.seen.answered_at.items() if at >= began]
        return {
            "rate_asked": rate,
            "seconds": round(pushed_s, 1),
            "pushes_accepted_per_s": round(sum(n in self.accepted for n in numbers) / answered_s, 1),
            "pushes_refused": dict(self.refused),
            "push_to_seat_ms": percentiles_ms(
                [self.seen.at[n] - self.pushed_at[n] for n in numbers if n in self.seen.at]
            ),
            "answer_to_wechat_ms": percentiles_ms(
                [self._api.at[n] - self.seen.answered_at[n] for n in answers if n in self._api.at]
            ),
            "answers": len(answers),
            "costs": used(before, self.site.costs()),
        }

    def _push_once(self, customer: int, at: float) -> None:
        """Without a task of its own: the load must cost little beside what it loads."""
        number = next(self._numbers)
        self.pushed_at[number] = at
        self._under_way += 1

        def taken(answer: asyncio.Future[bytes]) -> None:
            self._under_way -= 1
            if answer.exception():
                self.refused[type(answer.exception()).__name__] += 1
            else:
                self._note(number, answer.result())

        self._client.post(self._pushes.text(customer, f"m{number}. 请问账单日是哪天？")).add_done_callback(taken)

    def _note(self, number: int, answer: bytes) -> bool:
        taken = answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"success")
        if taken:
            self.accepted.add(number)
        else:
            self.refused[answer.partition(b"\r\n")[0].decode("latin-1")] += 1
        return taken

    @property
    def unanswered(self) -> int:
        """How many of the seats' commands have no reply yet."""
        return sum(seat.waiting for seat in self.seats)

    async def drained(self) -> None:
        """Wait until everything taken was seen and every answer has arrived, or nothing moves any more."""
        until, last = clock() + DRAIN_S, -1
        while clock() < until:
            missing = len(self.accepted - self.seen.at.keys()) + len(self.seen.answered_at.keys() - self._api.at.keys())
            if missing == 0:
                return
            if missing != last:
                until, last = clock() + DRAIN_S, missing
            await asyncio.sleep(0.05)

    async def count(self, database_url: str) -> dict[str, int]:
        """Lost and doubled, over everything since the beginning, at the seats, at WeChat and in the archive."""
        await self.drained()
        archived = await self._archived(database_url)
        return {
            "messages": len(self.accepted),
            "seat_lost": len(self.accepted - self.seen.times.keys()),
            "seat_doubled": sum(times > 1 for times in self.seen.times.values()),
            "archive_lost": len(self.accepted - archived.keys()),
            "archive_doubled": sum(times > 1 for times in archived.values()),
            "answers": len(self.seen.answered_at),
            "wechat_lost": len(self.seen.answered_at.keys() - self._api.times.keys()),
            "wechat_doubled": sum(times > 1 for times in self._api.times.values()),
        }

    async def _archived(self, database_url: str) -> Counter[int]:
        """How often the archive has each message, once it has stopped growing."""
        database = create_engine(database_url)
        found: Counter[int] = Counter()
        until = clock() + DRAIN_S
        while clock() < until and not self.accepted <= found.keys():
            found = await _archived_marks(database)
            await asyncio.sleep(0.5)
        await database.dispose()
        return found


async def _archived_marks(database: AsyncEngine) -> Counter[int]:
    async with database.connect() as connection:
        rows = await connection.execute(text("SELECT content FROM message WHERE direction = 'customer'"))
        marks = [row[0].partition('"m')[2].partition(".")[0] for row in rows]
    return Counter(int(mark) for mark in marks if mark.isdigit())


async def widen(database: AsyncEngine) -> None:
    """Seats of the bench take ten each, all in the demo account's group: three hundred sessions on thirty seats."""
    async with database.begin() as connection:
        await connection.execute(text("UPDATE seat SET soft_cap = 10"))
        await connection.execute(text("DELETE FROM seat_skill"))
        await connection.execute(
            text(
                "INSERT INTO seat_skill (seat, skill_group, level)"
                " SELECT seat.id, account.default_group, 5 FROM seat, account WHERE account.id = 'demo'"
            )
        )
