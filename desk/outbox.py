"""The courier's memory in Redis: what it is about to send, what is done, how far it has got.

WeChat knows no idempotency key, so a message whose answer was lost can neither be sent again nor be called sent.
Hence an intent is on disk before each attempt, and the result goes to the inbox in the same atom that takes the
intent away (`lua/outbox.lua`). What concurrent messages write travels together: while one batch is on its way the
next gathers, so a busy courier pays for one request and one fsync a batch. The first write that fails ends it all.
"""

import asyncio
from collections import deque
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from desk.progress import Progress
from sessions import commands as cmd
from sessions.ids import MessageId, Seq, SessionId
from sessions.ledger import Ledger
from sessions.streams import Client, Keys

FOLLOWER = "courier"
BATCH_MAX = 512

_SCRIPT = (Path(__file__).parent / "lua" / "outbox.lua").read_text()

Act = Literal["begin", "withdraw", "settle"]


class OutboxLost(Exception):  # noqa: N818 - it names a state of the world
    """The write was not taken for certain, or the role is another's: nothing may be sent any more."""


class Intent(Struct, frozen=True, omit_defaults=True):
    """An attempt that may be under way. `token` is the lease's, and tells whose attempt."""

    message: MessageId
    token: int
    attempts: int
    session: SessionId | None = None


class Leavings(Struct, frozen=True):
    """What the courier before left: how far it got, what it finished beyond, what it may have been sending."""

    position: Seq
    done: set[Seq]
    sending: dict[Seq, Intent]


class Outbox:
    """The memory of one term of office. `over` is set when it can write no more."""

    def __init__(self, redis: Client, keys: Keys, token: int, over: asyncio.Event) -> None:
        self.token = token
        self.progress = Progress(Seq(0))
        self._redis = redis
        self._ledger = Ledger(redis, keys)
        self._write_batch = redis.register_script(_SCRIPT)
        self._sending, self._done = f"{keys.prefix}courier:sending", f"{keys.prefix}courier:done"
        self._keys = [keys.lease(FOLLOWER), self._sending, self._done, keys.position(FOLLOWER), keys.inbox]
        self._over = over
        self._waiting: deque[tuple[Act, Seq, bytes, asyncio.Future[None]]] = deque()
        self._flusher: asyncio.Task[None] | None = None
        self._saved = Seq(0)
        self._failure = ""

    async def load(self) -> Leavings:
        """What there was to begin with. Raises `RedisError`, `OSError`."""
        position = await self._ledger.position(FOLLOWER)
        if position is None:
            # The end first: an event that comes between the two questions is then in either answer.
            end, first = (await self._ledger.head()).seq, await self._ledger.first_seq()
            position = end if first is None else Seq(first - 1)
        sending: Any = await self._redis.hgetall(self._sending)
        done: Any = await self._redis.zrange(self._done, 0, -1)
        self.progress, self._saved = Progress(position), position
        return Leavings(
            position,
            {Seq(int(seq)) for seq in done},
            {Seq(int(seq)): _decoder.decode(intent) for seq, intent in sending.items()},
        )

    async def begin(self, seq: Seq, intent: Intent) -> None:
        """Return when the intent is on disk. Raises `OutboxLost`; then nothing may be sent."""
        await self._put("begin", seq, _encode(intent))

    async def withdraw(self, seq: Seq, intent: Intent) -> None:
        """The attempt certainly failed, there may be another: as if nothing had been tried. Raises `OutboxLost`."""
        await self._put("withdraw", seq, _encode(intent))

    async def settle(self, seq: Seq, report: cmd.Command | None) -> None:
        """It is finished and reported, once; None reports nothing. Raises `OutboxLost`; whether it is, is then open."""
        await self._put("settle", seq, cmd.encode(report) if report else b"")

    async def save_position(self) -> None:
        """Let go of the ledger up to where nothing is left to do. Raises `OutboxLost`."""
        while self._flusher:  # a position that overtook the results before it would make them look done
            await asyncio.wait([self._flusher])
        if self.progress.position > self._saved and not self._failure:
            self._flusher = asyncio.create_task(self._flush())
            await self._flusher

    def _put(self, act: Act, seq: Seq, value: bytes) -> asyncio.Future[None]:
        written = asyncio.get_running_loop().create_future()
        if self._failure:
            written.set_exception(OutboxLost(self._failure))
            return written
        self._waiting.append((act, seq, value, written))
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._flush())
        return written

    async def _flush(self) -> None:
        """One write after the other, never two at a time; the first may carry nothing but the position."""
        try:
            while True:
                batch = [self._waiting.popleft() for _ in range(min(BATCH_MAX, len(self._waiting)))]
                try:
                    await self._write([(act, seq, value) for act, seq, value, _ in batch])
                except OutboxLost as lost:
                    _tell([*batch, *self._waiting], lost)
                    self._waiting.clear()
                else:
                    _tell(batch, None)
                if not self._waiting:
                    break
        finally:
            self._flusher = None

    async def _write(self, batch: list[tuple[Act, Seq, bytes]]) -> None:
        for act, seq, _ in batch:
            if act == "settle":
                self.progress.finish(seq)
        position = self.progress.position
        args: list[Any] = [self.token, position]
        for act, seq, value in batch:
            args += (act, seq, value)
        try:
            answer = await self._write_batch(keys=self._keys, args=args)
        except Exception as failure:
            raise self._lost(str(failure) or type(failure).__name__) from failure
        if answer != b"ok":
            raise self._lost(answer.decode())
        self._saved = max(self._saved, position)

    def _lost(self, why: str) -> OutboxLost:
        self._failure = why
        self._over.set()
        return OutboxLost(why)


def _tell(batch: list[tuple[Act, Seq, bytes, asyncio.Future[None]]], lost: OutboxLost | None) -> None:
    for *_, written in batch:
        if written.done():
            continue
        if lost:
            written.set_exception(lost)
        else:
            written.set_result(None)


_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Intent)
