"""The web chats that visitors of other sites write to, as the channel sees them.

Where they come from is not this room's business: whoever keeps them hands in a directory that answers from memory,
for every page view and every socket asks it.
"""

import re
from typing import Protocol
from urllib.parse import urlsplit

from msgspec import Struct

CHANNEL = "webchat"
ACCENT = "#0b7a57"

ORIGIN = re.compile(r"https?://(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?")
"""A site that may embed a chat: `https://www.example.com`, or all below a name: `https://*.example.com`."""
COLOUR = re.compile(r"#[0-9a-f]{6}")

_DEFAULT_PORTS = {"http": 80, "https": 443}


class WebChatAccount(Struct, frozen=True, kw_only=True):
    """One web chat. `key` is its name in addresses; `origins` are the sites that may embed it, beside our own pages.

    What is empty in English is said in Chinese.
    """

    key: str
    name: str
    origins: tuple[str, ...] = ()
    title: str = ""
    title_en: str = ""
    welcome: str = ""
    welcome_en: str = ""
    colour: str = ACCENT


class WebChatDirectory(Protocol):
    """Looks web chats up in memory."""

    def web_chat(self, account: str) -> WebChatAccount | None:
        """The web chat with this key; None where there is none."""
        ...


def may_embed(account: WebChatAccount, origin: str) -> bool:
    """Whether a page of this origin may have the chat in it."""
    asking = _parts(origin)
    return asking is not None and any(_covers(allowed, asking) for allowed in account.origins)


def ink_on(colour: str) -> str:
    """Black or white, whichever can be read on this colour; one of the two always reaches a contrast of 4.5."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return "#000000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 else "#ffffff"


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _covers(allowed: str, asking: tuple[str, str, int]) -> bool:
    scheme, host, port = asking
    known = _parts(allowed.replace("*.", "", 1))
    if known is None or (scheme, port) != (known[0], known[2]):
        return False
    return host.endswith(f".{known[1]}") if "*." in allowed else host == known[1]


def _parts(origin: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None for what names no host, as the origin `null` of a sandboxed page."""
    try:
        parts = urlsplit(origin)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname and port else None
