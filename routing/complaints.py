"""What is wrong with something that an admin set up.

Codes are stable and language-free; the edges put them into words.
"""

from msgspec import Struct


class Complaint(Struct, frozen=True):
    """`field` is the way to the offending entry: `week/0`, `dates/2026-10-01`, `keywords/limit`. `detail` shows it.

    Keys may have slashes of their own: they are written as `step` does, and `steps` reads them.
    """

    code: str
    field: str
    detail: str = ""


def step(key: str) -> str:
    """A key as one step of a complaint's way."""
    return key.replace("~", "~0").replace("/", "~1")


def steps(field: str) -> tuple[str, ...]:
    """A complaint's way, key by key."""
    return tuple(each.replace("~1", "/").replace("~0", "~") for each in field.split("/"))


COMPLAINTS = {
    "week_incomplete": "a week has seven days, Monday first",
    "date_invalid": "a date is written 2026-10-01 and is in the calendar",
    "span_invalid": "opening hours begin before they end, within the day's 1440 minutes",
    "spans_overlap": "the opening hours of a day follow one another without overlap",
    "menu_unknown": "no such text menu is set up",
    "menu_misnamed": "a text menu is filed under its own id",
    "group_unknown": "no such skill group is set up",
    "keyword_repeated": "two keyword rules have the same id",
    "key_empty": "a menu option, a click or a scene needs its key",
    "option_repeated": "two options of a menu are typed the same way",
    "phrase_empty": "a keyword rule needs phrases, each with at least one letter, character or digit",
    "phrase_too_long": "a phrase has at most forty characters",
    "phrase_repeated": "the phrase leads somewhere else already",
    "text_empty": "an answer or a menu needs its text",
    "text_too_long": "a message has at most six hundred characters",
}
"""Every code that a setting is refused with, and what it means."""
