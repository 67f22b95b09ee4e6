"""A call centre: each seat serves one customer at a time, as on the telephone.

The oldest model there is, and one about which theory knows everything: here the core has to agree with it before
anything else is believed. A caller who runs out of patience in the line says so and may call again later.
"""

from collections.abc import Iterator
from math import inf, log
from random import Random

from msgspec import Struct

from sessions import commands as cmd
from sessions import events as ev
from sessions.content import Text
from sessions.ids import CustomerId, SessionId, customer_id
from sessions.simulation.clock import World

GIVE_UP = Text(text="0")
HELLO = Text(text="您好")
ANSWER = Text(text="已为您办好")


class Caller(Struct, frozen=True):
    """Who calls when and where, how long the matter takes an average seat, and how long they wait for one."""

    at_s: float
    group: str
    service_s: float
    patience_s: float = inf


class Served(Struct, frozen=True):
    """What became of a caller: how long they waited, and whether they left."""

    at_s: float
    group: str
    wait_s: float
    left: bool


class CallingAgain(Struct, frozen=True):
    """So many of those who left call again after that long, as patient as before and with the same matter."""

    chance: Random
    share: float
    after_s: float


class CallCentre:
    """Callers who come to a world, and seats that take them at once.

    `served` is what became of them, `busy_s` how long each seat served somebody within the window, and `offered_s` the
    work that came in it.
    """

    def __init__(
        self,
        world: World,
        callers: Iterator[Caller],
        *,
        window_s: tuple[float, float],
        speeds: dict[str, float] | None = None,
        again: CallingAgain | None = None,
    ) -> None:
        self.served: list[Served] = []
        self.busy_s: dict[str, float] = {}
        self.offered_s = 0.0
        self._world = world
        self._callers = callers
        self._speeds = speeds or {}
        self._again = again
        self._window_s = window_s
        self._count = 0
        self._lines: dict[CustomerId, tuple[Caller, float]] = {}
        world.listen(self._ring, ev.SessionOffered)
        world.listen(self._serve, ev.SessionAccepted)
        self._expect()

    def _expect(self) -> None:
        caller = next(self._callers, None)
        if caller is not None:
            self._world.after(caller.at_s - self._world.elapsed_s, lambda: self._come(caller))

    def _come(self, caller: Caller) -> None:
        self._expect()
        from_s, until_s = self._window_s
        self.offered_s += caller.service_s if from_s <= caller.at_s < until_s else 0.0
        self._call(caller)

    def _call(self, caller: Caller) -> None:
        self._count += 1
        customer = customer_id(caller.group, str(self._count))
        self._lines[customer] = (caller, self._world.elapsed_s)
        self._write(customer, HELLO)
        if customer in self._lines and caller.patience_s < inf:
            self._world.after(caller.patience_s, lambda: self._give_up(customer))

    def _give_up(self, customer: CustomerId) -> None:
        if customer not in self._lines:
            return
        caller, at_s = self._lines.pop(customer)
        self._write(customer, GIVE_UP)
        self.served.append(Served(at_s, caller.group, self._world.elapsed_s - at_s, left=True))
        if self._again and self._again.chance.random() < self._again.share:
            self._world.after(self._again.after_s, lambda: self._call(caller))

    def _write(self, customer: CustomerId, content: Text) -> None:
        self._count += 1
        self._world.do(
            cmd.ReceiveMessage(customer=customer, content=content, key=str(self._count), sent_at=self._world.instant)
        )

    def _ring(self, event: ev.SessionOffered) -> None:
        self._world.soon(lambda: self._world.accept(event))

    def _serve(self, event: ev.SessionAccepted) -> None:
        caller, at_s = self._lines.pop(event.customer)
        self.served.append(Served(at_s, caller.group, self._world.elapsed_s - at_s, left=False))
        takes_s = caller.service_s / self._speeds.get(event.seat, 1.0)
        from_s, until_s = self._window_s
        now_s = self._world.elapsed_s
        busy_s = max(0.0, min(now_s + takes_s, until_s) - max(now_s, from_s))
        self.busy_s[event.seat] = self.busy_s.get(event.seat, 0.0) + busy_s
        self._world.after(takes_s, lambda: self._finish(event.seat, event.session))

    def _finish(self, seat: str, session: SessionId) -> None:
        world = self._world
        world.do(cmd.Send(actor=world.actor(seat), session=session, content=ANSWER))
        world.do(cmd.HangUp(actor=world.actor(seat), session=session))
        world.do(cmd.WrapUp(actor=world.actor(seat), session=session))


def poisson(chance: Random, rate: float, until_s: float, from_s: float = 0.0) -> Iterator[float]:
    """Arrivals of a steady stream, `rate` a second."""
    at_s = from_s
    while rate > 0 and (at_s := at_s + exponential(chance) / rate) < until_s:
        yield at_s


def exponential(chance: Random) -> float:
    """A time with a mean of 1 that forgets how long it lasts; quicker than `expovariate`: anchors draw millions."""
    return -log(1 - chance.random())
