"""Databases with our schema for tests, of both kinds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from desk.store.engine import create_engine
from desk.store.migrate import migrate

KINDS = ("sqlite", "postgres")


@asynccontextmanager
async def migrated(url: str) -> AsyncIterator[AsyncEngine]:
    """Connections to the empty database at `url`, brought up to the newest schema."""
    migrate(url)
    engine = create_engine(url)
    try:
        yield engine
    finally:
        await engine.dispose()
