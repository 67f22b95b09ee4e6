"""The articles of the knowledge base in SQL. A change is one transaction, checked whole."""

import secrets
from collections.abc import Collection

from msgspec.structs import asdict, replace
from sqlalchemy import delete, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from desk import knowledge
from desk.store.complaints import Complaint, OutdatedError, SiteSettingsError
from desk.store.models import Article
from desk.store.plain_checking import ID
from desk.store.replies import Stamp, words_of, words_row
from desk.store.reply_checking import ARTICLES_MAX, article_complaints
from sessions.ids import Millis


async def articles(sql: AsyncSession) -> list[knowledge.Article]:
    """All of them, in use or not."""
    rows = (await sql.exec(select(Article).order_by(col(Article.title), col(Article.id)))).all()
    return [article_of(row) for row in rows]


async def articles_stamp(sql: AsyncSession) -> Stamp:
    """Another one whenever an article has changed."""
    count, total = (await sql.exec(select(func.count(), func.coalesce(func.sum(Article.updated_at), 0)))).one()
    return int(count), int(total)


async def find_article(sql: AsyncSession, article: str) -> knowledge.Article | None:
    """The article of this id, in use or not."""
    row = await sql.get(Article, article) if ID.fullmatch(article) else None
    return article_of(row) if row else None


async def save_article(
    sql: AsyncSession, article: knowledge.Article, groups: Collection[str], by: str, at: Millis
) -> knowledge.Article:
    """Adds an article without an id; changes the one that has it, if it is still as `updated_at` says.

    Raises `SiteSettingsError`, `OutdatedError`.
    """
    row = await sql.get(Article, article.id, with_for_update=True) if article.id else None
    if article.id and (row is None or row.updated_at != article.updated_at):
        raise OutdatedError
    complaints = list(article_complaints(article, groups))
    if not article.id and (await articles_stamp(sql))[0] >= ARTICLES_MAX:
        complaints.append(Complaint(("",), "full", {"most": ARTICLES_MAX}))
    if complaints:
        raise SiteSettingsError(complaints)
    saved = replace(
        article,
        id=article.id or secrets.token_hex(6),
        updated_at=max(at, article.updated_at + 1),
        updated_by=by,
    )
    await sql.merge(article_row(saved))
    return saved


async def remove_article(sql: AsyncSession, article: str) -> None:
    connection = await sql.connection()
    await connection.execute(delete(Article).where(col(Article.id) == article))


def article_of(row: Article) -> knowledge.Article:
    """The article that this row holds."""
    return knowledge.Article(
        id=row.id,
        title=row.title,
        body=row.body,
        keywords=words_of(row.keywords),
        groups=words_of(row.groups),
        active=row.active,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
    )


def article_row(article: knowledge.Article) -> Article:
    """The row that holds this article."""
    lists = {"keywords": words_row(article.keywords), "groups": words_row(article.groups)}
    return Article(**{**asdict(article), **lists})
