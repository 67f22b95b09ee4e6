"""What somebody has begun to write, kept for a while and never in the ledger.

A draft belongs to a session and to the person who writes it, not to the seat that has the session: one that is handed
over leaves it behind. They lie in one hash a person, so that a page finds them all with one request, and whoever
oversees finds that of a session by its owner. Whoever writes last wins; `rev` is the writer's own mark, by which
another tab sees that it was not itself. Each change is announced, for the tabs that are open meanwhile.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Literal

import msgspec
from msgspec import Struct

from desk.pubsub import listen
from sessions.ids import Millis, SessionId, UserId
from sessions.streams import Client, Keys

KEPT_S = 72 * 3600
"""As long as a conversation is remembered."""

Mode = Literal["reply", "note"]

log = logging.getLogger(__name__)


class Draft(Struct, frozen=True, omit_defaults=True):
    """Words in the composer. `base` is the `rev` that they were made from, `after` the customer's last line when they
    were begun."""

    text: str
    mode: Mode = "reply"
    rev: str = ""
    base: str = ""
    after: str = ""
    at: Millis = Millis(0)


NOTHING = Draft(text="")


class Drafted(Struct, frozen=True, omit_defaults=True):
    """A change as it is announced; `origin` is the browser that it came from, which knows it."""

    user: UserId
    session: SessionId
    draft: Draft
    origin: str = ""


class Drafts:
    """The drafts of one site."""

    def __init__(self, redis: Client, keys: Keys) -> None:
        self._redis = redis
        self._prefix = f"{keys.prefix}drafts:"
        self._news = f"{keys.prefix}drafted"

    async def keep(self, user: UserId, session: SessionId, draft: Draft, origin: str = "") -> None:
        """This is their draft now; an empty one is none."""
        key = self._prefix + user
        async with self._redis.pipeline(transaction=True) as pipe:
            if draft.text:
                pipe.hset(key, session, msgspec.json.encode(draft))
                pipe.expire(key, KEPT_S)
            else:
                pipe.hdel(key, session)
            pipe.publish(self._news, msgspec.json.encode(Drafted(user, session, draft, origin)))
            await pipe.execute()

    async def of(self, user: UserId) -> dict[SessionId, Draft]:
        """All their drafts; what another version wrote and this one does not understand is left out."""
        found: Any = await self._redis.hgetall(self._prefix + user)
        drafts: dict[SessionId, Draft] = {}
        for session, stored in found.items():
            try:
                drafts[SessionId(session.decode())] = _draft.decode(stored)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
        return drafts

    async def forget(self, user: UserId, *sessions: SessionId) -> None:
        """These of their drafts are not wanted any more."""
        if sessions:
            await self._redis.hdel(self._prefix + user, *sessions)

    async def forget_all(self, user: UserId) -> None:
        """None of them are."""
        await self._redis.delete(self._prefix + user)

    async def follow(self, told: Callable[[Drafted], None], stop: asyncio.Event) -> None:
        """Tells of every change, in any process. What is said while Redis is away is missed: a page asks again."""

        def take(said: bytes) -> None:
            try:
                news = _drafted.decode(said)
            except (msgspec.DecodeError, UnicodeDecodeError) as failure:  # of another version, or nobody's
                log.warning("a draft makes no sense", extra={"reason": str(failure)})
            else:
                told(news)

        await listen(self._redis, self._news, take, stop)


_draft = msgspec.json.Decoder(Draft)
_drafted = msgspec.json.Decoder(Drafted)
