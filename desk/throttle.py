"""How often a wrong password may be tried.

Counters in Redis, so that all web processes share them. An attempt counts against its name and address before
the hash is computed and is taken back when it succeeds: thirty attempts at once get no further than thirty in a
row. An address alone is only counted when an attempt fails, because at the start of a shift hundreds of agents
sign in from one office address. No name is locked on its own: anybody could then lock anybody out.
"""

import ipaddress

import msgspec
from redis.asyncio import Redis

from desk.errors import UserError


class Limits(msgspec.Struct, frozen=True):
    """Failures within `window_s`, which begins with the first of them."""

    per_name_and_address: int = 10
    per_address: int = 100
    window_s: int = 300


class Throttle:
    """The counters of one site."""

    def __init__(self, redis: Redis, prefix: str, limits: Limits = Limits()) -> None:  # noqa: B008 (a frozen value)
        self._redis = redis
        self._prefix = f"{prefix}sign-in-failures:"
        self._limits = limits

    async def admit(self, name: str, address: str) -> None:
        """Counts an attempt; raises UserError `sign_in_throttled` where there were too many."""
        own, shared = self._keys(name, address)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.incr(own)
            pipe.expire(own, self._limits.window_s, nx=True)
            pipe.ttl(own)
            pipe.get(shared)
            pipe.ttl(shared)
            attempts, _, own_ttl, failures, shared_ttl = await pipe.execute()
        if attempts > self._limits.per_name_and_address:
            raise _too_many(own_ttl)
        if int(failures or 0) >= self._limits.per_address:
            raise _too_many(shared_ttl)

    async def failed(self, address: str) -> None:
        """The attempt was wrong: it counts against the address, too."""
        _, shared = self._keys("", address)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.incr(shared)
            pipe.expire(shared, self._limits.window_s, nx=True)
            await pipe.execute()

    async def succeeded(self, name: str, address: str) -> None:
        """The attempt was right: this name starts anew from this address."""
        own, _ = self._keys(name, address)
        await self._redis.delete(own)

    async def withdrawn(self, name: str, address: str) -> None:
        """The attempt came to nothing by our own fault, and does not count."""
        own, _ = self._keys(name, address)
        await self._redis.decr(own)

    def _keys(self, name: str, address: str) -> tuple[str, str]:
        place = network_of(address)
        return f"{self._prefix}{place}:{name}", f"{self._prefix}{place}"


def network_of(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 that an IPv6 customer is free to move about in."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if ip.version == 4:
        return str(ip)
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, 64), strict=False).network_address)


def _too_many(ttl_s: int) -> UserError:
    wait_s = max(1, ttl_s)
    return UserError(
        "sign_in_throttled",
        "登录失败次数过多，请 %(minutes)s 分钟后再试",
        status=429,
        retry_after_s=wait_s,
        minutes=-(-wait_s // 60),
    )
