"""What processes say to each other in passing: by pub/sub, so it is never kept, queued or said again."""

import asyncio
from collections.abc import Callable

from redis.exceptions import RedisError

from sessions.streams import Client
from sessions.waiting import CutShort, set_within

RETRY_S = 0.5


async def listen(redis: Client, channel: str, told: Callable[[bytes], None], stop: asyncio.Event) -> None:
    """Tells of what is said in this channel until `stop` is set. What is said while Redis is away is missed."""
    async with CutShort(by=stop) as wait:
        while not stop.is_set():
            try:
                async with redis.pubsub(ignore_subscribe_messages=True) as heard:
                    await heard.subscribe(channel)
                    while not stop.is_set():
                        if message := await wait.on(heard.get_message(timeout=None), None):
                            told(message["data"])
            except (RedisError, OSError):
                await set_within(stop, RETRY_S)
