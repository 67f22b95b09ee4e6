"""What a seat can take, how much its chats weigh, how much attention it gives and how fast it answers."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.attention import (
    FASTEST,
    HOUR_MS,
    PACE_TURNS_MAX,
    SLOWEST,
    SitePace,
    attention_of,
    close_turn,
    fair_share,
    open_turn,
)
from routing.capacity import HARD_CAP, SeatCapacity, cool, lacks_room, new_offer_cap, uncool, weighted_load
from routing.terms import GroupTerms, Limits, obstacle
from tests.routing_site import NOW, a_seat

MINUTE_MS = 60_000


# What keeps a seat from an offer.


@pytest.mark.parametrize(
    ("seat", "rule"),
    [
        (a_seat("s"), None),
        (a_seat("s", available=False), "not_available"),
        (a_seat("s", skills={"other": 9}), "level_too_low"),
        (a_seat("s", load=6), "full"),
        (a_seat("s", load=5), None),
        (a_seat("s", load=5, parked=40), None),
        (a_seat("s", load=5, parked=41), "reserved_for_waking"),
        (a_seat("s", cooldown_until=NOW + 1), "cooling_down"),
        (a_seat("s", cooldown_until=NOW), None),
    ],
)
def test_what_keeps_a_seat_from_an_offer(seat: SeatCapacity, rule: str | None) -> None:
    limits = Limits(wake_reserve_percent=10)
    assert obstacle(seat, GroupTerms(group="g"), limits, NOW) == rule


def test_a_lowered_level_lets_others_in_but_nobody_without_the_skill() -> None:
    terms = GroupTerms(group="g", required_level=2)
    assert obstacle(a_seat("s"), terms, Limits(), NOW) == "level_too_low"
    assert obstacle(a_seat("s"), terms, Limits(), NOW, level_down=1) is None
    assert obstacle(a_seat("s", skills={}), terms, Limits(), NOW, level_down=9) == "level_too_low"


def test_new_offers_stop_at_the_lower_soft_cap() -> None:
    assert new_offer_cap(a_seat("s", soft_cap=6), 4, 15) == 4
    assert new_offer_cap(a_seat("s", soft_cap=3), 4, 15) == 3


def test_new_offers_leave_room_for_the_parked_that_may_wake() -> None:
    assert new_offer_cap(a_seat("s", soft_cap=10, parked=1), HARD_CAP, 15) == 9
    assert new_offer_cap(a_seat("s", soft_cap=10, parked=20), HARD_CAP, 15) == 7
    assert new_offer_cap(a_seat("s", soft_cap=10, parked=20), HARD_CAP, 0) == 10


def test_no_reserve_keeps_an_idle_seat_from_a_waiting_customer() -> None:
    assert new_offer_cap(a_seat("s", parked=5000), HARD_CAP, 100) == 1


def test_a_soft_cap_of_nothing_takes_nothing() -> None:
    assert new_offer_cap(a_seat("s", soft_cap=0), HARD_CAP, 15) == 0
    assert obstacle(a_seat("s", soft_cap=0), GroupTerms(group="g"), Limits(), NOW) == "full"


@given(
    soft=st.integers(0, 10),
    group=st.integers(1, 10),
    parked=st.integers(0, 500),
    percent=st.integers(0, 100),
    load=st.integers(0, 10),
)
def test_there_is_room_exactly_below_the_cap(soft: int, group: int, parked: int, percent: int, load: int) -> None:
    seat = a_seat("s", soft_cap=soft, parked=parked)
    cap = new_offer_cap(seat, group, percent)
    assert 0 <= cap <= HARD_CAP
    assert (lacks_room(seat, load, group, percent) is None) == (load < cap)


# What a chat weighs.


def test_a_chat_weighs_one_until_it_has_cooled_and_little_after() -> None:
    seat = a_seat("s", load=3, pending=1)
    cool(seat, "a", NOW + 1)
    cool(seat, "b", NOW)
    assert weighted_load(seat, 3, NOW, 0.2) == pytest.approx(2.2)
    assert weighted_load(seat, 3, NOW + 1, 0.2) == pytest.approx(1.4)
    assert weighted_load(seat, 4, NOW, 0.2) == pytest.approx(3.2), "what rings weighs one"


def test_a_chat_that_is_our_move_again_weighs_one() -> None:
    seat = a_seat("s", load=1)
    cool(seat, "a", NOW)
    uncool(seat, "a")
    uncool(seat, "never-cooled")
    assert weighted_load(seat, 1, NOW, 0.2) == 1


# Attention.


def test_attention_is_time_in_which_somebody_waits_however_many() -> None:
    seat, pace = a_seat("s"), SitePace()
    open_turn(seat, pace, NOW)
    open_turn(seat, pace, NOW + 10_000)
    close_turn(seat, pace, NOW + 30_000, answered=True)
    close_turn(seat, pace, NOW + 40_000, answered=True)
    assert (seat.pending, attention_of(seat, NOW + 50_000)) == (0, 40_000)


def test_attention_goes_on_while_somebody_waits() -> None:
    seat = a_seat("s")
    open_turn(seat, SitePace(), NOW)
    assert attention_of(seat, NOW + 7_000) == 7_000


def test_the_last_hour_slides_out_of_sight() -> None:
    seat, pace = a_seat("s"), SitePace()
    open_turn(seat, pace, NOW)
    close_turn(seat, pace, NOW + 30 * MINUTE_MS, answered=True)
    after = [attention_of(seat, NOW + minutes * MINUTE_MS) for minutes in (59, 60, 90, 119, 120)]
    assert after == [30 * MINUTE_MS, 30 * MINUTE_MS, 15 * MINUTE_MS, 30_000, 0]


def test_attention_over_the_turn_of_an_hour_belongs_to_both() -> None:
    seat, pace = a_seat("s"), SitePace()
    open_turn(seat, pace, NOW - 10 * MINUTE_MS)
    close_turn(seat, pace, NOW + 6 * MINUTE_MS, answered=True)
    assert (seat.attention_before_ms, seat.attention_ms) == (10 * MINUTE_MS, 6 * MINUTE_MS)


def test_nobody_gives_more_than_an_hour_an_hour() -> None:
    seat = a_seat("s")
    open_turn(seat, SitePace(), NOW)
    assert attention_of(seat, NOW + 5 * HOUR_MS + 1234) == HOUR_MS


@given(st.lists(st.tuples(st.integers(0, 2 * HOUR_MS), st.booleans()), max_size=30))
def test_looking_at_attention_changes_nothing_and_when_it_is_counted_neither(steps: list[tuple[int, bool]]) -> None:
    """Settling it at any instant in between, as each turn does, comes to the same as not settling it."""
    seat, often, pace, at = a_seat("s"), a_seat("s"), SitePace(), NOW
    open_turn(seat, pace, at)
    open_turn(often, pace, at)
    for wait, another in steps:
        at += wait
        if another:
            open_turn(often, pace, at)
            close_turn(often, pace, at, answered=False)
        assert 0 <= attention_of(seat, at) == attention_of(often, at) <= HOUR_MS


def test_who_gives_far_more_than_its_colleagues_exceeds_the_fair_share() -> None:
    seats = [a_seat(f"s{n}", attended_at=NOW, attention_ms=1000) for n in range(9)]
    swamped = a_seat("swamped", attended_at=NOW, attention_ms=60_000)
    away = a_seat("away", attended_at=NOW, attention_ms=3_000_000, available=False)
    share = fair_share([*seats, swamped, away], NOW)
    assert share.is_exceeded_by(60_000, 200)
    assert not share.is_exceeded_by(1000, 200)


def test_among_equals_nobody_exceeds_the_fair_share() -> None:
    share = fair_share([a_seat(f"s{n}", attended_at=NOW, attention_ms=777) for n in range(7)], NOW)
    assert not share.is_exceeded_by(777, 200)


# Pace.


def answer(seat: SeatCapacity, pace: SitePace, turns: int, took_ms: int, **how: Any) -> None:
    for at in range(NOW, NOW + turns * HOUR_MS, HOUR_MS):
        open_turn(seat, pace, at)
        close_turn(seat, pace, at + took_ms, answered=how.get("answered", True))


def test_a_seat_is_average_until_it_has_shown_otherwise() -> None:
    seat, pace = a_seat("s"), SitePace()
    answer(a_seat("other"), pace, 100, 20_000)
    answer(seat, pace, 1, 2_000)
    assert 1.0 < seat.speed < 1.05


def test_who_answers_in_half_the_time_is_faster_but_only_so_much() -> None:
    pace, fast, slow = SitePace(), a_seat("fast"), a_seat("slow")
    for _ in range(40):
        answer(fast, pace, 5, 10_000)
        answer(slow, pace, 5, 60_000)
    assert (fast.speed, slow.speed) == (FASTEST, SLOWEST)


def test_turns_that_end_without_an_answer_make_nobody_fast() -> None:
    pace, seat = SitePace(), a_seat("s")
    answer(a_seat("other"), pace, 100, 20_000)
    answer(seat, pace, 100, 20_000, answered=False)
    answer(seat, pace, 1, 20_000)
    assert seat.speed < 1


def test_old_turns_weigh_less_and_less() -> None:
    pace, seat = SitePace(), a_seat("s")
    answer(a_seat("other"), pace, 2_000, 20_000)
    answer(seat, pace, 400, 60_000)
    slow = seat.speed
    answer(seat, pace, 1_000, 10_000)
    assert slow == SLOWEST
    assert seat.speed > 1.2
    assert seat.pace_turns < PACE_TURNS_MAX


def test_a_turn_is_closed_only_where_one_is_open() -> None:
    with pytest.raises(AssertionError, match="nobody waits"):
        close_turn(a_seat("s"), SitePace(), NOW, answered=True)
