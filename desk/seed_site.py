"""What a file like `seeds/site.json` holds, and what becomes of it: a part of the site, and rows in SQL."""

from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace
from sqlmodel import SQLModel

from desk.channels.webchat.accounts import CHANNEL, WebChatAccount
from desk.channels.wechat.accounts import WeChatAccount
from desk.config import SecretKeys
from desk.seed_files import FOLDER, read_plain, understood
from desk.store import models
from desk.store.settings import account_row
from desk.store.site_parts import calendar_row, flow_rows, group_row, setting_rows
from desk.store.web_chats import web_chat_row
from routing.hours import Calendar
from routing.selfservice import Flow
from sessions.ids import AccountId, GroupId, SeatId, UserId
from sessions.settings import Account, CustomerField, Group, Rules, SeatPlan, Site

SITE = FOLDER / "site.json"


class SeedSeat(Struct):
    id: str
    name: str
    skills: dict[GroupId, int]
    soft_cap: int


class SeedUser(Struct):
    username: str
    name: str
    role: str
    seat: str | None = None


class SeedAccount(WeChatAccount, frozen=True, kw_only=True):
    default_group: str
    flow: str = ""


class SeedWebChat(WebChatAccount, frozen=True, kw_only=True):
    default_group: str
    flow: str = ""


class Seeds(Struct):
    """What `seeds/site.json` holds; everything may be left out. `about` is for whoever reads the file."""

    calendars: list[Calendar] = []
    flows: list[Flow] = []
    groups: list[Group] = []
    accounts: list[SeedAccount] = []
    web_chats: list[SeedWebChat] = []
    seats: list[SeedSeat] = []
    users: list[SeedUser] = []
    customer_fields: tuple[CustomerField, ...] = ()
    rules: dict[str, int] = {}
    texts: dict[str, str] = {}
    about: str = ""


KEYS = {
    "calendars": "id",
    "flows": "id",
    "groups": "id",
    "accounts": "key",
    "web_chats": "key",
    "seats": "id",
    "users": "username",
    "customer_fields": "id",
}
"""The lists of a file, and what tells the things in each apart."""


def read_seeds(file: Path = SITE) -> Seeds:
    """The seeds; raises `SiteSettingsError` naming the places where the file is wrong."""
    return understood(read_plain(file), Seeds)


def names_in(seeds: Seeds) -> dict[str, list[str]]:
    """What there is in the file, by the name of its part."""
    lists = {kind: [str(getattr(each, key)) for each in getattr(seeds, kind)] for kind, key in KEYS.items()}
    return {kind: names for kind, names in {**lists, "rules": [*seeds.rules], "texts": [*seeds.texts]}.items() if names}


def only(seeds: Seeds, wanted: Callable[[str, str], bool]) -> Seeds:
    """The file without what is not wanted; asked are the part and the name in it."""
    lists = {
        kind: type(whole)(each for each in whole if wanted(kind, getattr(each, key)))
        for kind, key in KEYS.items()
        for whole in [getattr(seeds, kind)]
    }
    tables = {
        kind: {name: value for name, value in getattr(seeds, kind).items() if wanted(kind, name)}
        for kind in ("rules", "texts")
    }
    return replace(seeds, about="", **lists, **tables)


def site_with(site: Site, seeds: Seeds) -> Site:
    """The site as it would be with this in it. Rules that nobody knows are left out."""
    accounts: Sequence[tuple[SeedAccount | SeedWebChat, str]] = [
        *((each, "wechat") for each in seeds.accounts),
        *((each, CHANNEL) for each in seeds.web_chats),
    ]
    return replace(
        site,
        calendars={**site.calendars, **{each.id: each for each in seeds.calendars}},
        flows={**site.flows, **{each.id: each for each in seeds.flows}},
        groups={**site.groups, **{each.id: each for each in seeds.groups}},
        accounts={
            **site.accounts,
            **{
                AccountId(each.key): Account(
                    id=AccountId(each.key),
                    name=each.name,
                    default_group=GroupId(each.default_group),
                    channel=channel,
                    flow=each.flow,
                )
                for each, channel in accounts
            },
        },
        seats={
            **site.seats,
            **{
                SeatId(each.id): SeatPlan(
                    id=SeatId(each.id), name=each.name, agent=UserId(""), skills=each.skills, soft_cap=each.soft_cap
                )
                for each in seeds.seats
            },
        },
        customer_fields=(*site.customer_fields, *seeds.customer_fields),
        rules=replace(
            site.rules, **{name: seeds.rules[name] for name in seeds.rules.keys() & set(Rules.__struct_fields__)}
        ),
        texts={**site.texts, **seeds.texts},
    )


def rows_of(seeds: Seeds, password_hash: str, secret_keys: SecretKeys) -> list[list[SQLModel]]:
    """Layer upon layer, each referring to those before it."""
    flows = [flow_rows(flow) for flow in seeds.flows]
    return [
        [calendar_row(calendar) for calendar in seeds.calendars],
        [each.flow for each in flows],
        [row for each in flows for row in each.keywords],
        [row for each in flows for row in each.entries],
        [row for each in flows for row in each.menus],
        [group_row(group, position) for position, group in enumerate(seeds.groups)],
        [account_row(account, account.default_group, secret_keys, account.flow) for account in seeds.accounts],
        [web_chat_row(chat, chat.default_group, chat.flow) for chat in seeds.web_chats],
        [models.Seat(id=seat.id, name=seat.name, soft_cap=seat.soft_cap) for seat in seeds.seats],
        [
            models.SeatSkill(seat=seat.id, skill_group=group, level=level)
            for seat in seeds.seats
            for group, level in seat.skills.items()
        ],
        [*setting_rows(site_with(Site(), seeds))],
        [
            models.User(
                username=user.username, name=user.name, role=user.role, seat=user.seat, password_hash=password_hash
            )
            for user in seeds.users
        ],
    ]
