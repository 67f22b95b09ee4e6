"""A time limit for many short waits, all equally long, by one timer for all of them.

`asyncio.timeout` sets and clears a timer for each use, which costs a push a tenth of its CPU although next to
none ever runs out. Waits of equal length end in the order they began, so it suffices to look at the oldest
now and then; a wait may last up to a quarter longer than asked, and shorter by no more than a tick of the loop's
clock.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

_R = TypeVar("_R")


class Patience:
    """Waits at most `seconds`, or a quarter more."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._under_way: dict[asyncio.Task[Any], float] = {}
        self._overdue: set[asyncio.Task[Any]] = set()
        self._watching = False

    async def wait_for(self, work: Awaitable[_R]) -> _R:
        """The result of the work, done in the current task. Raises TimeoutError when patience ends first."""
        task = asyncio.current_task()
        assert task is not None, "only a task can be interrupted"
        assert task not in self._under_way, "one wait at a time in a task"
        loop = asyncio.get_running_loop()
        self._under_way[task] = loop.time() + self._seconds
        if not self._watching:
            self._watching = True
            loop.call_later(self._seconds / 4, self._look, loop)
        try:
            result = await work
        except asyncio.CancelledError:
            if self._ends_as_timeout(task):
                raise TimeoutError from None
            raise
        except BaseException:
            self._ends_as_timeout(task)
            raise
        self._ends_as_timeout(task)
        return result

    def _ends_as_timeout(self, task: asyncio.Task[Any]) -> bool:
        """Ends the wait; whether it was us, and nobody else besides, who cancelled the task."""
        del self._under_way[task]
        if task not in self._overdue:
            return False
        self._overdue.discard(task)
        return task.uncancel() == 0

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for task, ends_at in self._under_way.items():
            if ends_at > now:
                break
            if task not in self._overdue:
                self._overdue.add(task)
                task.cancel()
        self._watching = bool(self._under_way)
        if self._watching:
            loop.call_later(self._seconds / 4, self._look, loop)
