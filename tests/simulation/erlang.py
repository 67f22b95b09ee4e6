"""What queueing theory says about a group of seats that serve one customer at a time.

Erlang C: customers wait for ever. Erlang A: each has an exponential patience. Used to check the simulator, and to
see how far a centre of chats is from a centre of calls.
"""

from math import exp, inf

from msgspec import Struct


class Forecast(Struct, frozen=True):
    """Of all customers: how many wait, how many are served in time, the mean wait of all, and how busy a seat is."""

    waiting: float
    in_time: float
    wait_s: float
    queue: float
    occupancy: float
    lost: float = 0.0


def erlang_c(rate: float, service_s: float, seats: int, in_time_s: float) -> Forecast:
    """`rate` customers a second, none of whom leaves; the load must be less than the seats."""
    load = rate * service_s
    assert load < seats, "the line would grow for ever"
    blocked = 1.0
    for number in range(1, seats + 1):
        blocked = load * blocked / (number + load * blocked)
    waiting = blocked / (1 - load / seats * (1 - blocked))
    drain = (seats - load) / service_s
    return Forecast(
        waiting=waiting,
        in_time=1 - waiting * exp(-drain * in_time_s),
        wait_s=waiting / drain,
        queue=rate * waiting / drain,
        occupancy=load / seats,
    )


def erlang_a(rate: float, service_s: float, seats: int, patience_s: float) -> Forecast:
    """Customers leave after an exponential patience of that mean; `in_time` is left to the simulator: 0."""
    if patience_s == inf:
        return erlang_c(rate, service_s, seats, 0.0)
    weights = [1.0]
    while len(weights) <= seats or weights[-1] > 1e-12 * max(weights):
        number = len(weights)
        outflow = min(number, seats) / service_s + max(0, number - seats) / patience_s
        weights.append(weights[-1] * rate / outflow)
    total = sum(weights)
    queue = sum((number - seats) * each for number, each in enumerate(weights) if number > seats) / total
    busy = sum(min(number, seats) * each for number, each in enumerate(weights)) / total
    return Forecast(
        waiting=sum(weights[seats:]) / total,
        in_time=0.0,
        wait_s=queue / rate,
        queue=queue,
        occupancy=busy / seats,
        lost=queue / patience_s / rate,
    )
