"""The engine process: the only writer of truth. A second one stands by."""

import asyncio

from desk.processes.running import Resources
from sessions.engine import Engine


async def run(resources: Resources, stop: asyncio.Event) -> None:
    """Decide what the inbox asks for until told to stop."""
    await Engine(resources.redis, resources.keys).run(stop)
