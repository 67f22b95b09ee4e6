"""The router by itself: a waiting line and seats' capacities in, matches and their reasons out."""

from typing import Any

import pytest

from routing.capacity import SeatCapacity, obstacle
from routing.line import POINTS_MAX, Waiting, WaitingLine, sort_key
from routing.match import CANDIDATES_KEPT, GroupDemand, Match, expected_reply_score, match

NOW = 1_000_000


def a_seat(name: str, **facts: Any) -> SeatCapacity:
    return SeatCapacity(name, facts.pop("skills", {"g": 1}), facts.pop("soft_cap", 6), available=True, **facts)


def a_line(*sessions: str | Waiting) -> WaitingLine:
    line = WaitingLine()
    for place, each in enumerate(sessions):
        line.add(each if isinstance(each, Waiting) else Waiting(place, each))
    return line


def matched(line: WaitingLine, *seats: SeatCapacity, required_level: int = 1) -> list[Match]:
    return match([GroupDemand("g", required_level, line, seats)], NOW)


def pairs(matches: list[Match]) -> list[tuple[str, str]]:
    return [(each.session, each.seat) for each in matches]


# The line.


def test_a_point_of_priority_is_a_minute_of_waiting() -> None:
    assert sort_key(NOW, 1) == sort_key(NOW - 60_000, 0)


def test_points_end_at_fifteen() -> None:
    assert sort_key(NOW, 99) == sort_key(NOW, POINTS_MAX) == NOW - 15 * 60_000


def test_the_line_is_in_the_order_of_its_keys_whoever_came_first() -> None:
    line = a_line(Waiting(30, "c"), Waiting(10, "a"), Waiting(20, "b"))
    assert [each.session for each in line] == ["a", "b", "c"]
    assert [line.ahead_of(each) for each in "abc"] == [0, 1, 2]
    line.remove("b")
    assert [each.session for each in line] == ["a", "c"]
    assert ("b" in line, "c" in line, len(line)) == (False, True, 2)


def test_nobody_stands_in_a_line_twice() -> None:
    with pytest.raises(AssertionError, match="already"):
        a_line(Waiting(1, "a"), Waiting(2, "a"))


# What a seat can take.


@pytest.mark.parametrize(
    ("seat", "rule"),
    [
        (a_seat("s"), None),
        (SeatCapacity("s", {"g": 1}, 6), "not_available"),
        (a_seat("s", skills={"other": 9}), "level_too_low"),
        (a_seat("s", load=6), "full"),
        (a_seat("s", load=5), None),
        (a_seat("s", cooldown_until=NOW + 1), "cooling_down"),
        (a_seat("s", cooldown_until=NOW), None),
    ],
)
def test_what_keeps_a_seat_from_an_offer(seat: SeatCapacity, rule: str | None) -> None:
    assert obstacle(seat, "g", 1, seat.load, NOW) == rule


# Who gets what.


def test_without_sessions_or_without_seats_there_is_nothing_to_match() -> None:
    assert matched(a_line(), a_seat("s")) == []
    assert matched(a_line("a")) == []
    assert matched(a_line("a"), a_seat("s", load=6)) == []


def test_the_head_of_the_line_gets_the_best_seat_and_so_on() -> None:
    line = a_line("a", "b", "c")
    assert pairs(matched(line, a_seat("s", soft_cap=1), a_seat("t", soft_cap=1))) == [("a", "s"), ("b", "t")]


def test_what_a_round_has_assigned_counts_in_the_same_round() -> None:
    line = a_line(*"abcdef")
    got = pairs(matched(line, a_seat("s"), a_seat("t")))
    assert [seat for _, seat in got] == ["s", "t", "s", "t", "s", "t"]


def test_the_seat_with_the_fewest_customers_waiting_for_it_wins_even_with_more_chats() -> None:
    chatty, swamped = a_seat("chatty", load=4, pending=0), a_seat("swamped", load=2, pending=2)
    assert pairs(matched(a_line("a"), swamped, chatty)) == [("a", "chatty")]


def test_among_equals_in_waiting_customers_fewer_chats_win() -> None:
    assert pairs(matched(a_line("a"), a_seat("s", load=3), a_seat("t", load=2))) == [("a", "t")]


