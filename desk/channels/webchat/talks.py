"""The young part of visitors' conversations, in memory: whatever the archive may not have yet.

A fold of the ledger, begun no later than where the archive ends. What the archive has for certain is forgotten,
but for the last lines of those who are here, so that an outage of SQL does not empty their pages.
"""

from collections.abc import Callable

from desk.channels.webchat.said import Said, SaidEvent, said_in
from sessions import events as ev
from sessions.ids import CustomerId, MessageId, Millis, Seq

KEPT_OF_THOSE_HERE = 40


class Talks:
    """Lines by visitor, oldest first."""

    def __init__(self) -> None:
        self._lines: dict[CustomerId, dict[MessageId, Said]] = {}
        self._whose: dict[MessageId, CustomerId] = {}
        self._recalled: dict[MessageId, Seq] = {}
        """What was taken back, until the archive knows it, too."""

    def lines(self, customer: CustomerId) -> list[Said]:
        """What is known here of this visitor's conversation."""
        return list(self._lines.get(customer, {}).values())

    def __len__(self) -> int:
        return len(self._whose) + len(self._recalled)

    def say(self, seq: Seq, event: SaidEvent) -> Said:
        """Something was said."""
        line = said_in(seq, event)
        self._lines.setdefault(event.customer, {})[line.id] = line
        self._whose[line.id] = event.customer
        return line

    def amend(self, event: ev.MessageDelivered | ev.MediaRejected) -> tuple[CustomerId, Said] | None:
        """What came of it; None where it is known no more."""
        customer = self._whose.get(event.message)
        if customer is None:
            return None
        line = self._lines[customer][event.message]
        if isinstance(event, ev.MessageDelivered):
            line.arrived = True
        else:
            line.refused = event.code
        return customer, line

    def is_recalled(self, message: MessageId) -> bool:
        """Whether it was taken back lately."""
        return message in self._recalled

    def take_back(self, seq: Seq, message: MessageId) -> Said | None:
        """It was recalled; None where it is known no more."""
        self._recalled[message] = seq
        customer = self._whose.pop(message, None)
        return self._lines[customer].pop(message, None) if customer else None

    def forget(self, archived: Seq, is_here: Callable[[CustomerId], bool], now: Millis) -> None:
        """Let go of what is in the archive, which reaches up to here; not of what is held back yet."""
        self._recalled = {message: seq for message, seq in self._recalled.items() if seq > archived}
        for customer, lines in list(self._lines.items()):
            keep = KEPT_OF_THOSE_HERE if is_here(customer) else 0
            for message, line in list(lines.items())[: max(0, len(lines) - keep)]:
                if line.seq <= archived and not line.held_until > now:
                    del lines[message], self._whose[message]
            if not lines:
                del self._lines[customer]
