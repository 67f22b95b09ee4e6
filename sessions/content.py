"""What people say to each other, whatever the channel.

Channels translate their wire formats into these structs at the edge; nothing further in knows what a WeChat
message looks like. A media message names the file where its channel keeps it (`source`) and, once the courier
has fetched it, where we keep it (`media`).
"""

from typing import Any

from sessions.ids import MediaKey
from sessions.records import Record


class _Content(Record, tag_field="kind", tag=str.lower):
    pass


class Text(_Content):
    """Words. `menu_id` is set when the customer tapped an item of a menu that we sent."""

    text: str
    menu_id: str = ""


class Image(_Content):
    source: str = ""
    media: MediaKey = MediaKey("")
    mime: str = ""


class Voice(_Content):
    """`recognition` is the channel's own speech-to-text, often empty. `duration_ms` is 0 while unknown."""

    source: str = ""
    media: MediaKey = MediaKey("")
    mime: str = ""
    format: str = ""
    recognition: str = ""
    duration_ms: int = 0


class Video(_Content):
    source: str = ""
    thumb_source: str = ""
    media: MediaKey = MediaKey("")
    mime: str = ""
    short: bool = False


class Location(_Content):
    latitude: float
    longitude: float
    label: str = ""
    scale: int = 0


class Link(_Content):
    title: str
    url: str
    description: str = ""


class MiniProgram(_Content):
    title: str
    app_id: str = ""
    page_path: str = ""


class File(_Content):
    """A file that the channel only announces; its bytes cannot be fetched."""

    title: str
    size_bytes: int = 0


class Choice(Record):
    """An item of a menu; `id` comes back with the customer's tap."""

    id: str
    text: str


class Menu(_Content):
    """Words of ours with something to tap below; where a channel has no menus it is sent as `in_words` says it."""

    text: str
    choices: tuple[Choice, ...] = ()


class Unknown(_Content):
    """Something the channel sent that we have no word for, kept as it came."""

    name: str
    raw: dict[str, Any] = {}


Content = Text | Image | Voice | Video | Location | Link | MiniProgram | File | Menu | Unknown


class _CustomerEvent(Record, tag_field="kind"):
    pass


class Followed(_CustomerEvent, tag="followed"):
    """The customer follows the account; `scene` names the QR code that led there, if one did."""

    scene: str = ""


class Unfollowed(_CustomerEvent, tag="unfollowed"):
    pass


class Scanned(_CustomerEvent, tag="scanned"):
    scene: str


class MenuClicked(_CustomerEvent, tag="menu_clicked"):
    key: str


class MenuViewed(_CustomerEvent, tag="menu_viewed"):
    url: str


class LocationReported(_CustomerEvent, tag="location_reported"):
    latitude: float
    longitude: float


class OtherEvent(_CustomerEvent, tag="other"):
    """Any other thing the channel tells about the customer, kept as it came."""

    name: str
    raw: dict[str, Any] = {}


CustomerEvent = Followed | Unfollowed | Scanned | MenuClicked | MenuViewed | LocationReported | OtherEvent

PREVIEW_LENGTH = 80


def preview(content: Content) -> str:
    """The first words of a message for a list row; empty where it has none and its kind must speak."""
    match content:
        case Text(text=text) | Menu(text=text):
            return text[:PREVIEW_LENGTH]
        case Voice(recognition=text):
            return text[:PREVIEW_LENGTH]
        case Location(label=text):
            return text[:PREVIEW_LENGTH]
        case Link(title=text) | MiniProgram(title=text) | File(title=text) | Unknown(name=text):
            return text[:PREVIEW_LENGTH]
        case Image() | Video():
            return ""


def kind_of(content: Content) -> str:
    """The tag of a content on the wire: `text`, `image`, `voice`…"""
    return type(content).__name__.lower()


def in_words(menu: Menu) -> str:
    """The menu for a channel that has none: its words, and the choices line by line."""
    return "\n".join((menu.text, *(each.text for each in menu.choices)))
