"""Instants and durations as people read them, in both languages, on the desk's own clock.

Filters for templates; every instant comes in as UTC milliseconds. The years and months are put together here
and not by a locale library, because rows of a list ask for hundreds of them at a time.
"""

import time
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from desk.i18n import Language, gettext_for
from sessions.ids import Millis

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400
WEEKDAYS, WEEKDAYS_EN = "一二三四五六日", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Times:
    """The filters of one language and time zone."""

    def __init__(self, lang: Language, zone: ZoneInfo) -> None:
        self._lang = lang
        self._zone = zone
        self._say = gettext_for(lang)

    def filters(self) -> dict[str, Callable[..., str]]:
        """By the names that templates use."""
        return {
            "clock": self.clock,
            "day": self.day,
            "date": self.date,
            "day_name": self.day_name,
            "moment": self.moment,
            "when": self.when,
            "ago": self.ago,
            "duration": duration,
            "remaining": remaining,
        }

    def clock(self, at: int, seconds: bool = False) -> str:
        """14:05, or 14:05:09."""
        return f"{self._local(at):%H:%M:%S}" if seconds else f"{self._local(at):%H:%M}"

    def day(self, at: int, now: int | None = None) -> str:
        """11月23日, Nov 23; with the year where it is not this one."""
        then, today = self._local(at), self._local(_or_now(now))
        if self._lang == "en":
            return f"{MONTHS[then.month]} {then.day}" + (f", {then.year}" if then.year != today.year else "")
        return (f"{then.year}年" if then.year != today.year else "") + f"{then.month}月{then.day}日"

    def date(self, at: int) -> str:
        """2026-11-23: the day, to be compared."""
        return f"{self._local(at):%Y-%m-%d}"

    def day_name(self, at: int, now: int | None = None) -> str:
        """今天, 昨天, 11月20日 周五: what stands above the lines of a day."""
        then = self._local(at)
        days = (self._local(_or_now(now)).date() - then.date()).days
        if 0 <= days <= 1:
            return self._say("昨天") if days else self._say("今天")
        if self._lang == "en":
            return f"{WEEKDAYS_EN[then.weekday()]}, {self.day(at, now)}"
        return f"{self.day(at, now)} 周{WEEKDAYS[then.weekday()]}"

    def moment(self, at: int) -> str:
        """2026-11-23 14:05:09: the same in every language, sorts and copies well."""
        return f"{self._local(at):%Y-%m-%d %H:%M:%S}"

    def when(self, at: int, now: int | None = None) -> str:
        """As near as it is: 14:05 today, 昨天 14:05, 11月20日 14:05."""
        then, today = self._local(at), self._local(_or_now(now))
        days = (today.date() - then.date()).days
        clock = self.clock(at)
        if days == 0:
            return clock
        if days == 1:
            return self._say("昨天 %(clock)s", clock=clock)
        return f"{self.day(at, now)} {clock}"

    def ago(self, at: int, now: int | None = None) -> str:
        """How long ago: 刚刚, 3 分钟前, 2 小时前, 5 天前. What lies ahead counts as just now."""
        seconds = max(0, (_or_now(now) - at) // 1000)
        if seconds < MINUTE_S:
            return self._say("刚刚")
        if seconds < HOUR_S:
            return self._say("%(n)s 分钟前", n=seconds // MINUTE_S)
        if seconds < DAY_S:
            return self._say("%(n)s 小时前", n=seconds // HOUR_S)
        return self._say("%(n)s 天前", n=seconds // DAY_S)

    def _local(self, at: int) -> datetime:
        return datetime.fromtimestamp(at / 1000, self._zone)


def duration(length_ms: int) -> str:
    """m:ss, or h:mm:ss from an hour on; a whole number of seconds, rounded down. Negative ones keep their sign."""
    seconds = abs(length_ms) // 1000
    sign = "-" if length_ms < 0 and seconds else ""
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{sign}{minutes}:{seconds:02}"
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours}:{minutes:02}:{seconds:02}"


def remaining(length_ms: int) -> str:
    """41:12: hours and minutes from an hour on, else minutes and seconds, rounded up, so that 0:00 is the end."""
    seconds = max(0, -(-length_ms // 1000))
    big, small = divmod(seconds // 60, 60) if seconds >= HOUR_S else divmod(seconds, 60)
    return f"{big}:{small:02}"


def midnight_before(at: int, zone: ZoneInfo) -> Millis:
    """When the day of this instant began, on a clock of this zone."""
    began = datetime.fromtimestamp(at / 1000, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return Millis(round(began.timestamp() * 1000))


def _or_now(now: int | None) -> int:
    return int(time.time() * 1000) if now is None else now
