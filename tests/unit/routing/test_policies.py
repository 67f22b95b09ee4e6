"""How a group chooses among its free seats: each policy by what it does, and what decides between equals."""

from collections import Counter
from typing import get_args

import pytest

from routing.capacity import SeatCapacity, cool
from routing.line import Waiting
from routing.match import Match
from routing.policies import SCORES, Policy, expected_reply
from tests.routing_site import NOW, a_line, a_seat, matched, pairs


def chosen(policy: Policy, *seats: SeatCapacity, session: str = "a", last_seat: str = "") -> Match:
    (found,) = matched(a_line(session), *seats, policy=policy, last_seat=last_seat)
    assert found.policy == policy
    return found


def test_every_policy_that_can_be_set_is_there() -> None:
    assert set(SCORES) == set(get_args(Policy))


# Shortest reply.


def test_the_seat_with_the_fewest_customers_waiting_for_it_wins_even_with_more_chats() -> None:
    chatty, swamped = a_seat("chatty", load=4, pending=0), a_seat("swamped", load=2, pending=2)
    assert chosen("shortest_reply", swamped, chatty).seat == "chatty"


def test_among_equals_in_waiting_customers_fewer_chats_win() -> None:
    assert chosen("shortest_reply", a_seat("s", load=3), a_seat("t", load=2)).seat == "t"


def test_cold_chats_weigh_little() -> None:
    cold, warm = a_seat("cold", load=4), a_seat("warm", load=3)
    for n in range(4):
        cool(cold, f"c{n}", NOW)
        cool(warm, f"w{n}", NOW + 1)
    assert chosen("shortest_reply", cold, warm).seat == "cold"


def test_a_seat_with_many_skills_is_kept_for_those_who_need_them() -> None:
    broad, narrow = a_seat("broad", skills={"g": 1, "h": 1, "i": 1}), a_seat("narrow")
    assert chosen("shortest_reply", broad, narrow).seat == "narrow"


def test_skill_above_the_required_level_helps_a_little() -> None:
    expert, novice = a_seat("expert", skills={"g": 5}), a_seat("a-novice")
    assert chosen("shortest_reply", expert, novice).seat == "expert"


def test_a_faster_seat_is_expected_to_reply_sooner() -> None:
    assert chosen("shortest_reply", a_seat("s", load=2), a_seat("t", load=2, speed=1.4)).seat == "t"


def test_the_score_is_the_documented_formula() -> None:
    seat = a_seat("s", skills={"g": 4, "h": 1}, load=3, pending=2, speed=1.25)
    cool(seat, "c", NOW)
    active = 2 + 0.2
    expected = (2 + 0.45 * active + 1) * (1 + 0.02 * active) / 1.25 + 0.15 * 1 - 0.05 * 2
    assert expected_reply(seat, 3, 2, NOW, 0.2) == pytest.approx(expected)


# The others.


def test_least_loaded_does_not_ask_who_waits() -> None:
    assert chosen("least_loaded", a_seat("s", load=2, pending=2), a_seat("t", load=3)).seat == "s"


def test_longest_idle_asks_only_since_when() -> None:
    rested = a_seat("rested", load=5, pending=5, last_assigned_at=NOW - 60_000)
    assert chosen("longest_idle", a_seat("s", last_assigned_at=NOW - 59_000), rested).seat == "rested"


def test_longest_idle_knows_what_it_has_just_given() -> None:
    seats = [a_seat("s", last_assigned_at=NOW - 60_000), a_seat("t", last_assigned_at=NOW - 59_000)]
    found = matched(a_line("a", "b"), *seats, policy="longest_idle")
    assert pairs(found) == [("a", "s"), ("b", "t")]


def test_round_robin_goes_round_by_name_over_those_who_have_room() -> None:
    seats = [a_seat(name, load=6 * (name == "t")) for name in "stuv"]
    found = matched(a_line("a", "b", "c", "d"), *seats, policy="round_robin", last_seat="s")
    assert [each.seat for each in found] == ["u", "v", "s", "u"]


