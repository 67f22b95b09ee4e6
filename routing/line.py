"""The waiting line of a skill group.

Order is one number, the sort key: the instant of first entering a line less sixty seconds for each priority
point. Everybody ages at the same rate, so the key never changes while waiting, nobody starves, and a sorted list
with bisection is all it takes.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator

from msgspec import Struct

POINT_MS = 60_000
"""One priority point is worth a minute of waiting."""
POINTS_MAX = 15


class Waiting(Struct, order=True, frozen=True):
    """A session in line: its place, its name, and the seats that had their chance."""

    sort_key: int
    session: str
    excluded: tuple[str, ...] = ()


def sort_key(first_enqueued_at: int, priority: int) -> int:
    """Place in line of a session that first queued then with that many points; smaller is sooner."""
    return first_enqueued_at - POINT_MS * min(priority, POINTS_MAX)


class WaitingLine:
    """Sessions in the order in which they are owed a seat."""

    __slots__ = ("_items", "_keys")

    def __init__(self) -> None:
        self._items: list[Waiting] = []
        self._keys: dict[str, Waiting] = {}

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Waiting]:
        return iter(self._items)

    def __contains__(self, session: str) -> bool:
        return session in self._keys

    def add(self, waiting: Waiting) -> None:
        """Stand in line; a session stands in a line once."""
        assert waiting.session not in self._keys, f"{waiting.session} is in line already"
        self._keys[waiting.session] = waiting
        insort(self._items, waiting)

    def remove(self, session: str) -> None:
        """Leave the line; it must be in it."""
        waiting = self._keys.pop(session)
        del self._items[bisect_left(self._items, waiting)]

    def ahead_of(self, session: str) -> int:
        """How many are served before this one."""
        return bisect_left(self._items, self._keys[session])
