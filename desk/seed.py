"""Filling a site from a file: groups, accounts, seats and people, as `seeds/site.json` has them for the demo's bank.

Adds what is missing and touches nothing that is there, so that whatever is changed in a running desk outlives
a restart, and a start that finds everything asks one question and is done.
"""

from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from desk.channels.wechat.accounts import WeChatAccount
from desk.config import Settings
from desk.passwords import Passwords
from desk.store import models
from desk.store.engine import reading, writing
from desk.store.settings import account_row, load_site, setting_rows

SITE = Path(__file__).parent.parent / "seeds" / "site.json"
DEMO_PASSWORD = "demo"  # noqa: S105 - published in the README, and made in demo mode only

_ADVISORY_LOCK = 0x73656564  # "seed"


class _Seat(Struct):
    id: str
    name: str
    skills: dict[str, int]
    soft_cap: int


class _User(Struct):
    username: str
    name: str
    role: str
    seat: str | None = None


class _Account(WeChatAccount, frozen=True, kw_only=True):
    default_group: str


class Seeds(Struct):
    """What `seeds/site.json` holds."""

    groups: list[dict[str, Any]]
    accounts: list[_Account]
    seats: list[_Seat]
    users: list[_User]
    rules: dict[str, int]
    texts: dict[str, str]


def read_seeds(file: Path = SITE) -> Seeds:
    """The seeds; raises `msgspec.ValidationError` naming the place where the file is wrong."""
    return msgspec.json.decode(file.read_bytes(), type=Seeds)


async def seed_demo(engine: AsyncEngine, settings: Settings) -> bool:
    """Fills the database with the demo's site; returns whether anything was missing. Processes may race."""
    return await seed_site(engine, settings, read_seeds(), DEMO_PASSWORD)


async def seed_site(engine: AsyncEngine, settings: Settings, seeds: Seeds, first_password: str) -> bool:
    """Adds what is missing of this site; new people begin with this password. Returns whether anything was missing.

    Raises `SiteSettingsError` where the site cannot work; then nothing is added.
    """
    async with reading(engine) as session:
        if await _is_complete(session, seeds):
            return False
    # People added together have one hash, salt included: they were given one password to begin with anyway.
    password_hash = Passwords().hash_now(first_password)
    rows = _rows(seeds, password_hash, settings.fernet_key)
    async with writing(engine) as session:
        if engine.dialect.name == "postgresql":
            await (await session.connection()).execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        for layer in rows:
            session.add_all(await _missing(session, layer))
            await session.flush()
        await load_site(session)
    return True


async def _is_complete(session: AsyncSession, seeds: Seeds) -> bool:
    # Users come last in the transaction that adds them, so where they are, everything was; accounts come one by one.
    people = set((await session.exec(select(models.User.username))).all())
    accounts = set((await session.exec(select(models.Account.id))).all())
    return people.issuperset(user.username for user in seeds.users) and accounts.issuperset(
        account.key for account in seeds.accounts
    )


def _rows(seeds: Seeds, password_hash: str, fernet_key: bytes) -> list[list[SQLModel]]:
    """Layer upon layer, each referring to those before it."""
    return [
        [models.SkillGroup(**group) for group in seeds.groups],
        [account_row(account, account.default_group, fernet_key) for account in seeds.accounts],
        [models.Seat(id=seat.id, name=seat.name, soft_cap=seat.soft_cap) for seat in seeds.seats],
        [
            models.SeatSkill(seat=seat.id, skill_group=group, level=level)
            for seat in seeds.seats
            for group, level in seat.skills.items()
        ],
        list(setting_rows(seeds.rules, seeds.texts)),
        [
            models.User(
                username=user.username, name=user.name, role=user.role, seat=user.seat, password_hash=password_hash
            )
            for user in seeds.users
        ],
    ]


async def _missing(session: AsyncSession, rows: list[SQLModel]) -> list[SQLModel]:
    if not rows:
        return []
    known = {_key(row) for row in (await session.exec(select(type(rows[0])))).all()}
    return [row for row in rows if _key(row) not in known]


def _key(row: SQLModel) -> tuple[Any, ...]:
    columns = type(row).__mapper__.primary_key  # type: ignore[attr-defined]
    return tuple(getattr(row, column.name) for column in columns)
