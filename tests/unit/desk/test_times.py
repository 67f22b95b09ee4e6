"""Instants and lengths of time, as people read them."""

from zoneinfo import ZoneInfo

import pytest

from desk.times import Times, duration

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = 1_795_413_909_000
"""2026-11-23 14:05:09 in Shanghai."""
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000

zh, en = Times("zh", SHANGHAI), Times("en", SHANGHAI)


def test_an_instant_is_shown_on_the_desks_own_clock() -> None:
    assert zh.moment(NOW) == en.moment(NOW) == "2026-11-23 14:05:09"
    assert Times("zh", ZoneInfo("UTC")).moment(NOW) == "2026-11-23 06:05:09"
    assert zh.clock(NOW) == "14:05"
    assert zh.clock(NOW, seconds=True) == "14:05:09"


@pytest.mark.parametrize(
    ("ago_ms", "chinese", "english"),
    [
        (0, "14:05", "14:05"),
        (14 * HOUR, "00:05", "00:05"),
        (15 * HOUR, "昨天 23:05", "yesterday 23:05"),
        (2 * DAY, "11月21日 14:05", "Nov 21 14:05"),
        (365 * DAY, "2025年11月23日 14:05", "Nov 23, 2025 14:05"),
    ],
)
def test_what_is_long_ago_is_dated(ago_ms: int, chinese: str, english: str) -> None:
    assert zh.when(NOW - ago_ms, NOW) == chinese
    assert en.when(NOW - ago_ms, NOW) == english


@pytest.mark.parametrize(
    ("ago_ms", "chinese", "english"),
    [
        (-5 * MINUTE, "刚刚", "just now"),
        (59_999, "刚刚", "just now"),
        (MINUTE, "1 分钟前", "1 min ago"),
        (HOUR - 1, "59 分钟前", "59 min ago"),
        (HOUR, "1 小时前", "1 h ago"),
        (3 * DAY, "3 天前", "3 d ago"),
    ],
)
def test_how_long_ago_it_was(ago_ms: int, chinese: str, english: str) -> None:
    assert zh.ago(NOW - ago_ms, NOW) == chinese
    assert en.ago(NOW - ago_ms, NOW) == english


@pytest.mark.parametrize(
    ("length_ms", "shown"),
    [
        (0, "0:00"),
        (999, "0:00"),
        (-999, "0:00"),
        (12_345, "0:12"),
        (65_000, "1:05"),
        (59 * MINUTE + 59_999, "59:59"),
        (HOUR, "1:00:00"),
        (26 * HOUR + 61_000, "26:01:01"),
        (-65_000, "-1:05"),
    ],
)
def test_a_length_of_time(length_ms: int, shown: str) -> None:
    assert duration(length_ms) == shown


@pytest.mark.parametrize(
    ("ago_ms", "chinese", "english"),
    [
        (0, "今天", "Today"),
        (15 * HOUR, "昨天", "Yesterday"),
        (2 * DAY, "11月21日 周六", "Sat, Nov 21"),
        (-DAY, "11月24日 周二", "Tue, Nov 24"),
        (366 * DAY, "2025年11月22日 周六", "Sat, Nov 22, 2025"),
    ],
)
def test_the_day_above_its_lines_is_called_what_people_call_it(ago_ms: int, chinese: str, english: str) -> None:
    assert (zh.day_name(NOW - ago_ms, NOW), en.day_name(NOW - ago_ms, NOW)) == (chinese, english)
