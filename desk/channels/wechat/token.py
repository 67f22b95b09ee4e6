"""Access tokens of the accounts, shared by all processes of a site through Redis.

From WeChat's stable_token endpoint, whose normal mode repeats one token until five minutes before its end, so
that asking twice harms nobody. Near the end one caller fetches the next token while the others go on with the old
one, which is still good. Forcing a new one kills the current token for everybody and is rationed (WeChat docs:
20 a day, 30 s apart): it is done only when a refused token is still what normal mode returns.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime

import aiohttp
import msgspec
from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import LockError

from desk.channels.wechat.accounts import WeChatAccount
from desk.channels.wechat.calls import CALL_S_MAX, Refused, Unreached, call_json

REFRESH_AHEAD_MS = 240_000
"""Inside the five minutes in which WeChat hands out the next token and both are good."""
USABLE_MS_MIN = 10_000
"""A token with less than this left may be dead on arrival."""
FORCE_INTERVAL_S = 30
FORCED_A_DAY_MAX = 20

REMEMBERED_MS = 2_000
_LOCK_S = 2 * CALL_S_MAX + 6  # a normal and a forced call, with room
_DAY_S = 86_400
_INVALID_CREDENTIAL = 40001
_INVALID_APP_SECRET = 40125


class _Kept(Struct):
    token: str
    expires_at: int


_decoder = msgspec.json.Decoder(_Kept)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class AccessTokens:
    """Hands out tokens. Raises `RedisError` where Redis is not to be had: without it nothing is sent anyway."""

    def __init__(
        self,
        redis: Redis,
        key_prefix: str,
        client: aiohttp.ClientSession,
        base_url: str,
        *,
        now_ms: Callable[[], int] = _now_ms,
    ) -> None:
        self._redis = redis
        self._prefix = f"{key_prefix}wechat:token:"
        self._client = client
        self._url = f"{base_url}/cgi-bin/stable_token"
        self._now_ms = now_ms
        self._flights: dict[str, asyncio.Lock] = {}
        self._remembered: dict[str, tuple[_Kept, int]] = {}
        """By account, the token that Redis last had and when it was asked: a look for each send is one too many."""

    async def current(self, account: WeChatAccount) -> str | Refused | Unreached:
        """A token that is good for some seconds at least, from memory shared or else from WeChat."""
        kept, asked_at = self._remembered.get(account.key, (None, 0))
        if not (kept and self._lasts(kept, REFRESH_AHEAD_MS) and self._now_ms() - asked_at < REMEMBERED_MS):
            kept = await self._kept(account)
        if kept and self._lasts(kept, REFRESH_AHEAD_MS):
            return kept.token
        usable = kept.token if kept and self._lasts(kept, USABLE_MS_MIN) else None
        if usable and self._flight(account).locked():
            return usable
        token = await self._single_flight(
            account,
            is_good=lambda other: self._lasts(other, REFRESH_AHEAD_MS),
            ask=lambda: self._fetch(account, force=False),
            wait=usable is None,
        )
        return token if isinstance(token, str) else usable or token

    async def renewed(self, account: WeChatAccount, refused: str) -> str | Refused | Unreached:
        """Another token than the one WeChat refused; `Refused` where there can be none for the moment."""
        self._remembered.pop(account.key, None)
        return await self._single_flight(
            account,
            is_good=lambda other: other.token != refused,
            ask=lambda: self._replace(account, refused),
            wait=True,
        )

    async def _single_flight(
        self,
        account: WeChatAccount,
        *,
        is_good: Callable[[_Kept], bool],
        ask: Callable[[], Awaitable[str | Refused | Unreached]],
        wait: bool,
    ) -> str | Refused | Unreached:
        """Asks WeChat, unless somebody else meanwhile put a good token into Redis: one asks, whoever waits.

        In a process one caller at a time looks, so that only one of it polls the lock between processes.
        """
        async with self._flight(account):
            if (kept := await self._kept(account)) and is_good(kept):
                return kept.token
            lock = self._redis.lock(f"{self._key(account)}:lock", timeout=_LOCK_S, sleep=0.05, thread_local=False)
            if not await lock.acquire(blocking=wait, blocking_timeout=_LOCK_S):
                return Unreached(False, "no token came in time")
            try:
                if (kept := await self._kept(account)) and is_good(kept):
                    return kept.token
                return await ask()
            finally:
                with suppress(LockError):  # held for longer than it lasts; whoever has it now keeps it
                    await lock.release()

    async def _replace(self, account: WeChatAccount, refused: str) -> str | Refused | Unreached:
        fetched = await self._fetch(account, force=False)
        if fetched != refused:
            return fetched
        if not await self._may_force(account):
            return Refused(_INVALID_CREDENTIAL, "the token was renewed by force only just, or too often today")
        forced = await self._fetch(account, force=True)
        return forced if forced != refused else Refused(_INVALID_CREDENTIAL, "no other token is given")

    async def _kept(self, account: WeChatAccount) -> _Kept | None:
        stored = await self._redis.get(self._key(account))
        if stored is None:
            return None
        kept = _decoder.decode(stored)
        self._remembered[account.key] = kept, self._now_ms()
        return kept

    async def _fetch(self, account: WeChatAccount, *, force: bool) -> str | Refused | Unreached:
        asked = {"grant_type": "client_credential", "appid": account.app_id, "secret": account.app_secret}
        answer = await call_json(
            self._client, "POST", self._url, json=asked | ({"force_refresh": True} if force else {})
        )
        if isinstance(answer, Refused) and answer.errcode == _INVALID_CREDENTIAL:
            # Of a token this would ask for another one; here it is the AppSecret that is wrong.
            return Refused(_INVALID_APP_SECRET, answer.errmsg)
        if isinstance(answer, Refused | Unreached):
            return answer
        token, life_s = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(life_s, int) or life_s <= 0:
            return Unreached(True, "the answer holds no token")
        kept = _Kept(token, self._now_ms() + life_s * 1000)
        await self._redis.set(self._key(account), msgspec.json.encode(kept), ex=life_s)
        self._remembered[account.key] = kept, self._now_ms()
        return token

    async def _may_force(self, account: WeChatAccount) -> bool:
        """Takes one of today's forced refreshes, unless there is none left or the last is too recent."""
        key = self._key(account)
        today = f"{key}:forced:{datetime.fromtimestamp(self._now_ms() / 1000, UTC):%Y%m%d}"
        if int(await self._redis.get(today) or 0) >= FORCED_A_DAY_MAX:
            return False
        if not await self._redis.set(f"{key}:forced", b"1", nx=True, ex=FORCE_INTERVAL_S):
            return False
        await self._redis.incr(today)
        await self._redis.expire(today, 2 * _DAY_S)
        return True

    def _lasts(self, kept: _Kept, for_ms: int) -> bool:
        return kept.expires_at - self._now_ms() > for_ms

    def _flight(self, account: WeChatAccount) -> asyncio.Lock:
        return self._flights.setdefault(account.app_id, asyncio.Lock())

    def _key(self, account: WeChatAccount) -> str:
        return f"{self._prefix}{account.app_id}"
