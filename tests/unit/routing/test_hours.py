"""When a group works: weeks, holidays and make-up days, and a clock that runs in working hours only."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.complaints import COMPLAINTS, Complaint
from routing.hours import (
    DAY_MIN,
    LOOK_AHEAD_DAYS,
    Calendar,
    Span,
    add_open_ms,
    calendar_complaints,
    closing_at,
    is_open,
    next_opening,
)

BEIJING = 480
HOUR_MS = 3_600_000
NINE_TO_SIX: tuple[Span, ...] = ((540, 1080),)
WITH_LUNCH: tuple[Span, ...] = ((540, 720), (810, 1080))
OFFICE = Calendar(id="office", name="工作日", week=(NINE_TO_SIX,) * 5 + ((), ()))
NATIONAL_DAY = Calendar(
    id="bank",
    name="国庆调休",
    week=(NINE_TO_SIX,) * 5 + ((), ()),
    dates={f"2026-10-{day:02}": () for day in range(1, 8)} | {"2026-10-10": NINE_TO_SIX},
)
ROUND_THE_CLOCK = Calendar(id="always", name="全天", week=(((0, DAY_MIN),),) * 7)
NEVER = Calendar(id="never", name="从不", week=((),) * 7)


def at(text: str, offset_min: int = BEIJING) -> int:
    """The instant of a wall clock."""
    zone = timezone(timedelta(minutes=offset_min))
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


def clock(at_ms: int | None) -> str:
    assert at_ms is not None
    return datetime.fromtimestamp(at_ms / 1000, timezone(timedelta(minutes=BEIJING))).strftime("%Y-%m-%d %H:%M")


# Open or closed.


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-09-25 08:59:59", False),
        ("2026-09-25 09:00", True),
        ("2026-09-25 17:59:59", True),
        ("2026-09-25 18:00", False),
        ("2026-09-26 10:00", False),
    ],
)
def test_a_weekly_plan_opens_with_its_first_minute_and_closes_before_its_last(moment: str, expected: bool) -> None:
    assert is_open(OFFICE, at(moment), BEIJING) is expected


@pytest.mark.parametrize(
    ("moment", "expected", "why"),
    [
        ("2026-09-30 17:00", True, "the day before the holiday"),
        ("2026-10-01 10:00", False, "Thursday, National Day"),
        ("2026-10-07 10:00", False, "Wednesday, the last day off"),
        ("2026-10-08 10:00", True, "Thursday, back at work"),
        ("2026-10-10 10:00", True, "Saturday, made up"),
        ("2026-10-11 10:00", False, "an ordinary Sunday"),
    ],
)
def test_a_holiday_closes_a_weekday_and_a_make_up_day_opens_a_saturday(moment: str, expected: bool, why: str) -> None:
    assert is_open(NATIONAL_DAY, at(moment), BEIJING) is expected, why


def test_a_calendar_is_read_on_the_clock_of_the_site() -> None:
    one_in_the_morning_utc = int(datetime(2026, 9, 25, 1, 30, tzinfo=UTC).timestamp() * 1000)
    assert is_open(OFFICE, one_in_the_morning_utc, BEIJING)
    assert not is_open(OFFICE, one_in_the_morning_utc, 0)
    assert not is_open(OFFICE, one_in_the_morning_utc, -300)


def test_no_calendar_is_always_open_and_never_closes() -> None:
    now = at("2026-10-01 03:00")
    assert is_open(None, now, BEIJING)
    assert next_opening(None, now, BEIJING) == now
    assert closing_at(None, now, BEIJING) is None
    assert add_open_ms(None, now, HOUR_MS, BEIJING) == now + HOUR_MS


# What comes next.


def test_a_message_left_before_the_holiday_is_answered_after_it() -> None:
    assert clock(next_opening(NATIONAL_DAY, at("2026-09-30 18:00"), BEIJING)) == "2026-10-08 09:00"
    assert clock(next_opening(NATIONAL_DAY, at("2026-10-09 18:30"), BEIJING)) == "2026-10-10 09:00"


def test_open_now_is_the_next_opening() -> None:
    now = at("2026-09-25 12:00:00")
    assert next_opening(OFFICE, now, BEIJING) == now


def test_who_never_opens_has_no_next_opening() -> None:
    assert next_opening(NEVER, at("2026-01-01 12:00"), BEIJING) is None
    assert next_opening(Calendar(id="c", name="空"), at("2026-01-01 12:00"), BEIJING) is None


def test_closing_is_the_end_of_these_hours_and_lunch_is_a_closing() -> None:
    calendar = Calendar(id="c", name="午休", week=(WITH_LUNCH,) * 7)
    assert clock(closing_at(calendar, at("2026-09-25 10:00"), BEIJING)) == "2026-09-25 12:00"
    assert clock(closing_at(calendar, at("2026-09-25 14:00"), BEIJING)) == "2026-09-25 18:00"
    assert closing_at(calendar, at("2026-09-25 12:30"), BEIJING) is None


def test_a_night_shift_over_midnight_is_one() -> None:
    night = Calendar(id="night", name="夜班", week=(((0, 360), (1320, DAY_MIN)),) * 7)
    assert clock(closing_at(night, at("2026-09-25 23:00"), BEIJING)) == "2026-09-26 06:00"
    assert clock(closing_at(night, at("2026-09-26 01:00"), BEIJING)) == "2026-09-26 06:00"


def test_round_the_clock_does_not_close_until_a_holiday_comes() -> None:
    now = at("2026-09-25 23:00")
    assert closing_at(ROUND_THE_CLOCK, now, BEIJING) is None
    with_holiday = Calendar(id="c", name="节", week=ROUND_THE_CLOCK.week, dates={"2026-10-01": ()})
    assert clock(closing_at(with_holiday, now, BEIJING)) == "2026-10-01 00:00"


# A clock that runs in working hours only.


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-09-25 10:00", 2, "2026-09-25 12:00"),
        ("2026-09-25 17:30", 1, "2026-09-28 09:30"),
        ("2026-09-25 20:00", 1, "2026-09-28 10:00"),
        ("2026-09-30 17:00", 2, "2026-10-08 10:00"),
        ("2026-10-09 17:00", 10, "2026-10-10 18:00"),
    ],
)
def test_working_time_stands_still_over_night_weekend_and_holiday(start: str, hours: int, due: str) -> None:
    assert clock(add_open_ms(NATIONAL_DAY, at(start), hours * HOUR_MS, BEIJING)) == due


def test_no_duration_is_due_at_once_even_when_closed() -> None:
    closed = at("2026-10-01 03:00")
    assert add_open_ms(NATIONAL_DAY, closed, 0, BEIJING) == closed
    assert add_open_ms(NATIONAL_DAY, closed, -5, BEIJING) == closed


def test_where_it_never_opens_the_clock_runs_on_beyond_the_days_in_sight() -> None:
    start = at("2026-01-01 12:00")
    horizon = at("2026-01-01 00:00") + LOOK_AHEAD_DAYS * 24 * HOUR_MS
    assert add_open_ms(NEVER, start, HOUR_MS, BEIJING) == horizon + HOUR_MS


def spans_of_a_day() -> st.SearchStrategy[tuple[Span, ...]]:
    """Up to three spans in order; they may touch."""
    cuts = st.lists(st.integers(0, DAY_MIN), min_size=0, max_size=6, unique=True).map(sorted)
    return cuts.map(lambda points: tuple(zip(points[::2], points[1::2], strict=False)))


CALENDARS = st.builds(
    lambda week, dates: Calendar(id="c", name="c", week=tuple(week), dates=dates),
    st.lists(spans_of_a_day(), min_size=7, max_size=7),
    st.dictionaries(st.dates(date(2026, 1, 1), date(2026, 12, 31)).map(str), spans_of_a_day()),
)
INSTANTS = st.integers(at("2025-12-20 00:00"), at("2027-01-10 00:00"))
DURATIONS = st.integers(0, 40 * 24 * HOUR_MS)
IN_SIGHT_MS = (LOOK_AHEAD_DAYS - 1) * 24 * HOUR_MS
OFFSETS = st.sampled_from([-720, -210, 0, 345, BEIJING, 840])


@given(CALENDARS, INSTANTS, DURATIONS, OFFSETS)
def test_what_is_due_is_due_while_it_is_open(calendar: Calendar, start: int, duration: int, offset: int) -> None:
    due = add_open_ms(calendar, start, duration, offset)
    assert due >= start + duration
    if duration and due < start + IN_SIGHT_MS:
        assert is_open(calendar, due - 1, offset)


@given(CALENDARS, INSTANTS, st.integers(0, 10**9), DURATIONS, st.integers(0, 10**8), OFFSETS)
def test_who_starts_later_or_takes_longer_is_not_due_sooner(
    calendar: Calendar, start: int, later: int, duration: int, longer: int, offset: int
) -> None:
    due = add_open_ms(calendar, start, duration, offset)
    assert add_open_ms(calendar, start + later, duration, offset) >= due
    assert add_open_ms(calendar, start, duration + longer, offset) >= due


@given(CALENDARS, INSTANTS, DURATIONS, DURATIONS, OFFSETS)
def test_working_time_adds_up(calendar: Calendar, start: int, first: int, then: int, offset: int) -> None:
    due = add_open_ms(calendar, start, first + then, offset)
    if due < start + IN_SIGHT_MS:
        assert add_open_ms(calendar, add_open_ms(calendar, start, first, offset), then, offset) == due


@given(CALENDARS, INSTANTS, OFFSETS)
def test_an_opening_is_open_and_a_closing_is_closed_with_nothing_between(
    calendar: Calendar, now: int, offset: int
) -> None:
    opening = next_opening(calendar, now, offset)
    if opening is not None:
        assert is_open(calendar, opening, offset)
        assert add_open_ms(calendar, now, 1, offset) == opening + 1
    closing = closing_at(calendar, now, offset)
    if closing is not None:
        assert not is_open(calendar, closing, offset)
        assert add_open_ms(calendar, now, closing - now, offset) == closing


@given(CALENDARS)
def test_a_plan_in_order_draws_no_complaint(calendar: Calendar) -> None:
    assert list(calendar_complaints(calendar)) == []


# Complaints.


@pytest.mark.parametrize(
    ("calendar", "complaint"),
    [
        (Calendar(id="c", name="c", week=((),) * 6), Complaint("week_incomplete", "week", "6")),
        (
            Calendar(id="c", name="c", week=(((600, 500),),) + ((),) * 6),
            Complaint("span_invalid", "week/0", "10:00-08:20"),
        ),
        (
            Calendar(id="c", name="c", week=(((0, 1441),),) + ((),) * 6),
            Complaint("span_invalid", "week/0", "00:00-24:01"),
        ),
        (
            Calendar(id="c", name="c", week=((),) * 6 + (((540, 720), (700, 800)),)),
            Complaint("spans_overlap", "week/6", "11:40-13:20"),
        ),
        (
            Calendar(id="c", name="c", week=((),) * 7, dates={"2026-02-30": ()}),
            Complaint("date_invalid", "dates/2026-02-30", "2026-02-30"),
        ),
        (
            Calendar(id="c", name="c", week=((),) * 7, dates={"20261001": ()}),
            Complaint("date_invalid", "dates/20261001", "20261001"),
        ),
        (
            Calendar(id="c", name="c", week=((),) * 7, dates={"2026-10-10": ((1080, 1200), (540, 720))}),
            Complaint("spans_overlap", "dates/2026-10-10", "09:00-12:00"),
        ),
    ],
)
def test_a_plan_that_cannot_be_meant_is_complained_of(calendar: Calendar, complaint: Complaint) -> None:
    assert list(calendar_complaints(calendar)) == [complaint]
    assert complaint.code in COMPLAINTS
