"""Canned replies and articles in SQL: kept, changed, limited, counted; on both databases."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.administration import seed
from desk.config import load_settings
from desk.errors import UserError
from desk.knowledge import Article
from desk.replies import Reply
from desk.seed import seed_demo
from desk.seed_words import DEMO, Words, read_words, seed_demo_words, seed_words
from desk.shelf import Shelf
from desk.store import models
from desk.store.batches import archive_batch
from desk.store.complaints import OutdatedError, SiteSettingsError
from desk.store.engine import create_engine, reading, writing
from desk.store.knowledge import articles, find_article, remove_article, save_article
from desk.store.replies import (
    find_reply,
    personal_replies,
    remove_reply,
    reply_row,
    save_reply,
    shared_replies,
    shared_stamp,
    uses,
)
from desk.store.reply_checking import REPLIES_MAX
from sessions.ids import Millis
from tests.databases import KINDS, migrated
from tests.stories import served_story

pytestmark = pytest.mark.anyio

AT = Millis(1_795_399_200_000)


@pytest.fixture(params=KINDS)
async def engine(request: pytest.FixtureRequest, anyio_backend: object) -> AsyncIterator[AsyncEngine]:
    async with migrated(request.getfixturevalue(f"{request.param}_url")) as engine:
        yield engine


@pytest.fixture
async def sqlite(sqlite_url: str, anyio_backend: object) -> AsyncIterator[AsyncEngine]:
    async with migrated(sqlite_url) as engine:
        yield engine


def mine(title: str = "开场白", **more: Any) -> Reply:
    return Reply(**{"id": "", "scope": "personal", "owner": "ann", "title": title, "text": "您好，我是{姓名}", **more})


async def saved(engine: AsyncEngine, reply: Reply, at: int = AT) -> Reply:
    async with writing(engine) as sql:
        return await save_reply(sql, reply, {"billing"}, "ann", Millis(at))


async def kept(engine: AsyncEngine, article: Article, at: int = AT) -> Article:
    async with writing(engine) as sql:
        return await save_article(sql, article, {"billing"}, "admin", Millis(at))


async def test_what_is_saved_is_found_by_its_owner(engine: AsyncEngine) -> None:
    own = await saved(engine, mine(shortcut="hi", keywords=("在吗", "你好"), category="礼貌", position=3))
    shared = await saved(engine, mine("分期", scope="group", owner="billing"))
    async with reading(engine) as sql:
        assert await personal_replies(sql, "ann") == [own]
        assert await personal_replies(sql, "billing") == []
        assert await shared_replies(sql) == [shared]
        assert await find_reply(sql, own.id) == own
    assert (own.updated_by, own.updated_at, own.keywords) == ("ann", AT, ("在吗", "你好"))


@pytest.mark.parametrize("name", ["nobody", "", "a\0b", "../x", "x" * 5000, "' OR 1=1 --"])
async def test_a_name_that_can_be_no_id_finds_nothing(engine: AsyncEngine, name: str) -> None:
    async with reading(engine) as sql:
        assert await find_reply(sql, name) is None
        assert await find_article(sql, name) is None


async def test_a_change_to_what_has_changed_meanwhile_is_refused(engine: AsyncEngine) -> None:
    first = await saved(engine, mine())
    second = await saved(engine, replace(first, text="第二版"))
    assert second.updated_at > first.updated_at, "time that stands still would hide a change"
    with pytest.raises(OutdatedError):
        await saved(engine, replace(first, text="第三版"))
    async with writing(engine) as sql:
        await remove_reply(sql, first.id)
    with pytest.raises(OutdatedError):
        await saved(engine, second)


async def test_a_shortcut_is_an_owners_own(engine: AsyncEngine) -> None:
    await saved(engine, mine(shortcut="hi"))
    await saved(engine, mine(shortcut="hi", owner="bob"))
    with pytest.raises(SiteSettingsError, match="belongs to"):
        await saved(engine, mine("另一条", shortcut="HI"))


async def test_there_is_an_end_to_what_one_person_keeps(engine: AsyncEngine) -> None:
    most = REPLIES_MAX["personal"]
    async with writing(engine) as sql:
        sql.add_all(reply_row(mine(f"第{n}条", id=f"r{n}")) for n in range(most))
    with pytest.raises(SiteSettingsError, match=f"room for {most}"):
        await saved(engine, mine("再来一条"))
    await saved(engine, mine("别人的", owner="bob"))
    async with reading(engine) as sql:
        (first, *_) = await personal_replies(sql, "ann")
    await saved(engine, replace(first, text="改一改总可以"))


async def test_the_stamp_is_another_after_each_change(engine: AsyncEngine) -> None:
    async def stamp() -> Any:
        async with reading(engine) as sql:
            return await shared_stamp(sql)

    seen = [await stamp()]
    one = await saved(engine, mine(scope="site", owner=""))
    seen.append(await stamp())
    await saved(engine, replace(one, text="改过"), at=AT - 5000)  # a clock that is behind
    seen.append(await stamp())
    await saved(engine, mine())
    assert await stamp() == seen[-1], "others' own replies are no change to the shared ones"
    async with writing(engine) as sql:
        await remove_reply(sql, one.id)
    seen.append(await stamp())
    assert len(set(seen)) == 3, "as it was at first, there is nothing again"
    assert seen[0] == seen[-1]


async def test_use_is_counted_from_the_ledger_once(engine: AsyncEngine) -> None:
    entries = served_story().entries
    for batch in (entries[:9], entries[:20], entries, entries):
        await archive_batch(engine, batch)
    async with reading(engine) as sql:
        assert await uses(sql) == {"hello": 2, "wait": 1}
        assert await uses(sql, "agent1") == {"hello": 1, "wait": 1}
        assert await uses(sql, "agent2") == {"hello": 1}
        assert await uses(sql, "nobody") == {}
    async with writing(engine) as sql:
        await remove_reply(sql, "hello")
    async with reading(engine) as sql:
        assert await uses(sql) == {"wait": 1}


async def test_articles_are_kept_changed_and_thrown_out(engine: AsyncEngine) -> None:
    one = await kept(engine, Article(id="", title="还款", body="一\n\n二", keywords=("还钱",), groups=("billing",)))
    two = await kept(engine, replace(one, active=False))
    async with reading(engine) as sql:
        assert await articles(sql) == [two]
    with pytest.raises(OutdatedError):
        await kept(engine, one)
    with pytest.raises(SiteSettingsError, match="does not exist"):
        await kept(engine, replace(two, groups=("nowhere",)))
    async with writing(engine) as sql:
        await remove_article(sql, one.id)
    async with reading(engine) as sql:
        assert await articles(sql) == []


# The shelf.


async def test_the_shelf_shows_what_this_process_changed_at_once_and_others_within_a_second(
    sqlite: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(sqlite)
    assert (await shelf.personal("ann")).findable == []
    await saved(sqlite, mine())
    assert (await shelf.personal("ann")).findable == [], "a second has not passed"
    shelf.changed()
    assert [each.reply.title for each in (await shelf.personal("ann")).findable] == ["开场白"]
    await saved(sqlite, mine("第二条"))
    monkeypatch.setattr("desk.shelf.LOOK_EVERY_S", 0.0)
    assert len((await shelf.personal("ann")).findable) == 2
    assert (await shelf.personal("bob")).findable == []


async def test_what_has_not_changed_is_not_made_again(sqlite: AsyncEngine) -> None:
    shelf = Shelf(sqlite)
    first = await shelf.shared()
    shelf.changed()
    assert await shelf.shared() is first
    both = await asyncio.gather(*(shelf.knowledge() for _ in range(5)))
    assert len(set(map(id, both))) == 1


async def test_without_sql_what_is_known_is_used_and_what_is_not_is_said_to_be_away(
    sqlite: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.shelf.LOOK_EVERY_S", 0.0)
    await saved(sqlite, mine(scope="site", owner=""))
    shelf = Shelf(sqlite)
    known = await shelf.shared()
    empty = create_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}")  # without tables: every question fails
    monkeypatch.setattr(shelf._shared, "_database", empty)
    assert await shelf.shared() is known
    away = Shelf(empty)
    with pytest.raises(UserError) as caught:
        await away.shared()
    assert caught.value.code == "unavailable"
    assert await away.uses("ann") == {}
    await empty.dispose()


async def test_the_shelf_forgets_who_has_not_searched_for_long(
    sqlite: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.shelf.PEOPLE_KEPT", 2)
    shelf = Shelf(sqlite)
    for user in ("ann", "bob", "eve"):
        await shelf.personal(user)
        await shelf.uses(user)
    assert list(shelf._personal) == list(shelf._uses) == ["bob", "eve"]


# Seeds.


async def test_the_demo_begins_with_full_shelves_which_stay_as_people_leave_them(engine: AsyncEngine) -> None:
    await seed_demo(engine, load_settings(demo=True))
    async with reading(engine) as sql:
        shared, known = await shared_replies(sql), await articles(sql)
    assert sum(each.scope == "site" for each in shared) >= 40
    assert {each.owner for each in shared if each.scope == "group"} >= {"billing", "security_desk", "complaints"}
    assert len(known) >= 25
    async with writing(engine) as sql:
        await remove_reply(sql, shared[0].id)
    assert await seed_demo(engine, load_settings(demo=True)) is False
    async with reading(engine) as sql:
        assert len(await shared_replies(sql)) == len(shared) - 1


async def test_a_file_of_ones_own_adds_what_is_missing(sqlite: AsyncEngine) -> None:
    words = Words(replies=[mine(id="a", scope="site", owner="")], articles=[Article(id="b", title="t", body="x")])
    assert await seed_words(sqlite, words) == 2
    assert await seed_words(sqlite, words) == 0
    assert await seed_demo_words(sqlite) is False, "these shelves are somebody's"
    with pytest.raises(SiteSettingsError, match=r"replies.c.text: there is no variable \{nope\}"):
        await seed_words(sqlite, Words(replies=[mine(id="d"), mine(id="c", text="{nope}")]))
    async with reading(sqlite) as sql:
        assert await find_reply(sql, "d") is None, "nothing of a wrong file is added"


async def test_the_command_line_tells_files_apart(tmp_path: Path) -> None:
    settings = load_settings(var_dir=tmp_path, demo=True)
    file = tmp_path / "mine.json"
    file.write_text('{"articles": [{"id": "x", "title": "标题", "body": "答案"}]}')
    assert await seed(settings, file) == "1 replies and articles were added."
    assert await seed(settings, DEMO[0]) == "Nothing was missing."
    assert read_words(DEMO[0].parent / "site.json") is None
    file.write_text('{"replies": [{"id": "x"}]}')
    with pytest.raises(SiteSettingsError, match=r"replies\[0\]: cannot be read .*scope"):
        read_words(file)


async def test_the_models_of_replies_hold_what_replies_are() -> None:
    assert set(models.CannedReply.model_fields) == set(Reply.__struct_fields__)
    assert set(models.Article.model_fields) == set(Article.__struct_fields__)
