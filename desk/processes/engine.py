"""The engine process: the only writer of truth. A second one stands by."""

import asyncio
import os

from desk.processes.running import Resources
from sessions.engine import Engine


async def run(resources: Resources, stop: asyncio.Event) -> None:
    """Decide what the inbox asks for until told to stop."""
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")  # self-service reads sounds character by character
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")
    await Engine(resources.redis, resources.keys).run(stop)
