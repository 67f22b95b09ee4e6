"""People made of chance, and the core among them on a virtual clock."""

from collections.abc import Callable
from math import inf
from random import Random

import msgspec
import pytest

from sessions import commands as cmd
from sessions import events as ev
from sessions.content import Text
from sessions.ids import Millis, SeatId, customer_id
from sessions.settings import Ladder, Step
from sessions.simulate import simulate
from sessions.simulation.clock import MONDAY, World
from sessions.simulation.customers import Customers
from sessions.simulation.measures import Measures
from sessions.simulation.scenarios import KINDS, Kind, make_group, make_site, scenario, with_policy
from sessions.simulation.seats import Habits, Seats
from sessions.simulation.traffic import SHAPES, Customer, Draw, Line, Manner, arrivals, draw, drawn_again
from tests.builders import make_site as site_of

S1, S2 = SeatId("s1"), SeatId("s2")
GROUPS = {"cards": 0.7, "bills": 0.3}


class Shop:
    """A few customers with known plans, at a few seats; `happened` is what came of them."""

    def __init__(
        self,
        *customers: Customer,
        seats: tuple[SeatId, ...] = (S1,),
        habits: Habits | None = None,
        ladder: Ladder | None = None,
        hours: float = 1.0,
        meanwhile: Callable[["Shop"], None] | None = None,
    ) -> None:
        settings = {} if ladder is None else {"ladder": ladder}
        site = make_site({seat: {"cards": 1} for seat in seats}, {"cards": make_group("cards", **settings)}, soft_cap=6)
        self.world = World(site)
        self.heard: list[ev.Event] = []
        self.world.listen(self.heard.append, *ev.EVENT_TYPES)
        self.measures = Measures(self.world, 0.0, hours * 3600)
        self.customers = Customers(self.world, iter(customers), self.measures)
        self.measures.watch(self.customers)
        self.seats = Seats(
            self.world, self.customers, dict.fromkeys(seats, 1.0), self.measures, habits or Habits(multitasking_cost=0)
        )
        for seat in seats:
            self.seats.come(seat)
        if meanwhile is not None:
            meanwhile(self)
        self.world.run(Millis(MONDAY + round(hours * 3_600_000)))
        self.measures.close()
        self.figures = self.measures.figures()

    def times_of(self, kind: type[ev.Event], customer: str = "") -> list[float]:
        """When these happened, in seconds from the beginning."""
        name = customer_id("cards", customer)
        return [
            (event.at - MONDAY) / 1000
            for event in self.heard
            if isinstance(event, kind) and (not customer or getattr(event, "customer", None) == name)
        ]


def customer(name: str, at_s: float, *lines: Line, vanishes: bool = False) -> Customer:
    return Customer(name=name, at_s=at_s, group="cards", lines=lines, vanishes=vanishes)


def people(seed: int, manner: Manner, count: int) -> list[Customer]:
    return list(draw(Random(seed), manner, iter(float(each) for each in range(count))))


# The clock.


def test_acts_come_in_the_order_of_their_time_and_of_their_telling() -> None:
    world, done = World(site_of()), []
    world.after(2, lambda: done.append("second"))
    world.after(1, lambda: world.soon(lambda: done.append("first")))
    world.after(2, lambda: done.append("third"))
    world.after(99, lambda: done.append("never"))
    world.run(Millis(MONDAY + 10_000))
    assert done == ["first", "second", "third"]
    assert world.elapsed_s == 10


def test_the_cores_own_timers_fire_between_acts() -> None:
    world, missed = World(site_of(offer_timeout_s=20)), []
    world.listen(lambda event: missed.append((world.elapsed_s, event.seat)), ev.OfferTimedOut)
    world.do(cmd.SignInSeat(actor=world.actor("s1")))
    world.do(
        cmd.ReceiveMessage(customer=customer_id("bank", "ann"), content=Text(text="hi"), key="k", sent_at=world.instant)
    )
    world.run(Millis(MONDAY + 60_000))
    assert missed[0] == (20, "s1")


# Customers.


