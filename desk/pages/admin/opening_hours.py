"""Hours as people write them: `08:00-12:00, 13:00-20:00`; nothing at all is a day off."""

import re
from datetime import date, timedelta

from desk.pages.admin.fields import narrow
from routing.hours import Span

DAYS_ADDED_MAX = 366
_SPAN = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*(?:[-–—~]|至|到)\s*([0-9]{1,2}):([0-9]{2})")


class NotHoursError(ValueError):
    """The text is no hours."""


def read_spans(text: str) -> tuple[Span, ...]:
    """The hours in this text. Raises `NotHoursError`; whether they make sense is the calendar's to say."""
    spans = []
    rest = narrow(text).strip()
    while rest:
        found = _SPAN.match(rest)
        if found is None:
            raise NotHoursError(text)
        start_h, start_min, end_h, end_min = (int(each) for each in found.groups())
        if start_min > 59 or end_min > 59:
            raise NotHoursError(text)
        spans.append((start_h * 60 + start_min, end_h * 60 + end_min))
        rest = rest[found.end() :].lstrip(" ,;、\t")
    return tuple(spans)


def written(spans: tuple[Span, ...]) -> str:
    """The same the other way round."""
    return ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in spans)


def dates_between(first: str, last: str) -> list[str]:
    """Every date from one to the other, both in it; one date alone where there is no last.

    Raises `ValueError` for what is no date, and for more than a year.
    """
    start = date.fromisoformat(first)
    end = date.fromisoformat(last) if last else start
    days = (end - start).days + 1
    if not 1 <= days <= DAYS_ADDED_MAX:
        raise ValueError(last)
    return [(start + timedelta(days=n)).isoformat() for n in range(days)]


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
