"""How the courier waits between attempts."""

import asyncio
import time

import pytest

from desk.patience import Patience
from sessions.waiting import set_within


@pytest.mark.parametrize(("attempts", "longest"), [(1, 0.5), (2, 1), (3, 2), (5, 8), (6, 15), (500, 15)])
def test_rests_double_up_to_a_limit_and_are_never_alike(attempts: int, longest: float) -> None:
    rests = {Patience().rest_s(attempts) for _ in range(50)}
    assert all(longest / 2 <= each <= longest for each in rests)
    assert len(rests) > 40


@pytest.mark.anyio
async def test_a_rest_ends_at_once_when_it_is_over() -> None:
    over = asyncio.Event()
    asyncio.get_running_loop().call_later(0.02, over.set)
    began = time.monotonic()
    await set_within(over, 5)
    assert time.monotonic() - began < 1
