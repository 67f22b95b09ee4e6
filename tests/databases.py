"""Databases with our schema for tests, of both kinds.

To migrate and to seed one takes longer than most tests do: it is done once for a worker, and each test begins with a
copy. That migrating and seeding work is tested where they are asked for by name.
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Literal

from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.config import load_settings
from desk.seed import seed_demo
from desk.store.engine import create_engine
from desk.store.migrate import migrate
from tests.servers import create_database, drop_database, is_database

KINDS = ("sqlite", "postgres")
SECRET = "the secret of every test's demo site"

Original = Literal["blank", "demo"]
_made: set[URL] = set()


@asynccontextmanager
async def migrated(url: str) -> AsyncIterator[AsyncEngine]:
    """Connections to the database at `url`, made with the newest schema and nothing in it if it is not there."""
    await _fill(make_url(url), "blank")
    engine = create_engine(url)
    try:
        yield engine
    finally:
        await engine.dispose()


@asynccontextmanager
async def seeded(url: str, var_dir: Path) -> AsyncIterator[AsyncEngine]:
    """The same with the demo's site in it, as a desk with its data in `var_dir` has seeded it."""
    (var_dir / "secret.key").write_text(SECRET)
    await _fill(make_url(url), "demo")
    engine = create_engine(url)
    try:
        yield engine
    finally:
        await engine.dispose()


def seed_folder(var_dir: Path) -> None:
    """What a demo desk would make of this empty folder when it starts there. For tests without an event loop."""
    (var_dir / "secret.key").write_text(SECRET)
    url = make_url(f"sqlite+aiosqlite:///{var_dir / 'desk.sqlite3'}")
    with ThreadPoolExecutor(1) as thread:  # playwright has a loop on this one
        thread.submit(asyncio.run, _fill(url, "demo")).result()


async def _fill(url: URL, name: Original) -> None:
    """Makes the database as a copy of the original; leaves one alone that is there."""
    original = url.set(database=_place_of(url, name))
    if original not in _made:
        await _make(original, name)
        _made.add(original)
    if not _is_there(url):
        _copy(original, url)


def _place_of(url: URL, name: Original) -> str:
    return f"{_kept().name}/{name}.sqlite3" if url.get_backend_name() == "sqlite" else f"original_{name}"


def _is_there(url: URL) -> bool:
    if url.get_backend_name() == "sqlite":
        return Path(str(url.database)).exists()
    return is_database(url)


def _copy(original: URL, url: URL) -> None:
    if url.get_backend_name() == "sqlite":
        shutil.copyfile(str(original.database), str(url.database))
    else:
        create_database(url, str(original.database))


async def _make(original: URL, name: Original) -> None:
    if original.get_backend_name() == "postgresql":
        drop_database(original)  # half made
        create_database(original)
    migrate(original.render_as_string())
    if name == "demo":
        engine = create_engine(original.render_as_string())
        await seed_demo(engine, load_settings(demo=True, secret_key=SECRET))
        await engine.dispose()


@cache
def _kept() -> "tempfile.TemporaryDirectory[str]":
    """For this worker's originals; gone with it."""
    return tempfile.TemporaryDirectory(prefix="desk-originals-")
