"""The servers that other tests lean on."""

import asyncio
from pathlib import Path

import pytest
import sqlalchemy
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from sqlalchemy.ext.asyncio import create_async_engine

from tests.servers import RedisServer


@pytest.mark.anyio
async def test_a_test_finds_an_empty_redis(redis: AsyncRedis) -> None:
    assert await redis.dbsize() == 0
    await redis.set("left", "behind")


@pytest.mark.anyio
async def test_what_another_test_left_behind_is_gone(redis: AsyncRedis) -> None:
    assert await redis.get("left") is None


@pytest.mark.anyio
async def test_async_tests_run_on_uvloop(redis: AsyncRedis) -> None:
    assert type(asyncio.get_running_loop()).__module__.startswith("uvloop")


def test_a_killed_redis_comes_back_with_everything_it_answered(tmp_path: Path) -> None:
    server = RedisServer(tmp_path).start()
    try:
        client = Redis.from_url(server.url)
        ids = [client.xadd("stream", {"n": n}) for n in range(100)]
        before = server.pid
        server.kill()
        server.restart()
        assert server.pid != before
        kept = client.xrange("stream")
        assert kept is not None
        assert [entry[0] for entry in kept] == ids
        client.close()
    finally:
        server.stop()


@pytest.mark.anyio
@pytest.mark.parametrize("kind", ["sqlite_url", "empty_postgres_url"])
async def test_sql_urls_are_ready_for_an_async_engine(kind: str, request: pytest.FixtureRequest) -> None:
    engine = create_async_engine(request.getfixturevalue(kind))
    async with engine.connect() as connection:
        tables = await connection.run_sync(lambda sync: sqlalchemy.inspect(sync).get_table_names())
    await engine.dispose()
    assert tables == []
