"""Customers who write, wait, lose patience, walk away and come back.

They know nothing of sessions, seats or policies: they write to an account and read what is answered. Whoever is tired
of waiting in the line says so with "0"; whoever is tired of waiting at a seat just goes, as people do in WeChat.
"""

from collections.abc import Iterator
from math import inf
from typing import Literal, Protocol

from sessions import commands as cmd
from sessions import events as ev
from sessions.content import Content, MenuClicked, Text
from sessions.ids import CustomerId, Millis, customer_id
from sessions.simulation.clock import World
from sessions.simulation.traffic import Customer, Line

HELLO = Text(text="您好，我想问一下账单")
THANKS = Text(text="谢谢")
GIVE_UP = Text(text="0")
VIP_MENU = "VIP"
"""The menu entry by which a site's self-service knows its best customers."""

Stage = Literal["queue", "silent", "in_session"]
"""Where a customer lost patience: in the line, at a seat before the first answer, or later."""


class Diary(Protocol):
    """Who writes down how it went for customers."""

    def came(self, customer: Customer) -> None: ...

    def came_back(self, customer: Customer) -> None: ...

    def answered(self, customer: Customer, waited_s: float, *, first: bool) -> None: ...

    def left(self, customer: Customer, stage: Stage) -> None: ...


class Person:
    """A customer on their way through their lines."""

    __slots__ = ("answered", "customer", "gone", "id", "since_s", "written")

    def __init__(self, customer: Customer) -> None:
        self.customer = customer
        self.id = customer_id(customer.group, customer.name)
        self.written = 0
        self.answered = 0
        self.since_s = 0.0
        self.gone = False

    @property
    def waits(self) -> bool:
        """Has written what nobody has answered yet."""
        return self.answered < self.written

    @property
    def is_away(self) -> bool:
        """Reads nothing now: lost patience, walked off after the last line and is not back, or never will be."""
        if self.written == len(self._lines):
            return self.gone or self.customer.vanishes
        return self.gone or self._lines[self.written].away

    @property
    def is_through(self) -> bool:
        """Everything is answered; all that is left, if anything, is thanks."""
        return not self.waits and not self.is_away and all(line.closing for line in self._lines[self.written :])

    @property
    def work_s(self) -> float:
        """What an average seat needs to answer everything that is unanswered."""
        return sum(line.work_s for line in self._lines[self.answered : self.written])

    @property
    def _lines(self) -> tuple[Line, ...]:
        return self.customer.lines


class Customers:
    """All of them, in a world. `diary` is told how each fares."""

    def __init__(self, world: World, arriving: Iterator[Customer], diary: Diary) -> None:
        self._world = world
        self._arriving = arriving
        self._diary = diary
        self._people: dict[CustomerId, Person] = {}
        self._keys = 0
        world.listen(self._read, ev.MessageSent)
        world.listen(lambda closed: world.soon(lambda: self._forget(closed.customer)), ev.SessionClosed)
        self._expect()

    def person(self, customer: CustomerId) -> Person | None:
        """Who this is, unless they are through with everything."""
        return self._people.get(customer)

    def _expect(self) -> None:
        customer = next(self._arriving, None)
        if customer is not None:
            self._world.after(customer.at_s - self._world.elapsed_s, lambda: self._come(customer))

    def _come(self, customer: Customer) -> None:
        self._expect()
        person = Person(customer)
        self._people[person.id] = person
        self._diary.came(customer)
        if customer.vip:
            self._world.do(
                cmd.RecordCustomerEvent(
                    customer=person.id, event=MenuClicked(key=VIP_MENU), key=self._key(), sent_at=self._world.instant
                )
            )
        self._write(person)

    def _write(self, person: Person) -> None:
        """The next line; with it the wait begins, unless one is on already."""
        if person.gone:
            return
        line = person.customer.lines[person.written]
        if line.away:
            self._diary.came_back(person.customer)
        if not person.waits:
            person.since_s = self._world.elapsed_s
        person.written += 1
        if line.closing:
            person.answered = person.written
        self._say(person, THANKS if line.closing else HELLO)
        if line.patience_s < inf and not line.closing:
            written = person.written
            self._world.after(line.patience_s, lambda: self._lose_patience(person, written))
        if person.is_away and person.written < len(person.customer.lines):
            self._world.after(person.customer.lines[person.written].pause_s, lambda: self._write(person))

    def _read(self, event: ev.MessageSent) -> None:
        """An answer came. Who walked off reads it when they are back."""
        person = self._people.get(event.customer)
        if person is None or person.gone or not person.waits:
            return
        first = person.answered == 0
        person.answered = person.written
        self._diary.answered(person.customer, self._world.elapsed_s - person.since_s, first=first)
        if person.written < len(person.customer.lines) and not person.is_away:
            self._world.after(person.customer.lines[person.written].pause_s, lambda: self._write(person))

    def _lose_patience(self, person: Person, written: int) -> None:
        if not person.waits or person.written != written:
            return
        person.gone = True
        session = self._world.floor.live_session_of(person.id)
        in_line = session is not None and session.state == "queued"
        stage: Stage = "in_session" if person.answered else ("queue" if in_line else "silent")
        self._diary.left(person.customer, stage)
        if in_line:
            self._say(person, GIVE_UP)

    def _forget(self, customer: CustomerId) -> None:
        person = self._people.get(customer)
        if person is not None and (person.gone or person.written == len(person.customer.lines)):
            del self._people[customer]

    def _say(self, person: Person, content: Content) -> None:
        self._world.do(
            cmd.ReceiveMessage(
                customer=person.id, content=content, key=self._key(), sent_at=Millis(self._world.instant)
            )
        )

    def _key(self) -> str:
        self._keys += 1
        return str(self._keys)
