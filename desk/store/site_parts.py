"""Between rows and the values that they stand for: one place that knows which column holds what.

What a form may set and nobody queries lies in JSON, decoded into the core's own types, so that a new field of a
group needs no migration. Names that no type knows are complaints, not silence: somebody meant something by them.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import msgspec
from msgspec import Struct

from desk.store import models
from desk.store.complaints import Complaint, SiteSettingsError
from desk.store.unknown_names import unknown_names
from routing.hours import Calendar, Span
from routing.selfservice import Action, Flow, Keyword, Menu
from sessions.ids import AccountId, GroupId
from sessions.settings import Account, CustomerField, Group, Rules, Site

RULE, TEXT, WORDS = "rules.", "texts.", "words."
CUSTOMER_FIELDS = "customers.fields"
WORD_LISTS = ("closing_tokens", "give_up_words", "leave_message_words")

_WORD_KEYS = frozenset(WORDS + name for name in WORD_LISTS)
_GROUP_COLUMNS = ("name", "name_en", "required_level", "soft_cap", "policy")
_Kind = TypeVar("_Kind")


# Groups and hours.


def group_of(row: models.SkillGroup) -> Group:
    """Raises `SiteSettingsError`."""
    path = ("groups", row.id)
    details = decoded(path, row.details, dict[str, Any])
    if unknown := list(unknown_names(Group, details, path)):
        raise SiteSettingsError(unknown)
    known = {name: getattr(row, name) for name in _GROUP_COLUMNS}
    return converted(path, {**details, **known, "id": row.id, "calendar": row.calendar or ""}, Group)


def group_row(group: Group, position: int) -> models.SkillGroup:
    details = msgspec.to_builtins(group)
    for name in ("id", "calendar", *_GROUP_COLUMNS):
        details.pop(name, None)
    return models.SkillGroup(
        id=group.id,
        **{name: getattr(group, name) for name in _GROUP_COLUMNS},
        calendar=group.calendar or None,
        details=encoded(details),
        position=position,
    )


def calendar_of(row: models.Calendar) -> Calendar:
    """Raises `SiteSettingsError`."""
    path = ("calendars", row.id)
    return Calendar(
        id=row.id,
        name=row.name,
        week=decoded((*path, "week"), row.week, tuple[tuple[Span, ...], ...]),
        dates=decoded((*path, "dates"), row.dates, dict[str, tuple[Span, ...]]),
    )


def calendar_row(calendar: Calendar) -> models.Calendar:
    return models.Calendar(
        id=calendar.id,
        name=calendar.name,
        week=encoded(calendar.week),
        dates=encoded(dict(sorted(calendar.dates.items()))),
    )


# Accounts.


def account_of(row: models.Account) -> Account:
    return Account(
        id=AccountId(row.id),
        name=row.name,
        default_group=GroupId(row.default_group),
        channel=row.channel,
        flow=row.flow or "",
    )


# Self-service.


class FlowRows(Struct):
    """The rows of one flow."""

    flow: models.Flow
    keywords: list[models.Keyword] = []
    entries: list[models.FlowEntry] = []
    menus: list[models.TextMenu] = []


def flow_of(rows: FlowRows) -> Flow:
    """Raises `SiteSettingsError`."""
    row = rows.flow
    path = ("flows", row.id)

    def action(place: str, text: str) -> Action:
        return decoded((*path, *place.split("\0")), text, cast(type[Action], Action))

    def entries(kind: str) -> dict[str, Action]:
        return {each.key: action(f"{kind}s\0{each.key}", each.action) for each in rows.entries if each.kind == kind}

    return Flow(
        id=row.id,
        name=row.name,
        welcome=action("welcome", row.welcome) if row.welcome else None,
        clicks=entries("click"),
        scenes=entries("scene"),
        menus={
            each.id: Menu(
                id=each.id,
                text=each.text,
                options=decoded((*path, "menus", each.id), each.options, dict[str, Action]),
            )
            for each in rows.menus
        },
        keywords=tuple(
            Keyword(
                id=each.id,
                phrases=decoded((*path, "keywords", each.id), each.phrases, tuple[str, ...]),
                action=action(f"keywords\0{each.id}", each.action),
                fuzzy=each.fuzzy,
            )
            for each in sorted(rows.keywords, key=lambda each: (each.position, each.id))
        ),
        unmatched_max=row.unmatched_max,
        unmatched_text=row.unmatched_text,
        answer_share=row.answer_share,
    )


def flow_rows(flow: Flow) -> FlowRows:
    kinds = {"click": flow.clicks, "scene": flow.scenes}
    return FlowRows(
        flow=models.Flow(
            id=flow.id,
            name=flow.name,
            welcome=encoded(flow.welcome) if flow.welcome else "",
            unmatched_max=flow.unmatched_max,
            unmatched_text=flow.unmatched_text,
            answer_share=flow.answer_share,
        ),
        keywords=[
            models.Keyword(
                flow=flow.id,
                id=each.id,
                position=position,
                phrases=encoded(each.phrases),
                action=encoded(each.action),
                fuzzy=each.fuzzy,
            )
            for position, each in enumerate(flow.keywords)
        ],
        entries=[
            models.FlowEntry(flow=flow.id, kind=kind, key=key, action=encoded(action))
            for kind, entries in kinds.items()
            for key, action in entries.items()
        ],
        menus=[
            models.TextMenu(flow=flow.id, id=each.id, text=each.text, options=encoded(each.options))
            for each in flow.menus.values()
        ],
    )


# Rules, texts and words.


def rules_of(stored: dict[str, str]) -> Rules:
    """Raises `SiteSettingsError`, for a number that is none and for a name that nobody knows."""
    values, complaints = {}, []
    for key, text in stored.items():
        name = key.removeprefix(RULE)
        if key.startswith(TEXT) or key in _WORD_KEYS or key == CUSTOMER_FIELDS:
            continue
        if not key.startswith(RULE) or name not in Rules.__struct_fields__:
            complaints.append(Complaint((key,), "no_such_setting"))
            continue
        try:
            values[name] = msgspec.json.decode(text, type=int)
        except msgspec.DecodeError:
            complaints.append(Complaint((key,), "not_a_number", {"value": text[:40]}))
    if complaints:
        raise SiteSettingsError(complaints)
    return Rules(**values)


def texts_of(stored: dict[str, str]) -> dict[str, str]:
    """Raises `SiteSettingsError`."""
    return {key.removeprefix(TEXT): _text(key, value) for key, value in stored.items() if key.startswith(TEXT)}


def words_of(stored: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """The site's word lists that are not the default. Raises `SiteSettingsError`."""
    return {
        name: decoded((WORDS + name,), stored[WORDS + name], tuple[str, ...])
        for name in WORD_LISTS
        if WORDS + name in stored
    }


