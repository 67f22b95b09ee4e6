"""Reading, and dropping, the phrases that self-service had no answer to."""

from collections.abc import Sequence

from sqlalchemy import delete, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from desk.store.models import UnmatchedPhraseTable
from sessions.ids import AccountId

PHRASES_READ_MAX = 1000
FORGOTTEN_MAX = 500


async def unmatched_phrases(
    sql: AsyncSession, accounts: Sequence[AccountId], limit: int = PHRASES_READ_MAX
) -> list[tuple[str, int]]:
    """Phrases of these accounts' customers with their counts, the most counted first."""
    total = func.sum(UnmatchedPhraseTable.count)
    query = (
        select(UnmatchedPhraseTable.phrase, total)
        .where(col(UnmatchedPhraseTable.account).in_(accounts))
        .group_by(col(UnmatchedPhraseTable.phrase))
        .order_by(total.desc(), col(UnmatchedPhraseTable.phrase))
        .limit(limit)
    )
    return [(phrase, int(count)) for phrase, count in (await sql.exec(query)).all()]


async def forget_phrases(sql: AsyncSession, accounts: Sequence[AccountId], phrases: Sequence[str]) -> None:
    """Drops these phrases from the count."""
    connection = await sql.connection()
    await connection.execute(
        delete(UnmatchedPhraseTable).where(
            col(UnmatchedPhraseTable.account).in_(accounts),
            col(UnmatchedPhraseTable.phrase).in_(list(phrases)[:FORGOTTEN_MAX]),
        )
    )
