"""Files like those in `seeds/`, read as what they should be, or refused with the places that are wrong."""

import re
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from desk.store.complaints import Complaint, SiteSettingsError
from desk.store.unknown_names import unknown_names

FOLDER = Path(__file__).parent.parent / "seeds"

_BYTE = re.compile(r" \(byte (\d+)\)")
_Kind = TypeVar("_Kind", bound=Struct)


def read_plain(file: Path) -> dict[str, Any]:
    """What the file says, as plain values. Raises `SiteSettingsError` with the line where it is no JSON."""
    content = file.read_bytes()
    try:
        text = content.decode("utf-8-sig")  # editors on Windows begin files with a mark
    except UnicodeDecodeError as error:
        raise _unreadable(_line(content, error.start), f"{error.reason}: save the file as UTF-8") from None
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.ValidationError as error:
        raise _unreadable("line 1", str(error)) from None
    except msgspec.DecodeError as error:
        byte = _BYTE.search(str(error))  # none where the file ends too early
        place = _line(text.encode(), int(byte[1]) if byte else len(content))
        raise _unreadable(place, _BYTE.sub("", str(error))) from None


def understood(plain: dict[str, Any], kind: type[_Kind]) -> _Kind:
    """The same as this type. Raises `SiteSettingsError` with every name that it does not know, and what else is wrong.

    The first thing that has the wrong type, or is not there, hides others.
    """
    complaints = [*unknown_names(kind, plain, ())]
    try:
        value = msgspec.convert(plain, kind)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `$.")
        path = tuple(place.rstrip("`").split(".")) if place else ("the file",)
        complaints.append(Complaint(path, "unreadable", {"reason": reason}))
        raise SiteSettingsError(complaints) from None
    if complaints:
        raise SiteSettingsError(complaints)
    return value


def _line(content: bytes, byte: int) -> str:
    return f"line {content[:byte].rstrip().count(10) + 1}"


def _unreadable(place: str, reason: str) -> SiteSettingsError:
    return SiteSettingsError([Complaint((place,), "unreadable", {"reason": reason})])
