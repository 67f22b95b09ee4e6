"""What is set up, read from SQL as the values that the rest of the desk works with.

Reading is checking: a site that cannot work is refused whole, with a line for each complaint, rather than run
with holes in it. The version is a digest of the content, so every process that reads the same settings gives
them the same version, and a change made in SQL by hand is noticed like any other.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Any, Literal, cast

import msgspec
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from desk.channels.wechat.accounts import WeChatAccount
from desk.store import models
from desk.store.sealing import seal, unseal
from sessions import settings
from sessions.ids import HARD_CAP, AccountId, GroupId, SeatId, UserId

RULE, TEXT = "rules.", "texts."

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")
_LEVEL_MAX = 10
_SMALLEST = {"utc_offset_min": -720, "wrap_block_s": 0, "reject_cooldown_s": 0}
_LARGEST = {"utc_offset_min": 840, "transfer_hops_max": 100, "rona_limit": 100, "text_length_max": 10_000}
_LARGEST_OTHERWISE = 30 * 24 * 3600


class SiteSettingsError(ValueError):
    """Settings that the desk cannot work with; the message has a line for each complaint."""

    code = "settings_invalid"


async def load_site(session: AsyncSession) -> settings.Site:
    """The site as it is set up now. Raises `SiteSettingsError`."""
    groups = (await session.exec(select(models.SkillGroup))).all()
    accounts = (await session.exec(select(models.Account).where(col(models.Account.active)))).all()
    stored = {row.key: row.value for row in (await session.exec(select(models.Setting))).all()}
    site = settings.Site(
        accounts={
            AccountId(row.id): settings.Account(
                id=AccountId(row.id), name=row.name, default_group=GroupId(row.default_group), channel=row.channel
            )
            for row in accounts
        },
        groups={
            GroupId(row.id): settings.Group(
                id=GroupId(row.id), name=row.name, name_en=row.name_en, required_level=row.required_level
            )
            for row in groups
        },
        seats=await _load_seats(session),
        rules=_rules(stored),
        texts={key.removeprefix(TEXT): _text(key, value) for key, value in stored.items() if key.startswith(TEXT)},
    )
    check_site(site)
    return msgspec.structs.replace(site, version=version_of(site))


async def load_wechat_accounts(session: AsyncSession, fernet_key: bytes) -> list[WeChatAccount]:
    """The WeChat accounts in use, their secrets opened. Raises `SealedError`, `SiteSettingsError`."""
    wanted = col(models.Account.active), col(models.Account.channel) == "wechat"
    return [_open_account(row, fernet_key) for row in (await session.exec(select(models.Account).where(*wanted))).all()]


def account_row(account: WeChatAccount, default_group: str, fernet_key: bytes) -> models.Account:
    """A WeChat account as it is stored. Raises `SiteSettingsError`."""
    complaints = list(_account_complaints(account))
    if complaints:
        raise SiteSettingsError("\n".join(complaints))
    return models.Account(
        id=account.key,
        name=account.name,
        app_id=account.app_id,
        original_id=account.original_id,
        mode=account.mode,
        default_group=default_group,
        sealed_app_secret=seal(fernet_key, account.app_secret),
        sealed_token=seal(fernet_key, account.token),
        sealed_aes_key=seal(fernet_key, account.aes_key),
        sealed_previous_aes_key=seal(fernet_key, account.previous_aes_key or ""),
    )


async def save_account(session: AsyncSession, account: WeChatAccount, default_group: str, fernet_key: bytes) -> None:
    """Adds the account, or replaces the one of the same key; processes notice within seconds.

    Raises `SiteSettingsError`.
    """
    if await session.get(models.SkillGroup, default_group) is None:
        raise SiteSettingsError(
            f"account {account.key}: group {default_group} does not exist; name another default_group"
        )
    await session.merge(account_row(account, default_group, fernet_key))


def setting_rows(rules: dict[str, int], texts: dict[str, str]) -> list[models.Setting]:
    """Rules that are not the default, and texts, as they are stored. Raises `SiteSettingsError`."""
    values: dict[str, Any] = {RULE + name: value for name, value in rules.items()}
    values |= {TEXT + name: value for name, value in texts.items()}
    rows = [models.Setting(key=key, value=msgspec.json.encode(value).decode()) for key, value in values.items()]
    check_site(settings.Site(rules=_rules({row.key: row.value for row in rows}), texts=texts))
    return rows


def version_of(site: settings.Site) -> int:
    """A number that is the same for the same settings and, for all that matters, another for others."""
    content = msgspec.json.encode(msgspec.structs.replace(site, version=0), order="deterministic")
    return int.from_bytes(hashlib.sha256(content).digest()[:6])  # 48 bits: exact in every JSON reader


def check_site(site: settings.Site) -> None:
    """Raises `SiteSettingsError` where anything in it cannot work."""
    if complaints := list(_complaints(site)):
        raise SiteSettingsError("\n".join(complaints))


def _complaints(site: settings.Site) -> Iterator[str]:
    for account in site.accounts.values():
        yield from _id_complaints("account", account.id)
        if account.default_group not in site.groups:
            yield f"account {account.id}: group {account.default_group} does not exist; name another default_group"
    for group in site.groups.values():
        yield from _id_complaints("group", group.id)
        yield from _range_complaints(f"group {group.id}: required_level", group.required_level, 1, _LEVEL_MAX)
    for seat in site.seats.values():
        yield from _id_complaints("seat", seat.id)
        yield from _range_complaints(f"seat {seat.id}: soft_cap", seat.soft_cap, 1, HARD_CAP)
        for skill, level in seat.skills.items():
            yield from _range_complaints(f"seat {seat.id}: level in {skill}", level, 1, _LEVEL_MAX)
            if skill not in site.groups:
                yield f"seat {seat.id}: group {skill} does not exist; leave it out or set it up"
    for name, value in msgspec.structs.asdict(site.rules).items():
        largest = _LARGEST.get(name, _LARGEST_OTHERWISE)
        yield from _range_complaints(f"{RULE}{name}", value, _SMALLEST.get(name, 1), largest)
    if site.rules.wrap_block_s > site.rules.wrap_max_s:
        yield f"{RULE}wrap_block_s: longer than wrap_max_s, which closes the form; give {site.rules.wrap_max_s} or less"


def _id_complaints(what: str, name: str) -> Iterable[str]:
    if not _ID.fullmatch(name):
        yield f"{what} {name!r}: an id has 1 to 32 of A-Z a-z 0-9 _ - and begins with a letter or digit"


def _range_complaints(what: str, value: int, smallest: int, largest: int) -> Iterable[str]:
    if not smallest <= value <= largest:
        yield f"{what} is {value}: give {smallest} to {largest}"


def _account_complaints(account: WeChatAccount) -> Iterator[str]:
    yield from _id_complaints("account", account.key)
    for name in ("app_id", "app_secret", "token"):
        if not getattr(account, name):
            yield f"account {account.key}: {name} is missing; copy it from the account's console"
    for name in ("aes_key", "previous_aes_key"):
        value = getattr(account, name)
        if value and not _AES_KEY.fullmatch(value):
            yield f"account {account.key}: {name} has 43 letters and digits; copy it whole from the account's console"
    if account.mode == "safe" and not account.aes_key:
        yield f"account {account.key}: safe mode needs the aes_key; copy EncodingAESKey from the account's console"


async def _load_seats(session: AsyncSession) -> dict[SeatId, settings.SeatPlan]:
    skills: dict[str, dict[GroupId, int]] = {}
    for skill in (await session.exec(select(models.SeatSkill))).all():
        skills.setdefault(skill.seat, {})[GroupId(skill.skill_group)] = skill.level
    people = await session.exec(select(models.User.seat, models.User.username).where(col(models.User.active)))
    agents = {seat: username for seat, username in people.all() if seat is not None}
    return {
        SeatId(seat.id): settings.SeatPlan(
            id=SeatId(seat.id),
            name=seat.name,
            agent=UserId(agents.get(seat.id, "")),  # without one, nobody can sign in to the seat
            skills=skills.get(seat.id, {}),
            soft_cap=seat.soft_cap,
        )
        for seat in (await session.exec(select(models.Seat).where(col(models.Seat.active)))).all()
    }


def _rules(stored: dict[str, str]) -> settings.Rules:
    values, complaints = {}, []
    for key, text in stored.items():
        name = key.removeprefix(RULE)
        if key.startswith(TEXT):
            continue
        if not key.startswith(RULE) or name not in settings.Rules.__struct_fields__:
            complaints.append(f"{key}: there is no such setting; remove it or correct its name")
            continue
        try:
            values[name] = msgspec.json.decode(text, type=int)
        except msgspec.DecodeError:
            complaints.append(f"{key} is {text}: give a whole number")
    if complaints:
        raise SiteSettingsError("\n".join(complaints))
    return settings.Rules(**values)


def _text(key: str, value: str) -> str:
    try:
        return msgspec.json.decode(value, type=str)
    except msgspec.DecodeError:
        raise SiteSettingsError(f"{key} is {value}: give a text in double quotes") from None


def _open_account(row: models.Account, fernet_key: bytes) -> WeChatAccount:
    def opened(column: str) -> str:
        return unseal(fernet_key, getattr(row, f"sealed_{column}"), f"{column} of account {row.id}")

    if row.mode not in {"plain", "compatible", "safe"}:
        raise SiteSettingsError(f"account {row.id}: mode is {row.mode!r}; give plain, compatible or safe")
    return WeChatAccount(
        key=row.id,
        name=row.name,
        app_id=row.app_id,
        app_secret=opened("app_secret"),
        token=opened("token"),
        aes_key=opened("aes_key"),
        previous_aes_key=opened("previous_aes_key") or None,
        original_id=row.original_id,
        mode=cast(Literal["plain", "compatible", "safe"], row.mode),
    )
