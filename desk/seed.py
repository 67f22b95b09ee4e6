"""Filling a site from a file: everything that is set up, as `seeds/site.json` has it for the demo's bank.

Adds what is missing and touches nothing that is there, so that whatever is changed in a running desk outlives
a restart, and a start that finds everything asks one question and is done. A flow is added whole or not at all.
"""

import time
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from desk.channels.webchat.accounts import WebChatAccount
from desk.channels.wechat.accounts import WeChatAccount
from desk.config import Settings
from desk.passwords import Passwords
from desk.seed_words import seed_demo_words
from desk.store import models
from desk.store.complaints import SiteSettingsError
from desk.store.engine import reading, writing
from desk.store.history import record
from desk.store.saving import hold_settings, key_of
from desk.store.settings import account_row, load_site, read_site
from desk.store.site_parts import (
    RULE,
    calendar_row,
    encoded,
    flow_rows,
    group_row,
    rules_of,
    setting_rows,
    unknown_names,
)
from desk.store.web_chats import web_chat_row
from routing.hours import Calendar
from routing.selfservice import Flow
from sessions.ids import Millis
from sessions.settings import CustomerField, Group, Site

SITE = Path(__file__).parent.parent / "seeds" / "site.json"
DEMO_PASSWORD = "demo"  # noqa: S105 - published in the README, and made in demo mode only
PARTS = (models.Keyword, models.FlowEntry, models.TextMenu)
SEEDED_BY = "seed"
"""Who the history names for it."""


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
    flow: str = ""


class _WebChat(WebChatAccount, frozen=True, kw_only=True):
    default_group: str
    flow: str = ""


class Seeds(Struct, forbid_unknown_fields=True):
    """What `seeds/site.json` holds. `about` is for whoever reads the file."""

    groups: list[Group]
    accounts: list[_Account]
    seats: list[_Seat]
    users: list[_User]
    rules: dict[str, int] = {}
    texts: dict[str, str] = {}
    web_chats: list[_WebChat] = []
    calendars: list[Calendar] = []
    flows: list[Flow] = []
    customer_fields: tuple[CustomerField, ...] = ()
    about: str = ""


def read_seeds(file: Path = SITE) -> Seeds:
    """The seeds; raises `msgspec.ValidationError` naming the place where the file is wrong, or `SiteSettingsError`."""
    content = file.read_bytes()
    seeds = msgspec.json.decode(content, type=Seeds)
    plain = msgspec.json.decode(content, type=dict[str, Any])
    if unknown := [each for group in plain["groups"] for each in unknown_names(Group, group, ("groups", group["id"]))]:
        raise SiteSettingsError(unknown)
    return seeds


async def seed_demo(engine: AsyncEngine, settings: Settings) -> bool:
    """Fills the database with the demo's site; returns whether anything was missing. Processes may race."""
    missing = await seed_site(engine, settings, read_seeds(), DEMO_PASSWORD)
    return await seed_demo_words(engine) or missing


async def seed_site(engine: AsyncEngine, settings: Settings, seeds: Seeds, first_password: str) -> bool:
    """Adds what is missing of this site; new people begin with this password. Returns whether anything was missing.

    Raises `SiteSettingsError` where the site cannot work; then nothing is added.
    """
    async with reading(engine) as session:
        if await _is_complete(session, seeds):
            return False
    # People added together have one hash, salt included: they were given one password to begin with anyway.
    password_hash = Passwords().hash_now(first_password)
    async with writing(engine) as session:
        await hold_settings(session)
        before = await read_site(session)
        if not before.groups:  # a site that has worked keeps the clock that it has worked by
            seeds = replace(seeds, rules={"utc_offset_min": settings.utc_offset_minutes, **seeds.rules})
        for layer in _rows(seeds, password_hash, settings.fernet_key):
            missing = await _missing(session, layer)
            session.add_all(row for row in missing if not (isinstance(row, PARTS) and row.flow in before.flows))
            await session.flush()
        after = await load_site(session)
        if after != before:
            await record(session, before, after, SEEDED_BY, Millis(time.time_ns() // 1_000_000))
    return True


async def _is_complete(session: AsyncSession, seeds: Seeds) -> bool:
    # Users come last in the transaction that adds them, so where they are, everything was; accounts come one by one.
    people = set((await session.exec(select(models.User.username))).all())
    accounts = set((await session.exec(select(models.Account.id))).all())
    wanted = {account.key for account in seeds.accounts} | {chat.key for chat in seeds.web_chats}
    return people.issuperset(user.username for user in seeds.users) and accounts >= wanted


def _rows(seeds: Seeds, password_hash: str, fernet_key: bytes) -> list[list[SQLModel]]:
    """Layer upon layer, each referring to those before it."""
    flows = [flow_rows(flow) for flow in seeds.flows]
    rules = rules_of({RULE + name: encoded(value) for name, value in seeds.rules.items()})
    return [
        [calendar_row(calendar) for calendar in seeds.calendars],
        [each.flow for each in flows],
        [row for each in flows for row in each.keywords],
        [row for each in flows for row in each.entries],
        [row for each in flows for row in each.menus],
        [group_row(group, position) for position, group in enumerate(seeds.groups)],
        [account_row(account, account.default_group, fernet_key, account.flow) for account in seeds.accounts],
        [web_chat_row(chat, chat.default_group, chat.flow) for chat in seeds.web_chats],
        [models.Seat(id=seat.id, name=seat.name, soft_cap=seat.soft_cap) for seat in seeds.seats],
        [
            models.SeatSkill(seat=seat.id, skill_group=group, level=level)
            for seat in seeds.seats
            for group, level in seat.skills.items()
        ],
        [*setting_rows(Site(rules=rules, texts=seeds.texts, customer_fields=seeds.customer_fields))],
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
    known = {key_of(row) for row in (await session.exec(select(type(rows[0])))).all()}
    return [row for row in rows if key_of(row) not in known]
