"""Access tokens against the simulator: one for everybody, renewed in time, forced only when it must be."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import msgspec
import pytest
from msgspec import Struct
from redis.asyncio import Redis

from desk.channels.wechat.accounts import WeChatAccount
from desk.channels.wechat.calls import Refused, Unreached, open_client
from desk.channels.wechat.simulator.faults import ApiFault
from desk.channels.wechat.token import AccessTokens
from tests.patience import until
from tests.wechat.simulation import World, world

pytestmark = pytest.mark.anyio

DEMO = WeChatAccount(key="demo", name="Demo", app_id="wxdemo0000000001", app_secret="demo-secret", token="demo-token")
PREFIX = "desk:{test}:"
STABLE_TOKEN = "/cgi-bin/stable_token"
MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS


class Bench(Struct):
    """A simulated platform, two processes' token stores on one Redis, and a clock for all of them."""

    world: World
    tokens: AccessTokens
    elsewhere: AccessTokens
    redis: Redis
    client: aiohttp.ClientSession

    def pass_time(self, ms: int) -> None:
        self.world.simulator.platform.clock_ahead_ms += ms

    @property
    def calls(self) -> int:
        return self.world.simulator.platform.calls

    def store(self, base_url: str) -> AccessTokens:
        now = self.world.simulator.platform.now
        return AccessTokens(self.redis, PREFIX, self.client, base_url, now_ms=now)


@pytest.fixture
async def bench(redis: Redis) -> AsyncIterator[Bench]:
    async with world() as it, open_client() as client:
        now = it.simulator.platform.now
        here, elsewhere = (AccessTokens(redis, PREFIX, client, it.api, now_ms=now) for _ in range(2))
        yield Bench(it, here, elsewhere, redis, client)


async def good(store: AccessTokens, account: WeChatAccount = DEMO) -> str:
    token = await store.current(account)
    assert isinstance(token, str)
    return token


async def test_one_token_serves_all_processes(bench: Bench) -> None:
    tokens = {await good(store) for store in (bench.tokens, bench.elsewhere, bench.tokens)}
    assert len(tokens) == 1
    assert bench.calls == 1


async def test_a_crowd_asks_wechat_once(bench: Bench) -> None:
    stores = [bench.tokens, bench.elsewhere] * 20
    assert len(set(await asyncio.gather(*map(good, stores)))) == 1
    assert bench.calls == 1


async def test_a_token_is_replaced_before_it_ends(bench: Bench) -> None:
    first = await good(bench.tokens)
    bench.pass_time(115 * MINUTE_MS)
    assert await good(bench.tokens) == first
    bench.pass_time(90_000)
    second = await good(bench.tokens)
    assert second != first
    assert await good(bench.elsewhere) == second
    assert bench.calls == 2


async def test_near_its_end_the_old_token_bridges_a_slow_or_failing_refresh(bench: Bench) -> None:
    first = await good(bench.tokens)
    bench.pass_time(117 * MINUTE_MS)
    bench.world.simulator.add_fault(ApiFault(path=STABLE_TOKEN, errcode=-1))
    assert await good(bench.tokens) == first
    bench.world.simulator.add_fault(ApiFault(path=STABLE_TOKEN, delay_ms=1500))
    asked = bench.calls
    slow = asyncio.create_task(good(bench.tokens))
    await until(lambda: bench.calls > asked)
    assert await good(bench.elsewhere) == first
    assert await slow != first


async def test_after_its_end_a_new_one_is_waited_for(bench: Bench) -> None:
    first = await good(bench.tokens)
    bench.pass_time(121 * MINUTE_MS)
    assert await good(bench.tokens) != first


class TestARefusedToken:
    async def test_what_another_process_renewed_already_is_taken(self, bench: Bench) -> None:
        stale = await good(bench.tokens)
        bench.world.simulator.platform.tokens.revoke(DEMO.app_id, bench.world.simulator.platform.now())
        fresh = await bench.tokens.renewed(DEMO, stale)
        calls = bench.calls
        assert await bench.elsewhere.renewed(DEMO, stale) == fresh
        assert bench.calls == calls

    async def test_normal_mode_is_tried_before_force(self, bench: Bench) -> None:
        stale = await good(bench.tokens)
        bench.world.simulator.platform.tokens.revoke(DEMO.app_id, bench.world.simulator.platform.now())
        fresh = await bench.tokens.renewed(DEMO, stale)
        assert isinstance(fresh, str)
        assert fresh != stale
        assert bench.calls == 2
        assert not await bench.redis.keys("*forced*")

    async def test_where_normal_mode_repeats_it_a_new_one_is_forced_and_rationed(self, bench: Bench) -> None:
        first = await good(bench.tokens)
        second = await bench.tokens.renewed(DEMO, first)
        assert isinstance(second, str)
        assert second != first
        assert bench.calls == 3
        # Less than 30 s later WeChat would only repeat it: no use asking.
        assert await bench.elsewhere.renewed(DEMO, second) == Refused(
            40001, "the token was renewed by force only just, or too often today"
        )
        await bench.redis.delete(f"{PREFIX}wechat:token:{DEMO.app_id}:forced")
        bench.pass_time(31_000)
        assert isinstance(await bench.elsewhere.renewed(DEMO, second), str)

    async def test_twenty_times_a_day_and_no_more(self, bench: Bench) -> None:
        bench.pass_time(DAY_MS - bench.world.simulator.platform.now() % DAY_MS)  # a whole day is before us
        token = await good(bench.tokens)
        for _ in range(20):
            renewed = await bench.tokens.renewed(DEMO, token)
            assert isinstance(renewed, str)
            token = renewed
            bench.pass_time(31_000)
            await bench.redis.delete(f"{PREFIX}wechat:token:{DEMO.app_id}:forced")
        assert isinstance(await bench.tokens.renewed(DEMO, token), Refused)

    async def test_a_crowd_with_the_same_stale_token_renews_it_once(self, bench: Bench) -> None:
        stale = await good(bench.tokens)
        renewals = await asyncio.gather(*(store.renewed(DEMO, stale) for store in [bench.tokens, bench.elsewhere] * 10))
        assert len(set(renewals)) == 1
        assert bench.calls == 3


class TestWhatCannotBeHad:
    async def test_a_wrong_secret_is_called_that(self, bench: Bench) -> None:
        answer = await bench.tokens.current(msgspec.structs.replace(DEMO, app_secret="guess"))
        assert isinstance(answer, Refused)
        assert answer.errcode == 40125

    async def test_wrong_credentials_on_the_token_call_are_the_secrets_fault(self, bench: Bench) -> None:
        bench.world.simulator.add_fault(ApiFault(path=STABLE_TOKEN, errcode=40001))
        answer = await bench.tokens.current(DEMO)
        assert isinstance(answer, Refused)
        assert answer.errcode == 40125

    async def test_a_platform_out_of_reach(self, bench: Bench) -> None:
        answer = await bench.store("http://127.0.0.1:1").current(DEMO)
        assert answer == Unreached(False, "ClientConnectorError")

    async def test_an_answer_without_a_token(self, bench: Bench) -> None:
        answer = await bench.store(f"{bench.world.url}/static").current(DEMO)
        assert isinstance(answer, Unreached)


async def test_redis_keys_stay_under_the_sites_prefix_and_expire(bench: Bench) -> None:
    token = await good(bench.tokens)
    await bench.tokens.renewed(DEMO, token)
    keys = await bench.redis.keys("*")
    assert keys == await bench.redis.keys(f"{PREFIX}*")
    assert len(keys) == 3
    assert all([await bench.redis.ttl(key) > 0 for key in keys])
