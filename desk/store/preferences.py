"""What people prefer, a row each."""

import logging

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from desk import preferences
from desk.preferences import Preferences
from desk.store.engine import reading, writing
from desk.store.models import Preference
from sessions.ids import UserId

log = logging.getLogger(__name__)


async def preferences_of(engine: AsyncEngine, user: UserId) -> Preferences:
    """Their choices; the defaults for who has made none."""
    async with reading(engine) as sql:
        row = await sql.get(Preference, user)
    return preferences.read(row.body) if row else Preferences()


async def preferences_or_defaults(engine: AsyncEngine | None, user: UserId) -> Preferences:
    """The same for a desk that has to open while SQL is away."""
    if engine is None:
        return Preferences()
    try:
        return await preferences_of(engine, user)
    except (SQLAlchemyError, OSError):
        log.warning("preferences are not to be had: SQL is away")
        return Preferences()


async def change_preferences(engine: AsyncEngine, user: UserId, body: bytes) -> Preferences:
    """Takes a change of some fields and leaves the others alone. Raises UserError `argument_invalid`."""
    async with writing(engine) as sql:
        row = await sql.get(Preference, user, with_for_update=True) or Preference(username=user)
        choices = preferences.changed(preferences.read(row.body), body)
        row.body = preferences.written(choices)
        sql.add(row)
    return choices
