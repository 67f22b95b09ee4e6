"""The core on a virtual clock.

What people are going to do is a heap of acts; the earliest is done at its time, and the core's own timers fire at
theirs in between, as they would under the engine. Nothing is kept of what happened: whoever wants to know listens.
"""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

from sessions import commands as cmd
from sessions import events as ev
from sessions.decide import step
from sessions.floor import Floor
from sessions.ids import Millis, SeatId, UserId
from sessions.settings import Site

Act = Callable[[], None]
Ear = Callable[[Any], None]
"""Hears an event of the kind that it listens to."""

MONDAY = Millis(1_795_399_200_000)
"""2026-11-23 10:00 in Shanghai: when simulations begin unless told otherwise."""
_TICK = cmd.Tick()


class World:
    """A floor, the instant on it, and what is going to happen.

    An ear hears an event after the whole step was applied; it must not command at once but say `soon`, so that
    everybody hears everything in order.
    """

    __slots__ = ("_acts", "_began", "_ears", "_entries", "floor", "instant")

    def __init__(self, site: Site, at: Millis = MONDAY) -> None:
        self.floor = Floor()
        self.instant = self._began = at
        self._acts: list[tuple[Millis, int, Act]] = []
        self._ears: dict[type, list[Ear]] = {}
        self._entries = 0
        self.do(cmd.ConfigureSite(site=site, by="simulation"))

    def listen(self, ear: Ear, *kinds: type[ev.Event]) -> None:
        """Let this ear hear every event of these kinds from now on."""
        for kind in kinds:
            self._ears.setdefault(kind, []).append(ear)

    def at(self, when: Millis, act: Act) -> None:
        """Let this be done then; acts of the same instant keep their order."""
        self._entries += 1
        heappush(self._acts, (when, self._entries, act))

    def after(self, delay_s: float, act: Act) -> None:
        """Let this be done so much later."""
        self.at(Millis(self.instant + round(delay_s * 1000)), act)

    def soon(self, act: Act) -> None:
        """Let this be done at this very instant, after what is going on."""
        self.at(self.instant, act)

    def do(self, command: cmd.Command) -> list[ev.Event]:
        """One command on the floor, now."""
        self._entries += 1
        happened = step(self.floor, command, self.instant, f"{self.instant}-{self._entries}")
        for event in happened:
            for ear in self._ears.get(type(event), ()):
                ear(event)
        return happened

    def accept(self, offer: ev.SessionOffered) -> None:
        """The seat takes what rings at it."""
        self.do(cmd.Accept(actor=self.actor(offer.seat), session=offer.session))

    def actor(self, seat: str) -> cmd.Actor:
        """The person who works at this seat, with a request of its own."""
        self._entries += 1
        plan = self.floor.site.seats.get(SeatId(seat))
        user = plan.agent if plan and plan.agent else user_of(seat)
        return cmd.Actor(user=user, role="agent", request=str(self._entries), seat=SeatId(seat))

    @property
    def elapsed_s(self) -> float:
        """Time since the world began."""
        return (self.instant - self._began) / 1000

    def run(self, until: Millis) -> None:
        """Let time pass until then, and everything happen that is due on the way."""
        while True:
            due_at = self.floor.next_due_at()
            acts = self._acts
            if due_at is not None and due_at <= until and (not acts or due_at <= acts[0][0]):
                self.instant = max(self.instant, due_at)
                self.do(_TICK)
            elif acts and acts[0][0] <= until:
                self.instant, _, act = heappop(acts)
                act()
            else:
                break
        self.instant = max(self.instant, until)


def user_of(seat: str) -> UserId:
    """Who works at this seat."""
    return UserId(f"at-{seat}")
