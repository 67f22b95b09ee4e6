"""Reading the archive: sessions, what was said in them, and what happened.

Lists are read by key, never by page number: a page that begins after the last row seen stays right while new rows come
in, and costs the same however far back it is. Every list has a limit.
"""

from collections.abc import Sequence

import msgspec
from msgspec import Struct
from sqlalchemy import func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from desk.store.folding import Entry
from desk.store.models import (
    ArchivedMessage,
    ArchivedSegment,
    ArchivedSession,
    EventTable,
    MessageTable,
    SegmentTable,
    SessionTable,
)
from sessions import events as ev
from sessions.content import Content
from sessions.ids import CustomerId, Millis, SeatId, Seq, SessionId

LIST_MAX = 200

NO_LINES = frozenset(
    {
        "message_received",
        "message_refused",
        "message_sent",
        "notice_sent",
        "note_added",
        "message_delivered",
        "message_failed",
        "recall_asked",
        "message_recalled",
        "media_stored",
        "media_rejected",
        "phrase_unmatched",
        "seat_mentioned",
        "satisfaction_asked",
        "customer_remembered",
        "slot_released",
    }
)
"""Events without a line of their own: messages tell them already, or a reader need not know."""

_content: msgspec.json.Decoder[Content] = msgspec.json.Decoder(Content)


class SessionCursor(Struct, frozen=True):
    """A place in a list of sessions, newest first: after this one."""

    at: Millis
    session: SessionId


class Transcript(Struct, frozen=True):
    """A session with everything in it, oldest first. `earlier` is set when more came before what is here."""

    session: ArchivedSession
    segments: list[ArchivedSegment]
    messages: list[ArchivedMessage]
    events: list[Entry]
    earlier: Seq | None = None


def content_of(message: ArchivedMessage) -> Content:
    """What the message says."""
    return _content.decode(message.content)


async def find_session(sql: AsyncSession, session: SessionId) -> ArchivedSession | None:
    """The session of this number, if it has been archived."""
    return await sql.get(SessionTable, session)


async def newest_session(sql: AsyncSession) -> SessionId | None:
    """The number of the session that was opened last, if any was: a new ledger goes on counting from it."""
    query = select(SessionTable.id).order_by(col(SessionTable.opened_at).desc(), col(SessionTable.id).desc()).limit(1)
    found = (await sql.exec(query)).first()
    return SessionId(found) if found else None


async def session_segments(sql: AsyncSession, session: SessionId) -> list[ArchivedSegment]:
    """Who held it, in turn."""
    query = select(SegmentTable).where(SegmentTable.session == session).order_by(col(SegmentTable.n)).limit(LIST_MAX)
    return list((await sql.exec(query)).all())


async def session_messages(
    sql: AsyncSession, session: SessionId, before: Seq | None = None, limit: int = LIST_MAX
) -> list[ArchivedMessage]:
    """What was said last before this place in the ledger, oldest first."""
    query = select(MessageTable).where(MessageTable.session == session)
    if before is not None:
        query = query.where(col(MessageTable.seq) < before)
    found = (await sql.exec(query.order_by(col(MessageTable.seq).desc()).limit(limit))).all()
    return list(reversed(found))


async def session_events(
    sql: AsyncSession, session: SessionId, before: Seq | None = None, limit: int = LIST_MAX
) -> list[Entry]:
    """What else happened last before this place in the ledger, oldest first."""
    query = select(EventTable.seq, EventTable.body).where(
        EventTable.session == session, col(EventTable.type).not_in(NO_LINES)
    )
    if before is not None:
        query = query.where(col(EventTable.seq) < before)
    found = (await sql.exec(query.order_by(col(EventTable.seq).desc()).limit(limit))).all()
    return [(Seq(seq), ev.decode(body)) for seq, body in reversed(found)]


async def session_transcript(
    sql: AsyncSession, session: SessionId, before: Seq | None = None, limit: int = LIST_MAX
) -> Transcript | None:
    """The session and the last `limit` lines of it before this place; None where there is no such session."""
    found = await find_session(sql, session)
    if found is None:
        return None
    messages = await session_messages(sql, session, before, limit + 1)
    events = await session_events(sql, session, before, limit + 1)
    places = sorted([message.seq for message in messages] + [seq for seq, _ in events])
    first = places[-limit] if len(places) > limit else 0
    return Transcript(
        session=found,
        segments=await session_segments(sql, session),
        messages=[message for message in messages if message.seq >= first],
        events=[entry for entry in events if entry[0] >= first],
        earlier=Seq(first) if first else None,
    )


async def customer_sessions(
    sql: AsyncSession, customer: CustomerId, after: SessionCursor | None = None, limit: int = 20
) -> list[ArchivedSession]:
    """The customer's sessions, newest first, from after the cursor on."""
    opened_at, number = col(SessionTable.opened_at), col(SessionTable.id)
    query = select(SessionTable).where(SessionTable.customer == customer)
    if after is not None:
        query = query.where(or_(opened_at < after.at, (opened_at == after.at) & (number < after.session)))
    return _listed((await sql.exec(query.order_by(opened_at.desc(), number.desc()).limit(limit))).all())


async def closed_by_seat(
    sql: AsyncSession, seat: SeatId, since: Millis, after: SessionCursor | None = None, limit: int = 20
) -> list[ArchivedSession]:
    """What the seat has closed since then, newest first, from after the cursor on."""
    closed_at, number = col(SessionTable.closed_at), col(SessionTable.id)
    query = select(SessionTable).where(SessionTable.seat == seat, closed_at >= since)
    if after is not None:
        query = query.where(or_(closed_at < after.at, (closed_at == after.at) & (number < after.session)))
    return _listed((await sql.exec(query.order_by(closed_at.desc(), number.desc()).limit(limit))).all())


async def closed_count(sql: AsyncSession, seat: SeatId, since: Millis) -> int:
    """How many the seat has closed since then."""
    query = select(func.count()).where(SessionTable.seat == seat, col(SessionTable.closed_at) >= since)
    return (await sql.exec(query)).one()


async def customer_messages(
    sql: AsyncSession, customer: CustomerId, before: Seq | None = None, limit: int = LIST_MAX
) -> list[ArchivedMessage]:
    """What was said to the customer and by them last before this place in the ledger, in whatever session.

    Without what was taken back, and what colleagues noted.
    """
    query = select(MessageTable).where(
        MessageTable.customer == customer,
        col(MessageTable.direction) != "note",
        col(MessageTable.delivery) != "recalled",
    )
    if before is not None:
        query = query.where(col(MessageTable.seq) < before)
    found = (await sql.exec(query.order_by(col(MessageTable.seq).desc()).limit(limit))).all()
    return list(reversed(found))


async def keys_of(sql: AsyncSession, places: Sequence[Seq]) -> dict[Seq, str]:
    """The channel's own identities of the customers' messages at these places in the ledger."""
    if not places:
        return {}
    query = select(EventTable.seq, EventTable.body).where(col(EventTable.seq).in_(places[:LIST_MAX]))
    found = [(Seq(seq), ev.decode(body)) for seq, body in (await sql.exec(query)).all()]
    return {seq: event.key for seq, event in found if isinstance(event, ev.MessageReceived | ev.MessageRefused)}


def _listed(found: Sequence[SessionTable]) -> list[ArchivedSession]:
    return list(found)
