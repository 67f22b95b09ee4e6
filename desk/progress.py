"""How far a follower of the ledger has got when it finishes things in another order than they came in.

Everything up to `position` is finished; beyond it, only what was marked one by one.
"""

from collections import deque

from sessions.ids import Seq


class Progress:
    """Takes events up in the order of the ledger, finishes them in any."""

    def __init__(self, position: Seq) -> None:
        self._reached = position
        self._taken: deque[Seq] = deque()
        self._finished: set[Seq] = set()

    @property
    def position(self) -> Seq:
        """The last event up to which nothing is left to do."""
        return Seq(self._taken[0] - 1) if self._taken else self._reached

    @property
    def finished_ahead(self) -> int:
        """How many are finished while an older one is not."""
        return len(self._finished)

    def take(self, seq: Seq) -> None:
        """This one is to be finished; none before it comes any more."""
        assert seq > self._reached, f"event {seq} after {self._reached}"
        self._reached = seq
        self._taken.append(seq)

    def reach(self, seq: Seq) -> None:
        """Everything up to here was looked at."""
        self._reached = max(self._reached, seq)

    def finish(self, seq: Seq) -> None:
        """This one is done; one that was never taken up changes nothing."""
        if not self._taken or seq < self._taken[0]:
            return
        self._finished.add(seq)
        while self._taken and self._taken[0] in self._finished:
            self._finished.remove(self._taken.popleft())
