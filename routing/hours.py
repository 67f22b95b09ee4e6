"""When a group works: weekly hours, holidays, and the days that make up for them.

A calendar is read on the site's own clock (minutes from UTC). No calendar at all means always open.
Spans are half open: a group that works until 18:00 is closed at 18:00. Whoever looks ahead looks
`LOOK_AHEAD_DAYS` far and no further, so that a calendar without a single open hour cannot hold up the engine.
"""

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from routing.complaints import Complaint, step

Span = tuple[int, int]
"""From and until, in minutes of the day; `until` is left out. 24:00 is 1440."""
DAY_MIN = 1440
LOOK_AHEAD_DAYS = 400
"""More than a year, so that a yearly holiday plan is seen whole."""

WEEK_DAYS = 7

_MIN_MS = 60_000
_DAY_MS = DAY_MIN * _MIN_MS
_DAY_ZERO = date(1970, 1, 1).toordinal()
_WEEKDAY_ZERO = 3
"""1970 began on a Thursday."""


class Calendar(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`week` has seven days, Monday first. `dates` overrule it: none is a holiday, some is a make-up day (调休)."""

    id: str
    name: str
    week: tuple[tuple[Span, ...], ...] = ()
    dates: dict[str, tuple[Span, ...]] = {}


def is_open(calendar: Calendar | None, at_ms: int, utc_offset_min: int) -> bool:
    """Whether it works at this instant."""
    if calendar is None:
        return True
    day, into_day = divmod(at_ms + utc_offset_min * _MIN_MS, _DAY_MS)
    return any(start * _MIN_MS <= into_day < end * _MIN_MS for start, end in _hours_of(calendar, day))


def next_opening(calendar: Calendar | None, at_ms: int, utc_offset_min: int) -> int | None:
    """The first open instant from `at_ms` on, which is itself when it is open; None when there is none in sight."""
    if calendar is None:
        return at_ms
    start, _ = next(_open_from(calendar, at_ms, utc_offset_min), (None, None))
    return start


def closing_at(calendar: Calendar | None, at_ms: int, utc_offset_min: int) -> int | None:
    """When the hours end in which it is open now; None when it is closed, or does not close in sight.

    Hours that touch are one, over midnight too.
    """
    if calendar is None or not is_open(calendar, at_ms, utc_offset_min):
        return None
    closing = at_ms
    for start, end in _open_from(calendar, at_ms, utc_offset_min):
        if start > closing:
            return closing
        closing = end
    return closing if closing < _horizon(at_ms, utc_offset_min) else None


def add_open_ms(calendar: Calendar | None, start_ms: int, duration_ms: int, utc_offset_min: int) -> int:
    """The instant at which so much working time has passed since `start_ms`.

    Beyond the days in sight the clock runs on as if it were open: something due is never due at no time at all.
    """
    if calendar is None or duration_ms <= 0:
        return start_ms + max(0, duration_ms)
    left = duration_ms
    for start, end in _open_from(calendar, start_ms, utc_offset_min):
        if left <= end - start:
            return start + left
        left -= end - start
    return _horizon(start_ms, utc_offset_min) + left


def calendar_complaints(calendar: Calendar) -> Iterator[Complaint]:
    """Everything that keeps it from being used, in the order in which it is read."""
    if len(calendar.week) != WEEK_DAYS:
        yield Complaint("week_incomplete", "week", str(len(calendar.week)))
    for place, spans in enumerate(calendar.week):
        yield from _span_complaints(f"week/{place}", spans)
    for day, spans in calendar.dates.items():
        if not _is_date(day):
            yield Complaint("date_invalid", f"dates/{step(day)}", day)
        yield from _span_complaints(f"dates/{step(day)}", spans)


def _span_complaints(field: str, spans: tuple[Span, ...]) -> Iterator[Complaint]:
    closed_until = 0
    for start, end in spans:
        if not 0 <= start < end <= DAY_MIN:
            yield Complaint("span_invalid", field, _clock_span(start, end))
        elif start < closed_until:
            yield Complaint("spans_overlap", field, _clock_span(start, end))
        closed_until = max(closed_until, end)


def _clock_span(start: int, end: int) -> str:
    return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (start, end))


def _is_date(text: str) -> bool:
    """Only the one spelling by which days are looked up."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _hours_of(calendar: Calendar, day: int) -> tuple[Span, ...]:
    """The hours of a day, counted from 1970 on the site's clock."""
    if calendar.dates:
        special = calendar.dates.get(date.fromordinal(_DAY_ZERO + day).isoformat())
        if special is not None:
            return special
    return calendar.week[(day + _WEEKDAY_ZERO) % WEEK_DAYS] if calendar.week else ()


def _open_from(calendar: Calendar, at_ms: int, utc_offset_min: int) -> Iterator[Span]:
    """The hours from this instant on until the days in sight end, as instants; the first may have begun before."""
    offset_ms = utc_offset_min * _MIN_MS
    today = (at_ms + offset_ms) // _DAY_MS
    for day in range(today, today + LOOK_AHEAD_DAYS):
        midnight = day * _DAY_MS - offset_ms
        for start, end in _hours_of(calendar, day):
            if midnight + end * _MIN_MS > at_ms:
                yield max(at_ms, midnight + start * _MIN_MS), midnight + end * _MIN_MS


def _horizon(at_ms: int, utc_offset_min: int) -> int:
    """Where the days in sight end."""
    offset_ms = utc_offset_min * _MIN_MS
    return ((at_ms + offset_ms) // _DAY_MS + LOOK_AHEAD_DAYS) * _DAY_MS - offset_ms
