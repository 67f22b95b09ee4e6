"""What was said before what this process remembers: older lines of a live session, and the customer's sessions before.

The archive keeps every event word for word, so its lines are folded by the same code as the live ones. A session is
read whole, up to a bound: paging through it then needs no second idea of what a line is.
"""

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from desk.store.archive import find_session
from desk.store.engine import reading
from desk.store.models import EventTable
from desk.transcripts import Line, Transcripts
from sessions import events as ev
from sessions.ids import Seq, SessionId

EVENTS_MAX = 4_000
"""Of one session; the first ones of a longer one are read on its transcript page."""
PAGE_ITEMS = 40


async def archived_lines(sql: AsyncSession, session: SessionId) -> list[Line]:
    """Every line of a session that has reached the archive, oldest first."""
    query = select(EventTable.seq, EventTable.body).where(EventTable.session == session)
    found = (await sql.exec(query.order_by(col(EventTable.seq).desc()).limit(EVENTS_MAX))).all()
    transcripts = Transcripts()
    for seq, body in reversed(found):
        transcripts.fold(Seq(seq), ev.decode(body))
    return transcripts.lines(session)


async def known_lines(transcripts: Transcripts, database: AsyncEngine | None, session: SessionId) -> list[Line]:
    """Everything said in a session: what the archive has, and what came since."""
    live = transcripts.lines(session)
    if begins(live) or database is None:
        return live
    async with reading(database) as sql:
        archived = await archived_lines(sql, session)
    return together(archived, transcripts.lines(session))  # asked anew, for reading took a while


async def session_before(sql: AsyncSession, session: SessionId) -> SessionId | None:
    """The customer's session before this one."""
    found = await find_session(sql, session)
    return SessionId(found.previous) if found and found.previous else None


def together(archived: list[Line], live: list[Line]) -> list[Line]:
    """Each line once, where the archive and what is remembered here overlap or meet; what is live knows more."""
    since = live[0].seq if live else None
    return [line for line in archived if since is None or line.seq < since] + live


def begins(lines: list[Line]) -> bool:
    """Whether these lines go back to the beginning of their session."""
    return bool(lines) and isinstance(lines[0].event, ev.SessionOpened)
