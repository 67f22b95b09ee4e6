"""The core with many sessions: what a command costs, and what a parked session weighs.

CPU time, not the clock's, so that whatever else the machine does is left out. The size grows a thousandfold; the
cost of a message must not.
"""

import gc
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any

from sessions import commands as cmd
from sessions import events as ev
from sessions.content import Text
from sessions.decide import step
from sessions.floor import Floor
from sessions.ids import AccountId, CustomerId, GroupId, Millis, SeatId, SessionId, UserId
from sessions.settings import Account, Group, SeatPlan, Site

SIZES = (100, 1_000, 10_000, 100_000)
SEATS, GROUPS = 100, 10
MESSAGES = 6_000
REPEATS = 3
NOON = 1_795_399_200_000


def scale() -> dict[str, Any]:
    """Each size in a process of its own; memory beside what the floor weighs with nobody on it."""
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        found = {str(size): pool.apply(_measure, (size,)) for size in SIZES}
    smallest, largest = found[str(SIZES[0])], found[str(SIZES[-1])]
    ratios = {key: round(largest[key] / smallest[key], 2) for key in ("parked_message_us", "wake_answer_park_us")}
    return {"sessions": found, "largest_to_smallest": ratios}


def _measure(size: int) -> dict[str, float]:
    crowd = _Crowd()
    before = _peak_mib()
    customers = [crowd.park(n) for n in range(size)]
    gc.collect()
    memory_mib = _peak_mib() - before
    chance = Random(1)  # noqa: S311 - a load, not a secret
    anyone = [chance.choice(customers) for _ in range(MESSAGES)]
    return {
        "parked_message_us": _cheapest_us(lambda customer: crowd.write(customer, "好的"), anyone, 1),
        "wake_answer_park_us": _cheapest_us(crowd.wake_and_park, anyone, 3),
        "memory_mib": round(memory_mib, 1),
    }


class _Crowd:
    """A site on which everybody is served once and parked."""

    def __init__(self) -> None:
        self._floor = Floor()
        self._now = NOON
        self._numbers = count(1)
        groups = [GroupId(f"group-{n}") for n in range(GROUPS)]
        seats = [SeatId(f"seat-{n:03}") for n in range(SEATS)]
        self._do(
            cmd.ConfigureSite(
                site=Site(
                    version=1,
                    accounts={
                        AccountId(f"a{n}"): Account(id=AccountId(f"a{n}"), name="a", default_group=group)
                        for n, group in enumerate(groups)
                    },
                    groups={group: Group(id=group, name=group) for group in groups},
                    seats={
                        seat: SeatPlan(
                            id=seat, name=seat, agent=UserId(seat), skills={groups[n % GROUPS]: 3}, soft_cap=10
                        )
                        for n, seat in enumerate(seats)
                    },
                )
            )
        )
        for seat in seats:
            self._do(cmd.SignInSeat(actor=self._actor(seat)))

    def park(self, number: int) -> CustomerId:
        customer = CustomerId(f"a{number % GROUPS}:o{number:028}")
        self.write(customer, "请问我的账单日是哪天？")
        session = self._session(customer)
        offer = self._floor.sessions[session].offer
        assert offer is not None, f"{session} waits: all seats are full"
        self._do(cmd.Accept(actor=self._actor(offer.seat), session=session))
        self._answer_and_park(offer.seat, session)
        return customer

    def write(self, customer: CustomerId, text: str) -> None:
        key = f"{next(self._numbers):019}"
        self._do(cmd.ReceiveMessage(customer=customer, content=Text(text=text), key=key, sent_at=Millis(self._now)))

    def wake_and_park(self, customer: CustomerId) -> None:
        self.write(customer, "请问还有别的办法吗？")
        session = self._session(customer)
        seat = self._floor.sessions[session].seat
        assert seat is not None, f"{session} has lost its seat"
        self._answer_and_park(seat, session)

    def _answer_and_park(self, seat: SeatId, session: SessionId) -> None:
        self._do(cmd.Send(actor=self._actor(seat), session=session, content=Text(text="每月五日。")))
        self._do(cmd.Park(actor=self._actor(seat), session=session))

    def _session(self, customer: CustomerId) -> SessionId:
        live = self._floor.live_session_of(customer)
        assert live is not None, f"{customer} has no session"
        return live.id

    def _actor(self, seat: SeatId) -> cmd.Actor:
        return cmd.Actor(user=UserId(seat), role="agent", request=str(next(self._numbers)), seat=seat)

    def _do(self, command: cmd.Command) -> None:
        """As edge and engine do it: written, read, decided, and what happened written again."""
        self._now += 1
        for event in step(self._floor, cmd.decode(cmd.encode(command)), Millis(self._now), f"{self._now}-0"):
            ev.encode(event)


def _cheapest_us(act: Callable[[CustomerId], None], customers: list[CustomerId], commands: int) -> float:
    """CPU time of one command, the best of some rounds."""
    rounds = []
    for _ in range(REPEATS):
        began = time.process_time()
        for customer in customers:
            act(customer)
        rounds.append((time.process_time() - began) * 1e6 / (len(customers) * commands))
    return round(min(rounds), 1)


def _peak_mib() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
