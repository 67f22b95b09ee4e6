"""How the lines of a chat stand together: bursts under one head, what the desk did by itself folded into one line.

Pure, and the same for a page of the past and for a line that has just happened: what a line joins is said by the line
shown before it, on that page or not.
"""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from desk.lines import ShownLine

BURST_MS = 60_000
"""Lines of one side that follow each other so soon are one burst."""
FOLD_FROM = 3
"""So many routine lines in a row are folded."""


class Fold(Struct, frozen=True):
    """A run of routine lines. The last one says where it led to, and stands for all."""

    lines: tuple[ShownLine, ...]

    @property
    def id(self) -> str:
        """Stays the same while the run grows."""
        return f"fold-{self.lines[0].id}"

    @property
    def seq(self) -> int:
        """Where it begins."""
        return self.lines[0].seq


Item: TypeAlias = ShownLine | Fold


class Page(Struct, frozen=True):
    """The last items before a place, and whether there are more before them."""

    items: Sequence[Item]
    more: bool

    @property
    def first_seq(self) -> int:
        """Where the page begins; 0 for an empty one."""
        return self.items[0].seq if self.items else 0


def page_of(lines: Iterable[ShownLine], length: int, before: int | None = None, seen: int | None = None) -> Page:
    """The last `length` items before a place in the ledger; more of them, down to what was `seen`, within reason."""
    items = arranged(line for line in lines if before is None or line.seq < before)
    if seen is not None:
        unseen = sum(item.seq > seen for item in items)
        length = max(length, min(unseen + length // 4, length * 5))
    return Page(items[-length:], len(items) > length)


def arranged(lines: Iterable[ShownLine]) -> list[Item]:
    """The lines as they are shown, oldest first."""
    items: list[Item] = []
    run: list[ShownLine] = []
    before: ShownLine | None = None
    for line in lines:
        if not line.routine:
            items += folded(run)
            run = []
            items.append(joined(line, before))
        else:
            run.append(line)
        before = line
    return items + folded(run)


def joined(line: ShownLine, before: ShownLine | None) -> ShownLine:
    """The line, saying whether it goes on with the burst of the one shown before it."""
    return replace(line, joined=True) if before is not None and _goes_on(line, before) else line


def folded(run: Sequence[ShownLine]) -> list[Item]:
    """Routine lines that follow each other, as one where they are many."""
    return [Fold(tuple(run))] if len(run) >= FOLD_FROM else list(run)


def _goes_on(line: ShownLine, before: ShownLine) -> bool:
    sides = ((each.by, each.who, each.to, each.session) for each in (line, before))
    return line.by != "system" and len(set(sides)) == 1 and line.at - before.at <= BURST_MS
