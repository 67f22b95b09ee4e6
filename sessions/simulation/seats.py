"""People at their seats, who answer one customer at a time, in the order in which their messages came.

A seat takes what rings at it at once. Every other open chat makes each answer a little slower. When a matter is done
it hangs up and fills in the form; a silence it leaves to the ladder, unless it is told to hang up after a while.
"""

from collections.abc import Mapping

from msgspec import Struct

from sessions import commands as cmd
from sessions import events as ev
from sessions.content import Text
from sessions.facts import Session
from sessions.ids import ConnectionId, HubId, SeatId, SessionId
from sessions.simulation.clock import World
from sessions.simulation.customers import Customers
from sessions.simulation.measures import Measures

ANSWER = Text(text="您好，已为您查到")
HUB = HubId("simulation")
MULTITASKING_COST = 0.02
"""κ: so much slower for each other open chat."""


class Habits(Struct, frozen=True, kw_only=True):
    """How everybody works here. `silence_s` 0: a silent customer is the ladder's business."""

    multitasking_cost: float = MULTITASKING_COST
    linger_s: float = 0.0
    """So long after the last answer, thanks are waited for before hanging up."""
    silence_s: float = 0.0


class Worker:
    """A person at a seat: what they have to answer, first come first served, and what they are at."""

    __slots__ = ("absent", "at_work_on", "began_s", "seat", "speed", "todo", "work")

    def __init__(self, seat: SeatId, speed: float) -> None:
        self.seat = seat
        self.speed = speed
        self.todo: dict[SessionId, None] = {}
        self.at_work_on: SessionId | None = None
        self.began_s = 0.0
        self.work = 0
        self.absent = True


class Seats:
    """All of them, in a world, with their speeds: 1.0 is the average."""

    def __init__(
        self, world: World, customers: Customers, speeds: Mapping[SeatId, float], measures: Measures, habits: Habits
    ) -> None:
        self._world = world
        self._customers = customers
        self._measures = measures
        self._habits = habits
        self._workers = {seat: Worker(seat, speed) for seat, speed in speeds.items()}
        world.listen(self._ring, ev.SessionOffered)
        world.listen(self._fill, ev.SessionAccepted, ev.SessionWoken, ev.SessionResumed)
        world.listen(self._hear, ev.MessageReceived)
        world.listen(self._free, ev.SegmentEnded, ev.SessionHungUp, ev.SessionParked)

    # Coming and going.

    def come(self, seat: SeatId) -> None:
        """The person opens the desk and signs in."""
        worker = self._workers[seat]
        worker.absent = False
        self._world.do(cmd.ConnectSeat(hub=HUB, seat=worker.seat, connection=ConnectionId(seat)))
        self._world.do(cmd.SignInSeat(actor=self._world.actor(seat)))

    def drop_out(self, seat: SeatId) -> None:
        """The line is cut: what the person was at is lost, and nobody tells the desk."""
        worker = self._workers[seat]
        worker.absent = True
        self._stop(worker)
        worker.todo.clear()
        self._world.do(cmd.DisconnectSeat(hub=HUB, seat=worker.seat, connection=ConnectionId(seat)))

    def go_home(self, seat: SeatId) -> None:
        """End of the shift: everything that is left is handed over."""
        self._world.do(cmd.SignOutSeat(actor=self._world.actor(seat), hand_over=True))
        self.drop_out(seat)

    # At work.

    def _ring(self, event: ev.SessionOffered) -> None:
        if not self._workers[event.seat].absent:
            self._world.soon(lambda: self._world.accept(event))

    def _fill(self, event: ev.SessionAccepted | ev.SessionWoken | ev.SessionResumed) -> None:
        self._look(event.seat, event.session)

    def _free(self, event: ev.SegmentEnded | ev.SessionHungUp | ev.SessionParked) -> None:
        self._let_go(event.seat, event.session)

    def _hear(self, event: ev.MessageReceived) -> None:
        if event.seat is not None:
            self._look(event.seat, event.session)

    def _look(self, seat: SeatId, session_id: SessionId) -> None:
        """Is there something to answer?"""
        session = self._in_service(seat, session_id)
        worker = self._workers[seat]
        if session is None or session.turn != "seat" or worker.absent:
            return
        if session_id != worker.at_work_on:
            worker.todo[session_id] = None
        if worker.at_work_on is None:
            self._begin(worker)

    def _begin(self, worker: Worker) -> None:
        session_id = next(iter(worker.todo), None)
        worker.at_work_on = session_id
        if session_id is None:
            return
        del worker.todo[session_id]
        session = self._world.floor.sessions[session_id]
        person = self._customers.person(session.customer)
        others = len(self._world.floor.seats[worker.seat].held) - 1
        slower = 1 + self._habits.multitasking_cost * others
        takes_s = (person.work_s if person else 0.0) / worker.speed * slower
        worker.began_s = self._world.elapsed_s
        worker.work += 1
        work = worker.work
        self._world.after(takes_s, lambda: self._finish(worker, work))

    def _finish(self, worker: Worker, work: int) -> None:
        session_id = worker.at_work_on
        if work != worker.work or session_id is None:
            return
        self._measures.worked(worker.seat, worker.began_s, self._world.elapsed_s)
        worker.at_work_on = None
        self._world.do(cmd.Send(actor=self._world.actor(worker.seat), session=session_id, content=ANSWER))
        self._consider_hanging_up(worker, session_id)
        if worker.at_work_on is None:
            self._begin(worker)

    def _consider_hanging_up(self, worker: Worker, session_id: SessionId) -> None:
        session = self._in_service(worker.seat, session_id)
        person = self._customers.person(session.customer) if session else None
        if person is not None and person.is_through:
            self._world.after(self._habits.linger_s, lambda: self._hang_up(worker, session_id))
        elif session is not None and self._habits.silence_s:
            messages = session.messages
            self._world.after(self._habits.silence_s, lambda: self._hang_up(worker, session_id, unless_past=messages))

    def _hang_up(self, worker: Worker, session_id: SessionId, *, unless_past: int | None = None) -> None:
        session = self._in_service(worker.seat, session_id)
        if session is None or session.turn == "seat" or (unless_past is not None and session.messages > unless_past):
            return
        self._world.do(cmd.HangUp(actor=self._world.actor(worker.seat), session=session_id))
        self._world.do(cmd.WrapUp(actor=self._world.actor(worker.seat), session=session_id))

    def _let_go(self, seat: SeatId, session_id: SessionId) -> None:
        """The session is the seat's no longer, or nothing to answer in it."""
        worker = self._workers[seat]
        worker.todo.pop(session_id, None)
        if worker.at_work_on == session_id:
            self._stop(worker)
            self._world.soon(lambda: self._resume(worker))

    def _resume(self, worker: Worker) -> None:
        if worker.at_work_on is None and not worker.absent:
            self._begin(worker)

    def _stop(self, worker: Worker) -> None:
        if worker.at_work_on is not None:
            self._measures.worked(worker.seat, worker.began_s, self._world.elapsed_s)
        worker.at_work_on = None
        worker.work += 1

    def _in_service(self, seat: SeatId, session_id: SessionId) -> Session | None:
        session = self._world.floor.sessions.get(session_id)
        return session if session and session.state == "active" and session.seat == seat else None
