"""Times to promise: soon, the next full hours of today, tomorrow morning, and none that WeChat would not take."""

from datetime import datetime
from zoneinfo import ZoneInfo

from desk.promises import promise_times
from sessions.ids import Millis

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(hour: int, minute: int = 0, day: int = 23) -> Millis:
    return Millis(int(datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI).timestamp() * 1000))


def words(now: Millis, until: int = 0) -> list[str]:
    return [each.words for each in promise_times(now, SHANGHAI, Millis(until), "zh")]


def test_what_is_soon_counts_from_the_moment_it_is_chosen() -> None:
    soon = promise_times(at(10), SHANGHAI, Millis(0), "zh")[:3]
    assert [(each.value, each.at) for each in soon] == [("+900", at(10, 15)), ("+1800", at(10, 30)), ("+3600", at(11))]


def test_full_hours_of_today_come_after_it() -> None:
    assert words(at(10, 20))[3:] == ["今天 12:00", "今天 13:00", "今天 14:00", "明天 09:00"]
    fixed = promise_times(at(10, 20), SHANGHAI, Millis(0), "zh")[3]
    assert (fixed.value, fixed.at) == (str(at(12)), at(12))


def test_nobody_promises_the_night() -> None:
    assert words(at(16, 30))[3:] == ["今天 18:00", "明天 09:00"]
    assert words(at(23))[3:] == ["明天 09:00"]


def test_what_wechat_would_not_take_any_more_is_not_offered() -> None:
    assert words(at(10), until=at(10, 20)) == ["15 分钟后"]
    assert words(at(10), until=at(12, 30))[-1] == "今天 12:00"


def test_in_english_too() -> None:
    told = [each.words for each in promise_times(at(10), SHANGHAI, Millis(0), "en")]
    assert told[0] == "in 15 min"
    assert told[-1] == "tomorrow 09:00"
