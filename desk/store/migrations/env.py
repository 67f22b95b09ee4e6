"""How Alembic reaches the database: over the connection that `desk.store.migrate` hands in, inside its transaction.

From the command line there is none; then `DATABASE_URL` tells where to go.
"""

import os

from alembic import context
from sqlalchemy import Connection
from sqlmodel import SQLModel

import desk.store.models  # noqa: F401 (for the tables it defines)
from desk.store.migrate import is_of_kind, locked_connection

DEVELOPMENT_URL = "sqlite:///var/desk.sqlite3"


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        include_object=is_of_kind(connection),
    )
    with context.begin_transaction():
        context.run_migrations()


if (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    with locked_connection(os.environ.get("DATABASE_URL", DEVELOPMENT_URL)) as connection:
        run(connection)
