"""What is set up, read from SQL as the values that the rest of the desk works with.

Reading is checking: a site that cannot work is refused whole, with a line for each complaint, rather than run
with holes in it. The version is a digest of the content, so every process that reads the same settings gives
them the same version, and a change made in SQL by hand is noticed like any other.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Literal, cast

import msgspec
from sqlalchemy import Select
from sqlalchemy import select as columns_of
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from desk.channels.wechat.accounts import WeChatAccount
from desk.config import SecretKeys
from desk.store import models
from desk.store.checking import check_site
from desk.store.complaints import Complaint, SiteSettingsError
from desk.store.plain_checking import id_complaints
from desk.store.sealing import SealedError, seal, unseal
from desk.store.site_parts import (
    FlowRows,
    account_of,
    calendar_of,
    customer_fields_of,
    flow_of,
    group_of,
    rules_of,
    texts_of,
    words_of,
)
from routing.selfservice import Flow
from sessions import settings
from sessions.ids import AccountId, GroupId, SeatId, UserId

SEALED = "sealed_"
"""What the name of every column begins with that holds a secret, encrypted."""
_AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")


async def load_site(session: AsyncSession, known: settings.Site | None = None) -> settings.Site:
    """The site as it is set up now: the one that is known to work, if it still is. Raises `SiteSettingsError`."""
    site = await _read(session)
    if known and known.version and site == msgspec.structs.replace(known, version=0):
        return known
    check_site(site)
    return _with_version(site)


async def set_up_rows(session: AsyncSession) -> list[list[tuple[Any, ...]]]:
    """The rows that site and accounts are made of. While they stay the same, so does what is made of them.

    To make a site of a thousand seats holds up the event loop for 0.15 s; to fetch its rows, for a tenth of that.
    """
    connection = await session.connection()
    return [[tuple(row) for row in (await connection.execute(rows)).all()] for rows in _set_up()]


@cache
def _set_up() -> list[Select[Any]]:
    kinds: tuple[type[SQLModel], ...] = (
        models.SkillGroup,
        models.Account,
        models.Calendar,
        models.Setting,
        models.Seat,
        models.SeatSkill,
        models.Flow,
        models.Keyword,
        models.FlowEntry,
        models.TextMenu,
    )
    rows = [columns_of(table).order_by(*table.primary_key) for table in map(models.table_of, kinds)]
    users = models.table_of(models.User).c  # without what they change of themselves
    return [*rows, columns_of(users.seat, users.username).where(users.active).order_by(users.username)]


async def read_site(session: AsyncSession) -> settings.Site:
    """The site as it is set up now, whether or not it can work. Raises `SiteSettingsError` for what is no setting."""
    return _with_version(await _read(session))


async def _read(session: AsyncSession) -> settings.Site:
    groups = (
        await session.exec(
            select(models.SkillGroup).order_by(col(models.SkillGroup.position), col(models.SkillGroup.id))
        )
    ).all()
    accounts = (
        await session.exec(select(models.Account).where(col(models.Account.active)).order_by(col(models.Account.id)))
    ).all()
    calendars = (await session.exec(select(models.Calendar).order_by(col(models.Calendar.id)))).all()
    stored = {row.key: row.value for row in (await session.exec(select(models.Setting))).all()}
    seats, successors = await _load_seats(session)
    site = settings.Site(
        accounts={AccountId(row.id): account_of(row) for row in accounts},
        groups={GroupId(row.id): group_of(row) for row in groups},
        seats=seats,
        successors=successors,
        calendars={row.id: calendar_of(row) for row in calendars},
        flows=await _load_flows(session),
        rules=rules_of(stored),
        texts=texts_of(stored),
        customer_fields=customer_fields_of(stored),
    )
    return msgspec.structs.replace(site, **words_of(stored))


def _with_version(site: settings.Site) -> settings.Site:
    return msgspec.structs.replace(site, version=version_of(site))


async def load_wechat_accounts(session: AsyncSession, secret_keys: SecretKeys) -> list[WeChatAccount]:
    """The WeChat accounts in use, their secrets opened. Raises `SealedError`, `SiteSettingsError`."""
    wanted = col(models.Account.active), col(models.Account.channel) == "wechat"
    return [
        _open_account(row, secret_keys) for row in (await session.exec(select(models.Account).where(*wanted))).all()
    ]


def account_row(account: WeChatAccount, default_group: str, secret_keys: SecretKeys, flow: str = "") -> models.Account:
    """A WeChat account as it is stored. Raises `SiteSettingsError`."""
    if complaints := list(account_complaints(account)):
        raise SiteSettingsError(complaints)
    return models.Account(
        id=account.key,
        name=account.name,
        app_id=account.app_id,
        original_id=account.original_id,
        mode=account.mode,
        default_group=default_group,
        flow=flow or None,
        sealed_app_secret=seal(secret_keys, account.app_secret),
        sealed_token=seal(secret_keys, account.token),
        sealed_aes_key=seal(secret_keys, account.aes_key),
        sealed_previous_aes_key=seal(secret_keys, account.previous_aes_key or ""),
    )


def account_complaints(account: WeChatAccount) -> Iterator[Complaint]:
    """Everything that keeps WeChat and the desk from understanding each other."""
    path = ("accounts", account.key)
    yield from id_complaints(path, account.key)
    for name in ("app_id", "app_secret", "token"):
        if not getattr(account, name):
            yield Complaint(path, "secret_missing", {"name": name})
    for name in ("aes_key", "previous_aes_key"):
        value = getattr(account, name)
        if value and not _AES_KEY.fullmatch(value):
            yield Complaint(path, "aes_key", {"name": name})
    if account.mode == "safe" and not account.aes_key:
        yield Complaint(path, "safe_without_key")


async def save_account(
    session: AsyncSession, account: WeChatAccount, default_group: str, secret_keys: SecretKeys
) -> None:
    """Adds the account, or replaces the one of the same key; processes notice within seconds.

    Its self-service stays as it is, and the AES key that it had becomes the previous one. Raises `SiteSettingsError`.
    """
    if await session.get(models.SkillGroup, default_group) is None:
        path = ("accounts", account.key, "default_group")
        raise SiteSettingsError([Complaint(path, "no_such_group", {"value": default_group})])
    known = await session.get(models.Account, account.key)
    if known and account.previous_aes_key is None:
        previous = _previous_aes_key(known, account.aes_key, secret_keys)
        account = msgspec.structs.replace(account, previous_aes_key=previous)
    await session.merge(account_row(account, default_group, secret_keys, known.flow or "" if known else ""))


async def reseal_accounts(session: AsyncSession, secret_keys: SecretKeys) -> list[str]:
    """Encrypts the secrets of all accounts anew, under the first key; which accounts. Raises `SealedError`."""
    wanted = select(models.Account).where(col(models.Account.channel) == "wechat").with_for_update()
    rows = (await session.exec(wanted)).all()
    for row in rows:
        for field in models.Account.model_fields:
            if field.startswith(SEALED):
                setattr(row, field, seal(secret_keys, _opened(row, field.removeprefix(SEALED), secret_keys)))
    return sorted(row.id for row in rows)


def version_of(site: settings.Site) -> int:
    """A number that is the same for the same settings and, for all that matters, another for others."""
    return int.from_bytes(_digest(msgspec.structs.replace(site, version=0))[:6])  # 48 bits: exact in every JSON reader


def stamp_of(part: object) -> str:
    """The same of a part of the site: a form that carries it knows whether the part has changed meanwhile."""
    return _digest(part).hex()[:16]


def _digest(value: object) -> bytes:
    return hashlib.sha256(msgspec.json.encode(_whole(value), order="deterministic")).digest()


def _whole(value: Any) -> Any:
    """With every field: what an encoder leaves out as a default depends on where a value was made, too."""
    if isinstance(value, msgspec.Struct):
        fields = {name: _whole(getattr(value, name)) for name in value.__struct_fields__}
        return [value.__struct_config__.tag, fields]
    if isinstance(value, Mapping):
        return {name: _whole(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [_whole(each) for each in value]
    return value


async def _load_seats(
    session: AsyncSession,
) -> tuple[dict[SeatId, settings.SeatPlan], dict[SeatId, SeatId]]:
    """Those in use, and the successors of those that are no more."""
    skills: dict[str, dict[GroupId, int]] = {}
    for skill in (await session.exec(select(models.SeatSkill).order_by(col(models.SeatSkill.skill_group)))).all():
        skills.setdefault(skill.seat, {})[GroupId(skill.skill_group)] = skill.level
    people = await session.exec(select(models.User.seat, models.User.username).where(col(models.User.active)))
    agents = {seat: username for seat, username in people.all() if seat is not None}
    rows = (await session.exec(select(models.Seat))).all()
    seats = {
        SeatId(seat.id): settings.SeatPlan(
            id=SeatId(seat.id),
            name=seat.name,
            agent=UserId(agents.get(seat.id, "")),  # without one, nobody can sign in to the seat
            skills=skills.get(seat.id, {}),
            soft_cap=seat.soft_cap,
        )
        for seat in sorted(rows, key=lambda row: (len(row.id), row.id))
        if seat.active
    }
    gone = {SeatId(row.id): SeatId(row.successor) for row in rows if not row.active and row.successor}
    return seats, gone


async def _load_flows(session: AsyncSession) -> dict[str, Flow]:
    flows = (await session.exec(select(models.Flow).order_by(col(models.Flow.id)))).all()
    if not flows:
        return {}
    rows = {row.id: FlowRows(flow=row) for row in flows}
    for keyword in (await session.exec(select(models.Keyword))).all():
        rows[keyword.flow].keywords.append(keyword)
    for entry in (await session.exec(select(models.FlowEntry).order_by(col(models.FlowEntry.key)))).all():
        rows[entry.flow].entries.append(entry)
    for menu in (await session.exec(select(models.TextMenu).order_by(col(models.TextMenu.id)))).all():
        rows[menu.flow].menus.append(menu)
    return {name: flow_of(each) for name, each in rows.items()}


def _previous_aes_key(known: models.Account, aes_key: str, secret_keys: SecretKeys) -> str | None:
    """The last key before this one: WeChat may use it for what it pushes, and pushes again, in the meantime."""
    try:
        before = _open_account(known, secret_keys)
    except (SealedError, SiteSettingsError):
        return None  # lost with its SECRET_KEY; to save the account anew is the way out of that
    return before.aes_key if before.aes_key not in {"", aes_key} else before.previous_aes_key


def _opened(row: models.Account, column: str, secret_keys: SecretKeys) -> str:
    return unseal(secret_keys, getattr(row, SEALED + column), f"{column} of account {row.id}")


def _open_account(row: models.Account, secret_keys: SecretKeys) -> WeChatAccount:
    if row.mode not in {"plain", "compatible", "safe"}:
        raise SiteSettingsError([Complaint(("accounts", row.id), "bad_mode", {"value": row.mode})])
    return WeChatAccount(
        key=row.id,
        name=row.name,
        app_id=row.app_id,
        app_secret=_opened(row, "app_secret", secret_keys),
        token=_opened(row, "token", secret_keys),
        aes_key=_opened(row, "aes_key", secret_keys),
        previous_aes_key=_opened(row, "previous_aes_key", secret_keys) or None,
        original_id=row.original_id,
        mode=cast(Literal["plain", "compatible", "safe"], row.mode),
    )
