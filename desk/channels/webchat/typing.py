"""“正在输入…”: a seat writes, and the visitor's pages show it.

The signs that the courier carries to WeChat go by pub/sub, so every web process hears them, too, and shows those for
the visitors that it has. A sign is worth something for seconds: one that is missed is not looked for.
"""

import asyncio
import logging
from collections.abc import Callable

import msgspec

from desk.pubsub import listen
from desk.typing_signs import Sign, channel_of
from sessions.streams import Client, Keys

_decoder = msgspec.json.Decoder(Sign)

log = logging.getLogger(__name__)


async def follow_signs(redis: Client, keys: Keys, show: Callable[[Sign], None], stop: asyncio.Event) -> None:
    """Show each sign as it comes, until told to stop; survives outages of Redis."""

    def take(said: bytes) -> None:
        try:
            sign = _decoder.decode(said)
        except (msgspec.DecodeError, UnicodeDecodeError) as failure:
            log.warning("a sign of typing makes no sense", extra={"reason": str(failure)})
        else:
            show(sign)

    await listen(redis, channel_of(keys), take, stop)
