"""Canned replies (快捷回复): what they are, whose they are, and which are meant by what is typed after `/`.

Pure. A reply is somebody's own, a skill group's, or the whole site's. Who searches finds, first, the reply whose
shortcut was typed, then those whose shortcut or title begins so (by characters, pinyin or initials), then the rest;
and among these what they use most, then what everybody uses most.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Literal

from msgspec import Struct

from desk.spelling import Spelling, as_typed
from routing.words import normalised

Scope = Literal["personal", "group", "site"]
SCOPES: tuple[Scope, ...] = ("personal", "group", "site")
FOUND_MAX = 20


class Reply(Struct, frozen=True, kw_only=True):
    """`owner` is the user name of a personal one, the group of a group's, and empty for the site's.

    `text` may hold variables, see `desk.filling`. `keywords` are customers' words that it answers, and other names.
    """

    id: str
    scope: Scope
    owner: str = ""
    title: str
    text: str
    shortcut: str = ""
    keywords: tuple[str, ...] = ()
    category: str = ""
    position: int = 0
    updated_at: int = 0
    updated_by: str = ""


class Findable:
    """A reply with what it is found by."""

    __slots__ = ("_plain", "_shortcut", "_spellings", "reply")

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self._shortcut = as_typed(reply.shortcut)
        self._spellings = [Spelling(name) for name in (reply.title, *reply.keywords)]
        self._plain = normalised(f"{reply.category} {reply.text}").replace(" ", "")

    def rank(self, typed: str) -> int | None:
        """How well it is met, 0 being best; None where it is not meant."""
        if not typed:
            return 0
        if self._shortcut == typed:
            return 0
        meetings = {spelling.met_by(typed) for spelling in self._spellings}
        if "start" in meetings or self._shortcut.startswith(typed):
            return 1
        return 2 if "within" in meetings else 3 if typed in self._plain else None


def may_use(reply: Reply, user: str, groups: Collection[str]) -> bool:
    """Whether this person may read and say it: their own, their groups', the site's."""
    match reply.scope:
        case "personal":
            return reply.owner == user
        case "group":
            return reply.owner in groups
        case "site":
            return True


def search(
    replies: Iterable[Findable],
    text: str,
    mine: Mapping[str, int],
    everybody: Mapping[str, int],
    group: str = "",
    most: int = FOUND_MAX,
) -> list[Reply]:
    """The replies that are meant, the best first; with nothing typed, all, the most used first.

    Of equals, those of the session's `group` go before the site's and other groups' after them.
    """
    typed = as_typed(text)
    if text.strip() and not typed:
        return []
    found = [(rank, each.reply) for each in replies if (rank := each.rank(typed)) is not None]
    found.sort(
        key=lambda each: (
            min(each[0], 2),
            -mine.get(each[1].id, 0),
            -everybody.get(each[1].id, 0),
            each[0],
            *standing(each[1], group),
        )
    )
    return [reply for _, reply in found[:most]]


def standing(reply: Reply, group: str = "") -> tuple[int, int, str, str]:
    """The order of replies that nothing else tells apart: one's own, this group's, the site's, other groups'."""
    nearness = 0 if reply.scope == "personal" else 2 if reply.scope == "site" else 1 if reply.owner == group else 3
    return nearness, reply.position, reply.title, reply.id
