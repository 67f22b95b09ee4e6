"""Writes a batch of events into the archive: in one transaction, once or not at all.

The lock of the position row makes archivists take turns, and the position moves in the transaction that writes
what it stands for; so a repeated batch finds nothing new in itself, and counters may simply count.
Rows are inserted when new and updated by key when known, never "upserted": a session number that turns up a second time
means that the ledger was replaced, and must not overwrite the past.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import Table, bindparam, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import SQLModel

from desk.store.customer_folding import tags_of
from desk.store.engine import WRITES
from desk.store.folding import Entry, Rows, UseKey, archive_event, fold_batch, touched_by
from desk.store.models import (
    ArchivedCustomer,
    ArchivedMessage,
    ArchivedSegment,
    ArchivedSession,
    ArchivePosition,
    CustomerTable,
    EventTable,
    MessageTable,
    ReplyUse,
    ReplyUseTable,
    SegmentTable,
    SessionTable,
    TagCount,
    TagTable,
    UnmatchedPhrase,
    UnmatchedPhraseTable,
    table_of,
)
from sessions.ids import Seq


class LedgerMismatchError(Exception):
    """The ledger does not go on where the archive ends: it was emptied, replaced or trimmed too far."""

    code = "ledger_mismatch"


async def archive_batch(engine: AsyncEngine, batch: Sequence[Entry]) -> Seq:
    """Writes what is new in `batch`; returns the archive's position after it.

    Raises LedgerMismatchError where something is missing before the batch or inside it, and whatever SQL raises.
    """
    async with engine.connect() as connection:
        await connection.execution_options(**{WRITES: True})
        async with connection.begin():
            position = await connection.scalar(select(_POSITION.c.seq).with_for_update()) or 0
            fresh = [entry for entry in batch if entry[0] > position]
            _check_unbroken(position, fresh)
            if fresh:
                await _write(connection, fresh)
                position = fresh[-1][0]
                await connection.execute(update(_POSITION).values(seq=position))
    return Seq(position)


async def archived_position(engine: AsyncEngine) -> Seq:
    """The last event that is safe in SQL; 0 where there is none yet."""
    async with engine.connect() as connection:
        return Seq(await connection.scalar(select(_POSITION.c.seq)) or 0)


async def begin_anew(engine: AsyncEngine, archived: Seq, before_first: Seq) -> None:
    """Goes on with a new ledger, whose first event comes after `before_first`, where the lost one ended."""
    async with engine.begin() as connection:
        await connection.execute(update(_POSITION).where(_POSITION.c.seq == archived).values(seq=before_first))


async def archived_body(engine: AsyncEngine, seq: Seq) -> str | None:
    """The event at this position as it was spelled; None where there is none."""
    async with engine.connect() as connection:
        return cast(str | None, await connection.scalar(select(_EVENT.table.c.body).where(_EVENT.table.c.seq == seq)))


def _check_unbroken(position: int, batch: Sequence[Entry]) -> None:
    # An empty archive takes a ledger from wherever it begins.
    expected = [position] if position else []
    expected += [seq for seq, _ in batch]
    for before, after in pairwise(expected):
        if after != before + 1:
            raise LedgerMismatchError(f"Event {after} comes after {before}: what lies between is missing.")


async def _write(connection: AsyncConnection, batch: Sequence[Entry]) -> None:
    touched = touched_by(batch)
    customers = {each.id: each for each in await _load(connection, ArchivedCustomer, _CUSTOMER, touched.customers)}
    borne = touched.tags.union(*map(tags_of, customers.values()))
    rows = Rows(
        customers=customers,
        tags={each.tag: each for each in await _load(connection, TagCount, _TAG, borne)},
        sessions={each.id: each for each in await _load(connection, ArchivedSession, _SESSION, touched.sessions)},
        segments={
            (each.session, each.n): each
            for each in await _load(connection, ArchivedSegment, _SEGMENT, touched.segments_of)
        },
        messages={each.id: each for each in await _load(connection, ArchivedMessage, _MESSAGE, touched.messages)},
        phrases={
            (each.account, each.phrase): each
            for each in await _load(connection, UnmatchedPhrase, _PHRASE, touched.phrases)
        },
        uses={(each.username, each.reply): each for each in await _load_uses(connection, touched.uses)},
    )
    known = set(rows.sessions), set(rows.segments), set(rows.messages), set(rows.phrases), set(rows.uses)
    known_customers, known_tags = set(rows.customers), set(rows.tags)
    fold_batch(rows, batch)
    await _insert(connection, _EVENT, [archive_event(seq, event) for seq, event in batch])
    await _save(connection, _SESSION, rows.sessions, known[0])
    await _save(connection, _SEGMENT, rows.segments, known[1])
    await _save(connection, _MESSAGE, rows.messages, known[2])
    await _save(connection, _PHRASE, rows.phrases, known[3])
    await _save(connection, _USE, rows.uses, known[4])
    await _save(connection, _CUSTOMER, rows.customers, known_customers)
    await _save(connection, _TAG, rows.tags, known_tags)


class _Place(NamedTuple):
    """A table, the columns of its key, and the one that rows are looked up by."""

    table: Table
    key: tuple[str, ...]
    found_by: str


_POSITION = table_of(ArchivePosition)
_EVENT = _Place(table_of(EventTable), ("seq",), "seq")
_SESSION = _Place(table_of(SessionTable), ("id",), "id")
_SEGMENT = _Place(table_of(SegmentTable), ("session", "n"), "session")
_MESSAGE = _Place(table_of(MessageTable), ("id",), "id")
_CUSTOMER = _Place(table_of(CustomerTable), ("id",), "id")
_TAG = _Place(table_of(TagTable), ("tag",), "tag")
_PHRASE = _Place(table_of(UnmatchedPhraseTable), ("account", "phrase"), "phrase")
_USE = _Place(table_of(ReplyUseTable), ("username", "reply"), "reply")

_Row = TypeVar("_Row", bound=SQLModel)
_Key = TypeVar("_Key")


async def _load(connection: AsyncConnection, kind: type[_Row], place: _Place, keys: set[str]) -> list[_Row]:
    if not keys:
        return []
    found = await connection.execute(select(place.table).where(place.table.c[place.found_by].in_(keys)))
    return [kind(**row) for row in found.mappings()]


async def _load_uses(connection: AsyncConnection, keys: set[UseKey]) -> list[ReplyUse]:
    """By both columns: a reply may be used by a thousand people."""
    if not keys:
        return []
    key = tuple_(_USE.table.c.username, _USE.table.c.reply)
    found = await connection.execute(select(_USE.table).where(key.in_(sorted(keys))))
    return [ReplyUse(**row) for row in found.mappings()]


async def _save(connection: AsyncConnection, place: _Place, rows: Mapping[_Key, SQLModel], known: set[_Key]) -> None:
    await _insert(connection, place, [row for key, row in rows.items() if key not in known])
    if not known:
        return
    matches = [place.table.c[column] == bindparam(f"key_{column}") for column in place.key]
    changes = []
    for key in known:
        values = _values(rows[key])
        changes.append(values | {f"key_{column}": values.pop(column) for column in place.key})
    await connection.execute(update(place.table).where(*matches), changes)


async def _insert(connection: AsyncConnection, place: _Place, rows: Iterable[SQLModel]) -> None:
    if values := [_values(row) for row in rows]:
        await connection.execute(insert(place.table), values)


def _values(row: SQLModel) -> dict[str, Any]:
    # PostgreSQL takes no NUL in a text, and no text that someone sent may stop the archive.
    return {
        name: value.replace("\0", "\ufffd") if isinstance(value, str) and "\0" in value else value
        for name, value in row.__dict__.items()
    }
