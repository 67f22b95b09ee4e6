"""The settings in force follow SQL, and a new ledger goes on counting where the archive ends."""

import asyncio
import logging
import re
from collections.abc import Callable

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select

from desk import directory as directory_module
from desk.blank_database import NothingSetUpError
from desk.config import load_settings
from desk.directory import Directory, announce
from desk.seed import seed_demo
from desk.store.engine import create_engine, reading, writing
from desk.store.migrate import migrate
from desk.store.models import SessionTable, SettingsVersion, SkillGroup, User
from desk.store.saving import change_site
from desk.store.settings import load_site, load_wechat_accounts, set_up_rows
from desk.store.web_chats import load_web_chats
from sessions import commands as cmd
from sessions import events as ev
from sessions.content import Text
from sessions.decide import step
from sessions.floor import Floor
from sessions.ids import GroupId, Millis, SeatId, SessionId, customer_id
from sessions.inbox import Inbox, InboxReader
from sessions.settings import Site
from sessions.streams import Keys
from tests.builders import make_site
from tests.databases import migrated
from tests.ledgers import PREFIX
from tests.patience import until

pytestmark = pytest.mark.anyio
AT = Millis(1_795_460_000_000)  # 2026-11-24 in China
MESSAGE = cmd.ReceiveMessage(customer=customer_id("demo", "o2"), content=Text(text="你好"), key="1", sent_at=AT)


async def test_a_lost_ledger_goes_on_counting_where_the_archive_ends(sqlite_url: str, redis: Redis) -> None:
    await asyncio.to_thread(migrate, sqlite_url)
    settings = load_settings(demo=True, secret_key="s" * 32)
    database = create_engine(sqlite_url)
    await seed_demo(database, settings)
    async with writing(database) as sql:
        sql.add(
            SessionTable(
                id="20261124-0041",
                customer="demo:o1",
                account="demo",
                skill_group="card_service",
                state="closed",
                opened_at=AT,
            )
        )
    directory = Directory(database, settings.secret_keys)
    await directory.refresh()
    keys, stop = Keys("desk:{test}:"), asyncio.Event()
    telling = asyncio.create_task(announce(directory, Site, Inbox(redis, keys), stop))
    ((_, told),) = await InboxReader(redis, keys).read("0-0", count=1, block_ms=5_000)
    stop.set()
    await telling
    await database.dispose()

    floor = Floor()
    step(floor, cmd.decode(told), AT, "1-0")
    opened = step(floor, MESSAGE, AT, "2-0")
    assert [event.session for event in opened if isinstance(event, ev.SessionOpened)] == [SessionId("20261124-0042")]


async def test_settings_that_cannot_work_leave_what_is_known_in_force(sqlite_url: str) -> None:
    await asyncio.to_thread(migrate, sqlite_url)
    settings = load_settings(demo=True, secret_key="s" * 32)
    database = create_engine(sqlite_url)
    await seed_demo(database, settings)
    directory = Directory(database, settings.secret_keys)
    await directory.refresh()
    before, stop = directory.site, asyncio.Event()
    foreign = Directory(database, load_settings(secret_key="t" * 32).secret_keys)
    keeping = asyncio.create_task(foreign.keep(stop))
    await asyncio.sleep(0.1)
    assert not keeping.done()
    assert directory.site == before
    stop.set()
    await keeping
    await database.dispose()


async def set_soft_cap(database: AsyncEngine, group: str, cap: int) -> None:
    """By hand, in SQL."""
    async with writing(database) as sql:
        row = await sql.get_one(SkillGroup, group)
        row.soft_cap = cap
        sql.add(row)