def customer_fields_of(stored: dict[str, str]) -> tuple[CustomerField, ...]:
    """Raises `SiteSettingsError`."""
    return decoded(("customer_fields",), stored.get(CUSTOMER_FIELDS, "[]"), tuple[CustomerField, ...])


def setting_rows(site: Site) -> list[models.Setting]:
    """Rules and words that are not the default, and texts."""
    untouched = Site()
    values: dict[str, object] = {
        RULE + name: getattr(site.rules, name)
        for name in Rules.__struct_fields__
        if getattr(site.rules, name) != getattr(untouched.rules, name)
    }
    values |= {TEXT + kind: text for kind, text in site.texts.items()}
    values |= {
        WORDS + name: getattr(site, name) for name in WORD_LISTS if getattr(site, name) != getattr(untouched, name)
    }
    if site.customer_fields:
        values[CUSTOMER_FIELDS] = site.customer_fields
    return [models.Setting(key=key, value=encoded(value)) for key, value in values.items()]


# JSON.


def encoded(value: object) -> str:
    """JSON as it lies in a text column."""
    return msgspec.json.encode(value).decode()


def decoded(path: tuple[str, ...], text: str, kind: type[_Kind]) -> _Kind:
    """What `encoded` wrote. Raises `SiteSettingsError`."""
    return _read(path, lambda: msgspec.json.decode(text, type=kind))


def converted(path: tuple[str, ...], value: object, kind: type[_Kind]) -> _Kind:
    """Plain values as the type that they should be. Raises `SiteSettingsError`."""
    return _read(path, lambda: msgspec.convert(value, kind))


def _read(path: tuple[str, ...], read: Callable[[], _Kind]) -> _Kind:
    try:
        return read()
    except (msgspec.DecodeError, UnicodeError) as error:
        raise SiteSettingsError([Complaint(path, "unreadable", {"reason": str(error)[:200]})]) from None


def _text(key: str, value: str) -> str:
    try:
        return msgspec.json.decode(value, type=str)
    except msgspec.DecodeError:
        raise SiteSettingsError([Complaint((key,), "not_a_text", {"value": value[:40]})]) from None
