"""Who plays which story, and how far it has come: what customers and colleagues of the demo know of each other.

Customers hear of answers from the ledger: what the simulated phone shows does not tell an agent's words from the
desk's own, and a person would.
"""

import asyncio

from desk.demo.stories import Story, TurnOfStory
from sessions import events as ev
from sessions.ids import CustomerId


class Performance:
    """A story that is being played; `turn` is None before the first words and after the last."""

    def __init__(self, customer: CustomerId, story: Story) -> None:
        self.customer = customer
        self.story = story
        self.turn: TurnOfStory | None = None
        self.is_over = False
        self.answered = asyncio.Event()


class Stage:
    """All performances that are under way, and the last of each customer."""

    def __init__(self) -> None:
        self._of: dict[CustomerId, Performance] = {}

    def begin(self, customer: CustomerId, story: Story) -> Performance:
        """The customer plays this now."""
        performance = self._of[customer] = Performance(customer, story)
        return performance

    def of(self, customer: CustomerId) -> Performance | None:
        """What the customer plays or played last; None for customers whom nobody scripted."""
        return self._of.get(customer)

    def take_in(self, event: ev.Event) -> None:
        """What happened on the desk, as far as a customer would notice."""
        if isinstance(event, ev.MessageSent) and (performance := self._of.get(event.customer)):
            performance.answered.set()
