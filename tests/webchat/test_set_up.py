"""A web chat is set up on the command line, lies in SQL, and reaches every process."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.channels.webchat.accounts import WebChatAccount
from desk.cli import main
from desk.config import Settings, load_settings
from desk.directory import Directory
from desk.seed import seed_demo
from desk.store.complaints import SiteSettingsError
from desk.store.engine import reading, writing
from desk.store.saving import change_site
from desk.store.settings import load_site
from desk.store.web_chats import load_web_chats, save_web_chat
from sessions.ids import AccountId, Millis
from sessions.settings import Site
from tests.databases import KINDS, migrated

pytestmark = pytest.mark.anyio

SHOP = WebChatAccount(key="shop", name="网店", origins=("https://shop.example",), title="网店客服", colour="#aa3300")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(var_dir=tmp_path, demo=True)


@pytest.fixture(params=KINDS)
async def database(
    request: pytest.FixtureRequest, anyio_backend: object, settings: Settings
) -> AsyncIterator[AsyncEngine]:
    async with migrated(request.getfixturevalue(f"{request.param}_url")) as database:
        await seed_demo(database, settings)
        yield database


async def chats(database: AsyncEngine) -> dict[str, WebChatAccount]:
    async with reading(database) as sql:
        return {chat.key: chat for chat in await load_web_chats(sql)}


async def site(database: AsyncEngine) -> Site:
    async with reading(database) as sql:
        return await load_site(sql)


async def test_the_demo_has_one_for_its_sample_site(database: AsyncEngine, settings: Settings) -> None:
    known = await chats(database)
    assert list(known) == ["web"]
    assert known["web"].title_en == "Spruce Bank support"
    assert (await site(database)).accounts[AccountId("web")].channel == "webchat"
    assert not await seed_demo(database, settings), "nothing is missing"


async def test_it_is_added_and_changed_and_keeps_its_self_service(database: AsyncEngine) -> None:
    for chat in (SHOP, replace(SHOP, title="客服", origins=())):
        async with writing(database) as sql:
            await save_web_chat(sql, chat, "billing")
        assert (await chats(database))["shop"] == chat
    async with writing(database) as sql:
        await save_web_chat(sql, replace(SHOP, key="web"), "billing")
    account = (await site(database)).accounts[AccountId("web")]
    assert (account.default_group, account.flow) == ("billing", "cards")


async def test_what_cannot_be_is_refused_and_nothing_is_changed(database: AsyncEngine) -> None:
    before = await site(database)
    for chat, group, code in (
        (SHOP, "nobody", "no_such_group"),
        (replace(SHOP, key="demo"), "billing", "other_channel"),
        (replace(SHOP, origins=("shop.example",)), "billing", "bad_origin"),
    ):
        with pytest.raises(SiteSettingsError) as refused:
            async with writing(database) as sql:
                await save_web_chat(sql, chat, group)
        assert [each.code for each in refused.value.complaints] == [code]
    assert await site(database) == before


async def test_a_change_on_the_pages_leaves_it_as_it_is(database: AsyncEngine) -> None:
    async with writing(database) as sql:
        await save_web_chat(sql, SHOP, "billing")

    def renamed(site: Site) -> Site:
        account = replace(site.accounts[AccountId("shop")], name="商城", flow="cards")
        return replace(site, accounts={**site.accounts, account.id: account})

    await change_site(database, renamed, "admin", Millis(1))
    assert (await chats(database))["shop"] == replace(SHOP, name="商城")


async def test_processes_notice_and_keep_what_worked(database: AsyncEngine, settings: Settings) -> None:
    directory = Directory(database, settings.secret_keys)
    await directory.refresh()
    assert directory.web_chat("web")
    assert not directory.web_chat("demo"), "an Official Account is none"
    assert directory.get("web") is None
    assert (directory.has_web_chat("web"), directory.has_web_chat("shop")) == (True, False)
    async with writing(database) as sql:
        await (await sql.connection()).execute(text("UPDATE account SET details = '[]' WHERE id = 'web'"))
    assert not await directory.try_to_refresh()
    assert directory.web_chat("web")
    async with writing(database) as sql:
        statement = text("UPDATE account SET details = '{}', active = (1 = 0) WHERE id = 'web'")
        await (await sql.connection()).execute(statement)
    assert await directory.try_to_refresh()
    assert not directory.has_web_chat("web")


@pytest.mark.usefixtures("logging_as_it_was")
def test_the_command_line_prints_the_tag_or_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    for name, value in {"DESK_VAR": str(tmp_path), "DEMO": "1", "PUBLIC_URL": "https://desk.example"}.items():
        monkeypatch.setenv(name, value)
    command = ["webchat", "shop", "--name", "网店", "--origin", "https://Shop.example/"]
    assert main([*command, "--group", "billing"]) == 0
    said = capsys.readouterr().out
    assert said.endswith('<script src="https://desk.example/webchat/shop.js" async></script>\n')
    assert main([*command, "--group", "nobody"]) == 1
    assert "accounts.shop.default_group" in capsys.readouterr().err
