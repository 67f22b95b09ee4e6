"""Changing what is set up: one way in for forms, seeds and restored versions.

A change is a function from the site as it is to the site as it should be. It runs inside the transaction that
holds the settings' lock, so that two admins take turns; what cannot work is refused whole; what was written is
read again and must be the same. The history gets its line in the same transaction.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from desk.store import models
from desk.store.changes import Change
from desk.store.checking import complaints_about
from desk.store.complaints import Complaint, SiteSettingsError
from desk.store.engine import writing
from desk.store.history import record
from desk.store.settings import read_site, version_of
from desk.store.site_parts import calendar_row, flow_rows, group_row, setting_rows
from sessions.ids import AccountId, Millis
from sessions.settings import Site

_ADVISORY_LOCK = 0x73657474  # "sett"

_Row = TypeVar("_Row", bound=SQLModel)


class Saved(Struct, frozen=True):
    """The site as it now lies in SQL, and what became different; nothing, where the change changed nothing."""

    site: Site
    changes: list[Change] = []


async def change_site(database: AsyncEngine, change: Callable[[Site], Site], by: str, at: Millis) -> Saved:
    """Makes the change, or none at all. Raises `SiteSettingsError`, and whatever `change` raises."""
    async with writing(database) as sql:
        await hold_settings(sql)
        before = await read_site(sql)
        after = change(before)
        after = msgspec.structs.replace(after, version=version_of(after))
        if after == before:
            return Saved(before)
        if complaints := [*complaints_about(after), *await _strangers(sql, before, after)]:
            raise SiteSettingsError(complaints)
        await write_site(sql, after)
        written = await read_site(sql)
        assert written == after, "SQL gives back another site than it was given"
        return Saved(after, await record(sql, before, after, by, at))


async def hold_settings(sql: AsyncSession) -> None:
    """Makes writers of settings take turns until the end of this transaction; SQLite's own lock does it there."""
    connection = await sql.connection()
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))


async def write_site(sql: AsyncSession, site: Site) -> None:
    """Makes the rows say what the site says. Accounts and people are pointed elsewhere, never made or removed."""
    flows = [flow_rows(flow) for flow in site.flows.values()]
    await _merge(sql, models.Calendar, [calendar_row(each) for each in site.calendars.values()])
    await _merge(sql, models.Flow, [each.flow for each in flows])
    groups = [group_row(group, position) for position, group in enumerate(site.groups.values())]
    await _merge(sql, models.SkillGroup, groups)
    for kind, rows in (
        (models.Keyword, [row for each in flows for row in each.keywords]),
        (models.FlowEntry, [row for each in flows for row in each.entries]),
        (models.TextMenu, [row for each in flows for row in each.menus]),
        (models.Setting, setting_rows(site)),
    ):
        await _merge(sql, kind, rows)
        await _prune(sql, kind, rows)
    await _write_accounts(sql, site)
    await _write_seats(sql, site)
    await _prune(sql, models.SkillGroup, groups)
    await _prune(sql, models.Flow, [each.flow for each in flows])
    await _prune(sql, models.Calendar, [calendar_row(each) for each in site.calendars.values()])


async def _write_accounts(sql: AsyncSession, site: Site) -> None:
    for row in (await sql.exec(select(models.Account))).all():
        account = site.accounts.get(AccountId(row.id))
        if account is not None:
            row.name, row.default_group, row.flow = account.name, account.default_group, account.flow or None
        elif row.flow not in site.flows:
            row.flow = None  # one that is not in use
    await sql.flush()


async def _write_seats(sql: AsyncSession, site: Site) -> None:
    wanted = [models.Seat(id=seat.id, name=seat.name, soft_cap=seat.soft_cap) for seat in site.seats.values()]
    await _merge(sql, models.Seat, wanted)
    in_use = {seat.id for seat in wanted}
    heirs = {str(gone): str(heir) for gone, heir in site.successors.items()}
    for row in (await sql.exec(select(models.Seat))).all():
        row.active = row.id in in_use
        row.successor = heirs.get(row.id)
    skills = [
        models.SeatSkill(seat=seat.id, skill_group=group, level=level)
        for seat in site.seats.values()
        for group, level in seat.skills.items()
    ]
    await _merge(sql, models.SeatSkill, skills)
    await _prune(sql, models.SeatSkill, skills)
    agents = {str(seat.agent): str(seat.id) for seat in site.seats.values() if seat.agent}
    people = (await sql.exec(select(models.User))).all()
    moved = [person for person in people if person.seat != agents.get(person.username)]
    for person in moved:
        person.seat = None  # first up, then down again: two may change places
    await sql.flush()
    for person in moved:
        person.seat = agents.get(person.username)
    await sql.flush()


async def _strangers(sql: AsyncSession, before: Site, after: Site) -> list[Complaint]:
    """Whatever the site speaks of that only SQL can know."""
    complaints = []
    agents = select(models.User.username).where(col(models.User.active), models.User.role == "agent")
    known = set((await sql.exec(agents)).all())
    seated: set[str] = set()
    for seat in after.seats.values():
        if seat.agent and seat.agent not in known:
            complaints.append(Complaint(("seats", seat.id, "agent"), "no_such_user", {"value": seat.agent}))
        if seat.agent in seated:
            complaints.append(Complaint(("seats", seat.id, "agent"), "taken_twice", {"value": seat.agent}))
        seated |= {seat.agent} - {""}
    complaints += [
        Complaint(("accounts", account), "no_such_account", {"value": account})
        for account in after.accounts.keys() ^ before.accounts.keys()
    ]
    resting = (await sql.exec(select(models.Account).where(~col(models.Account.active)))).all()
    complaints += [
        Complaint(("groups", row.default_group), "group_in_use", {"value": row.name})
        for row in resting
        if row.default_group not in after.groups
    ]
    return complaints


async def _merge(sql: AsyncSession, kind: type[_Row], rows: Sequence[_Row]) -> None:
    """Adds what is new and brings what is known up to date, touching only what differs."""
    known = {_key_of(row): row for row in (await sql.exec(select(kind))).all()}
    for row in rows:
        stored = known.get(_key_of(row))
        if stored is None:
            sql.add(row)
            continue
        for name in row.model_fields_set:
            if getattr(stored, name) != getattr(row, name):
                setattr(stored, name, getattr(row, name))
    await sql.flush()


async def _prune(sql: AsyncSession, kind: type[_Row], rows: Iterable[_Row]) -> None:
    wanted = {_key_of(row) for row in rows}
    for row in (await sql.exec(select(kind))).all():
        if _key_of(row) not in wanted:
            await sql.delete(row)
    await sql.flush()


def _key_of(row: SQLModel) -> tuple[Any, ...]:
    """What tells this row from the others of its table."""
    columns = type(row).__mapper__.primary_key  # type: ignore[attr-defined]
    return tuple(getattr(row, column.name) for column in columns)
