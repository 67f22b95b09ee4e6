"""What processes say to each other in passing: by pub/sub, so it is never kept, queued or said again."""

import asyncio
from collections.abc import Callable
from typing import Any

from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from sessions.streams import Client
from sessions.waiting import CutShort, set_within

RETRY_S = 0.5
ASK_EVERY_S = 5.0
"""A connection that brought nothing for so long is asked whether it is still there, and has as long to answer."""


async def listen(redis: Client, channel: str, told: Callable[[bytes], None], stop: asyncio.Event) -> None:
    """Tells of what is said in this channel until `stop` is set. What is said while Redis is away is missed."""
    async with CutShort(by=stop) as wait:
        while not stop.is_set():
            try:
                async with redis.pubsub() as heard:
                    async with asyncio.timeout(ASK_EVERY_S):
                        await heard.subscribe(channel)
                    while not stop.is_set():
                        message = await wait.on(_next(heard), None)
                        if message and message["type"] == "message":
                            told(message["data"])
            except (RedisError, OSError):
                await set_within(stop, RETRY_S)


async def _next(heard: PubSub) -> Any:
    """What comes next, be it the answer to a question of ours. Raises `TimeoutError` when not even that comes."""
    message = await heard.get_message(timeout=ASK_EVERY_S)
    if message is None:
        async with asyncio.timeout(ASK_EVERY_S):
            await heard.ping()
            message = await heard.get_message(timeout=None)
    return message
