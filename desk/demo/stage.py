"""Who plays which story, and how far it has come: what customers and colleagues of the demo know of each other.

Customers hear of answers from the ledger: what the simulated phone shows does not tell an agent's words from the
desk's own, and a person would. The floor beside it tells colleagues where people sit.
"""

import asyncio
from collections.abc import Iterable

from desk.demo.stories import Story, TurnOfStory
from sessions import events as ev
from sessions.floor import Floor
from sessions.ids import CustomerId, UserId


class Performance:
    """A story that is being played; `turn` is None before the first words and after the last."""

    def __init__(self, customer: CustomerId, story: Story) -> None:
        self.customer = customer
        self.story = story
        self.turn: TurnOfStory | None = None
        self.is_over = False
        self.answered = asyncio.Event()


class Stage:
    """All performances that are under way, and the last of each customer while its session lasts.

    `cast` are the customers who play; `robots` the users whom colleagues play.
    """

    def __init__(self, cast: Iterable[CustomerId] = (), robots: Iterable[UserId] = ()) -> None:
        self.cast = tuple(cast)
        self.robots = frozenset(robots)
        self.floor = Floor()
        self._cast = frozenset(self.cast)
        self._of: dict[CustomerId, Performance] = {}
        self._unscripted: set[CustomerId] = set()

    def begin(self, customer: CustomerId, story: Story) -> Performance:
        """The customer plays this now."""
        self._unscripted.discard(customer)
        performance = self._of[customer] = Performance(customer, story)
        return performance

    def end(self, performance: Performance) -> None:
        """Whoever writes as this customer from now on is a person."""
        if self._of.get(performance.customer) is performance:
            del self._of[performance.customer]

    def of(self, customer: CustomerId) -> Performance | None:
        """What the customer plays or has just played; None for customers whom nobody scripted."""
        return self._of.get(customer)

    def is_person(self, customer: CustomerId) -> bool:
        """Whether somebody tries the demo out as this customer; who only stayed over from an earlier start does not."""
        return customer not in self._of and (customer not in self._cast or customer in self._unscripted)

    def take_in(self, event: ev.Event) -> None:
        """What happened on the desk, as far as a customer would notice."""
        match event:
            case ev.MessageSent(customer=customer) if performance := self._of.get(customer):
                performance.answered.set()
            case ev.MessageReceived(customer=customer) if customer not in self._of:
                self._unscripted.add(customer)
            case ev.SessionClosed(customer=customer) if (told := self._of.get(customer)) and told.is_over:
                self.end(told)
