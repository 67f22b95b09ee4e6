"""“正在输入…”: a seat writes, and the visitor's pages show it.

The signs that the courier carries to WeChat go by pub/sub, so every web process hears them, too, and shows those for
the visitors that it has. A sign is worth something for seconds: one that is missed is not looked for.
"""

import asyncio
import logging
from collections.abc import Callable

import msgspec
from redis.exceptions import RedisError

from desk.typing_signs import LISTEN_S, Sign, channel_of
from sessions.streams import Client, Keys
from sessions.waiting import set_within

RETRY_S = 1.0

_decoder = msgspec.json.Decoder(Sign)

log = logging.getLogger(__name__)


async def follow_signs(redis: Client, keys: Keys, show: Callable[[Sign], None], stop: asyncio.Event) -> None:
    """Show each sign as it comes, until told to stop; survives outages of Redis."""
    while not stop.is_set():
        try:
            async with redis.pubsub(ignore_subscribe_messages=True) as channel:
                await channel.subscribe(channel_of(keys))
                while not stop.is_set():
                    message = await channel.get_message(timeout=LISTEN_S)
                    if message is not None:
                        show(_decoder.decode(message["data"]))
        except msgspec.DecodeError as failure:
            log.warning("a sign of typing makes no sense", extra={"reason": str(failure)})
        except (RedisError, OSError):
            await set_within(stop, RETRY_S)
