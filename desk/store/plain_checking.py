"""What is asked of every id, text and number, wherever in the settings it stands."""

import re
from collections.abc import Iterable

from desk.store.complaints import Complaint
from desk.store.ranges import Range
from desk.verbs import TEXT_BYTES_MAX

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")

Path = tuple[str, ...]


def id_complaints(path: Path, name: str) -> Iterable[Complaint]:
    """An id stands in addresses, file names and logs."""
    if not ID.fullmatch(name):
        yield Complaint(path, "bad_id", {"value": name[:40]})


def text_complaints(path: Path, text: str, most: int, *, may_be_empty: bool = False) -> Iterable[Complaint]:
    """A text that people read: there, not too long, and nothing in it that no one sees."""
    if not text.strip() and not may_be_empty:
        yield Complaint(path, "missing")
    if len(text) > most:
        yield Complaint(path, "too_long", {"most": most, "length": len(text)})
    if any(not character.isprintable() and character not in "\n\t" for character in text):
        yield Complaint(path, "control_character")


def byte_complaints(path: Path, text: str) -> Iterable[Complaint]:
    """A text that goes to customers: WeChat counts bytes, and takes no longer one."""
    if (length := len(text.encode("utf-8", "replace"))) > TEXT_BYTES_MAX:
        yield Complaint(path, "too_many_bytes", {"most": TEXT_BYTES_MAX, "length": length})


def range_complaints(path: Path, value: int, allowed: Range) -> Iterable[Complaint]:
    """A number between its ends."""
    if not allowed.least <= value <= allowed.most:
        yield Complaint(path, "out_of_range", {"value": value, "least": allowed.least, "most": allowed.most})
