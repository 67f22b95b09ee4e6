"""The demo's site: a bank's credit-card service with thirty seats.

Adds what is missing and touches nothing that is there, so that whatever is changed in a running demo outlives
its restart, and a start that finds everything asks one question and is done.
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
from desk.store.settings import account_row, setting_rows

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
    seeds = read_seeds()
    async with reading(engine) as session:
        if await _is_complete(session, seeds):
            return False
    # All have one hash, salt included, since everybody knows the password; real people never share theirs.
    password_hash = Passwords().hash_now(DEMO_PASSWORD)
    rows = _rows(seeds, password_hash, settings.fernet_key)
    async with writing(engine) as session:
        if engine.dialect.name == "postgresql":
            await (await session.connection()).execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        for layer in rows:
            session.add_all(await _missing(session, layer))
            await session.flush()
    return True


async def _is_complete(session: AsyncSession, seeds: Seeds) -> bool:
    # Users come last in the transaction that adds them, so where they are, everything was.
    known = set((await session.exec(select(models.User.username))).all())
    return known.issuperset(user.username for user in seeds.users)


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
