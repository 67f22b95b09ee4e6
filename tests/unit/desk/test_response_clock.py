"""The response clock: the same words and the same warning whoever draws it, and overdue time with a plus."""

from zoneinfo import ZoneInfo

import pytest

from desk.response import level, waited
from desk.times import midnight_before
from tests.builders import MONDAY


@pytest.mark.parametrize(
    ("waited_s", "words", "warning"),
    [
        (-5, "0:00", ""),
        (0, "0:00", ""),
        (59.999, "0:59", ""),
        (60, "1:00", "warn"),
        (119.999, "1:59", "warn"),
        (120, "+0:00", "late"),
        (155, "+0:35", "late"),
        (3 * 3600 + 120, "+3:00:00", "late"),
    ],
)
def test_neutral_then_a_warning_then_what_is_over_the_target(waited_s: float, words: str, warning: str) -> None:
    waited_ms = round(waited_s * 1000)
    assert (waited(waited_ms), level(waited_ms)) == (words, warning)


@pytest.mark.parametrize(("zone", "hours"), [("Asia/Shanghai", 10), ("UTC", 2)])
def test_a_day_begins_on_the_desks_own_clock(zone: str, hours: int) -> None:
    assert MONDAY - midnight_before(MONDAY, ZoneInfo(zone)) == hours * 3_600_000
