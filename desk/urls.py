"""The addresses among the settings: whether they can be used, found out before somebody else says a password aloud."""

import re
from urllib.parse import parse_qs, urlsplit


class UnusableUrlError(ValueError):
    """Why a value cannot be used, where that is not to be seen at a glance; holds nothing of the value."""


def checked_redis_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("scheme")
    if parts.scheme != "unix":
        try:
            _ = parts.port
        except ValueError:
            raise UnusableUrlError(f"its port is no number up to 65535. {_ENCODED}") from None
        if not re.fullmatch(r"/?\d*/?", parts.path):
            raise UnusableUrlError(f"its path, the number of a database, is no number. {_ENCODED}")
    if any(not number.isdecimal() for number in parse_qs(parts.query).get("db", ())):
        raise UnusableUrlError("its db is no number.")
    return url


def checked_database_url(url: str) -> str:
    """The URL with the driver that serves both async pages and sync migrations."""
    scheme, found, rest = url.partition("://")
    driver = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg", "sqlite": "sqlite+aiosqlite"}
    scheme = driver.get(scheme, scheme)
    if not found or scheme not in driver.values() or (scheme == "sqlite+aiosqlite" and rest in _NO_FILE):
        raise ValueError("scheme")
    if scheme == "postgresql+psycopg":
        _check_place(rest)
    return f"{scheme}://{rest}"


def _check_place(rest: str) -> None:
    """What SQLAlchemy would take for host, port and name, before it says a part of a password aloud."""
    place = _PLACE.match(rest)
    assert place, "it matches anything"
    if "@" in place[0][place.end("user") :]:
        raise UnusableUrlError(f"it has an @ too many. {_ENCODED}")
    port = place["port"] or ""
    if port and not (port.isdecimal() and 1 <= int(port) <= 65535):
        raise UnusableUrlError(f"its port is no number from 1 to 65535. {_ENCODED}")


_NO_FILE = frozenset({"", "/", "/:memory:"})
_PLACE = re.compile(r"(?P<user>(?:[^:/]*(?::[^@]*)?@)?)(?:\[[^/?]+\]|[^:/?]*)(?::(?P<port>[^/?]*))?[^?]*")
_ENCODED = "Where user or password have @ : / ? # or % in them, percent-encode: %40 %3A %2F %3F %23 %25."


def checked_http_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("not an http(s) URL")
    return url.rstrip("/")
