"""SQL for a process that needs it: brought up to date, and filled with the demo where that is asked for.

What SQL refuses is told in one line with the variable that names the place: a traceback of two libraries tells an
operator neither. Passwords are in no such line.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.config import Settings
from desk.folders import reason_of
from desk.seed import seed_demo
from desk.store.engine import create_engine
from desk.store.migrate import migrate
from desk.store.sealing import SealedError

log = logging.getLogger(__name__)


class DatabaseUnusableError(RuntimeError):
    """SQL is not to be had; the message names the variable, the place, the reason and what to do."""

    code = "database_unusable"


@contextlib.asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """An engine on a schema that is up to date; whichever process comes first brings it there.

    Raises `DatabaseUnusableError`, also for what fails in the block because the database does.
    """
    await _migrate(settings)
    database = create_engine(settings.database_url)
    try:
        if settings.demo:
            await seed_demo(database, settings)
        yield database
    except (OperationalError, InterfaceError) as failure:
        log.debug("the database failed", exc_info=True)
        raise _unusable(settings, _first_line(failure)) from None
    except SealedError as failure:
        if settings.secret_key is not None:
            raise
        raise SealedError(
            f"{failure}. SECRET_KEY is unset: the key in {settings.secret_file} was tried,"
            " which the desk makes where there is none"
        ) from None
    finally:
        await database.dispose()


async def _migrate(settings: Settings) -> None:
    try:
        await asyncio.to_thread(migrate, settings.database_url)
    except DBAPIError as failure:  # also what is not allowed: a role that may create nothing
        log.debug("the database cannot be opened", exc_info=True)
        raise _unusable(settings, _first_line(failure)) from None
    except OSError as failure:  # the folder of a SQLite file
        raise _unusable(settings, reason_of(failure)) from None


def _unusable(settings: Settings, reason: str) -> DatabaseUnusableError:
    if settings.sqlite_path:
        variable = "DATABASE_URL" if "database_url" in settings.model_fields_set else "DESK_VAR"
        return DatabaseUnusableError(
            f"{variable}: the SQLite file {settings.sqlite_path} cannot be used: {reason}. Let this user write the file"
            f" and its folder, or set {variable} to another place."
        )
    address = make_url(settings.database_url)
    host, port = (address.host or address.query.get("host", "localhost")), address.port or 5432
    return DatabaseUnusableError(
        f"DATABASE_URL: database {address.database!r} at {host}:{port} cannot be used: {reason}. See that the server"
        " runs and has this database, and check user and password: what is special in them is percent-encoded, like @"
        " as %40 and / as %2F."
    )


def _first_line(failure: DBAPIError) -> str:
    """What the database says without the statement, and without libpq's account of where it was said."""
    said = str(failure.orig).partition("\n")[0]
    return said.rpartition(" failed: ")[2].removeprefix("FATAL:").strip().rstrip(".")
