"""Filling a site from a file: everything that is set up, as `seeds/site.json` has it for the demo's bank.

A site that is not set up yet gets all that is missing. One that is set up (it has groups) belongs to whoever edits it:
it gets the people, accounts and web chats that are missing, and the seats that these people come with. What is there
is never touched, so that whatever is changed or taken out in a running desk outlives a restart.
"""

import time
from contextlib import suppress

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from desk.config import Settings
from desk.passwords import Passwords
from desk.seed_checking import adding_complaints, file_complaints
from desk.seed_site import Seeds, names_in, only, read_seeds, rows_of
from desk.seed_words import seed_demo_words
from desk.store import models
from desk.store.complaints import Complaint, SiteSettingsError
from desk.store.engine import reading, writing
from desk.store.history import record
from desk.store.saving import hold_settings
from desk.store.settings import load_site, read_site
from desk.store.site_parts import RULE, TEXT, customer_fields_of
from sessions.ids import Millis
from sessions.settings import Rules

DEMO_PASSWORD = "demo"  # noqa: S105 - published in the README, and made in demo mode only
SEEDED_BY = "seed"
"""Who the history names for it."""
ALWAYS_ADDED = ("accounts", "web_chats", "users")
"""What no page of a running desk can add or take out."""


class Seeded(Struct, frozen=True):
    """What became of a file: names by its parts. `left` is missing, too, and was left alone: the site is set up."""

    added: dict[str, list[str]] = {}
    left: dict[str, list[str]] = {}


async def seed_demo(engine: AsyncEngine, settings: Settings) -> bool:
    """Fills the database with the demo's site; returns whether anything was added. Processes may race."""
    seeded = await seed_site(engine, settings, read_seeds(), DEMO_PASSWORD)
    return await seed_demo_words(engine) or bool(seeded.added)


async def seed_site(engine: AsyncEngine, settings: Settings, seeds: Seeds, first_password: str) -> Seeded:
    """Adds what is missing of this site; new people begin with this password. Returns what it did.

    Raises `SiteSettingsError` with all that does not fit together; then nothing is added.
    """
    complaints = [*file_complaints(seeds, demo=settings.demo)]
    async with reading(engine) as session:
        adding, left = _parted(seeds, await _known(session), settings)
    if adding == Seeds():
        _refuse(complaints)
        return Seeded(left=names_in(left))
    async with writing(engine) as session:
        await hold_settings(session)
        before = await read_site(session)
        adding, left = _parted(seeds, await _known(session), settings)  # another process may have been quicker
        _refuse([*complaints, *adding_complaints(before, await _seated(session), adding, seeds)])
        # People added together have one hash, salt included: they were given one password to begin with anyway.
        password_hash = Passwords().hash_now(first_password) if adding.users else ""
        for layer in rows_of(adding, password_hash, settings.secret_keys):
            session.add_all(layer)
            await session.flush()
        after = await load_site(session)
        if after != before:
            await record(session, before, after, SEEDED_BY, Millis(time.time_ns() // 1_000_000))
    return Seeded(names_in(adding), names_in(left))


def _refuse(complaints: list[Complaint]) -> None:
    if complaints:
        raise SiteSettingsError(each for place, each in enumerate(complaints) if each not in complaints[:place])


def _parted(seeds: Seeds, known: dict[str, set[str]], settings: Settings) -> tuple[Seeds, Seeds]:
    """What of the file is missing: that which is to be added, and that which is left alone."""
    is_set_up = bool(known["groups"])
    if not is_set_up:  # a site that has worked keeps the clock that it has worked by
        seeds = replace(seeds, rules={"utc_offset_min": settings.utc_offset_minutes, **seeds.rules})
    missing = only(seeds, lambda kind, name: name not in known[kind])
    usual = Rules()
    rules = {name: value for name, value in missing.rules.items() if value != getattr(usual, name, None)}
    missing = replace(missing, rules=rules)
    taken = {user.seat for user in missing.users}

    def is_added(kind: str, name: str) -> bool:
        return not is_set_up or kind in ALWAYS_ADDED or (kind == "seats" and name in taken)

    return only(missing, is_added), only(missing, lambda kind, name: not is_added(kind, name))


async def _known(session: AsyncSession) -> dict[str, set[str]]:
    """The names of all that is there, by the file's parts."""
    accounts = {*(await session.exec(select(models.Account.id))).all()}
    stored = {row.key: row.value for row in (await session.exec(select(models.Setting))).all()}
    fields: set[str] = set()
    with suppress(SiteSettingsError):  # broken by hand: who reads the site says so
        fields = {field.id for field in customer_fields_of(stored)}
    return {
        "calendars": {*(await session.exec(select(models.Calendar.id))).all()},
        "flows": {*(await session.exec(select(models.Flow.id))).all()},
        "groups": {*(await session.exec(select(models.SkillGroup.id))).all()},
        "accounts": accounts,
        "web_chats": accounts,
        "seats": {*(await session.exec(select(models.Seat.id))).all()},
        "users": {*(await session.exec(select(models.User.username))).all()},
        "customer_fields": fields,
        "rules": {key.removeprefix(RULE) for key in stored if key.startswith(RULE)},
        "texts": {key.removeprefix(TEXT) for key in stored if key.startswith(TEXT)},
    }


async def _seated(session: AsyncSession) -> dict[str, str]:
    """Who sits where, whether or not they still work here."""
    people = select(models.User.seat, models.User.username).where(col(models.User.seat).is_not(None))
    return {seat: username for seat, username in (await session.exec(people)).all() if seat is not None}
