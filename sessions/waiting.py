"""Waiting for a while, but not past the end of what one waits in."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, TypeVar

AGAIN_S = 0.05
"""What was cancelled and goes on is cancelled again: a Redis client may swallow it (wait_for, Python 3.11)."""

_R = TypeVar("_R")


async def set_within(event: asyncio.Event, seconds: float) -> bool:
    """Wait for the event, so long at most; whether it is set."""
    # Not `wait_for`, which in Python 3.11 may lose a cancellation that comes just as the time runs out.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


class CutShort:
    """`async with CutShort(by=stop) as wait:` every `wait.on(...)` in the block ends as soon as the event is set.

    For one task's long reads, one after the other, and an event that stays set. One watcher serves them all, so that
    a wait costs next to nothing.
    """

    def __init__(self, *, by: asyncio.Event) -> None:
        self._event = by
        self._watcher: asyncio.Task[None] | None = None
        self._waiting: asyncio.Task[Any] | None = None
        self._cuts = 0

    async def __aenter__(self) -> "CutShort":
        self._watcher = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_failure: object) -> None:
        assert self._watcher is not None, "entered"
        self._watcher.cancel()
        await asyncio.wait([self._watcher])

    async def on(self, work: Coroutine[Any, Any, _R], instead: _R) -> _R:
        """What the work brings; `instead` where the event comes first: the work is cancelled then, or never begun."""
        if self._event.is_set():
            work.close()
            return instead
        task = asyncio.current_task()
        assert task is not None, "only a task can be interrupted"
        before, self._waiting = task.cancelling(), task
        try:
            return await work
        except asyncio.CancelledError:
            if not self._cuts or task.cancelling() > before + self._cuts:  # somebody else did it, or did it too
                raise
            return instead
        finally:
            self._waiting = None
            while self._cuts:
                self._cuts -= 1
                task.uncancel()

    async def _watch(self) -> None:
        await self._event.wait()
        while self._waiting:
            self._cuts += 1
            self._waiting.cancel()
            await asyncio.sleep(AGAIN_S)
