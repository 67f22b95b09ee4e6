"""Waiting in a test for what something else is about to do."""

import asyncio
from collections.abc import Callable


async def until(happened: Callable[[], bool], timeout_s: float = 5) -> None:
    """Waits until something is true, and fails when it does not become so."""
    async with asyncio.timeout(timeout_s):
        while not happened():  # noqa: ASYNC110 - what is watched does not know
            await asyncio.sleep(0.005)
