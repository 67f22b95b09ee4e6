"""A day at the desk on a virtual clock: the front door of `sessions.simulation`.

`simulate` runs one scenario with one seed through the real core and says how it went; run it for several policies
with the same seeds and `compare` says which is better, and how sure that is.
"""

from collections.abc import Iterator
from functools import partial
from random import Random

from sessions.ids import Millis
from sessions.simulation.clock import MONDAY, World
from sessions.simulation.customers import Customers
from sessions.simulation.measures import Figures, Measures
from sessions.simulation.scenarios import Drawn, Scenario
from sessions.simulation.seats import Seats
from sessions.simulation.traffic import Customer, arrivals, draw, drawn_again


def simulate(day: Scenario, seed: int) -> Figures:
    """One day, from the first sign-in until the last customer of the window had time to be served."""
    world = World(day.site)
    measures = Measures(world, day.warm_up_s, day.ends_s)
    customers = Customers(world, _customers(day, seed), measures)
    measures.watch(customers)
    seats = Seats(world, customers, day.speeds, measures, day.habits)
    _staff(world, seats, day)
    world.run(Millis(MONDAY + round((day.ends_s + day.drain_s) * 1000)))
    measures.close()
    return measures.figures()


def _customers(day: Scenario, seed: int) -> Iterator[Customer]:
    match day.traffic:
        case Drawn() as drawn:
            times = arrivals(Random(f"{seed}/arrivals"), drawn.rate_at, drawn.rate_max, day.ends_s)
            return draw(Random(f"{seed}/customers"), drawn.manner, times)
        case recorded:
            return drawn_again(Random(f"{seed}/recorded"), recorded)


def _staff(world: World, seats: Seats, day: Scenario) -> None:
    """Everybody comes and goes at their time; those of an outage drop out together."""
    for seat in day.speeds:
        shift = day.shifts.get(seat)
        if shift is None or shift.from_s == 0:
            seats.come(seat)
        else:
            world.after(shift.from_s, partial(seats.come, seat))
        if shift is not None and shift.until_s < day.ends_s:
            world.after(shift.until_s, partial(seats.go_home, seat))
    if day.outage is not None:
        for seat in day.outage.seats:
            world.after(day.outage.at_s, partial(seats.drop_out, seat))
            world.after(day.outage.back_s, partial(seats.come, seat))
