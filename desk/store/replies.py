"""Canned replies in SQL, and how often each was sent.

A change is one transaction, checked whole. `updated_at` never stands still: by their number and the sum of it, a
process that keeps replies in memory knows whether they are still the same.
"""

import secrets
from collections.abc import Collection
from typing import cast

import msgspec
from msgspec.structs import replace
from sqlalchemy import delete, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from desk.replies import Reply, Scope
from desk.store.complaints import Complaint, OutdatedError, SiteSettingsError
from desk.store.folding import EVERYBODY
from desk.store.models import CannedReply, ReplyUseTable
from desk.store.plain_checking import ID
from desk.store.reply_checking import REPLIES_MAX, reply_complaints
from sessions.ids import Millis

Stamp = tuple[int, int]


async def shared_replies(sql: AsyncSession) -> list[Reply]:
    """Those of groups and of the site."""
    return await _replies(sql, col(CannedReply.scope) != "personal")


async def personal_replies(sql: AsyncSession, user: str) -> list[Reply]:
    """This person's own."""
    return await _replies(sql, col(CannedReply.scope) == "personal", col(CannedReply.owner) == user)


async def shared_stamp(sql: AsyncSession) -> Stamp:
    """Another one whenever a shared reply has changed."""
    return await _stamp(sql, col(CannedReply.scope) != "personal")


async def personal_stamp(sql: AsyncSession, user: str) -> Stamp:
    """Another one whenever one of this person's has changed."""
    return await _stamp(sql, col(CannedReply.scope) == "personal", col(CannedReply.owner) == user)


async def find_reply(sql: AsyncSession, reply: str) -> Reply | None:
    """The reply of this id, whoever's it is."""
    row = await sql.get(CannedReply, reply) if ID.fullmatch(reply) else None
    return reply_of(row) if row else None


async def uses(sql: AsyncSession, user: str = EVERYBODY) -> dict[str, int]:
    """How often this person, or everybody, has sent each reply."""
    found = await sql.exec(select(ReplyUseTable.reply, ReplyUseTable.count).where(col(ReplyUseTable.username) == user))
    return dict(found.all())


async def save_reply(sql: AsyncSession, reply: Reply, groups: Collection[str], by: str, at: Millis) -> Reply:
    """Adds a reply without an id; changes the one that has it, if it is still as `updated_at` says.

    Raises `SiteSettingsError`, `OutdatedError`.
    """
    row = await sql.get(CannedReply, reply.id, with_for_update=True) if reply.id else None
    if reply.id and (row is None or row.updated_at != reply.updated_at):
        raise OutdatedError
    others = await _replies(sql, col(CannedReply.scope) == reply.scope, col(CannedReply.owner) == reply.owner)
    complaints = list(reply_complaints(reply, groups, others))
    most = REPLIES_MAX[reply.scope]
    if len([each for each in others if each.id != reply.id]) >= most:
        complaints.append(Complaint(("",), "full", {"most": most}))
    if complaints:
        raise SiteSettingsError(complaints)
    saved = replace(
        reply,
        id=reply.id or secrets.token_hex(6),
        updated_at=max(at, reply.updated_at + 1),
        updated_by=by,
    )
    await sql.merge(reply_row(saved))
    return saved


async def remove_reply(sql: AsyncSession, reply: str) -> None:
    """The reply and the count of its use go."""
    connection = await sql.connection()
    await connection.execute(delete(CannedReply).where(col(CannedReply.id) == reply))
    await connection.execute(delete(ReplyUseTable).where(col(ReplyUseTable.reply) == reply))


def reply_of(row: CannedReply) -> Reply:
    """The reply that this row holds."""
    return Reply(
        id=row.id,
        scope=cast(Scope, row.scope),  # a check of the table
        owner=row.owner,
        title=row.title,
        text=row.text,
        shortcut=row.shortcut,
        keywords=words_of(row.keywords),
        category=row.category,
        position=row.position,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
    )


def reply_row(reply: Reply) -> CannedReply:
    """The row that holds this reply."""
    fields = msgspec.structs.asdict(reply)
    return CannedReply(**{**fields, "keywords": words_row(reply.keywords)})


def words_of(stored: str) -> tuple[str, ...]:
    """A list of words as a row holds it; none where somebody's hand has spoilt it."""
    try:
        return msgspec.json.decode(stored, type=tuple[str, ...])
    except msgspec.DecodeError:
        return ()


def words_row(words: Collection[str]) -> str:
    return msgspec.json.encode(list(words)).decode()


async def _replies(sql: AsyncSession, *conditions: object) -> list[Reply]:
    query = select(CannedReply).where(*conditions)  # type: ignore[arg-type] # conditions of `col`
    order = col(CannedReply.category), col(CannedReply.position), col(CannedReply.title), col(CannedReply.id)
    return [reply_of(row) for row in (await sql.exec(query.order_by(*order))).all()]


async def _stamp(sql: AsyncSession, *conditions: object) -> Stamp:
    query = select(func.count(), func.coalesce(func.sum(CannedReply.updated_at), 0)).where(*conditions)  # type: ignore[arg-type]
    count, total = (await sql.exec(query)).one()
    return int(count), int(total)
