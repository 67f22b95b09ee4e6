"""SQL connections: SQLite or PostgreSQL, told apart by the URL alone.

Two promises a newcomer would question. SQLite runs with `synchronous=FULL`, slower than WAL's usual NORMAL:
once the archivist has committed, the ledger may forget, so a commit must be on disk and not merely in the
WAL's page cache. And a writing transaction takes SQLite's one write lock at its start (BEGIN IMMEDIATE):
one that reads first and locks later fails at once, without waiting, whenever another writer came between.
"""

import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

BUSY_TIMEOUT_MS = 30_000
"""How long a SQLite writer waits for another one."""

_POOL_SIZE = 5
_CONNECT_TIMEOUT_S = 5
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


class DatabaseUrlError(ValueError):
    """A database URL that names no database we know."""

    code = "database_url"


def create_engine(url: str) -> AsyncEngine:
    """The pool of connections to `url`; opens none yet. Raises `DatabaseUrlError`.

    Any spelling of the two schemes will do (`sqlite:///var/desk.sqlite3`, `postgres://…`): the driver is ours.
    """
    address = database_url(url)
    if address.get_backend_name() == "sqlite":
        engine = _create(address, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
        event.listen(engine.sync_engine, "connect", set_up_sqlite)
        event.listen(engine.sync_engine, "begin", begin_sqlite)
        return engine
    # A server that was restarted costs one ping, not one failed page.
    return _create(address, pool_pre_ping=True, connect_args={"connect_timeout": _CONNECT_TIMEOUT_S})


def place_of(engine: AsyncEngine) -> str:
    """The database as a log may name it: no password is in it."""
    return engine.url.set(query={}).render_as_string(hide_password=True)


def _create(address: URL, **options: Any) -> AsyncEngine:
    # Errors go to the log, which never holds what customers wrote.
    engine = create_async_engine(address, pool_size=_POOL_SIZE, hide_parameters=True, **options)
    event.listen(engine.sync_engine, "handle_error", _tell_no_values)
    return engine


def _tell_no_values(failed: ExceptionContext) -> None:
    """PostgreSQL tells what went wrong in the first line, and with which values in those below."""
    for error in (failed.original_exception, failed.sqlalchemy_exception):
        if error is not None and error.args:
            error.args = (str(error.args[0]).partition("\n")[0], *error.args[1:])


def database_url(url: str) -> URL:
    """`url` with our driver in it. Raises `DatabaseUrlError`."""
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise DatabaseUrlError(f"DATABASE_URL is no database address; {_EXAMPLES}") from error
    scheme = address.drivername.split("+")[0]
    if scheme not in _DRIVERS:
        raise DatabaseUrlError(f"DATABASE_URL names {scheme!r}; {_EXAMPLES}")
    if scheme == "sqlite" and address.database in {None, "", ":memory:"}:
        raise DatabaseUrlError(f"DATABASE_URL needs a file: processes share it; {_EXAMPLES}")
    return address.set(drivername=_DRIVERS[scheme])


_EXAMPLES = "use sqlite:///var/desk.sqlite3 or postgresql://user:password@host/name"


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """A session for queries; nothing is committed. What it loads stays usable afterwards."""
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """One transaction that writes: committed at the end of the block, rolled back if it raises."""
    async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
        await session.connection(execution_options={WRITES: True})
        yield session


WRITES = "desk_writes"
"""Execution option of a transaction that will write."""


def set_up_sqlite(connection: Any, _record: object = None) -> None:
    """What each new SQLite connection needs to hear."""
    connection.isolation_level = None  # the driver's own BEGIN comes too late; `begin_sqlite` sends ours
    cursor = connection.cursor()
    _use_wal(cursor)
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA fullfsync=ON")  # macOS: fsync alone stops at the drive's cache
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def begin_sqlite(connection: Connection) -> None:
    """Opens the transaction the way its writer needs it."""
    immediate = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _use_wal(cursor: Any) -> None:
    # A new file is switched by whoever has it alone; SQLite refuses the others at once, without its usual waiting.
    for _ in range(_WAL_ATTEMPTS):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            time.sleep(_WAL_PAUSE_S)
    cursor.execute("PRAGMA journal_mode=WAL")


_WAL_ATTEMPTS = 100
_WAL_PAUSE_S = 0.02
