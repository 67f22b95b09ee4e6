"""SQL for a process that needs it: brought up to date, and filled with the demo where that is asked for."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from sqlalchemy.ext.asyncio import AsyncEngine

from desk.config import Settings
from desk.seed import seed_demo
from desk.store.engine import create_engine
from desk.store.migrate import migrate


@contextlib.asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """An engine on a schema that is up to date; whichever process comes first brings it there."""
    settings.var_dir.mkdir(parents=True, exist_ok=True)
    await asyncio.to_thread(migrate, settings.database_url)
    database = create_engine(settings.database_url)
    try:
        if settings.demo:
            await seed_demo(database, settings)
        yield database
    finally:
        await database.dispose()
