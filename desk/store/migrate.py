"""Brings a database up to the schema that this code expects.

Every process calls this when it starts, so several may at once: the first holds a lock (SQLite's write lock,
PostgreSQL's advisory lock) for the whole upgrade, which is one transaction, and the others then find nothing
to do. A database that is up to date costs one query: Alembic is not even imported.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine, event, inspect, text
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import SchemaItem

from desk.store.engine import BUSY_TIMEOUT_MS, WRITES, begin_sqlite, database_url, set_up_sqlite
from desk.store.models import ONLY_ON

MIGRATIONS = Path(__file__).with_name("migrations")

_ADVISORY_LOCK = 0x6465736B  # "desk", as a number that no one else is likely to lock


class SchemaTooNewError(RuntimeError):
    """The database was written by a newer desk."""

    code = "schema_too_new"


def head() -> str:
    """The newest revision. Revisions are numbers, so that the files tell it without being loaded."""
    return max(path.stem.split("_", 1)[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def migrate(url: str, to: str = "head") -> bool:
    """Upgrades the database at `url` to `head()`, or so far only; returns whether there was anything to do.

    Blocks: call it before the event loop starts, or in a thread. Makes SQLite's folder where it is missing.
    Raises `DatabaseUrlError`, `SchemaTooNewError`, and what SQLAlchemy raises where the server does not answer.
    """
    with locked_connection(url) as connection:
        current = revision_of(connection)
        if current == head():
            return False
        if current is not None and current > head():
            raise SchemaTooNewError(
                f"The database is at schema {current}, this desk knows {head()}: run the newer desk or use a backup."
            )
        _upgrade(connection, to)
        return True


def revision_of(connection: Connection) -> str | None:
    """The revision that this database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


@contextmanager
def locked_connection(url: str) -> Iterator[Connection]:
    """A plain connection in a transaction that no other migration can enter; commits at the end of the block."""
    address = database_url(url)
    if address.get_backend_name() == "sqlite":
        Path(str(address.database)).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            address.set(drivername="sqlite"), poolclass=NullPool, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}
        )
        event.listen(engine, "connect", set_up_sqlite)
        event.listen(engine, "begin", begin_sqlite)
    else:
        engine = create_engine(address, poolclass=NullPool)
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        yield connection


def is_of_kind(connection: Connection) -> Callable[..., bool]:
    """For Alembic's `include_object`: whether a part of the models belongs into this kind of database."""

    def belongs(part: SchemaItem, *_: object) -> bool:
        return bool(part.info.get(ONLY_ON, connection.dialect.name) == connection.dialect.name)

    return belongs


def _upgrade(connection: Connection, to: str) -> None:
    from alembic import command  # noqa: PLC0415 (half a second that an up-to-date database need not wait)
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
