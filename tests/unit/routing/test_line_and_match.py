"""The router by itself: waiting lines and the roster in, matches and their reasons out."""

from typing import Any

import pytest

from routing.capacity import HARD_CAP, SeatCapacity
from routing.explain import NAMES_KEPT, why_not_alone, why_waiting
from routing.line import LEVEL_DOWN, OVERFLOW, POINTS_MAX, Waiting, sort_key
from routing.match import CANDIDATES_KEPT, GroupDemand, Match, match
from routing.roster import Roster
from routing.terms import GroupTerms
from tests.routing_site import NOW, a_line, a_roster, a_seat, matched, pairs

# The line.


def test_a_point_of_priority_is_a_minute_of_waiting() -> None:
    assert sort_key(NOW, 1) == sort_key(NOW - 60_000, 0)


def test_points_end_at_fifteen() -> None:
    assert sort_key(NOW, 99) == sort_key(NOW, POINTS_MAX) == NOW - 15 * 60_000


def test_the_line_is_in_the_order_of_its_keys_whoever_came_first() -> None:
    line = a_line(Waiting(30, "c"), Waiting(10, "a", ring=2), Waiting(20, "b", exclusive="s"))
    assert [each.session for each in line] == ["a", "b", "c"]
    assert [line.ahead_of(each) for each in "abc"] == [0, 1, 2]
    line.remove("b")
    assert [each.session for each in line] == ["a", "c"]
    assert ("b" in line, "c" in line, len(line)) == (False, True, 2)


def test_nobody_stands_in_a_line_twice() -> None:
    with pytest.raises(AssertionError, match="already"):
        a_line(Waiting(1, "a"), Waiting(2, "a"))


def test_who_waits_for_the_same_seats_waits_together() -> None:
    line = a_line(
        *(Waiting(1, "a"), Waiting(2, "b", ring=1), Waiting(3, "c", ring=3), Waiting(4, "d", exclusive="s")),
        *(Waiting(5, "e", exclusive="s", woken=True), Waiting(6, "f")),
    )
    assert [[each.session for each in line.in_ring(ring)] for ring in range(3)] == [["a", "f"], ["b"], ["c"]]
    assert ([*line.sticky], [*line.woken]) == (["s"], ["s"])
    for session in "adef":
        line.remove(session)
    assert (line.in_ring(0), line.sticky, line.woken, len(line)) == ([], {}, {}, 2)


# Who gets what.


def test_without_sessions_or_without_seats_there_is_nothing_to_match() -> None:
    assert matched(a_line(), a_seat("s")) == []
    assert matched(a_line("a")) == []
    assert matched(a_line("a"), a_seat("s", load=6)) == []


def test_the_head_of_the_line_gets_the_best_seat_and_so_on() -> None:
    line = a_line("a", "b", "c")
    assert pairs(matched(line, a_seat("s", soft_cap=1), a_seat("t", soft_cap=1))) == [("a", "s"), ("b", "t")]


def test_what_a_round_has_assigned_counts_in_the_same_round() -> None:
    got = matched(a_line(*"abcdef"), a_seat("s"), a_seat("t"))
    assert [each.seat for each in got] == ["s", "t", "s", "t", "s", "t"]


def test_a_seat_that_had_its_chance_gets_it_again_only_if_there_is_no_other() -> None:
    line = a_line(Waiting(0, "a", ("s",)))
    (found,) = matched(line, a_seat("s"), a_seat("t", load=5))
    assert (found.seat, found.passed_over, found.filtered) == ("t", {"had_its_chance": 1}, {"had_its_chance": ["s"]})
    (found,) = matched(line, a_seat("s"), a_seat("t", load=6))
    assert (found.seat, found.passed_over) == ("s", {"full": 1})


def test_a_seat_of_two_groups_goes_to_the_older_head() -> None:
    both = a_roster(a_seat("s", skills={"g": 1, "h": 1}, soft_cap=1))
    young, old = a_line(Waiting(9, "young")), a_line(Waiting(5, "old"))
    assert pairs(match([GroupDemand("g", young), GroupDemand("h", old)], both, NOW)) == [("old", "s")]


def test_a_group_without_room_does_not_hold_up_another() -> None:
    shared, own = a_seat("shared", skills={"g": 1, "h": 1}, soft_cap=1), a_seat("own", skills={"h": 1}, soft_cap=1)
    demands = [
        GroupDemand("g", a_line(Waiting(1, "a"), Waiting(2, "b"), Waiting(3, "c"))),
        GroupDemand("h", a_line(Waiting(4, "d"), Waiting(5, "e"))),
    ]
    assert pairs(match(demands, a_roster(shared, own), NOW)) == [("a", "shared"), ("d", "own")]


