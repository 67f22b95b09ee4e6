"""Finding sessions by what an agent has in hand: a session's number, a customer's id or name, or words said today.

Only what the agent may read: sessions that their seat or they themselves held a part of, and those of the groups that
the seat serves. Both are found by an index, newest first, and looked through no further back than a bound; what a query
finds in JSON is looked at again, because a name in it is no word that somebody said.
"""

import re
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from desk.store.archive import content_of
from desk.store.models import ArchivedMessage, ArchivedSession, CustomerTable, MessageTable, SegmentTable, SessionTable
from sessions.content import Text, preview
from sessions.ids import AccountId, GroupId, Millis, SeatId, UserId, customer_id

WORDS_LENGTH_MAX = 60
FOUND_MAX = 20
CUSTOMERS_BACK_MS = 30 * 24 * 3_600_000
"""So far back a customer is looked for by a part of their id; by the whole of it, as far as the archive goes."""
WORDS_OPENED_BACK_MS = 48 * 3_600_000
"""A session in which something was said today was opened no longer ago: none outlives the channel's window."""
CANDIDATES_MAX = 200

_NUMBER = re.compile(r"[0-9]{8}-[0-9]{0,12}")
_COUNT = re.compile(r"[0-9]{1,8}")
_ID_PART = re.compile(r"[A-Za-z0-9_-]{3,64}")


class Reader(Struct, frozen=True):
    """Who searches, and what they may read."""

    user: UserId
    seat: SeatId
    groups: Sequence[GroupId]


class Found(Struct, frozen=True):
    """A session, and what was said in it where it was found by that."""

    session: ArchivedSession
    message: ArchivedMessage | None = None
    words: str = ""


def wanted(text: str) -> str:
    """What is looked for: without the spaces around it, and no longer than makes sense."""
    return " ".join(text.replace("\0", "").split())[:WORDS_LENGTH_MAX]


async def by_number(sql: AsyncSession, reader: Reader, text: str, today: str) -> list[Found]:
    """Sessions whose number begins so: `20261123-00`; digits alone are the number of one of today's, `42`."""
    if _COUNT.fullmatch(text):
        numbers = [col(SessionTable.id) == f"{today}-{int(text):04d}"]
    elif _NUMBER.fullmatch(text):
        numbers = begins_with(sql, text)
    else:
        return []
    return [Found(each) for each in await _readable(sql, reader, None, numbers)]


async def by_customer(
    sql: AsyncSession, reader: Reader, text: str, accounts: Iterable[AccountId], now: Millis
) -> list[Found]:
    """The latest session of each customer whose openid is this, or holds it."""
    if not _ID_PART.fullmatch(text):
        return []
    whole = [customer_id(account, text) for account in accounts]
    found = await _readable(sql, reader, None, [col(SessionTable.customer).in_(whole)])
    if not found:
        since = Millis(now - CUSTOMERS_BACK_MS)
        found = await _readable(sql, reader, since, [col(SessionTable.customer).icontains(text, autoescape=True)])
    latest: dict[str, ArchivedSession] = {}
    for session in found:
        openid = session.customer.partition(":")[2]
        if text.casefold() in openid.casefold():  # not in the account's name before it
            latest.setdefault(session.customer, session)
    return [Found(each) for each in latest.values()]


async def by_name(sql: AsyncSession, reader: Reader, text: str, now: Millis) -> list[Found]:
    """The latest session of each customer whose remark holds this, or whose telephone number it is."""
    called = or_(col(CustomerTable.remark).icontains(text, autoescape=True), col(CustomerTable.phone) == text)
    known = select(CustomerTable.id).where(called)
    since = Millis(now - CUSTOMERS_BACK_MS)
    latest: dict[str, ArchivedSession] = {}
    for session in await _readable(sql, reader, since, [col(SessionTable.customer).in_(known)]):
        latest.setdefault(session.customer, session)
    return [Found(each) for each in latest.values()]


async def by_words(sql: AsyncSession, reader: Reader, text: str, since: Millis) -> list[Found]:
    """What was said since then, newest first, once for each session."""
    if len(text) < 2:
        return []
    spelled = msgspec.json.encode(text).decode()[1:-1]
    query = (
        select(MessageTable, SessionTable)
        .join(SessionTable, col(MessageTable.session) == col(SessionTable.id))
        .where(col(MessageTable.at) >= since, col(MessageTable.content).icontains(spelled, autoescape=True))
        .order_by(col(MessageTable.seq).desc())
        .limit(CANDIDATES_MAX)
    )
    ways = _ways_in(reader, Millis(since - WORDS_OPENED_BACK_MS))
    rows = [row for mine in ways for row in (await sql.exec(query.where(*mine))).all()]
    found: dict[str, Found] = {}
    for message, session in sorted(rows, key=lambda row: -row[0].seq):
        words = _said(message)
        if text.casefold() in words.casefold():
            found.setdefault(session.id, Found(session, message, words))
    return list(found.values())[:FOUND_MAX]


def begins_with(sql: AsyncSession, text: str) -> list[ColumnElement[bool]]:
    """What is asked of a session's number, byte by byte: in the order of a language `~` mostly comes before `0`."""
    number = col(SessionTable.id)
    if sql.get_bind().dialect.name == "postgresql":
        return [number.bool_op("~>=~")(text), number.bool_op("~<~")(text + "~")]
    return [number >= text, number < text + "~"]  # as SQLite compares anyway


async def _readable(
    sql: AsyncSession, reader: Reader, since: Millis | None, conditions: Iterable[ColumnElement[bool]]
) -> list[ArchivedSession]:
    query = select(SessionTable).where(*conditions).order_by(col(SessionTable.opened_at).desc()).limit(FOUND_MAX)
    ways = _ways_in(reader, since)
    found: dict[str, ArchivedSession] = {
        each.id: each for mine in ways for each in (await sql.exec(query.where(*mine))).all()
    }
    return sorted(found.values(), key=lambda each: (-each.opened_at, each.id))[:FOUND_MAX]


def _ways_in(reader: Reader, since: Millis | None) -> tuple[Sequence[ColumnElement[bool]], ...]:
    """Why the reader may read a session, each asked for by itself: an index serves one at a time.

    Without `since` the sessions are few already, and each is looked at; else those since then are walked over.
    """
    in_group = col(SessionTable.skill_group).in_(list(reader.groups))
    was_there = or_(col(SegmentTable.seat) == reader.seat, col(SegmentTable.username) == reader.user)
    if since is None:
        segment = select(SegmentTable.n).where(SegmentTable.session == SessionTable.id, was_there)
        return (in_group,), (segment.exists(),)
    held = select(SegmentTable.session).where(was_there, col(SegmentTable.started_at) >= since)
    return (in_group, col(SessionTable.opened_at) >= since), (col(SessionTable.id).in_(held),)


def _said(message: ArchivedMessage) -> str:
    content = content_of(message)
    return content.text if isinstance(content, Text) else preview(content)
