"""What every test may ask for: an event loop like production's, real Redis, real SQL, a browser.

Each xdist worker has servers of its own, started when the first test wants one; each test finds them empty.
"""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from tests.chromium import ADVICE, find_chromium
from tests.servers import PostgresServer, RedisServer

IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}

settings.register_profile("fast", deadline=None, max_examples=30)
settings.register_profile("ci", deadline=None, max_examples=200, derandomize=True, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if IN_CI else "fast"))


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """This worker's Redis. To kill one, start a RedisServer of your own."""
    server = RedisServer().start()
    yield server
    server.stop()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The URL of an empty Redis."""
    with Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


@pytest.fixture
async def redis(redis_url: str, anyio_backend: object) -> AsyncIterator[AsyncRedis]:
    """A client of an empty Redis; replies are bytes."""
    async with AsyncRedis.from_url(redis_url, decode_responses=False, socket_timeout=None) as client:
        yield client


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    if reason := PostgresServer.why_not():
        pytest.skip(reason)
    server = PostgresServer().start()
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """An empty PostgreSQL database, as postgresql+psycopg://…; skipped where PostgreSQL is not installed."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An empty SQLite database, as sqlite+aiosqlite://…"""
    return f"sqlite+aiosqlite:///{tmp_path / 'desk.sqlite3'}"


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The browser for playwright's `executable_path`. Without one: skipped at home, a failure in CI."""
    if found := find_chromium():
        return found
    if IN_CI:
        pytest.fail(ADVICE)
    pytest.skip(ADVICE)
