"""What was said in one visitor's conversation, as their page shows it.

A line is made of the ledger's event while that is young, and of the archive's row after; both give the same. Notes,
side threads and whatever else colleagues tell each other never become one.
"""

from typing import Any, Literal

from msgspec import Struct

from desk.channels.webchat.credentials import Credentials
from desk.emoji import with_signs
from desk.names import seat_name
from desk.store.archive import content_of
from desk.store.models import ArchivedMessage
from sessions import events as ev
from sessions.content import Content, Image, Link, Menu, Text, Voice, in_words, kind_of
from sessions.ids import AccountId, MediaKey, MessageId, Millis, SeatId, Seq, SessionId
from sessions.satisfaction import asks_about
from sessions.settings import Site

Speaker = Literal["visitor", "agent", "desk"]
SaidEvent = ev.MessageReceived | ev.MessageRefused | ev.MessageSent | ev.NoticeSent

_SPEAKERS: dict[str, Speaker] = {"customer": "visitor", "seat": "agent", "notice": "desk"}


class Said(Struct, kw_only=True):
    """A line. `key` is the visitor's own name for what they wrote; `arrived`: what we said is on their page.

    It is not shown before `held_until`: its sender may want it back.
    """

    id: MessageId
    seq: Seq
    session: SessionId | None
    at: Millis
    by: Speaker
    content: Content
    seat: SeatId | None = None
    key: str = ""
    refused: str = ""
    arrived: bool = False
    held_until: Millis = Millis(0)


def said_in(seq: Seq, event: SaidEvent) -> Said:
    """The line of this event."""
    line = Said(
        id=event.message,
        seq=seq,
        session=event.session,
        at=event.at,
        by="visitor",
        content=event.content,
    )
    match event:
        case ev.MessageReceived(key=key):
            line.key = key
        case ev.MessageRefused(key=key, code=code):
            line.key, line.refused = key, code
        case ev.MessageSent(seat=seat, held_until=held_until):
            line.by, line.seat, line.held_until = "agent", seat, held_until
        case ev.NoticeSent():
            line.by = "desk"
    return line


def said_before(message: ArchivedMessage, key: str) -> Said:
    """The line of a message that is in the archive."""
    speaker = _SPEAKERS[message.direction]
    return Said(
        id=MessageId(message.id),
        seq=Seq(message.seq),
        session=SessionId(message.session) if message.session else None,
        at=Millis(message.at),
        by=speaker,
        content=content_of(message),
        seat=SeatId(message.seat) if message.seat and speaker == "agent" else None,
        key=key,
        refused=message.failure if speaker == "visitor" else "",
        arrived=message.delivery == "delivered",
    )


def as_shown(line: Said, account: AccountId, site: Site, credentials: Credentials) -> dict[str, Any]:
    """The line as it goes over the wire; what has nothing to say is left out."""
    shown: dict[str, Any] = {
        "id": line.id,
        "seq": line.seq,
        "at": line.at,
        "by": line.by,
        "kind": kind_of(line.content),
        "who": seat_name(site, line.seat) if line.seat else "",
        "key": line.key,
        "refused": line.refused,
    }
    match line.content:
        case Text(text=text):
            shown["text"] = text if line.by == "visitor" else with_signs(text)
        case Image(media=media) if media:
            shown["media"] = file_address(account, media, credentials)
        case Voice(media=media, duration_ms=duration_ms) if media:
            shown["media"] = file_address(account, media, credentials) + "&as=playable"
            shown["duration_ms"] = duration_ms
        case Menu() as menu:
            shown["text"] = in_words(menu)
            if session := asks_about(menu):
                shown |= {"text": menu.text, "rates": session, "choices": [each.text for each in menu.choices]}
        case Link(title=title, url=url):
            shown["text"] = f"{title}\n{url}"
        case _:
            pass
    return {name: value for name, value in shown.items() if value}


def file_address(account: AccountId, media: MediaKey, credentials: Credentials) -> str:
    """Where a visitor's page finds this file."""
    return f"/webchat/{account}/media/{media}?seal={credentials.file_seal(account, media)}"
