"""Reading what is kept of customers: who they are, what was noted about them, which tags are in use."""

from collections.abc import Sequence

from msgspec import Struct
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from desk.store.customer_folding import tags_of, touched_in
from desk.store.models import (
    ArchivedCustomer,
    ArchivedMessage,
    ArchivedSession,
    CustomerTable,
    MessageTable,
    SessionTable,
    TagTable,
)
from sessions import commands as cmd
from sessions.ids import CustomerId
from sessions.profile import Told

NOTES_SHOWN = 20
LINKED_MAX = 10
TAGS_OFFERED = 50


class Linked(Struct, frozen=True):
    """The same person in another account, and their last session there."""

    customer: ArchivedCustomer
    session: ArchivedSession | None


async def find_customer(sql: AsyncSession, customer: CustomerId) -> ArchivedCustomer | None:
    """What is kept of the customer."""
    return await sql.get(CustomerTable, customer)


async def remarks_of(sql: AsyncSession, customers: Sequence[str]) -> dict[str, str]:
    """The names of those of these customers who have one."""
    query = select(CustomerTable.id, CustomerTable.remark).where(
        col(CustomerTable.id).in_(customers), CustomerTable.remark != ""
    )
    return dict((await sql.exec(query)).all())


async def linked_to(sql: AsyncSession, customer: ArchivedCustomer) -> list[Linked]:
    """The same person in other accounts: whoever has the same unionid."""
    if not customer.unionid:
        return []
    query = (
        select(CustomerTable)
        .where(CustomerTable.unionid == customer.unionid, CustomerTable.id != customer.id)
        .order_by(col(CustomerTable.id))
        .limit(LINKED_MAX)
    )
    return [Linked(each, await _last_session(sql, each.id)) for each in (await sql.exec(query)).all()]


async def notes_of(sql: AsyncSession, customer: CustomerId, limit: int = NOTES_SHOWN) -> list[ArchivedMessage]:
    """Internal notes on the customer's sessions, newest first."""
    query = select(MessageTable).where(MessageTable.customer == customer, MessageTable.direction == "note")
    return list((await sql.exec(query.order_by(col(MessageTable.seq).desc()).limit(limit))).all())


async def last_words(sql: AsyncSession, session: ArchivedSession) -> ArchivedMessage | None:
    """What was said last in a session before its end, by the customer or a seat."""
    query = select(MessageTable).where(
        MessageTable.session == session.id,
        col(MessageTable.direction).in_(("customer", "seat")),
        col(MessageTable.at) <= (session.closed_at or session.opened_at),
    )
    return (await sql.exec(query.order_by(col(MessageTable.seq).desc()).limit(1))).first()


async def tags_in_use(sql: AsyncSession, limit: int = TAGS_OFFERED) -> list[str]:
    """The tags that most customers bear."""
    query = select(TagTable.tag).where(TagTable.customers > 0)
    return list((await sql.exec(query.order_by(col(TagTable.customers).desc(), TagTable.tag).limit(limit))).all())


def remembered(customer: CustomerId, kept: ArchivedCustomer | None, told: Told | None = None) -> cmd.RememberCustomer:
    """The command that brings back to the floor what is kept."""
    if kept is None:
        return cmd.RememberCustomer(customer=customer, told=told)
    return cmd.RememberCustomer(
        customer=customer,
        remark=kept.remark,
        tags=tags_of(kept),
        revision=kept.revision,
        touched=touched_in(kept),
        told=told,
    )


async def _last_session(sql: AsyncSession, customer: str) -> ArchivedSession | None:
    query = select(SessionTable).where(SessionTable.customer == customer)
    return (await sql.exec(query.order_by(col(SessionTable.opened_at).desc()).limit(1))).first()
