"""Web chats as they are stored: rows of `account` whose `details` say who may embed them and how they look."""

from collections.abc import Iterator

import msgspec
from msgspec import Struct
from msgspec.structs import asdict
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from desk.channels.webchat.accounts import ACCENT, CHANNEL, COLOUR, ORIGIN, WebChatAccount
from desk.store import models
from desk.store.complaints import Complaint, SiteSettingsError
from desk.store.plain_checking import id_complaints, text_complaints
from desk.store.ranges import NAME_LENGTH_MAX, TEXT_LENGTH_MAX
from desk.store.site_parts import decoded, encoded

ORIGINS_MAX = 50


class _Details(Struct, forbid_unknown_fields=True, omit_defaults=True):
    origins: tuple[str, ...] = ()
    title: str = ""
    title_en: str = ""
    welcome: str = ""
    welcome_en: str = ""
    colour: str = ACCENT


async def load_web_chats(session: AsyncSession) -> list[WebChatAccount]:
    """The web chats in use. Raises `SiteSettingsError`."""
    wanted = col(models.Account.active), col(models.Account.channel) == CHANNEL
    chats = [web_chat_of(row) for row in (await session.exec(select(models.Account).where(*wanted))).all()]
    if complaints := [each for chat in chats for each in web_chat_complaints(chat)]:
        raise SiteSettingsError(complaints)
    return chats


async def save_web_chat(session: AsyncSession, chat: WebChatAccount, default_group: str) -> None:
    """Adds the web chat, or replaces the one of the same key; processes notice within seconds.

    Its self-service stays as it is. Raises `SiteSettingsError`.
    """
    path = ("accounts", chat.key)
    if await session.get(models.SkillGroup, default_group) is None:
        raise SiteSettingsError([Complaint((*path, "default_group"), "no_such_group", {"value": default_group})])
    known = await session.get(models.Account, chat.key)
    if known is not None and known.channel != CHANNEL:
        raise SiteSettingsError([Complaint(path, "other_channel", {"value": known.channel})])
    await session.merge(web_chat_row(chat, default_group, known.flow or "" if known else ""))


def web_chat_row(chat: WebChatAccount, default_group: str, flow: str = "") -> models.Account:
    """A web chat as it is stored. Raises `SiteSettingsError`."""
    if complaints := list(web_chat_complaints(chat)):
        raise SiteSettingsError(complaints)
    details = {name: value for name, value in asdict(chat).items() if name in _Details.__struct_fields__}
    return models.Account(
        id=chat.key,
        name=chat.name,
        channel=CHANNEL,
        default_group=default_group,
        flow=flow or None,
        details=encoded(msgspec.convert(details, _Details)),
    )


def web_chat_of(row: models.Account) -> WebChatAccount:
    """Raises `SiteSettingsError`."""
    details = decoded(("accounts", row.id, "details"), row.details, _Details)
    return WebChatAccount(key=row.id, name=row.name, **asdict(details))


def web_chat_complaints(chat: WebChatAccount) -> Iterator[Complaint]:
    """Everything that cannot work."""
    path = ("accounts", chat.key)
    yield from id_complaints(path, chat.key)
    yield from text_complaints((*path, "name"), chat.name, NAME_LENGTH_MAX)
    for name in ("title", "title_en"):
        yield from text_complaints((*path, name), getattr(chat, name), NAME_LENGTH_MAX, may_be_empty=True)
    for name in ("welcome", "welcome_en"):
        yield from text_complaints((*path, name), getattr(chat, name), TEXT_LENGTH_MAX, may_be_empty=True)
    if len(chat.origins) > ORIGINS_MAX:
        yield Complaint((*path, "origins"), "too_many", {"most": ORIGINS_MAX, "length": len(chat.origins)})
    for origin in chat.origins:
        if not ORIGIN.fullmatch(origin):
            yield Complaint((*path, "origins"), "bad_origin", {"value": origin[:80]})
    if not COLOUR.fullmatch(chat.colour):
        yield Complaint((*path, "colour"), "bad_colour", {"value": chat.colour[:20]})
