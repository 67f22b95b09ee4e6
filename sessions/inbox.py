"""The way in: commands, durably, in the order in which they are decided.

`append` returns when Redis has the command on disk (`appendfsync always`); until then it may not be answered for.
Concurrent appends travel together: while one batch is on its way the next gathers, so a busy edge pays for one
request per batch, not per command.
"""

import asyncio
from collections import deque
from typing import Any

from sessions import commands as cmd
from sessions.streams import Client, Keys, entries, script

PENDING_MAX = 20_000
"""More than this waiting for Redis means that it is not keeping up: callers are told at once."""
BATCH_MAX = 512
GATHER_S = 0.001
"""A busy edge's commands share a request and an fsync; a single one waits this long for company."""
BUSY_FROM = 8
"""After a batch of so many the next one gathers, too: fewer requests leave more of the machine to the edge itself."""
PATIENCE_S = 3.0
"""A batch that Redis has not taken by then is given up, and all that wait behind it: callers answer in time."""


class InboxUnavailable(ConnectionError):  # noqa: N818 - it names a state of the world
    """The command was not taken for certain; it may be given again."""


class Inbox:
    """The writing end of the inbox, for one process."""

    def __init__(self, redis: Client, keys: Keys, *, patience_s: float = PATIENCE_S) -> None:
        self._append = script(redis, "append")
        self._keys = keys
        self._patience_s = patience_s
        self._pending: deque[tuple[bytes, asyncio.Future[None]]] = deque()
        self._flusher: asyncio.Task[None] | None = None

    async def append(self, command: cmd.Command) -> None:
        """Return when the command is on disk; raise `InboxUnavailable` when that cannot be said."""
        if len(self._pending) >= PENDING_MAX:
            raise InboxUnavailable("the inbox does not keep up")
        done = asyncio.get_running_loop().create_future()
        self._pending.append((cmd.encode(command), done))
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._flush())
        await done

    async def _flush(self) -> None:
        try:
            await asyncio.sleep(GATHER_S)
            while self._pending:
                batch = [self._pending.popleft() for _ in range(min(BATCH_MAX, len(self._pending)))]
                await self._write(batch)
                if len(batch) >= BUSY_FROM:
                    await asyncio.sleep(GATHER_S)
        finally:
            self._flusher = None

    async def _write(self, batch: list[tuple[bytes, asyncio.Future[None]]]) -> None:
        try:
            async with asyncio.timeout(self._patience_s):
                await self._append(keys=[self._keys.inbox], args=[encoded for encoded, _ in batch])
        except Exception as failure:  # whatever it is, nobody may wait for ever
            for _, done in [*batch, *self._pending]:  # who waits behind them would wait as long
                if not done.done():
                    done.set_exception(InboxUnavailable(str(failure) or type(failure).__name__))
            self._pending.clear()
        else:
            for _, done in batch:
                if not done.done():
                    done.set_result(None)


class InboxReader:
    """The reading end of the inbox, for the engine alone."""

    def __init__(self, redis: Client, keys: Keys) -> None:
        self._redis = redis
        self._keys = keys

    async def read(self, after: str, *, count: int, block_ms: int) -> list[tuple[str, bytes]]:
        """Entries after this one, oldest first; empty when none came in `block_ms` (at least 1)."""
        answer: Any = await self._redis.xread({self._keys.inbox: after}, count=count, block=max(1, block_ms))
        return [(entry_id.decode(), fields[b"c"]) for entry_id, fields in entries(answer)]

    async def set_aside(self, entry_id: str, data: bytes, reason: str) -> None:
        """Keep a command that cannot be decided for a person to look at; it does not hold up the others."""
        await self._redis.xadd(self._keys.set_aside, {"entry": entry_id, "c": data, "reason": reason})

    async def trim(self, before: str) -> None:
        """Forget entries before this one; they are decided."""
        await self._redis.xtrim(self._keys.inbox, minid=before, approximate=True)
