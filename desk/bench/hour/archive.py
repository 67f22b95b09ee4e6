"""What the archive says of a session."""

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.history import archived_lines
from desk.lines import ShownLine as ReadyLine
from desk.lines import shown_in_chat
from desk.store.archive import find_session
from desk.store.engine import reading
from sessions.content import Text
from sessions.floor import Floor
from sessions.ids import SessionId
from sessions.ledger import Ledger
from sessions.replica import restore
from sessions.streams import Keys

SPEAKERS = ("customer", "seat", "note")
ShownLine = tuple[str, str, str]
"""A line as browser and archive are compared: its identity, its words, what became of it."""


class Archive:
    """The transcripts of one site."""

    def __init__(self, database: AsyncEngine, redis: Redis) -> None:
        self._database = database
        self._ledger = Ledger(redis, Keys("desk:{main}:"))

    async def lines(self, session: str) -> tuple[list[ShownLine], set[str]]:
        """Every line that a desk would show, and which others it may fold away as routine."""
        site = (await self._floor()).site
        async with reading(self._database) as sql:
            lines = await archived_lines(sql, SessionId(session))
        told = [ready for each in lines if (ready := shown_in_chat(each, site, "zh"))]
        routine = {each.id for each in told if each.routine}
        return [_as_shown(each) for each in told if each.id not in routine], routine

    async def whereabouts(self, tail: str) -> list[str]:
        """Which sessions of the customer whose name ends so are on the floor, and at whose seat."""
        sessions = (await self._floor()).sessions
        return [
            f"{each.id}: {each.state} at {each.seat}, rings at {each.offer and each.offer.seat}, {each.hops} hops"
            for each in sessions.values()
            if each.customer.endswith(tail)
        ]

    async def seat_of(self, session: str) -> str | None:
        """Whose it is by now, whatever a page that has not heard yet shows."""
        found = (await self._floor()).sessions.get(SessionId(session))
        return found.seat if found else None

    async def is_over(self, session: str) -> bool:
        """Whether somebody has hung it up."""
        async with reading(self._database) as sql:
            found = await find_session(sql, SessionId(session))
        return found is not None and (found.hung_up_at or found.closed_at) is not None

    async def said(self, session: str) -> list[tuple[str, str]]:
        """Who said what, in order."""
        async with reading(self._database) as sql:
            lines = await archived_lines(sql, SessionId(session))
        return [
            (each.by, each.content.text) for each in lines if each.by in SPEAKERS and isinstance(each.content, Text)
        ]

    async def _floor(self) -> Floor:
        return (await restore(self._ledger)).floor


def _as_shown(line: ReadyLine) -> ShownLine:
    return line.id, line.content.text if isinstance(line.content, Text) else "", line.delivery