def test_round_robin_begins_with_the_first() -> None:
    assert chosen("round_robin", a_seat("t"), a_seat("s")).seat == "s"
    assert chosen("round_robin", a_seat("t"), a_seat("s"), last_seat="zz").seat == "s"


def test_random_is_even_and_the_same_each_time() -> None:
    seats = [a_seat(f"seat-{n}") for n in range(10)]
    sessions = [f"20261123-{n:04}" for n in range(2000)]
    got = [chosen("random", *seats, session=each).seat for each in sessions]
    assert got == [chosen("random", *seats, session=each).seat for each in sessions]
    times = Counter(got)
    assert min(times.values()) > 150
    assert max(times.values()) < 250


def test_two_choices_takes_the_less_loaded_of_two_drawn() -> None:
    seats = [a_seat(f"seat-{n}", load=int(n > 0)) for n in range(5)]
    times = Counter(chosen("two_choices", *seats, session=f"20261123-{n:04}").seat for n in range(1000))
    assert 340 < times["seat-0"] < 460, "it is among two of five in two fifths of all draws"


def test_two_choices_draws_every_pair() -> None:
    seats = [a_seat(f"seat-{n}") for n in range(5)]
    drawn = Counter(
        frozenset(each.seat for each in chosen("two_choices", *seats, session=f"20261123-{n:04}").candidates[:2])
        for n in range(1000)
    )
    assert len(drawn) == 10
    assert min(drawn.values()) > 60


# Between equals.


def test_ties_go_to_who_waited_longest_for_work_then_by_name() -> None:
    older = chosen("shortest_reply", a_seat("s", last_assigned_at=9), a_seat("t", last_assigned_at=8))
    assert (older.seat, older.tie_break) == ("t", "longest_since_assigned")
    by_name = chosen("shortest_reply", a_seat("t"), a_seat("s"))
    assert (by_name.seat, by_name.tie_break) == ("s", "name")


def test_where_scores_differ_nothing_had_to_decide() -> None:
    assert chosen("shortest_reply", a_seat("s", load=1), a_seat("t"), a_seat("u")).tie_break == "name"
    assert chosen("shortest_reply", a_seat("s", load=1), a_seat("t")).tie_break == ""
    assert chosen("shortest_reply", a_seat("s")).tie_break == ""


def given_attention(name: str, minutes: int, **facts: int) -> SeatCapacity:
    return a_seat(name, attended_at=NOW, attention_ms=minutes * 60_000, **facts)


def test_who_has_given_far_more_than_its_colleagues_loses_ties() -> None:
    others = [given_attention(f"s{n}", 10, last_assigned_at=9) for n in range(9)]
    swamped = given_attention("a", 50, last_assigned_at=8)
    found = chosen("shortest_reply", swamped, *others)
    assert (found.seat, found.tie_break) == ("s0", "fairness")
    assert "a" not in {each.seat for each in found.candidates[:1]}


def test_fairness_decides_nothing_but_ties() -> None:
    others = [given_attention(f"s{n}", 10, load=1) for n in range(9)]
    assert chosen("shortest_reply", given_attention("a", 50), *others).seat == "a"


def test_fairness_that_changes_nothing_is_not_named() -> None:
    others = [given_attention(f"s{n}", 10, last_assigned_at=9) for n in range(9)]
    found = chosen("shortest_reply", given_attention("a", 50, last_assigned_at=10), *others)
    assert (found.seat, found.tie_break) == ("s0", "name")


def test_a_session_asked_of_one_seat_has_nothing_to_choose() -> None:
    line = a_line(Waiting(0, "a", exclusive="t"))
    (found,) = matched(line, a_seat("s"), a_seat("t", load=5))
    assert (found.seat, found.tie_break, found.exclusive) == ("t", "", "sticky")
