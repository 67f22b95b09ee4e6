"""Filling the shelves from files: canned replies and articles, as `seeds/replies.json` and `seeds/knowledge.json` have
them for the demo's bank. Each has an id of its own, and what is there already is left alone.
"""

import time
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from desk.knowledge import Article
from desk.replies import Reply
from desk.seed_files import FOLDER, read_plain, understood
from desk.store import models
from desk.store.complaints import Complaint, SiteSettingsError
from desk.store.engine import reading, writing
from desk.store.knowledge import article_row
from desk.store.plain_checking import id_complaints
from desk.store.replies import reply_row
from desk.store.reply_checking import article_complaints, reply_complaints
from desk.store.saving import hold_settings

DEMO = (FOLDER / "replies.json", FOLDER / "knowledge.json")
SEEDED_BY = "seed"


class Words(Struct):
    """What such a file holds. `about` is for whoever reads it."""

    replies: list[Reply] = []
    articles: list[Article] = []
    about: str = ""


def read_words(file: Path) -> Words | None:
    """The replies and articles of a file; None for a file that is about something else.

    Raises `SiteSettingsError` naming the places where it is wrong.
    """
    plain = read_plain(file)
    return understood(plain, Words) if plain.keys() & {"replies", "articles"} else None


async def seed_demo_words(engine: AsyncEngine) -> bool:
    """Fills empty shelves; those that hold anything were somebody's, who may have thrown out the rest."""
    async with reading(engine) as sql:
        if await _has_any(sql):
            return False
    for file in DEMO:
        words = read_words(file)
        assert words is not None, f"{file} holds neither replies nor articles"
        await seed_words(engine, words)
    return True


async def seed_words(engine: AsyncEngine, words: Words) -> int:
    """Adds what is missing, and says how much that was. Raises `SiteSettingsError`, and then adds nothing."""
    async with writing(engine) as sql:
        await hold_settings(sql)
        groups = set((await sql.exec(select(models.SkillGroup.id))).all())
        if complaints := [*_complaints(words, groups)]:
            raise SiteSettingsError(complaints)
        replies = set((await sql.exec(select(models.CannedReply.id))).all())
        articles = set((await sql.exec(select(models.Article.id))).all())
        now = time.time_ns() // 1_000_000
        rows = [
            *(
                reply_row(replace(each, updated_at=now, updated_by=SEEDED_BY))
                for each in words.replies
                if each.id not in replies
            ),
            *(
                article_row(replace(each, updated_at=now, updated_by=SEEDED_BY))
                for each in words.articles
                if each.id not in articles
            ),
        ]
        sql.add_all(rows)
    return len(rows)


def _complaints(words: Words, groups: set[str]) -> list[Complaint]:
    found = []
    for reply in words.replies:
        others = [each for each in words.replies if (each.scope, each.owner) == (reply.scope, reply.owner)]
        found += [_at("replies", reply.id, each) for each in reply_complaints(reply, groups, others)]
    for article in words.articles:
        found += [_at("articles", article.id, each) for each in article_complaints(article, groups)]
    for kind, names in (
        ("replies", [each.id for each in words.replies]),
        ("articles", [each.id for each in words.articles]),
    ):
        for place, name in enumerate(names):
            found += id_complaints((f"{kind}[{place}]", "id"), name)
            if name in names[:place]:
                found.append(Complaint((f"{kind}[{place}]", "id"), "taken_twice", {"value": name}))
    return found


def _at(kind: str, name: str, complaint: Complaint) -> Complaint:
    return replace(complaint, path=(kind, name, *complaint.path))


async def _has_any(sql: AsyncSession) -> bool:
    for column in (models.CannedReply.id, models.Article.id):
        if (await sql.exec(select(column).limit(1))).first() is not None:
            return True
    return False
