"""What customers are going to do, drawn before anybody serves them.

A customer is drawn whole on arrival, from one stream of chance that nothing else touches: whatever a policy does with
them, the same seed sends the same people with the same matters, pauses and patience.
"""

from collections.abc import Callable, Iterator, Sequence
from math import inf, log, sqrt
from random import Random
from typing import Literal

from msgspec import Struct

Shape = Literal["exp", "lognormal"]
Draw = Callable[[Random, float], float]
"""A duration of this mean."""

CV_LOGNORMAL = 1.3
"""Spread of lognormal work against its mean: handling times have a longer tail than the exponential's 1.0."""


class Line(Struct, frozen=True):
    """One message of a customer, and what it costs an average seat to answer it.

    It is written `pause_s` after the answer to the one before; with `away` they did not wait for that answer and come
    back so long after their own last words. `closing` words ask for nothing.
    """

    work_s: float = 0.0
    pause_s: float = 0.0
    patience_s: float = inf
    away: bool = False
    closing: bool = False


class Customer(Struct, frozen=True):
    """Who comes when and to which group, and everything they are going to write.

    `vanishes`: after the last line they are gone without waiting for an answer, and never return.
    """

    name: str
    at_s: float
    group: str
    lines: tuple[Line, ...]
    vip: bool = False
    vanishes: bool = False


class Manner(Struct, frozen=True, kw_only=True):
    """How customers are, on average. The defaults are chats of eight turns and twenty seconds' work each."""

    groups: dict[str, float]
    """What share of them each group gets."""
    turns: tuple[int, int] = (4, 12)
    work_s: float = 20.0
    shape: Shape = "exp"
    think_s: float = 45.0
    first_patience_s: float = 600.0
    patience_s: float = 7200.0
    vip_share: float = 0.1
    walks_off: float = 0.0
    """Share that writes one line and walks away, to come back much later."""
    never_back: float = 0.0
    """Share of those that never do."""
    away_s: float = 3600.0
    """Median time until they are back; the middle half lies between a third and three times of it."""
    polite: float = 0.0
    """Share that ends with thanks."""

    @property
    def work_per_customer_s(self) -> float:
        """What a customer costs an average seat, before people leave or walk away."""
        vanishing = self.walks_off * self.never_back
        return self.work_s * ((1 - vanishing) * sum(self.turns) / 2 + vanishing)


def exponential(chance: Random, mean_s: float) -> float:
    """Memoryless: what theory likes best."""
    return chance.expovariate(1 / mean_s)


def lognormal(chance: Random, mean_s: float) -> float:
    """Most are short and some are very long: what handling times look like."""
    spread = sqrt(log(1 + CV_LOGNORMAL**2))
    return chance.lognormvariate(log(mean_s) - spread**2 / 2, spread)


SHAPES: dict[Shape, Draw] = {"exp": exponential, "lognormal": lognormal}


def arrivals(chance: Random, rate: Callable[[float], float], rate_max: float, until_s: float) -> Iterator[float]:
    """A stream whose rate changes with time: the fastest one, thinned."""
    at_s = 0.0
    while (at_s := at_s + chance.expovariate(rate_max)) < until_s:
        if chance.random() * rate_max < rate(at_s):
            yield at_s


def draw(chance: Random, manner: Manner, times: Iterator[float]) -> Iterator[Customer]:
    """One customer for each of these times."""
    groups, shares = list(manner.groups), list(manner.groups.values())
    for number, at_s in enumerate(times):
        walks_off = chance.random() < manner.walks_off
        vanishes = chance.random() < manner.never_back and walks_off
        yield Customer(
            name=str(number),
            at_s=at_s,
            group=chance.choices(groups, shares)[0],
            lines=tuple(_lines(chance, manner, walks_off, vanishes)),
            vip=chance.random() < manner.vip_share,
            vanishes=vanishes,
        )


def drawn_again(chance: Random, recorded: Sequence[Customer]) -> Iterator[Customer]:
    """As many as were recorded, at the same times and for the same groups, with matters drawn from theirs.

    One recorded day is one draw of chance; days drawn again from it tell how far its figures can be trusted.
    """
    by_group: dict[str, list[Customer]] = {}
    for customer in recorded:
        by_group.setdefault(customer.group, []).append(customer)
    for customer in recorded:
        other = chance.choice(by_group[customer.group])
        yield Customer(customer.name, customer.at_s, customer.group, other.lines, other.vip, other.vanishes)


def _lines(chance: Random, manner: Manner, walks_off: bool, vanishes: bool) -> Iterator[Line]:
    work = SHAPES[manner.shape]
    yield Line(
        work_s=work(chance, manner.work_s),
        patience_s=inf if walks_off else exponential(chance, manner.first_patience_s),
    )
    if vanishes:
        return
    for turn in range(1, chance.randint(*manner.turns)):
        away = walks_off and turn == 1
        yield Line(
            work_s=work(chance, manner.work_s),
            pause_s=_absence(chance, manner.away_s) if away else exponential(chance, manner.think_s),
            patience_s=exponential(chance, manner.patience_s),
            away=away,
        )
    if chance.random() < manner.polite:
        yield Line(pause_s=exponential(chance, manner.think_s), closing=True)


def _absence(chance: Random, median_s: float) -> float:
    return chance.lognormvariate(log(median_s), 1.6)