def test_the_same_seed_sends_the_same_people() -> None:
    manner = Manner(groups=GROUPS, walks_off=0.3, never_back=0.3, polite=0.5)
    assert people(7, manner, 200) == people(7, manner, 200)
    assert people(7, manner, 200) != people(8, manner, 200)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_work_has_its_mean_whatever_its_shape(shape: Draw) -> None:
    chance = Random(3)
    drawn = [shape(chance, 20.0) for _ in range(40_000)]
    assert sum(drawn) / len(drawn) == pytest.approx(20.0, rel=0.03)


def test_people_are_as_their_manner_says() -> None:
    manner = Manner(groups=GROUPS, turns=(4, 12), vip_share=0.1, walks_off=0.3, never_back=1 / 3, polite=0.5)
    drawn = people(1, manner, 4_000)
    assert sum(each.vip for each in drawn) / 4_000 == pytest.approx(0.1, abs=0.02)
    assert sum(each.group == "bills" for each in drawn) / 4_000 == pytest.approx(0.3, abs=0.03)
    assert sum(each.vanishes for each in drawn) / 4_000 == pytest.approx(0.1, abs=0.02)
    back = [each for each in drawn if any(line.away for line in each.lines)]
    assert len(back) / 4_000 == pytest.approx(0.2, abs=0.03)
    assert all(each.lines[1].away and each.lines[0].patience_s == inf for each in back)
    worked = sum(line.work_s for each in drawn for line in each.lines) / 4_000
    assert worked == pytest.approx(manner.work_per_customer_s, rel=0.05)


def test_a_stream_follows_its_rate() -> None:
    times = list(arrivals(Random(1), lambda at_s: 2.0 if 1_000 <= at_s < 2_000 else 1.0, 2.0, 3_000))
    assert times == sorted(times)
    assert sum(1_000 <= at_s < 2_000 for at_s in times) == pytest.approx(2_000, rel=0.1)
    assert sum(at_s < 1_000 for at_s in times) == pytest.approx(1_000, rel=0.1)


def test_a_recorded_day_is_drawn_again_at_its_own_times() -> None:
    recorded = people(1, Manner(groups=GROUPS), 50)
    again = list(drawn_again(Random(2), recorded))
    assert [(each.at_s, each.group, each.name) for each in again] == [
        (each.at_s, each.group, each.name) for each in recorded
    ]
    matters = {each.lines for each in recorded}
    assert all(each.lines in matters for each in again)
    assert [each.lines for each in again] != [each.lines for each in recorded]


def test_an_impatient_customer_in_line_says_so_and_leaves_it() -> None:
    shop = Shop(customer("ann", 10, Line(work_s=5, patience_s=30)), seats=())
    assert shop.times_of(ev.SessionClosed, "ann") == [40]
    assert shop.figures["left_queue"] == 1.0


def test_an_impatient_customer_at_a_seat_just_goes_and_is_answered_in_vain() -> None:
    ann = customer("ann", 0, Line(work_s=100, patience_s=30), Line(work_s=5, pause_s=5))
    shop = Shop(ann, habits=Habits(silence_s=60))
    assert shop.times_of(ev.MessageSent) == [100]
    assert shop.times_of(ev.MessageReceived) == [0]
    assert shop.times_of(ev.SessionHungUp) == [160]
    assert (shop.figures["left_silent"], shop.figures["first_in_time"]) == (1.0, 0.0)


def test_who_walked_off_comes_back_at_their_own_time_whatever_was_answered() -> None:
    ann = customer("ann", 0, Line(work_s=10), Line(work_s=10, pause_s=500, away=True), Line(work_s=10, pause_s=20))
    shop = Shop(ann)
    assert shop.times_of(ev.MessageReceived) == [0, 500, 530]
    assert shop.times_of(ev.MessageSent) == [10, 510, 540]
    assert shop.times_of(ev.SessionHungUp) == [540]


# Seats.


def test_a_seat_answers_one_after_the_other_in_the_order_of_their_messages() -> None:
    shop = Shop(
        customer("ann", 0, Line(work_s=30)), customer("bob", 5, Line(work_s=10)), customer("cho", 6, Line(work_s=1))
    )
    assert shop.times_of(ev.MessageSent) == [30, 40, 41]
    assert shop.figures["first_mean_s"] == pytest.approx((30 + 35 + 35) / 3)


