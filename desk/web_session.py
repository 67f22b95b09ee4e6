"""Who is signed in, kept on our side.

The browser holds a random token and nothing else; Redis holds what it stands for, under the token's hash, so that
a look into Redis gives nobody a session. Signing out deletes it, for every process at once. The lifetime slides:
it is renewed at most once a minute, because each renewal is a write that goes to disk.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Mapping

import msgspec
from redis.asyncio import Redis

from desk.i18n import Language
from desk.pubsub import listen
from sessions.ids import Millis, Role, SeatId, UserId

RENEW_AFTER_S = 60


class Identity(msgspec.Struct, frozen=True):
    """A person who is signed in, as every request and socket knows them.

    `csrf` proves that a form was made for this sign-in; `sign_in_id` names the sign-in in logs and to the hub,
    and is no secret.
    """

    user: UserId
    name: str
    role: Role
    seat: SeatId | None
    lang: Language
    csrf: str
    sign_in_id: str
    created_at: Millis


class WebSessions:
    """The sign-ins of one site."""

    def __init__(self, redis: Redis, prefix: str, lifetime_s: int) -> None:
        self._redis = redis
        self._prefix = f"{prefix}web-session:"
        self._ends = f"{prefix}sign-outs"
        self._lifetime_s = lifetime_s

    async def begin(
        self, user: UserId, name: str, role: Role, seat: SeatId | None, lang: Language, now: Millis
    ) -> tuple[str, Identity]:
        """Signs the person in; the token is for their cookie alone."""
        token = secrets.token_urlsafe(32)
        identity = Identity(
            user=user,
            name=name,
            role=role,
            seat=seat,
            lang=lang,
            csrf=secrets.token_urlsafe(24),
            sign_in_id=secrets.token_hex(8),
            created_at=now,
        )
        await self._redis.set(self._key(token), msgspec.json.encode(identity), ex=self._lifetime_s)
        return token, identity

    async def find(self, token: str) -> Identity | None:
        """Whose token it is, if anybody's; its lifetime starts again."""
        key = self._key(token)
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.get(key)
            pipe.ttl(key)
            stored, ttl = await pipe.execute()
        if stored is not None and ttl < self._lifetime_s - RENEW_AFTER_S:
            await self._redis.expire(key, self._lifetime_s)
        return _read(stored)

    async def over(self, used: Mapping[str, bool]) -> set[str]:
        """Those of these tokens that are nobody's any more; the lifetime of those that were used starts again."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for token, was_used in used.items():
                if was_used:
                    pipe.expire(self._key(token), self._lifetime_s)
                else:
                    pipe.exists(self._key(token))
            return {token for token, there in zip(used, await pipe.execute(), strict=True) if not there}

    async def speak(self, token: str, lang: Language) -> None:
        """Changes the language of the sign-in, if there is one."""
        if identity := await self.find(token):
            spoken = msgspec.structs.replace(identity, lang=lang)
            await self._redis.set(self._key(token), msgspec.json.encode(spoken), xx=True, keepttl=True)

    async def end(self, token: str) -> Identity | None:
        """Signs out, and tells every process. The next request with this token is a stranger's."""
        stored = await self._redis.getdel(self._key(token))
        identity = _read(stored)
        if identity:
            await self._redis.publish(self._ends, identity.sign_in_id)
        return identity

    async def end_all(self, user: UserId) -> int:
        """Signs this person out wherever they are signed in; returns in how many browsers that was."""
        ended = 0
        async for key in self._redis.scan_iter(match=f"{self._prefix}*", count=1000):
            identity = _read(await self._redis.get(key))
            if identity is not None and identity.user == user and await self._redis.delete(key):
                await self._redis.publish(self._ends, identity.sign_in_id)
                ended += 1
        return ended

    async def follow_ends(self, told: Callable[[str], None], stop: asyncio.Event) -> None:
        """Tells the sign-in id of everybody who signs out anywhere, so that their sockets can be closed.

        What is said while Redis is away is missed: such sockets live until they close, as requests do not.
        """
        await listen(self._redis, self._ends, lambda said: told(said.decode(errors="replace")), stop)

    def _key(self, token: str) -> str:
        return self._prefix + hashlib.sha256(token.encode()).hexdigest()


_decoder = msgspec.json.Decoder(Identity)


def _read(stored: bytes | str | None) -> Identity | None:
    try:
        return _decoder.decode(stored) if stored is not None else None
    except msgspec.ValidationError:
        return None  # written by a version that knew other fields
