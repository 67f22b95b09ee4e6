"""A page of a visitor's conversation: the archive's lines and those that are too young for it, as one.

Without SQL, now or at all, there is what memory has, and the page says that this may not be everything.
"""

import logging

from msgspec import Struct
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.channels.webchat.said import Said, said_before
from desk.channels.webchat.talks import Talks
from desk.store.archive import customer_messages, keys_of
from desk.store.engine import reading
from sessions.ids import CustomerId, MessageId, Seq

PAGE_LINES = 40

log = logging.getLogger(__name__)


class Page(Struct, frozen=True):
    """Lines, oldest first. `more` came before them; `partial`: earlier ones cannot be read now."""

    lines: list[Said]
    more: bool
    partial: bool = False


async def read_page(
    database: AsyncEngine | None, talks: Talks, customer: CustomerId, before: Seq | None = None
) -> Page:
    """The last lines before this place, or the last of all."""
    archived, partial = await _archived(database, customer, before)
    known: dict[MessageId, Said] = {line.id: line for line in archived if not talks.is_recalled(line.id)}
    known |= {line.id: line for line in talks.lines(customer) if before is None or line.seq < before}
    lines = sorted(known.values(), key=lambda line: line.seq)
    return Page(lines[-PAGE_LINES:], more=len(lines) > PAGE_LINES, partial=partial)


async def _archived(database: AsyncEngine | None, customer: CustomerId, before: Seq | None) -> tuple[list[Said], bool]:
    if database is None:
        return [], False
    try:
        async with reading(database) as sql:
            messages = await customer_messages(sql, customer, before, PAGE_LINES + 1)
            keys = await keys_of(sql, [Seq(each.seq) for each in messages if each.direction == "customer"])
    except (SQLAlchemyError, OSError) as failure:
        log.warning("a visitor's history cannot be read now", extra={"reason": type(failure).__name__})
        return [], True
    return [said_before(each, keys.get(Seq(each.seq), "")) for each in messages], False
