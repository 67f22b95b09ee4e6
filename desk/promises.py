"""The times that an agent can promise with one key: soon, at the next full hours, tomorrow morning."""

from datetime import datetime, timedelta, tzinfo

from msgspec import Struct

from desk.i18n import Language, gettext_for
from sessions.ids import Millis

SOON_MIN = (15, 30, 60)
FULL_HOURS = 3
"""So many full hours of today are offered…"""
HOUR_MAX = 18
"""…none later than this."""
MORNING_HOUR = 9


class PromiseTime(Struct, frozen=True):
    """A time to promise. `value` is an instant, or `+` and the seconds from when it is chosen."""

    value: str
    words: str
    at: Millis


def promise_times(now: Millis, zone: tzinfo, until: Millis, lang: Language) -> list[PromiseTime]:
    """What can be promised now and still be sent, soonest first. `until` is when the channel shuts; 0: never."""
    _ = gettext_for(lang)
    here = datetime.fromtimestamp(now / 1000, zone)
    soon = [
        PromiseTime(
            f"+{minutes * 60}",
            _("1 小时后") if minutes == 60 else _("%(n)s 分钟后", n=minutes),
            Millis(now + minutes * 60_000),
        )
        for minutes in SOON_MIN
    ]
    hour = here.replace(minute=0, second=0, microsecond=0) + timedelta(hours=2)
    hours = [hour + timedelta(hours=n) for n in range(FULL_HOURS)]
    today = [each for each in hours if each.date() == here.date() and each.hour <= HOUR_MAX]
    morning = (here + timedelta(days=1)).replace(hour=MORNING_HOUR, minute=0, second=0, microsecond=0)
    fixed = [_fixed(each, _("今天 %(clock)s", clock=f"{each:%H:%M}")) for each in today]
    fixed.append(_fixed(morning, _("明天 %(clock)s", clock=f"{morning:%H:%M}")))
    return [each for each in [*soon, *fixed] if not until or each.at < until]


def _fixed(at: datetime, words: str) -> PromiseTime:
    instant = Millis(int(at.timestamp() * 1000))
    return PromiseTime(str(instant), words, instant)
