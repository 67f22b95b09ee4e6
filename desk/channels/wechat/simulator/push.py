"""The pusher: carries what users do to the accounts' callback URLs.

A user's pushes go one after another, users go side by side, and no more than `concurrency` requests are under way
at once; a push that waits for its next attempt holds no place. WeChat gives an answer 5 s, then cuts the
connection and sends the same message again, 3 times in all ("1 + 3" is the other reading of the docs, hence a
setting). Nothing here is durable: like the platform's, a push that nobody took in time is gone.
"""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from desk.channels.wechat.simulator.accounts import Account
from desk.channels.wechat.simulator.errors import SimulatorError
from desk.channels.wechat.simulator.faults import Faults, PushFault
from desk.channels.wechat.simulator.http_client import HttpClient, WireError
from desk.channels.wechat.simulator.pushes import Push, sign, verification
from desk.channels.wechat.simulator.replies import Abnormal, Verdict

LOG_MAX: Final = 1_000
_HEADERS: Final[Mapping[str, str]] = {"Content-Type": "text/xml", "User-Agent": "Mozilla/4.0", "Accept": "*/*"}

Judge = Callable[[Push, int, bytes], Verdict]
Settle = Callable[[Push, Verdict, bool], None]


class PushOptions(Struct, frozen=True, kw_only=True):
    """How patient the platform is. `interval_s` is counted from the beginning of an attempt to the next."""

    timeout_s: float = 5.0
    max_attempts: int = 3
    interval_s: float = 5.0
    concurrency: int = 64
    backlog_max: int = 100_000


class PushRecord(Struct, frozen=True):
    """How a push ended. `took_ms` is from its first attempt to its last answer; `cause` is empty when accepted."""

    account: str
    openid: str
    msg_id: str
    name: str
    at: int
    attempts: int
    outcome: Literal["accepted", "abnormal"]
    cause: str
    took_ms: int


class PushCounts(Struct):
    """Totals since the start. `attempts` counts HTTP requests, duplicates by fault included."""

    pushes: int = 0
    attempts: int = 0
    accepted: int = 0
    abnormal: int = 0


class Pusher:
    """Starts with its first push; `stop` ends everything under way.

    `judge` reads an answer, `settle` is told how each push ended and whether its user may see that (a duplicate's
    end is nobody's), `now` is the platform's clock in ms.
    """

    def __init__(
        self, options: PushOptions, faults: Faults, judge: Judge, settle: Settle, now: Callable[[], int]
    ) -> None:
        self.options = options
        self.counts = PushCounts()
        self.log: deque[PushRecord] = deque(maxlen=LOG_MAX)
        self.pending = 0
        """Pushes that have not ended."""
        self._faults = faults
        self._judge = judge
        self._settle = settle
        self._now = now
        self._client = HttpClient()
        self._lanes: dict[tuple[str, str], deque[tuple[Push, PushFault | None]]] = {}
        self._slots = asyncio.Semaphore(options.concurrency)
        self._tasks: set[asyncio.Task[None]] = set()
        self._still = asyncio.Event()
        self._still.set()

    def push(self, push: Push) -> None:
        """Takes a push and returns at once. Raises `SimulatorError` when the backlog is full."""
        if self.pending >= self.options.backlog_max:
            raise SimulatorError("too_many_pushes", "The gateway does not keep up; wait until the backlog shrinks.")
        self.counts.pushes += 1
        fault = self._faults.strikes_push(push.account.key)
        if fault is not None and fault.effect == "duplicate":
            self._start(self._deliver(replace(push), seen=False))
        if fault is not None and fault.effect == "reorder":
            self._start(self._overtaken(push, fault.delay_ms / 1000))
            return
        key = (push.account.key, push.openid)
        lane = self._lanes.get(key)
        if lane is not None:
            self._begun()
            lane.append((push, fault))
            return
        lane = self._lanes[key] = deque([(push, fault)])
        self._start(self._drain(key, lane))

    async def verify(self, account: Account) -> bool:
        """The check that the platform makes when a callback URL is entered: does it echo what we send?"""
        echostr = str(secrets.randbelow(9 * 10**18) + 10**18)
        query = verification(account, self._now() // 1000, _nonce(), echostr)
        try:
            answer = await self._client.request(
                "GET", account.settings.callback_url, query, b"", _HEADERS, self.options.timeout_s
            )
        except (WireError, TimeoutError, ValueError):
            return False
        return answer.status == 200 and answer.body == echostr.encode()

    async def settled(self) -> None:
        """Waits until no push is under way or waiting."""
        await self._still.wait()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._lanes.clear()
        self.pending = 0
        self._still.set()
        self._client.close()

    async def _drain(self, key: tuple[str, str], lane: deque[tuple[Push, PushFault | None]]) -> None:
        try:
            while True:
                push, fault = lane[0]
                if fault is not None and fault.effect == "delay":
                    await asyncio.sleep(fault.delay_ms / 1000)
                await self._deliver(push, lose=fault is not None and fault.effect == "lose")
                lane.popleft()
                if not lane:
                    return  # the task's own place in the count of pending ones is the last push's
                self._ended()
        finally:
            self._lanes.pop(key, None)

    async def _overtaken(self, push: Push, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        await self._deliver(push)

    async def _deliver(self, push: Push, *, seen: bool = True, lose: bool = False) -> None:
        began = time.monotonic()
        while True:
            attempted = time.monotonic()
            push.attempts += 1
            verdict = await self._attempt(push)
            if lose and not isinstance(verdict, Abnormal):
                verdict, lose = Abnormal("answer_lost", again=True), False
            again = isinstance(verdict, Abnormal) and verdict.again
            if not again or push.attempts >= self.options.max_attempts:
                break
            await asyncio.sleep(attempted + self.options.interval_s - time.monotonic())
        self._record(push, verdict, int((time.monotonic() - began) * 1000))
        self._settle(push, verdict, seen)

    async def _attempt(self, push: Push) -> Verdict:
        settings = push.account.settings
        async with self._slots:
            self.counts.attempts += 1
            signed = sign(push, self._now() // 1000, _nonce())
            try:
                answer = await self._client.request(
                    "POST", settings.callback_url, signed.query, signed.body, _HEADERS, self.options.timeout_s
                )
            except TimeoutError:
                return Abnormal("timeout", again=True)
            except WireError as error:
                return Abnormal(f"network: {error}", again=True)
            except ValueError:
                return Abnormal("bad_callback_url")
        return self._judge(push, answer.status, answer.body)

    def _record(self, push: Push, verdict: Verdict, took_ms: int) -> None:
        cause = verdict.reason if isinstance(verdict, Abnormal) else ""
        if cause:
            self.counts.abnormal += 1
        else:
            self.counts.accepted += 1
        self.log.append(
            PushRecord(
                account=push.account.key,
                openid=push.openid,
                msg_id=str(push.msg_id or ""),
                name=push.name,
                at=push.happened_at,
                attempts=push.attempts,
                outcome="abnormal" if cause else "accepted",
                cause=cause,
                took_ms=took_ms,
            )
        )

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._begun()
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._ended()
        if not task.cancelled() and (error := task.exception()):
            raise error

    def _begun(self) -> None:
        self.pending += 1
        self._still.clear()

    def _ended(self) -> None:
        self.pending -= 1
        if self.pending <= 0:
            self._still.set()


def _nonce() -> str:
    return str(secrets.randbelow(9 * 10**9) + 10**9)
