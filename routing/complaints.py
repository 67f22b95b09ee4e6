"""What is wrong with something that an admin set up.

Codes are stable and language-free; the edges put them into words.
"""

from msgspec import Struct


class Complaint(Struct, frozen=True):
    """`field` is the way to the offending entry: `week/0`, `dates/2026-10-01`, `keywords/limit`. `detail` shows it."""

    code: str
    field: str
    detail: str = ""


COMPLAINTS = {
    "week_incomplete": "a week has seven days, Monday first",
    "date_invalid": "a date is written 2026-10-01 and is in the calendar",
    "span_invalid": "opening hours begin before they end, within the day's 1440 minutes",
    "spans_overlap": "the opening hours of a day follow one another without overlap",
}
"""Every code that a setting is refused with, and what it means."""