async def test_settings_are_others_only_where_something_differs(sqlite_url: str) -> None:
    async with migrated(sqlite_url) as database:
        settings = load_settings(demo=True, secret_key="s" * 32)
        await seed_demo(database, settings)
        directory = Directory(database, settings.secret_keys)
        await directory.refresh()
        first, account = directory.site, directory.get("demo")
        await directory.refresh()
        assert directory.site is first
        assert directory.get("demo") is account, "what lies there unchanged is not made anew"
        await set_soft_cap(database, "billing", 3)
        await directory.refresh()
        assert directory.site.version != first.version
        await set_soft_cap(database, "billing", first.groups[GroupId("billing")].soft_cap)
        await directory.refresh()
        assert directory.site == first
        async with writing(database) as sql:
            retired = (await sql.exec(select(User).where(User.username == "agent9"))).one()
            retired.active = False
            sql.add(retired)
        await directory.refresh()
        assert not directory.site.seats[SeatId("agent9")].agent


async def test_a_process_that_has_not_heard_of_new_settings_does_not_bring_the_old_ones_back(
    sqlite_url: str, redis: Redis
) -> None:
    await asyncio.to_thread(migrate, sqlite_url)
    settings = load_settings(demo=True, secret_key="s" * 32)
    database = create_engine(sqlite_url)
    await seed_demo(database, settings)
    saving, other = (Directory(database, settings.secret_keys) for _ in range(2))
    await saving.refresh()
    await other.refresh()
    old = other.site
    await change_site(database, lambda site: replace(site, texts={"system_busy": "稍后再来"}), "admin", AT)
    await saving.refresh()
    keys, stop = Keys("desk:{test}:"), asyncio.Event()
    telling = asyncio.create_task(announce(other, lambda: saving.site, Inbox(redis, keys), stop))
    async with asyncio.timeout(5):
        while other.site == old:  # noqa: ASYNC110 - the other process finds out by itself
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    stop.set()
    await telling
    await database.dispose()
    assert await InboxReader(redis, keys).read("0-0", count=1, block_ms=1) == []
    assert (other.site, other.by) == (saving.site, "admin")


