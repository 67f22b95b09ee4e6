"""One timer for many waits: each ends when it should, and a cancelled task stays cancelled."""

import asyncio

import pytest

from desk.channels.wechat.patience import Patience

pytestmark = pytest.mark.anyio

LONG_S = 10
"""Work that patience has to interrupt: long enough that a busy machine cannot be mistaken for it."""
TICK_S = 0.001
"""The resolution of the loop's clock."""


async def test_work_that_ends_in_time_gives_its_result() -> None:
    patience = Patience(1)

    async def work() -> int:
        await asyncio.sleep(0.01)
        return 7

    assert await patience.wait_for(work()) == 7


async def test_an_error_of_the_work_comes_through() -> None:
    async def work() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await Patience(1).wait_for(work())


async def test_patience_ends_not_early_and_long_before_the_work() -> None:
    patience, loop = Patience(0.2), asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(TimeoutError):
        await patience.wait_for(asyncio.sleep(LONG_S))
    assert 0.2 - TICK_S <= loop.time() - began < LONG_S / 2


async def test_a_task_goes_on_normally_after_its_timeout() -> None:
    patience = Patience(0.05)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await patience.wait_for(asyncio.sleep(LONG_S))
    await asyncio.sleep(0.1)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_each_wait_has_its_own_end() -> None:
    patience, loop = Patience(0.2), asyncio.get_running_loop()

    async def waits(start_s: float) -> float:
        await asyncio.sleep(start_s)
        began = loop.time()
        with pytest.raises(TimeoutError):
            await patience.wait_for(asyncio.sleep(LONG_S))
        return loop.time() - began

    lasted = await asyncio.gather(*(waits(start_s) for start_s in (0, 0.05, 0.1, 0.3)))
    assert all(0.2 - TICK_S <= seconds < LONG_S / 2 for seconds in lasted)


async def test_a_task_that_is_cancelled_from_outside_is_cancelled() -> None:
    task = asyncio.create_task(Patience(5).wait_for(asyncio.sleep(LONG_S)))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()


async def test_work_that_turns_the_interruption_into_an_error_of_its_own_keeps_it() -> None:
    async def work() -> None:
        try:
            await asyncio.sleep(LONG_S)
        except asyncio.CancelledError:
            raise ConnectionError("interrupted") from None

    with pytest.raises(ConnectionError):
        await Patience(0.05).wait_for(work())
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
