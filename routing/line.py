"""The waiting line of a skill group.

Order is one number, the sort key: the instant of first entering a line less sixty seconds for each priority
point. Everybody ages at the same rate, so the key never changes while waiting, nobody starves, and a sorted list
with bisection is all it takes.

Inside, who waits for the same seats waits in the same pool: one for each ring, and one for each seat that is asked
alone. All of a pool can be served or none of it, so nobody walks over sessions that cannot.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

POINT_MS = 60_000
"""One priority point is worth a minute of waiting."""
POINTS_MAX = 15
LEVEL_DOWN, OVERFLOW = 1, 2
"""The rings after the first: a level less is enough, then the overflow groups. Each holds those before it."""


class Waiting(Struct, order=True, frozen=True):
    """A session in line: its place, its name, the seats that had their chance, and how wide its ring is.

    Where `exclusive` is set only that seat is asked, until the session is put in anew without it. A `woken` one is
    its own already: the soft cap is not for it, only the hard one.
    """

    sort_key: int
    session: str
    excluded: tuple[str, ...] = ()
    ring: int = 0
    exclusive: str = ""
    woken: bool = False


def sort_key(first_enqueued_at: int, priority: int) -> int:
    """Place in line of a session that first queued then with that many points; smaller is sooner."""
    return first_enqueued_at - POINT_MS * min(priority, POINTS_MAX)


class WaitingLine:
    """Sessions in the order in which they are owed a seat."""

    __slots__ = ("_items", "_keys", "_rings", "_sticky", "_woken")

    def __init__(self) -> None:
        self._items: list[Waiting] = []
        self._keys: dict[str, Waiting] = {}
        self._rings: tuple[list[Waiting], ...] = tuple([] for _ in range(OVERFLOW + 1))
        self._sticky: dict[str, list[Waiting]] = {}
        self._woken: dict[str, list[Waiting]] = {}

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Waiting]:
        return iter(self._items)

    def __contains__(self, session: str) -> bool:
        return session in self._keys

    def __getitem__(self, session: str) -> Waiting:
        return self._keys[session]

    @property
    def sticky(self) -> Mapping[str, Sequence[Waiting]]:
        """By seat, those who wait for that one alone because the customer knows it."""
        return self._sticky

    @property
    def woken(self) -> Mapping[str, Sequence[Waiting]]:
        """By seat, those who wait for that one alone because it owns them."""
        return self._woken

    def in_ring(self, ring: int) -> Sequence[Waiting]:
        """Those who wait for any seat of this ring and the rings before it."""
        return self._rings[ring]

    def add(self, waiting: Waiting) -> None:
        """Stand in line; a session stands in a line once."""
        assert waiting.session not in self._keys, f"{waiting.session} is in line already"
        assert waiting.exclusive or not waiting.woken, f"{waiting.session} woke for no seat"
        self._keys[waiting.session] = waiting
        insort(self._items, waiting)
        if waiting.exclusive:
            insort(self._asked(waiting).setdefault(waiting.exclusive, []), waiting)
        else:
            insort(self._ring(waiting), waiting)

    def remove(self, session: str) -> None:
        """Leave the line; it must be in it."""
        waiting = self._keys.pop(session)
        _take_out(self._items, waiting)
        if not waiting.exclusive:
            _take_out(self._ring(waiting), waiting)
            return
        asked = self._asked(waiting)
        _take_out(asked[waiting.exclusive], waiting)
        if not asked[waiting.exclusive]:
            del asked[waiting.exclusive]

    def ahead_of(self, session: str) -> int:
        """How many are served before this one."""
        return bisect_left(self._items, self._keys[session])

    def _ring(self, waiting: Waiting) -> list[Waiting]:
        return self._rings[min(waiting.ring, OVERFLOW)]

    def _asked(self, waiting: Waiting) -> dict[str, list[Waiting]]:
        return self._woken if waiting.woken else self._sticky


def _take_out(pool: list[Waiting], waiting: Waiting) -> None:
    del pool[bisect_left(pool, waiting)]
