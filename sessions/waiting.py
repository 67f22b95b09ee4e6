"""Waiting for a while, but not past the end of what one waits in."""

import asyncio
import contextlib


async def set_within(event: asyncio.Event, seconds: float) -> bool:
    """Wait for the event, so long at most; whether it is set."""
    # Not `wait_for`, which in Python 3.11 may lose a cancellation that comes just as the time runs out.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
