"""One process at a time has a role, and whoever slept through their lease can do no harm."""

import asyncio
import time

import pytest
from redis.asyncio import Redis

from sessions import lease as leases
from sessions.lease import Lease, held
from sessions.streams import Keys

pytestmark = pytest.mark.anyio

KEYS = Keys("desk:{test}:")


def lease(redis: Redis, role: str = "engine", *, lease_ms: int = 10_000) -> Lease:
    return Lease(redis, KEYS, role, lease_ms=lease_ms)


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Renewing and asking again take milliseconds."""
    monkeypatch.setattr(leases, "RENEW_EVERY_S", 0.02)


async def test_a_role_is_one_processs(redis: Redis) -> None:
    first, second = lease(redis), lease(redis)
    assert await first.acquire()
    assert not await second.acquire()
    assert (first.token, second.token) == (1, 0)


async def test_roles_do_not_meet(redis: Redis) -> None:
    assert await lease(redis, "engine").acquire()
    assert await lease(redis, "courier").acquire()


async def test_every_holders_token_is_larger_than_those_before(redis: Redis) -> None:
    tokens = []
    for _ in range(3):
        holder = lease(redis)
        assert await holder.acquire()
        tokens.append(holder.token)
        await holder.release()
    assert tokens == sorted(set(tokens))


async def test_a_lease_that_is_not_renewed_runs_out(redis: Redis) -> None:
    first, second = lease(redis, lease_ms=50), lease(redis)
    await first.acquire()
    await asyncio.sleep(0.06)
    assert not await first.renew()
    assert await second.acquire()
    assert second.token > first.token


async def test_a_renewed_lease_lasts(redis: Redis) -> None:
    first, second = lease(redis, lease_ms=5000), lease(redis)
    await first.acquire()
    await redis.pexpire(KEYS.lease("engine"), 2000)
    assert await first.renew()
    assert await redis.pttl(KEYS.lease("engine")) > 2000
    assert not await second.acquire()


async def test_nobody_renews_or_gives_up_what_is_anothers(redis: Redis) -> None:
    sleeper, successor = lease(redis, lease_ms=30), lease(redis)
    await sleeper.acquire()
    await asyncio.sleep(0.04)
    await successor.acquire()
    assert not await sleeper.renew()
    await sleeper.release()
    assert await successor.renew()


@pytest.mark.usefixtures("often")
async def test_a_held_role_is_kept_alive_and_given_up_at_the_end(redis: Redis) -> None:
    mine, other = lease(redis, lease_ms=5000), lease(redis)
    async with held(mine, asyncio.Event()) as over:
        await redis.pexpire(KEYS.lease("engine"), 2000)
        async with asyncio.timeout(5):
            while await redis.pttl(KEYS.lease("engine")) <= 2000:  # noqa: ASYNC110 - the holder's progress
                await asyncio.sleep(0.01)
        assert not over.is_set()
        assert not await other.acquire()
    assert await other.acquire(), "at once, without waiting for it to run out"


@pytest.mark.usefixtures("often")
async def test_the_holder_hears_that_the_role_is_lost(redis: Redis) -> None:
    async with held(lease(redis, lease_ms=1000), asyncio.Event()) as over:
        await redis.delete(KEYS.lease("engine"))
        async with asyncio.timeout(2):
            await over.wait()


@pytest.mark.usefixtures("often")
async def test_the_holder_hears_that_it_shall_stop(redis: Redis) -> None:
    stop = asyncio.Event()
    async with held(lease(redis), stop) as over:
        stop.set()
        async with asyncio.timeout(2):
            await over.wait()


@pytest.mark.usefixtures("often")
async def test_who_waits_gets_the_role_when_its_holder_dies(redis: Redis) -> None:
    dead = lease(redis, lease_ms=100)
    await dead.acquire()
    began = time.monotonic()
    async with held(lease(redis), asyncio.Event()) as over:
        assert not over.is_set()
    assert time.monotonic() - began >= 0.05


@pytest.mark.usefixtures("often")
async def test_who_waits_can_be_told_to_stop(redis: Redis) -> None:
    await lease(redis).acquire()
    stop = asyncio.Event()
    waiting = lease(redis)
    asyncio.get_running_loop().call_later(0.05, stop.set)
    async with held(waiting, stop) as over:
        assert over.is_set()
    assert waiting.token == 0


@pytest.mark.usefixtures("often")
async def test_a_role_is_given_up_when_its_work_fails(redis: Redis) -> None:
    with pytest.raises(ZeroDivisionError):
        async with held(lease(redis), asyncio.Event()):
            raise ZeroDivisionError
    assert await lease(redis).acquire()
