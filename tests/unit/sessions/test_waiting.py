"""Waits that end with what one waits in."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from sessions import waiting
from sessions.waiting import CutShort

FOR_EVER_S = 60


class Work:
    """Something that takes for ever; `swallows` so many cancellations, as some clients do."""

    def __init__(self, swallows: int = 0) -> None:
        self.begun = self.cancelled = False
        self._swallows = swallows

    async def __call__(self) -> str:
        self.begun = True
        for _ in range(self._swallows):
            try:
                await asyncio.sleep(FOR_EVER_S)
            except asyncio.CancelledError:
                continue
        try:
            await asyncio.sleep(FOR_EVER_S)
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return "done"


def run(
    work: Callable[[], Coroutine[Any, Any, str]], meanwhile: Callable[[asyncio.Event, asyncio.Task[Any]], None]
) -> tuple[str, int]:
    """Waits for the work, while that happens; what the wait brought, and how often its task counts as cancelled."""

    async def wait(stop: asyncio.Event) -> tuple[str, int]:
        async with CutShort(by=stop) as waits:
            found = await waits.on(work(), "cut")
        task = asyncio.current_task()
        return found, task.cancelling() if task else -1

    async def main() -> tuple[str, int]:
        stop = asyncio.Event()
        task = asyncio.create_task(wait(stop))
        asyncio.get_running_loop().call_later(0.01, meanwhile, stop, task)
        async with asyncio.timeout(FOR_EVER_S / 2):
            return await task

    return asyncio.run(main())


def set_it(stop: asyncio.Event, _task: object) -> None:
    stop.set()


def test_what_comes_in_time_is_had() -> None:
    async def quick() -> str:
        return "done"

    assert run(quick, set_it) == ("done", 0)


def test_the_event_ends_the_wait_and_the_work() -> None:
    work = Work()
    assert run(work, set_it) == ("cut", 0)
    assert work.cancelled


def test_after_the_event_nothing_is_begun() -> None:
    async def main() -> str:
        stop = asyncio.Event()
        stop.set()
        async with CutShort(by=stop) as wait:
            return await wait.on(work(), "cut")

    work = Work()
    assert asyncio.run(main()) == "cut"
    assert not work.begun


def test_work_that_swallows_a_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "AGAIN_S", 0.005)
    work = Work(swallows=2)
    assert run(work, set_it) == ("cut", 0)
    assert work.cancelled


@pytest.mark.parametrize("is_set_too", [False, True])
def test_who_cancels_the_task_itself_is_obeyed(is_set_too: bool) -> None:
    def both(stop: asyncio.Event, task: asyncio.Task[Any]) -> None:
        task.cancel()
        if is_set_too:
            stop.set()

    with pytest.raises(asyncio.CancelledError):
        run(Work(), both)


def test_a_failure_of_the_work_is_a_failure_of_the_wait() -> None:
    async def fail() -> str:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        run(fail, set_it)