def test_a_group_s_own_soft_cap_holds() -> None:
    assert matched(a_line("a"), a_seat("s", load=3), soft_cap=3) == []


def test_parked_sessions_are_left_room_to_wake() -> None:
    woken = a_line("a", Waiting(1, "b", exclusive="s", woken=True))
    found = matched(woken, a_seat("s", load=4, parked=60))
    assert pairs(found) == [("b", "s")]


# Rings.

LEVELS = {"near": a_seat("near", skills={"g": 2}), "next": a_seat("next"), "lent": a_seat("lent", skills={"h": 1})}


def in_ring(ring: int, *seats: str, **facts: dict[str, Any]) -> Match | None:
    roster = Roster(
        [GroupTerms(group="g", required_level=2, overflow_groups=("h",)), GroupTerms(group="h")],
        seats=[a_seat(name, skills=LEVELS[name].skills, **facts.get(name, {})) for name in seats],
    )
    found = match([GroupDemand("g", a_line(Waiting(0, "a", ring=ring)))], roster, NOW)
    return found[0] if found else None


def test_each_ring_asks_more_seats() -> None:
    assert in_ring(0, "next", "lent") is None
    assert in_ring(LEVEL_DOWN, "lent") is None
    for ring, seat in ((LEVEL_DOWN, "next"), (OVERFLOW, "lent"), (OVERFLOW + 1, "lent")):
        found = in_ring(ring, seat)
        assert found is not None
        assert (found.seat, found.ring) == (seat, min(ring, OVERFLOW))


def test_the_nearest_ring_with_room_is_preferred_however_busy() -> None:
    found = in_ring(OVERFLOW, "near", "next", "lent", near={"load": 5, "pending": 5})
    assert found is not None
    assert (found.seat, found.ring) == ("near", 0)
    found = in_ring(OVERFLOW, "near", "next", "lent", near={"load": 6}, next={"load": 5})
    assert found is not None
    assert (found.seat, found.ring) == ("next", 1)


def test_a_seat_of_a_wider_ring_comes_before_one_that_had_its_chance() -> None:
    roster = a_roster(a_seat("near", skills={"g": 2}), a_seat("next"), required_level=2)
    line = a_line(Waiting(0, "a", ("near",), ring=1))
    (found,) = match([GroupDemand("g", line)], roster, NOW)
    assert (found.seat, found.passed_over) == ("next", {"had_its_chance": 1})


def test_a_borrowed_seat_is_not_overfilled_in_one_round() -> None:
    terms = [GroupTerms(group="g", overflow_groups=("h",)), GroupTerms(group="h", soft_cap=2)]
    roster = Roster(terms, seats=[a_seat("s", skills={"h": 1})])
    line = a_line(*(Waiting(n, f"a{n}", ring=OVERFLOW) for n in range(5)))
    assert len(match([GroupDemand("g", line), GroupDemand("h", a_line(Waiting(9, "b")))], roster, NOW)) == 2


# One seat alone.


def test_who_waits_for_one_seat_takes_no_other() -> None:
    line = a_line(Waiting(0, "a", exclusive="s"), Waiting(1, "b"))
    assert pairs(matched(line, a_seat("s", load=6), a_seat("t"))) == [("b", "t")]
    assert pairs(matched(line, a_seat("s", load=3), a_seat("t"))) == [("a", "s"), ("b", "t")]


def test_a_known_customer_does_not_pass_the_soft_cap_and_a_woken_session_does() -> None:
    line = a_line(Waiting(0, "known", exclusive="s"), Waiting(1, "woken", exclusive="s", woken=True))
    (found,) = matched(line, a_seat("s", load=9))
    assert (found.session, found.exclusive, found.passed_over) == ("woken", "woken", {})
    assert matched(line, a_seat("s", load=HARD_CAP)) == []


def test_a_woken_session_returns_to_its_seat_whatever_its_skills_are_now() -> None:
    (found,) = matched(a_line(Waiting(0, "a", exclusive="s", woken=True)), a_seat("s", skills={}))
    assert found.seat == "s"


def test_a_known_customer_needs_the_skill_that_the_group_requires() -> None:
    roster = a_roster(a_seat("s"), required_level=2)
    known = Waiting(0, "a", exclusive="s")
    assert match([GroupDemand("g", a_line(known))], roster, NOW) == []
    assert why_waiting(roster, "g", known, NOW) == ({"level_too_low": 1}, {"level_too_low": ["s"]})


