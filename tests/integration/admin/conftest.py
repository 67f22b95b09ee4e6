"""The demo's site and its admin, for each test anew."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.services import Services
from tests.databases import seeded
from tests.web import services_for_tests, signed_in


@pytest.fixture
async def database(sqlite_url: str, tmp_path: Path, anyio_backend: object) -> AsyncIterator[AsyncEngine]:
    async with seeded(sqlite_url, tmp_path) as engine:
        yield engine


@pytest.fixture
async def services(redis: Redis, tmp_path: Path, database: AsyncEngine) -> Services:
    return services_for_tests(redis, tmp_path, database=database)


@pytest.fixture
async def admin(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    """The admin at their browser."""
    async with signed_in(services, "admin") as client:
        yield client
