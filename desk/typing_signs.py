"""“对方正在输入…”: a seat writes, and the customer's phone shows it.

A sign is worth something for seconds, so it goes by pub/sub from the hub to the courier in office and is never kept,
queued or tried again. It costs nothing of what may be sent. What the channel says to it is counted and otherwise
ignored: WeChat refuses it whenever nobody has said anything for half a minute.
"""

import asyncio
import logging
from collections.abc import Sequence

import msgspec
from msgspec import Struct
from prometheus_client import Counter
from redis.exceptions import RedisError

from desk.channels.adapter import ChannelAdapter
from desk.pubsub import listen
from sessions.facts import Session
from sessions.ids import CustomerId, Millis, SessionId, account_of
from sessions.settings import Rules
from sessions.streams import Client, Keys

UNDER_WAY_MAX = 32
"""So many signs are on their way at once; what comes beyond is dropped."""
REMEMBERED_MAX = 2_000

SIGNS = Counter("desk_courier_typing", "Signs that a seat writes, by what became of them.", ["outcome"])

log = logging.getLogger(__name__)


class Sign(Struct, frozen=True):
    """`on`: a seat writes to the customer, or has stopped. `last_at`: when anything was last said between them."""

    customer: CustomerId
    on: bool
    last_at: Millis


class TypingSigns:
    """The hub's end: which signs are worth sending."""

    def __init__(self, redis: Client, keys: Keys) -> None:
        self._redis = redis
        self._channel = channel_of(keys)
        self._shown: dict[SessionId, tuple[Millis, Millis]] = {}

    async def give(self, session: Session, rules: Rules, now: Millis, *, on: bool) -> None:
        """Tell the courier, unless it is too soon again, or the site wants none. Losing one does no harm."""
        if not self._is_worth_it(session, rules, now, on=on):
            return
        sign = Sign(session.customer, on, session.last_at)
        try:
            await self._redis.publish(self._channel, msgspec.json.encode(sign))
        except (RedisError, OSError):
            log.debug("a sign of typing was lost: redis is away")

    def _is_worth_it(self, session: Session, rules: Rules, now: Millis, *, on: bool) -> bool:
        """A phone shows a sign until it runs out or a message comes: before that there is nothing to renew."""
        if not rules.typing_every_s or session.state != "active":
            return False
        shown_at, last_at = self._shown.pop(session.id, (Millis(0), Millis(0)))
        is_shown = now - shown_at < rules.typing_every_s * 1000 and last_at == session.last_at
        if not on:
            return is_shown
        self._shown[session.id] = (shown_at, last_at) if is_shown else (now, session.last_at)
        if len(self._shown) > REMEMBERED_MAX:
            del self._shown[next(iter(self._shown))]
        return not is_shown


async def carry_signs(redis: Client, keys: Keys, adapters: Sequence[ChannelAdapter], over: asyncio.Event) -> None:
    """The courier's end: carry each sign to its channel at once or not at all, until `over`."""
    under_way: set[asyncio.Task[None]] = set()

    def take(said: bytes) -> None:
        if len(under_way) >= UNDER_WAY_MAX:
            SIGNS.labels("dropped").inc()
            return
        task = asyncio.create_task(_carry(said, adapters))
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    await listen(redis, channel_of(keys), take, over)
    for task in list(under_way):
        task.cancel()
    await asyncio.gather(*under_way, return_exceptions=True)


def channel_of(keys: Keys) -> str:
    """Where signs are given."""
    return f"{keys.prefix}typing"


async def _carry(data: bytes, adapters: Sequence[ChannelAdapter]) -> None:
    try:
        sign = _decoder.decode(data)
        account = account_of(sign.customer)
        adapter = next((each for each in adapters if each.serves(account)), None)
        if adapter is None:
            return
        outcome = await adapter.show_typing(sign.customer, sign.last_at, on=sign.on)
    except (RedisError, OSError):
        outcome = "unreachable"
    except Exception:
        log.exception("a sign of typing failed in an unforeseen way")
        return
    SIGNS.labels(outcome).inc()


_decoder = msgspec.json.Decoder(Sign)