@pytest.mark.parametrize(
    ("seat", "rule"),
    [
        (a_seat("s", available=False), "not_available"),
        (a_seat("other"), "not_available"),
        (a_seat("s", load=6), "full"),
        (a_seat("s", load=5, parked=60), "reserved_for_waking"),
        (a_seat("s", cooldown_until=NOW + 1), "cooling_down"),
        (a_seat("s"), None),
    ],
)
def test_why_the_one_seat_cannot(seat: SeatCapacity, rule: str | None) -> None:
    known, roster = Waiting(0, "a", exclusive="s"), a_roster(seat)
    assert why_not_alone(roster, "g", known, NOW) == rule
    assert why_waiting(roster, "g", known, NOW)[0] == ({rule: 1} if rule else {})
    assert bool(match([GroupDemand("g", a_line(known))], roster, NOW)) == (rule is None)


# Reasons.


def test_the_explanation_names_the_best_and_counts_the_rest() -> None:
    seats = [a_seat(f"s{n:02}", load=1) for n in range(CANDIDATES_KEPT + 3)]
    (found,) = matched(a_line("a"), *seats, a_seat("full", load=6), a_seat("low", skills={"g": 0}))
    assert [each.seat for each in found.candidates] == [f"s{n:02}" for n in range(CANDIDATES_KEPT)]
    assert found.passed_over == {"full": 1, "level_too_low": 1, "scored_lower": 3}
    assert found.filtered == {"full": ["full"], "level_too_low": ["low"]}


def test_every_rule_is_told_by_count_and_by_the_first_names() -> None:
    seats = [
        *(a_seat(f"full-{n:02}", load=6) for n in range(NAMES_KEPT + 2)),
        *(a_seat("away", available=False), a_seat("low", skills={"g": 1}), a_seat("waking", load=5, parked=60)),
        *(a_seat("cooling", cooldown_until=NOW + 1), a_seat("other", skills={"h": 1})),
    ]
    for seat in seats:
        if seat.seat not in {"low", "other"}:
            seat.skills = {"g": 2}
    roster = a_roster(*seats, required_level=2, overflow_groups=("h",))
    counts, names = why_waiting(roster, "g", Waiting(0, "a"), NOW)
    assert counts == {
        "full": NAMES_KEPT + 2,
        **dict.fromkeys(("not_available", "level_too_low", "reserved_for_waking", "cooling_down", "other_group"), 1),
    }
    assert names["full"] == [f"full-{n:02}" for n in range(NAMES_KEPT)]
    assert (names["other_group"], names["level_too_low"], names["cooling_down"]) == (["other"], ["low"], ["cooling"])


def test_what_a_round_has_filled_is_told_as_full() -> None:
    found = matched(a_line("a", "b"), a_seat("s", soft_cap=1), a_seat("t", load=1))
    assert [each.passed_over for each in found] == [{}, {"full": 1}]


def test_in_the_widest_ring_lent_seats_are_told_by_what_keeps_them() -> None:
    terms = [GroupTerms(group="g", overflow_groups=("h", "i")), GroupTerms(group="h", required_level=3, soft_cap=2)]
    seats = [
        *(a_seat("busy", skills={"h": 3}, load=2), a_seat("novice", skills={"h": 2}), a_seat("own", load=6)),
        *(a_seat("gone", skills={"i": 1}, available=False), a_seat("cooling", skills={"i": 1}, cooldown_until=NOW + 1)),
    ]
    counts, names = why_waiting(Roster(terms, seats=seats), "g", Waiting(0, "a", ring=OVERFLOW), NOW)
    assert counts == {"full": 2, "level_too_low": 1, "not_available": 1, "cooling_down": 1}
    assert names["full"] == ["busy", "own"]


def test_a_long_line_and_one_slot_is_one_look_at_the_open_seats() -> None:
    """Who frees a slot before a thousand waiting must not pay for them all, nor for the seats that are full."""
    looks = 0

    class Counted(SeatCapacity):
        def __getattribute__(self, name: str) -> Any:
            nonlocal looks
            looks += name == "load"
            return super().__getattribute__(name)

    roster = a_roster(*(Counted(f"s{n}", {"g": 1}, 1, available=True, load=int(n > 0)) for n in range(30)))
    line = a_line(*(Waiting(n, f"session-{n:04}", exclusive=f"s{n % 30}" * (n % 3 == 0)) for n in range(1000)))
    looks = 0
    assert len(match([GroupDemand("g", line)], roster, NOW)) == 1
    assert looks < 10
