"""The roster: who serves which group and who is open, kept seat by seat and always what a new one would say."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from routing.capacity import HARD_CAP, SeatCapacity
from routing.explain import why_waiting
from routing.line import OVERFLOW, Waiting
from routing.roster import FAR, NEAR, NEXT, Roster
from routing.terms import GroupTerms, Limits, obstacle
from tests.routing_site import NOW, a_roster, a_seat

TERMS = (
    GroupTerms(group="g", required_level=2, soft_cap=5, overflow_groups=("h",)),
    GroupTerms(group="h", required_level=1, soft_cap=3),
    GroupTerms(group="i", required_level=3, overflow_groups=("g", "h")),
)


def names(seats: list[SeatCapacity]) -> list[str]:
    return [each.seat for each in seats]


def open_at(roster: Roster, group: str, ring: int) -> list[str]:
    return [seat.seat for seat, _, _ in roster.open_at(group, ring)]


def test_members_are_all_who_have_the_skill_by_name() -> None:
    roster = a_roster(a_seat("t", available=False), a_seat("s", load=6), a_seat("u", skills={"h": 1}))
    assert names(roster.members("g")) == ["s", "t"]
    assert names(roster.members("h")) == ["u"]
    assert roster.members("nowhere") == []


def test_open_are_those_with_room_whose_level_suffices() -> None:
    seats = [
        *(a_seat("away", available=False), a_seat("free"), a_seat("full", load=6), a_seat("low", skills={"g": 1})),
        *(a_seat("reserved", load=4, parked=40), a_seat("group-cap", load=5)),
    ]
    for seat in seats:
        seat.skills = {"g": seat.skills["g"] + (seat.seat != "low")}
    roster = Roster([GroupTerms(group="g", required_level=2, soft_cap=5)], Limits(), seats)
    assert names(roster.open_in("g")) == ["free"]


def test_what_changes_at_a_seat_shows_once_it_is_told() -> None:
    seat = a_seat("s", load=6)
    roster = a_roster(seat)
    assert roster.open_in("g") == []
    seat.load = 5
    roster.changed(seat)
    assert names(roster.open_in("g")) == ["s"]
    seat.available = False
    roster.changed(seat)
    assert roster.open_in("g") == []


def test_a_seat_with_other_skills_is_put_anew_and_one_that_is_gone_dropped() -> None:
    seat = a_seat("s")
    roster = a_roster(seat)
    seat.skills = {"h": 1}
    roster.put(seat)
    assert (names(roster.members("g")), names(roster.members("h"))) == ([], ["s"])
    roster.drop("s")
    assert (roster.members("h"), roster.seats, roster.reachable) == ([], {}, {})


def test_the_rings_hold_who_suffices_who_nearly_does_and_whom_other_groups_lend() -> None:
    seats = [
        *(
            a_seat("expert", skills={"g": 5}),
            a_seat("novice", skills={"g": 1}),
            a_seat("both", skills={"g": 2, "h": 1}),
        ),
        *(a_seat("lent", skills={"h": 2}), a_seat("busy", skills={"h": 2}, load=3), a_seat("other", skills={"i": 9})),
    ]
    roster = Roster(TERMS, Limits(), seats)
    assert [open_at(roster, "g", ring) for ring in (NEAR, NEXT, OVERFLOW)] == [["both", "expert"], ["novice"], ["lent"]]


def test_a_lent_seat_keeps_the_cap_of_the_group_that_borrows_it_too() -> None:
    terms = [GroupTerms(group="g", soft_cap=2, overflow_groups=("h",)), GroupTerms(group="h", soft_cap=5)]
    seats = [a_seat("s", skills={"h": 1}, load=1), a_seat("t", skills={"h": 1}, load=2)]
    assert open_at(Roster(terms, Limits(), seats), "g", OVERFLOW) == ["s"]


def test_who_is_too_low_in_one_group_may_be_lent_by_another() -> None:
    roster = Roster(TERMS, Limits(), [a_seat("s", skills={"i": 1, "h": 1})])
    assert [open_at(roster, "i", ring) for ring in (NEAR, NEXT, OVERFLOW)] == [[], [], ["s"]]


def test_a_seat_reaches_its_own_groups_and_those_that_overflow_into_them() -> None:
    roster = Roster(TERMS, Limits(), [a_seat("s", skills={"h": 1}), a_seat("t", skills={"i": 1, "j": 1})])
    assert roster.groups_within_reach("s") == ["g", "h", "i"]
    assert roster.groups_within_reach("t") == ["i", "j"]
    assert roster.groups_within_reach("unknown") == []


SEATS = st.fixed_dictionaries(
    {
        "skills": st.dictionaries(st.sampled_from("ghij"), st.integers(0, 4), max_size=3),
        "soft_cap": st.integers(0, HARD_CAP),
        "available": st.booleans(),
        "load": st.integers(0, HARD_CAP),
        "parked": st.integers(0, 60),
    }
)
STEPS = st.lists(st.tuples(st.sampled_from("stuvw"), st.one_of(st.none(), SEATS)), max_size=40)


@given(STEPS)
def test_kept_step_by_step_it_is_what_a_new_one_would_be(steps: list[tuple[str, dict[str, Any] | None]]) -> None:
    roster = Roster(TERMS)
    for name, facts in steps:
        known = roster.seats.get(name)
        if facts is None:
            if known:
                roster.drop(name)
        elif known and known.skills == facts["skills"]:
            _change(known, facts)
            roster.changed(known)
        else:
            roster.put(a_seat(name, **facts))
    _same(roster, Roster(TERMS, Limits(), roster.seats.values()))


@given(st.lists(SEATS, max_size=8))
def test_open_in_a_ring_is_exactly_who_has_no_obstacle(several: list[dict[str, Any]]) -> None:
    seats = [a_seat(f"s{n}", **facts) for n, facts in enumerate(several)]
    roster, limits = Roster(TERMS, Limits(), seats), Limits()
    for terms in TERMS:
        suffices = {each.seat for each in seats if obstacle(each, terms, limits, NOW) is None}
        nearly = {each.seat for each in seats if obstacle(each, terms, limits, NOW, level_down=1) is None}
        assert set(open_at(roster, terms.group, NEAR)) == suffices == set(names(roster.open_in(terms.group)))
        assert set(open_at(roster, terms.group, NEXT)) == nearly - suffices


def _change(seat: SeatCapacity, facts: dict[str, Any]) -> None:
    for fact, value in facts.items():
        setattr(seat, fact, value)


def _same(roster: Roster, anew: Roster) -> None:
    assert set(roster.reachable) == set(anew.reachable)
    for group in "ghij":
        one, other = roster.circle(group), anew.circle(group)
        assert one.names == other.names
        for tier in (NEAR, NEXT, FAR):
            held = {standing: names for standing, names in one.standings(tier).items() if names}
            assert held == {standing: names for standing, names in other.standings(tier).items() if names}
        for ring in (NEAR, NEXT, OVERFLOW):
            assert _reasons(roster, group, ring) == _reasons(anew, group, ring)


def _reasons(roster: Roster, group: str, ring: int) -> bytes:
    return msgspec.json.encode(why_waiting(roster, group, Waiting(0, "a", ring=ring), NOW))
