"""What is measured of a simulated day.

Customers' side: from the customers themselves, who alone know that they have left. Seats' side: from the events and
the floor, as every other reader of the ledger would count it. Only what falls into the window counts, so that a day
that begins empty does not flatter anybody.
"""

from sessions import events as ev
from sessions.facts import Seat
from sessions.ids import HARD_CAP, CustomerId, SeatId, SessionId, customer_id
from sessions.simulation.clock import World
from sessions.simulation.customers import Customers, Stage
from sessions.simulation.figures import gini, jain, mean, percentile
from sessions.simulation.traffic import Customer

IN_TIME_S = 60.0
"""A first reply later than this is late."""
GRACE_S = 60.0
"""So long after our last words nobody can tell a customer who walked away from one who thinks."""

MINUTE_S = 60.0
"""Customers are told whole minutes."""

Figures = dict[str, float]


class Measures:
    """Watches a world from `from_s` until `until_s`; `figures` says how it went."""

    def __init__(self, world: World, from_s: float, until_s: float) -> None:
        self._world = world
        self._from_s, self._until_s = from_s, until_s
        self._came = 0
        self._first_s: list[tuple[float, bool]] = []
        self._replies_s: list[float] = []
        self._left: dict[Stage, int] = {"queue": 0, "silent": 0, "in_session": 0}
        self._attention_s: dict[SeatId, float] = {}
        self._available_s: dict[SeatId, float] = {}
        self._available_since: dict[SeatId, float] = {}
        self._loads: dict[SeatId, tuple[int, float]] = {}
        self._at_load_s = [0.0] * (HARD_CAP + 2)
        self._violations = 0
        self._dead_s = 0.0
        self._dead_since: dict[SessionId, float] = {}
        self._last_seat: dict[CustomerId, SeatId] = {}
        self._back: dict[CustomerId, SeatId] = {}
        self._returns = 0
        self._same_seat = 0
        self._estimates: dict[SessionId, tuple[float, float, float]] = {}
        self._estimated: list[tuple[float, bool]] = []
        self._customers: Customers | None = None
        world.listen(self._presence, ev.SeatSignedIn, ev.SeatSignedOut, ev.PresenceChanged)
        world.listen(self._fill, ev.SessionAccepted, ev.SessionWoken, ev.SessionResumed)
        world.listen(self._free, ev.SessionParked, ev.SegmentEnded, ev.SlotReleased)
        world.listen(self._offer, ev.SessionOffered)
        world.listen(self._sent, ev.MessageSent)
        world.listen(self._received, ev.MessageReceived)
        world.listen(self._estimate, ev.WaitEstimated)

    def watch(self, customers: Customers) -> None:
        """These are the customers; only they know who has walked away."""
        self._customers = customers

    # What customers tell.

    def came(self, customer: Customer) -> None:
        self._came += self._counts(customer)

    def came_back(self, customer: Customer) -> None:
        """Minutes to hours later: does the seat that knows them have them again, where it is at work?"""
        person = customer_id(customer.group, customer.name)
        seat_id = self._last_seat.get(person)
        seat = self._world.floor.seats[seat_id] if seat_id else None
        session = self._world.floor.live_session_of(person)
        held = session is not None and session.state not in ("parked", "closed")
        if seat is not None and seat.presence == "available" and not held and self._counts(customer):
            self._back[person] = seat.id

    def answered(self, customer: Customer, waited_s: float, *, first: bool) -> None:
        if not self._counts(customer):
            return
        self._replies_s.append(waited_s)
        if first:
            self._first_s.append((waited_s, customer.vip))

    def left(self, customer: Customer, stage: Stage) -> None:
        self._left[stage] += self._counts(customer)

    # What seats tell.

    def worked(self, seat: SeatId, from_s: float, until_s: float) -> None:
        """The seat had its attention on one customer for that long."""
        self._attention_s[seat] = self._attention_s.get(seat, 0.0) + self._in_window_s(from_s, until_s)

    # What the ledger tells.

    def _presence(self, event: ev.SeatSignedIn | ev.SeatSignedOut | ev.PresenceChanged) -> None:
        seat, now_s = self._world.floor.seats[event.seat], self._world.elapsed_s
        since_s = self._available_since.pop(seat.id, None)
        if since_s is not None:
            self._available_s[seat.id] = self._available_s.get(seat.id, 0.0) + self._in_window_s(since_s, now_s)
        if seat.presence == "available":
            self._available_since[seat.id] = now_s

    def _fill(self, event: ev.SessionAccepted | ev.SessionWoken | ev.SessionResumed) -> None:
        self._count_load(self._world.floor.seats[event.seat])
        if isinstance(event, ev.SessionResumed):
            return
        self._last_seat[event.customer] = event.seat
        owner = self._back.pop(event.customer, None)
        if owner is not None:
            self._returns += 1
            self._same_seat += owner == event.seat
        if isinstance(event, ev.SessionAccepted) and (told := self._estimates.pop(event.session, None)):
            at_s, low_s, high_s = told
            waited_s, announced_s = self._world.elapsed_s - at_s, -(-high_s // MINUTE_S) * MINUTE_S
            self._estimated.append((abs((low_s + high_s) / 2 - waited_s), waited_s <= announced_s))

    def _free(self, event: ev.SessionParked | ev.SegmentEnded | ev.SlotReleased) -> None:
        self._count_load(self._world.floor.seats[event.seat])
        self._bury(event.session)

    def _offer(self, event: ev.SessionOffered) -> None:
        """The router's promise: nothing new beyond the soft cap. Nothing at all beyond ten is in `_count_load`."""
        seat = self._world.floor.seats[event.seat]
        if event.from_seat is None and not event.exclusive and seat.load > seat.capacity.soft_cap:
            self._violations += 1

    def _sent(self, event: ev.MessageSent) -> None:
        person = self._customers.person(event.customer) if self._customers else None
        if person is not None and person.is_away:
            self._dead_since.setdefault(event.session, self._world.elapsed_s + GRACE_S)

    def _received(self, event: ev.MessageReceived) -> None:
        self._bury(event.session)

    def _estimate(self, event: ev.WaitEstimated) -> None:
        if event.high_s and event.session not in self._estimates:
            self._estimates[event.session] = (self._world.elapsed_s, event.low_s, event.high_s)

    # Counting.

    def _bury(self, session: SessionId) -> None:
        """Whatever was dead about this session is over: the slot is free, or the customer is back."""
        since_s = self._dead_since.pop(session, None)
        if since_s is not None:
            self._dead_s += self._in_window_s(since_s, self._world.elapsed_s)

    def _count_load(self, seat: Seat) -> None:
        now_s = self._world.elapsed_s
        load, since_s = self._loads.get(seat.id, (0, now_s))
        self._at_load_s[load] += self._in_window_s(since_s, now_s)
        self._loads[seat.id] = (len(seat.held), now_s)
        self._violations += seat.load > HARD_CAP

    def _in_window_s(self, from_s: float, until_s: float) -> float:
        return max(0.0, min(until_s, self._until_s) - max(from_s, self._from_s))

    def _counts(self, customer: Customer) -> bool:
        return self._from_s <= customer.at_s < self._until_s

    # Telling.

    def close(self) -> None:
        """The day is over: what is still going on counts until now."""
        for seat in self._world.floor.seats.values():
            self._count_load(seat)
            since_s = self._available_since.pop(seat.id, None)
            if since_s is not None:
                until_s = self._world.elapsed_s
                self._available_s[seat.id] = self._available_s.get(seat.id, 0.0) + self._in_window_s(since_s, until_s)
        for session in [*self._dead_since]:
            self._bury(session)

    def figures(self) -> Figures:
        """Everything by name; shares are of one, times are in seconds."""
        firsts = [waited_s for waited_s, _ in self._first_s]
        vips = [waited_s for waited_s, vip in self._first_s if vip]
        others = [waited_s for waited_s, vip in self._first_s if not vip]
        attention = [
            self._attention_s.get(seat, 0.0) / available_s
            for seat, available_s in self._available_s.items()
            if available_s
        ]
        slots_s = sum(load * at_s for load, at_s in enumerate(self._at_load_s))
        came = max(self._came, 1)
        return {
            "customers": self._came,
            "first_in_time": sum(waited_s <= IN_TIME_S for waited_s in firsts) / came,
            "first_mean_s": mean(firsts),
            "first_p95_s": percentile(firsts, 95),
            "reply_p95_s": percentile(self._replies_s, 95),
            "left": sum(self._left.values()) / came,
            "left_queue": self._left["queue"] / came,
            "left_silent": self._left["silent"] / came,
            "left_in_session": self._left["in_session"] / came,
            "attention_jain": jain(attention),
            "attention_gini": gini(attention),
            "attention_mean": mean(attention),
            "vip_first_p95_s": percentile(vips, 95),
            "other_first_p95_s": percentile(others, 95),
            "other_first_p99_s": percentile(others, 99),
            "cap_violations": self._violations,
            "dead_share": self._dead_s / slots_s if slots_s else 0.0,
            "returns": self._returns,
            "same_seat": self._same_seat / self._returns if self._returns else 1.0,
            "estimates": len(self._estimated),
            "estimate_error_s": mean([error for error, _ in self._estimated]),
            "estimate_kept": mean([float(kept) for _, kept in self._estimated]),
            **self._concurrency(),
        }

    def _concurrency(self) -> Figures:
        """What share of seat time is spent at each load."""
        total = sum(self._at_load_s) or 1.0
        return {f"at_{load}": at_s / total for load, at_s in enumerate(self._at_load_s[: HARD_CAP + 1])}
