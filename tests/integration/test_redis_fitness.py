"""A Redis that would lose what it has answered for is refused, and named by all that is wrong with it."""

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from desk.app import create_app
from desk.config import load_settings
from desk.processes.running import open_resources
from desk.redis_fitness import RedisUnfitError, refuse_unfit
from tests.servers import RedisServer
from tests.web import services_for_tests, visiting

pytestmark = pytest.mark.anyio

GOOD = {"appendonly": "yes", "appendfsync": "always", "maxmemory": "0", "maxmemory-policy": "noeviction"}


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    """One whose settings may be changed."""
    server = RedisServer().start()
    yield server
    server.kill()  # one whose append-only file was switched off and on takes ten seconds to end
    server.stop()


@pytest.fixture
async def own(server: RedisServer, anyio_backend: object) -> AsyncIterator[Redis]:
    async with Redis.from_url(server.url) as redis:
        await redis.config_set(*(each for pair in GOOD.items() for each in pair))
        yield redis


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"appendonly": "no"}, "appendonly is no, not yes"),
        ({"appendfsync": "everysec"}, "appendfsync is everysec, not always"),
        (
            {"maxmemory": "104857600", "maxmemory-policy": "allkeys-lru"},
            "maxmemory-policy is allkeys-lru, not noeviction",
        ),
        ({"appendonly": "no", "appendfsync": "no"}, "appendonly is no, not yes; appendfsync is no, not always"),
    ],
)
async def test_a_redis_that_forgets_is_refused_before_anything_begins(
    own: Redis, server: RedisServer, tmp_path: Path, settings: dict[str, str], words: str
) -> None:
    for name, value in settings.items():
        await own.config_set(name, value)
    with pytest.raises(RedisUnfitError, match=words) as refused:
        async with open_resources(load_settings(var_dir=tmp_path, redis_url=server.url)):
            pytest.fail("it began")
    assert refused.value.code == "redis_unfit"
    assert "REDIS_URL" in str(refused.value)
    async with visiting(create_app(services_for_tests(own, tmp_path))) as client:
        answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()["checks"]) == (503, {"redis": words})


async def test_one_that_keeps_everything_is_fine(own: Redis, server: RedisServer, tmp_path: Path) -> None:
    await own.config_set("maxmemory", "104857600")
    async with open_resources(load_settings(var_dir=tmp_path, redis_url=server.url)) as resources:
        assert await resources.redis.ping()


async def test_one_that_does_not_tell_is_taken_at_its_word(
    own: Redis, server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    await own.execute_command("ACL", "SETUSER", "plain", "on", ">plain", "~*", "&*", "+@all", "-config")  # type: ignore[no-untyped-call]
    async with Redis.from_url(server.url, username="plain", password="plain") as redis:
        with caplog.at_level(logging.WARNING):
            await refuse_unfit(redis)
    assert "appendfsync always" in caplog.text
