"""When a group works: weekly hours, holidays, and the days that make up for them.

A calendar is read on the site's own clock (minutes from UTC). No calendar at all means always open.
"""

from msgspec import Struct

Span = tuple[int, int]
"""From and until, in minutes of the day; `until` is left out. 24:00 is 1440."""
DAY_MIN = 1440


class Calendar(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`week` has seven days, Monday first. `dates` overrule it: none is a holiday, some is a make-up day (调休)."""

    id: str
    name: str
    week: tuple[tuple[Span, ...], ...] = ()
    dates: dict[str, tuple[Span, ...]] = {}