def test_ties_go_to_who_waited_longest_for_work_then_by_name() -> None:
    assert pairs(matched(a_line("a"), a_seat("s", last_assigned_at=9), a_seat("t", last_assigned_at=8))) == [("a", "t")]
    assert pairs(matched(a_line("a"), a_seat("t"), a_seat("s"))) == [("a", "s")]


def test_a_seat_with_many_skills_is_kept_for_those_who_need_them() -> None:
    broad, narrow = a_seat("broad", skills={"g": 1, "h": 1, "i": 1}), a_seat("narrow")
    assert pairs(matched(a_line("a"), broad, narrow)) == [("a", "narrow")]


def test_skill_above_the_required_level_helps_a_little() -> None:
    expert, novice = a_seat("expert", skills={"g": 5}), a_seat("a-novice")
    assert pairs(matched(a_line("a"), expert, novice)) == [("a", "expert")]


def test_a_faster_seat_is_expected_to_reply_sooner() -> None:
    assert pairs(matched(a_line("a"), a_seat("s", load=2), a_seat("t", load=2, speed=1.4))) == [("a", "t")]


def test_the_score_is_the_documented_formula() -> None:
    seat = a_seat("s", skills={"g": 4, "h": 1}, load=3, pending=2)
    assert expected_reply_score(seat, 3, 2, "g") == pytest.approx((2 + 0.45 * 3 + 1) * 1.06 + 0.15 - 0.05 * 2)


def test_a_seat_that_had_its_chance_gets_it_again_only_if_there_is_no_other() -> None:
    line = a_line(Waiting(0, "a", ("s",)))
    assert pairs(matched(line, a_seat("s"), a_seat("t", load=5))) == [("a", "t")]
    assert pairs(matched(line, a_seat("s"), a_seat("t", load=6))) == [("a", "s")]


def test_a_seat_of_two_groups_goes_to_the_older_head() -> None:
    both = a_seat("s", skills={"g": 1, "h": 1}, soft_cap=1)
    young, old = a_line(Waiting(9, "young")), a_line(Waiting(5, "old"))
    demands = [GroupDemand("g", 1, young, [both]), GroupDemand("h", 1, old, [both])]
    assert pairs(match(demands, NOW)) == [("old", "s")]


def test_a_group_without_room_does_not_hold_up_another() -> None:
    shared, own = a_seat("shared", skills={"g": 1, "h": 1}, soft_cap=1), a_seat("own", skills={"h": 1}, soft_cap=1)
    demands = [
        GroupDemand("g", 1, a_line(Waiting(1, "a"), Waiting(2, "b"), Waiting(3, "c")), [shared]),
        GroupDemand("h", 1, a_line(Waiting(4, "d"), Waiting(5, "e")), [shared, own]),
    ]
    assert pairs(match(demands, NOW)) == [("a", "shared"), ("d", "own")]


def test_the_explanation_names_the_best_and_counts_the_rest() -> None:
    seats = [a_seat(f"s{n:02}", load=1) for n in range(CANDIDATES_KEPT + 3)]
    (found,) = matched(a_line("a"), *seats, a_seat("full", load=6), a_seat("low", skills={}))
    assert [each.seat for each in found.candidates] == [f"s{n:02}" for n in range(CANDIDATES_KEPT)]
    assert found.passed_over == {"full": 1, "level_too_low": 1, "scored_lower": 3}


def test_a_long_line_and_one_slot_is_one_look_at_the_seats() -> None:
    """Who frees a slot before a thousand waiting must not pay for them all."""
    looks = 0

    class Counted(SeatCapacity):
        def __getattribute__(self, name: str) -> Any:
            nonlocal looks
            looks += name == "available"
            return super().__getattribute__(name)

    seats = [Counted(f"s{n}", {"g": 1}, 1, available=True, load=int(n > 0)) for n in range(30)]
    line = a_line(*(f"session-{n:04}" for n in range(1000)))
    assert len(match([GroupDemand("g", 1, line, seats)], NOW)) == 1
    assert looks <= 4 * len(seats)