async def told_by(
    directory: Directory,
    in_force: Callable[[], Site | None],
    redis: Redis,
    *,
    at_least: int = 0,
    until: Callable[[], bool] = lambda: True,
) -> list[Site]:
    """The sites that this process tells the engine of in half a second, or until there is what is waited for."""
    keys, stop = Keys(PREFIX), asyncio.Event()
    telling = asyncio.create_task(announce(directory, in_force, Inbox(redis, keys), stop))
    async with asyncio.timeout(10):
        while not telling.done() and (await redis.xlen(keys.inbox) < at_least or not until()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await asyncio.wait([telling], timeout=0.5)
    stop.set()
    await telling
    commands = [cmd.decode(told) for _, told in await InboxReader(redis, keys).read("0-0", count=100, block_ms=1)]
    return [command.site for command in commands if isinstance(command, cmd.ConfigureSite)]


async def test_a_database_in_which_nothing_was_ever_set_up_does_not_empty_the_site(
    sqlite_url: str, redis: Redis
) -> None:
    async with migrated(sqlite_url) as database:
        directory = Directory(database, load_settings(secret_key="s" * 32).secret_keys)
        await directory.refresh()
        with pytest.raises(NothingSetUpError, match=r"DATABASE_URL names sqlite.*Set DATABASE_URL to"):
            await told_by(directory, make_site, redis)
        assert await told_by(directory, lambda: directory.site, redis) == []


async def test_a_desk_that_is_new_begins_with_nothing_and_takes_what_is_set_up_then(
    sqlite_url: str, redis: Redis
) -> None:
    async with migrated(sqlite_url) as database:
        settings = load_settings(demo=True, secret_key="s" * 32)
        directory = Directory(database, settings.secret_keys)
        await directory.refresh()
        blank = directory.site
        assert await told_by(directory, Site, redis, at_least=1) == [blank]
        await seed_demo(database, settings)
        # what another web process has read and announced before this one noticed
        other = Directory(database, settings.secret_keys)
        await other.refresh()
        assert await told_by(directory, lambda: other.site, redis, until=lambda: directory.site == other.site) == [
            blank
        ]


async def test_whoever_deletes_everything_by_a_form_is_believed(sqlite_url: str, redis: Redis) -> None:
    async with migrated(sqlite_url) as database:
        directory = Directory(database, load_settings(secret_key="s" * 32).secret_keys)
        await change_site(database, lambda _: Site(texts={"system_busy": "稍后再来"}), "admin", AT)
        await change_site(database, lambda _: Site(), "admin", AT)
        await directory.refresh()
        assert await told_by(directory, make_site, redis, at_least=1) == [directory.site]


async def test_a_process_whose_database_becomes_blank_goes_on_and_says_so(
    sqlite_url: str, redis: Redis, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory_module, "ANNOUNCE_AGAIN_S", 0.2)
    monkeypatch.setattr(directory_module, "REFRESH_EVERY_S", 0.05)
    async with migrated(sqlite_url) as database:
        await change_site(database, lambda _: Site(groups=make_site().groups), "admin", AT)
        directory = Directory(database, load_settings(secret_key="s" * 32).secret_keys)
        await directory.refresh()
        forced, stop = directory.site, asyncio.Event()
        telling = asyncio.create_task(announce(directory, lambda: forced, Inbox(redis, Keys(PREFIX)), stop))
        await asyncio.sleep(0.1)
        async with writing(database) as sql:  # as a server that was replaced by one with nothing in it
            for kind in (SettingsVersion, SkillGroup):
                for row in (await sql.exec(select(kind))).all():
                    await sql.delete(row)
        await directory.refresh()
        with caplog.at_level(logging.ERROR):
            await until(lambda: caplog.text.count("nothing was ever set up") >= 2)
        assert not telling.done()
        stop.set()
        await telling
    assert await InboxReader(redis, Keys(PREFIX)).read("0-0", count=1, block_ms=1) == []


async def test_settings_of_another_database_that_come_into_force_are_told_of(
    sqlite_url: str, postgres_url: str, redis: Redis, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory_module, "ANNOUNCE_AGAIN_S", 0.1)
    monkeypatch.setattr(directory_module, "REFRESH_EVERY_S", 0.05)
    async with migrated(sqlite_url) as database, migrated(postgres_url) as another:
        ours, theirs = (Directory(each, load_settings(secret_key="s" * 32).secret_keys) for each in (database, another))
        await change_site(database, lambda _: Site(groups=make_site().groups), "admin", AT)
        await change_site(another, lambda _: Site(texts={"system_busy": "稍后再来"}), "admin", AT)
        await ours.refresh()
        await theirs.refresh()
        forced, stop = ours.site, asyncio.Event()
        telling = asyncio.create_task(announce(ours, lambda: forced, Inbox(redis, Keys(PREFIX)), stop))
        await asyncio.sleep(0.2)
        await change_site(database, lambda site: replace(site, give_up_words=("9",)), "admin", AT)
        await ours.refresh()
        await asyncio.sleep(0.2)
        forced = ours.site
        await asyncio.sleep(0.5)
        assert "never set in this database" not in caplog.text, "what is set here is no reason"
        forced = theirs.site
        await until(lambda: "never set in this database" in caplog.text)
        stop.set()
        await telling


async def test_nothing_that_settings_are_made_of_is_overlooked(sqlite_url: str) -> None:
    """Where a table is read for them, a change in it must be noticed."""
    settings = load_settings(demo=True, secret_key="s" * 32)
    asked: list[str] = []
    async with migrated(sqlite_url) as database:
        await seed_demo(database, settings)
        event.listen(database.sync_engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
        async with reading(database) as sql:
            await set_up_rows(sql)
            looked_at = _tables(asked)
            asked.clear()
            await load_site(sql)
            await load_wechat_accounts(sql, settings.secret_keys)
            await load_web_chats(sql)
        assert "seat_skill" in looked_at
        assert _tables(asked) <= looked_at


def _tables(statements: list[str]) -> set[str]:
    return {name for each in statements for name in re.findall(r"\bFROM (\w+)", each)}
