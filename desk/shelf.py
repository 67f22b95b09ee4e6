"""What agents have at hand while they write, kept in memory by each web process: canned replies and knowledge.

SQL is the truth. It is asked once a second at most, and only while somebody searches, whether something has changed;
what changed is read and made ready on a thread, for pinyin takes its time. While SQL is away, what is known is used.
A person's own replies are read when they begin to search, and forgotten when many others have searched since.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from desk.errors import UserError
from desk.knowledge import Article, Library
from desk.replies import Findable, Reply
from desk.store.engine import reading
from desk.store.knowledge import articles, articles_stamp
from desk.store.replies import Stamp, personal_replies, personal_stamp, shared_replies, shared_stamp, uses
from desk.suggestions import Cues

LOOK_EVERY_S = 1.0
COUNT_EVERY_S = 10.0
"""Use only orders what is found: it may be a little old."""
PEOPLE_KEPT = 500

log = logging.getLogger(__name__)

_Value = TypeVar("_Value")
_Row = TypeVar("_Row")


class Replies:
    """Replies with what they are found by and what they answer."""

    def __init__(self, replies: list[Reply]) -> None:
        self.findable = [Findable(reply) for reply in replies]
        self.cues = Cues(replies)


class Knowledge:
    """The articles with what they answer."""

    def __init__(self, known: list[Article]) -> None:
        self.library = Library(known)
        self.cues = Cues(article for article in known if article.active)


class Shelf:
    """Everything at hand, as SQL last had it. Every question raises UserError `unavailable` where nothing is known."""

    def __init__(self, database: AsyncEngine) -> None:
        self._database = database
        self._shared = _Kept(database, shared_stamp, _reader(shared_replies, Replies))
        self._knowledge = _Kept(database, articles_stamp, _reader(articles, Knowledge))
        self._personal: OrderedDict[str, _Kept[Replies]] = OrderedDict()
        self._uses: OrderedDict[str, tuple[float, dict[str, int]]] = OrderedDict()

    async def shared(self) -> Replies:
        """The groups' and the site's replies."""
        return await self._shared.fresh()

    async def personal(self, user: str) -> Replies:
        """This person's own."""
        if user not in self._personal:

            async def stamp(sql: AsyncSession) -> Stamp:
                return await personal_stamp(sql, user)

            async def own(sql: AsyncSession) -> list[Reply]:
                return await personal_replies(sql, user)

            self._personal[user] = _Kept(self._database, stamp, _reader(own, Replies))
        self._personal.move_to_end(user)
        if len(self._personal) > PEOPLE_KEPT:
            self._personal.popitem(last=False)
        return await self._personal[user].fresh()

    async def knowledge(self) -> Knowledge:
        """The articles."""
        return await self._knowledge.fresh()

    async def uses(self, user: str) -> dict[str, int]:
        """How often this person has sent each reply, or everybody (`""`); empty while that cannot be read."""
        read_at, counts = self._uses.get(user, (float("-inf"), {}))
        if time.monotonic() - read_at < COUNT_EVERY_S:
            return counts
        try:
            async with reading(self._database) as sql:
                counts = await uses(sql, user)
        except (SQLAlchemyError, OSError):
            log.warning("cannot read the use of replies now")
        self._uses[user] = (time.monotonic(), counts)
        self._uses.move_to_end(user)
        if len(self._uses) > PEOPLE_KEPT:
            self._uses.popitem(last=False)
        return counts

    def changed(self) -> None:
        """This process has changed something: look again at the next question."""
        every: list[_Kept[Any]] = [self._shared, self._knowledge, *self._personal.values()]
        for kept in every:
            kept.looked_at = float("-inf")


class _Kept(Generic[_Value]):
    """A value made from SQL, and the stamp of what it was made from."""

    def __init__(
        self,
        database: AsyncEngine,
        stamp: Callable[[AsyncSession], Awaitable[Stamp]],
        read: Callable[[AsyncSession], Awaitable[_Value]],
    ) -> None:
        self.looked_at = float("-inf")
        self._database = database
        self._read_stamp = stamp
        self._read = read
        self._stamp: Stamp | None = None
        self._value: _Value | None = None
        self._looking = asyncio.Lock()

    async def fresh(self) -> _Value:
        """The value, no older than a second. Who comes while another looks waits for what they find."""
        async with self._looking:
            if time.monotonic() - self.looked_at >= LOOK_EVERY_S:
                await self._look()
        if self._value is None:
            raise UserError("unavailable", "系统暂时不可用，请稍候再试", status=503, retry_after_s=3)
        return self._value

    async def _look(self) -> None:
        self.looked_at = time.monotonic()
        try:
            async with reading(self._database) as sql:
                stamp = await self._read_stamp(sql)
                if stamp != self._stamp:
                    self._value, self._stamp = await self._read(sql), stamp
        except (SQLAlchemyError, OSError):
            log.warning("cannot read replies or knowledge now: what is known is used")


def _reader(
    load: Callable[[AsyncSession], Awaitable[list[_Row]]], make: Callable[[list[_Row]], _Value]
) -> Callable[[AsyncSession], Awaitable[_Value]]:
    async def read(sql: AsyncSession) -> _Value:
        rows = await load(sql)
        return await asyncio.to_thread(make, rows)

    return read
