"""Who changed what and when: every version of the settings, whole, newest first.

Settings that were changed by hand in SQL get their line with the next change, so that the history is never wrong
about what was in force before it.
"""

from typing import Any, cast

import msgspec
from msgspec import Struct
from sqlalchemy.orm import defer
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from desk.store.changes import Change, changes_between, decode_changes, encode_changes
from desk.store.complaints import SiteSettingsError
from desk.store.models import SettingsVersion
from desk.store.site_parts import decoded
from sessions.ids import Millis
from sessions.settings import Site

BY_HAND = "system"
"""Who is named where nobody signed in for it: changes made in SQL, and what was there before the history began."""
PAGE_VERSIONS = 20


class Version(Struct, frozen=True):
    """A line of the history; `n` counts from 1."""

    n: int
    version: int
    at: Millis
    by: str
    changes: list[Change]


async def record(sql: AsyncSession, before: Site, after: Site, by: str, at: Millis) -> list[Change]:
    """Adds the line of this change; returns what became different."""
    latest = await _latest(sql)
    began = latest is not None or before != Site(version=before.version)
    if began and (latest is None or latest.version != before.version):
        _add(sql, before, _since(latest, before), BY_HAND, at)
        await sql.flush()
    changes = changes_between(before, after)
    _add(sql, after, changes, by, at)
    await sql.flush()
    return changes


async def has_begun(sql: AsyncSession) -> bool:
    """Whether anything has ever been set up by seed or form."""
    return (await sql.exec(select(SettingsVersion.n).limit(1))).first() is not None


async def has_version(sql: AsyncSession, version: int) -> bool:
    """Whether these settings were ever in force by this database, as far as the history knows."""
    return (await sql.exec(select(SettingsVersion.n).where(SettingsVersion.version == version))).first() is not None


async def who_set(sql: AsyncSession, version: int) -> str:
    """Who made these settings what they are."""
    latest = await _latest(sql)
    return latest.changed_by if latest is not None and latest.version == version else BY_HAND


async def versions(sql: AsyncSession, before: int | None = None, limit: int = PAGE_VERSIONS) -> list[Version]:
    """The newest lines, or those before number `before`."""
    query = (
        select(SettingsVersion).options(defer(cast(Any, SettingsVersion.body))).order_by(col(SettingsVersion.n).desc())
    )
    if before is not None:
        query = query.where(col(SettingsVersion.n) < before)
    return [_line(row) for row in (await sql.exec(query.limit(limit))).all()]


async def site_at(sql: AsyncSession, n: int) -> tuple[Version, Site] | None:
    """The line of this number and the site as it was from then on."""
    row = await sql.get(SettingsVersion, n)
    if row is None:
        return None
    return _line(row), read_body(row.body)


def read_body(body: str) -> Site:
    """A site as the history kept it. Raises `SiteSettingsError` where today's desk cannot read it any more."""
    return decoded(("settings_version",), body, Site)


def _line(row: SettingsVersion) -> Version:
    return Version(
        n=row.n or 0, version=row.version, at=Millis(row.at), by=row.changed_by, changes=decode_changes(row.changes)
    )


def _since(latest: SettingsVersion | None, now: Site) -> list[Change]:
    try:
        return changes_between(read_body(latest.body), now) if latest else []
    except SiteSettingsError:
        return []  # an old line in an old language: what it said stays readable in SQL


async def _latest(sql: AsyncSession) -> SettingsVersion | None:
    return (await sql.exec(select(SettingsVersion).order_by(col(SettingsVersion.n).desc()).limit(1))).first()


def _add(sql: AsyncSession, site: Site, changes: list[Change], by: str, at: Millis) -> None:
    body = msgspec.json.encode(site).decode()
    sql.add(SettingsVersion(version=site.version, at=at, changed_by=by, changes=encode_changes(changes), body=body))