def test_other_open_chats_make_an_answer_slower() -> None:
    thinks = Line(work_s=10, pause_s=1_000)
    customers = [customer(str(each), 0, Line(work_s=10), thinks) for each in range(5)]
    shop = Shop(*customers, customer("last", 500, Line(work_s=100)), habits=Habits(multitasking_cost=0.02))
    assert shop.times_of(ev.MessageSent, "last") == [pytest.approx(610)]


def test_whoever_is_cut_off_does_not_answer_and_their_customers_are_served_by_others() -> None:
    def meanwhile(shop: Shop) -> None:
        shop.seats.drop_out(S2)
        shop.world.after(10, lambda: shop.seats.drop_out(S1))
        shop.world.after(20, lambda: shop.seats.come(S2))

    shop = Shop(customer("ann", 1, Line(work_s=300)), seats=(S1, S2), meanwhile=meanwhile)
    assert [event.seat for event in shop.heard if isinstance(event, ev.SegmentEnded)] == ["s1", "s2"]
    assert shop.times_of(ev.SegmentEnded)[0] == 70  # a minute of grace after the line was cut
    assert [event.seat for event in shop.heard if isinstance(event, ev.MessageSent)] == ["s2"]
    assert shop.times_of(ev.MessageSent) == [370]


# Measures.


def test_slot_time_is_dead_while_an_answered_customer_is_away() -> None:
    """Answered after 10 s, gone until 500 s: dead from 70 s on, for a minute of silence may be thought."""
    ann = customer("ann", 0, Line(work_s=10), Line(work_s=10, pause_s=500, away=True))
    shop = Shop(ann)
    assert shop.figures["dead_share"] == pytest.approx(430 / 510)


def test_a_parked_session_holds_nothing_and_comes_back_to_its_seat() -> None:
    ann = customer("ann", 0, Line(work_s=10), Line(work_s=10, pause_s=500, away=True))
    ladder = Ladder(remind=None, park=Step(after_s=120), soft_end=None, hard_end_before_s=None)
    shop = Shop(ann, ladder=ladder, seats=(S1, S2))
    assert shop.times_of(ev.SessionParked) == [130]
    assert shop.figures["dead_share"] == pytest.approx(60 / 140)
    assert (shop.figures["returns"], shop.figures["same_seat"]) == (1, 1.0)


def test_the_time_at_each_load_adds_up_to_the_seats_time() -> None:
    figures = Shop(customer("ann", 0, Line(work_s=900)), customer("bob", 1_800, Line(work_s=900))).figures
    assert figures["at_1"] == pytest.approx(0.5, abs=0.01)
    assert sum(figures[f"at_{load}"] for load in range(11)) == pytest.approx(1.0)
    assert figures["attention_mean"] == pytest.approx(0.5)


# Days.


@pytest.mark.parametrize("kind", KINDS)
def test_a_day_can_be_repeated_to_the_last_digit(kind: Kind) -> None:
    day = scenario(kind, load=0.8, hours=0.75)
    first = simulate(day, 5)
    assert first == simulate(day, 5)
    assert first != simulate(day, 6)
    assert first["cap_violations"] == 0
    assert first["customers"] > 20


def test_policies_meet_the_same_customers() -> None:
    day = scenario("steady", load=0.9, hours=0.75)
    one, other = (simulate(with_policy(day, policy), 3)["customers"] for policy in ("shortest_reply", "random"))
    assert one == other > 0


def test_a_spike_brings_more_customers_than_a_steady_day() -> None:
    assert simulate(scenario("spike", hours=1), 1)["customers"] > simulate(scenario("steady", hours=1), 1)["customers"]


def test_a_cap_is_the_sites() -> None:
    figures = simulate(msgspec.structs.replace(scenario("steady", load=1.2, hours=1, soft_cap=3), warm_up_s=0), 1)
    assert figures["at_3"] > 0
    assert sum(figures[f"at_{load}"] for load in range(4, 11)) == 0
