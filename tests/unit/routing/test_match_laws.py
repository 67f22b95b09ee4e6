"""What holds for a round of matching at any site that Hypothesis can think of."""

from collections import Counter
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from routing.capacity import HARD_CAP, Rule, SeatCapacity
from routing.explain import NAMES_KEPT, why_waiting
from routing.line import OVERFLOW, Waiting, WaitingLine
from routing.match import GroupDemand, match
from routing.policies import Policy
from routing.roster import Roster
from routing.terms import GroupTerms, Limits, obstacle
from tests.routing_site import NOW, a_seat

GROUP_NAMES = "ghi"
PERCENTS = st.sampled_from((0, 15, 100))
SEATS: st.SearchStrategy[list[dict[str, Any]]] = st.lists(
    st.builds(
        dict,
        skills=st.dictionaries(st.sampled_from(GROUP_NAMES), st.integers(0, 3), max_size=3),
        soft_cap=st.integers(0, 4),
        available=st.sampled_from((True, True, True, False)),
        load=st.integers(0, 4),
        pending=st.integers(0, 3),
        parked=st.integers(0, 70),
        cooldown_until=st.sampled_from((0, NOW, NOW + 1)),
    ),
    max_size=6,
)
TERMS = st.tuples(
    *(
        st.builds(
            GroupTerms,
            group=st.just(group),
            required_level=st.integers(1, 3),
            soft_cap=st.integers(1, HARD_CAP),
            policy=st.sampled_from(get_args(Policy)),
            overflow_groups=st.lists(st.sampled_from(GROUP_NAMES.replace(group, "")), unique=True).map(tuple),
        )
        for group in GROUP_NAMES
    )
)
WAITING = st.lists(
    st.tuples(
        st.sampled_from(GROUP_NAMES),
        st.integers(0, 9),
        st.lists(st.integers(0, 5).map("s{}".format), max_size=2, unique=True).map(tuple),
        st.integers(0, 3),
        st.sampled_from(("", "", "", "s0", "s1", "s2")),
        st.booleans(),
    ),
    max_size=14,
)


class Site:
    """A site that Hypothesis thought of, before a round of matching and after."""

    def __init__(
        self,
        seats: list[dict[str, Any]],
        terms: tuple[GroupTerms, ...],
        waiting: list[tuple[str, int, tuple[str, ...], int, str, bool]],
        percent: int,
    ) -> None:
        self.limits = Limits(wake_reserve_percent=percent)
        self.terms = {each.group: each for each in terms}
        self.seats = [a_seat(f"s{n}", **facts) for n, facts in enumerate(seats)]
        self.roster = Roster(terms, self.limits, self.seats)
        self.lines = {group: WaitingLine() for group in GROUP_NAMES}
        for n, (group, key, excluded, ring, exclusive, woken) in enumerate(waiting):
            self.lines[group].add(Waiting(key, f"a{n}", excluded, ring, exclusive, bool(exclusive) and woken))
        self.found = match([GroupDemand(group, line) for group, line in self.lines.items()], self.roster, NOW)
        self.given = Counter(each.seat for each in self.found)
        self.served = {each.session for each in self.found}

    def could_have(self, seat: SeatCapacity, group: str, waiting: Waiting, load: int) -> bool:
        """Whether nothing keeps the session from the seat: by the rules' words, without roster and rings."""
        if waiting.exclusive and waiting.exclusive != seat.seat:
            return False
        if waiting.woken:
            return seat.available and load < HARD_CAP and seat.cooldown_until <= NOW
        down = min(waiting.ring, 1) if not waiting.exclusive else 0
        if obstacle(seat, self.terms[group], self.limits, NOW, load=load, level_down=down) is None:
            return True
        if waiting.exclusive or waiting.ring < OVERFLOW:
            return False
        own = self.terms[group]
        if seat.skills.get(group, 0) >= max(own.required_level - 1, 1) or load >= own.soft_cap:
            return False  # it is asked as a member, and has an obstacle; or the group would find it too busy
        lenders = [self.terms[each] for each in own.overflow_groups]
        return any(obstacle(seat, each, self.limits, NOW, load=load) is None for each in lenders)


SITES = st.builds(Site, SEATS, TERMS, WAITING, PERCENTS)


@given(SITES)
def test_no_seat_gets_more_than_it_may(site: Site) -> None:
    loads = {seat.seat: seat.load for seat in site.seats}
    seats = {seat.seat: seat for seat in site.seats}
    for found in site.found:
        waiting = site.lines[found.group][found.session]
        assert site.could_have(seats[found.seat], found.group, waiting, loads[found.seat]), found
        loads[found.seat] += 1
    assert all(load <= HARD_CAP for load in loads.values())
    assert len(site.served) == len(site.found), "nobody is given away twice"


@given(SITES)
def test_nobody_waits_while_a_seat_could_have_them(site: Site) -> None:
    for group, line in site.lines.items():
        for waiting in line:
            if waiting.session not in site.served:
                for seat in site.seats:
                    load = seat.load + site.given[seat.seat]
                    assert not site.could_have(seat, group, waiting, load), f"{waiting} could have {seat}"


@given(SITES)
def test_who_asks_for_the_same_seats_is_served_in_order(site: Site) -> None:
    for line in site.lines.values():
        for earlier in line:
            for later in line:
                same = (earlier.ring, earlier.exclusive, earlier.woken) == (later.ring, later.exclusive, later.woken)
                if same and earlier < later and later.session in site.served:
                    assert earlier.session in site.served


@given(SITES)
def test_matches_come_in_the_order_of_the_keys(site: Site) -> None:
    keys = [site.lines[each.group][each.session].sort_key for each in site.found]
    assert keys == sorted(keys)


@given(SITES)
def test_the_seat_chosen_leads_the_candidates_and_every_other_seat_is_accounted_for(site: Site) -> None:
    for found in site.found:
        assert found.candidates[0].seat == found.seat
        assert set(found.passed_over) <= set(get_args(Rule))
        for rule, names in found.filtered.items():
            assert 0 < len(names) <= NAMES_KEPT
            assert len(names) == min(found.passed_over[rule], NAMES_KEPT)
            assert names == sorted(set(names))
            assert found.seat not in names
        told = [name for names in found.filtered.values() for name in names] + [each.seat for each in found.candidates]
        assert len(told) == len(set(told)), "a seat is told once"


@given(SITES)
def test_every_member_is_accounted_for_where_somebody_waits(site: Site) -> None:
    full = [a_seat(each.seat, skills=each.skills, load=HARD_CAP) for each in site.seats]
    roster = Roster(site.terms.values(), site.limits, full)
    for group in GROUP_NAMES:
        counts, names = why_waiting(roster, group, Waiting(0, "a"), NOW)
        assert sum(counts.values()) == sum(map(len, names.values()))
        assert set(roster.circle(group).names) <= {name for each in names.values() for name in each}


@given(st.tuples(SEATS, TERMS, WAITING, PERCENTS))
def test_the_same_question_has_the_same_answer(facts: Any) -> None:
    assert Site(*facts).found == Site(*facts).found
