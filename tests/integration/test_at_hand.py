"""What an agent has at hand while writing: fragments for their own session, of what they may use, ready to be sent."""

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.knowledge import Article
from desk.replies import Reply
from desk.store.batches import archive_batch
from desk.store.engine import reading, writing
from desk.store.knowledge import article_row
from desk.store.replies import reply_row, uses
from routing.selfservice import Answer, Flow, Keyword
from sessions.ids import Seq
from tests.builders import make_site
from tests.databases import migrated
from tests.http_clients import http_client
from tests.hubs import Browser, RunningDesk, running_desk

pytestmark = pytest.mark.anyio

FLOW = Flow(id="cards", name="Cards", keywords=(Keyword(id="fee", phrases=("年费",), action=Answer("首年免年费。")),))
SITE = make_site({"s1": {"cards": 3}, "s2": {"bills": 3}}, flow=FLOW)
HOSTILE = "\"><img src=x onerror=alert(1)>{姓名}'"
REPLIES = [
    Reply(
        id="ways",
        scope="site",
        title="还款方式",
        text="{问候}，我是{姓名}（{坐席}），会话{会话号}",
        keywords=("怎么还",),
    ),
    Reply(id="cards", scope="group", owner="cards", title="卡组话术", text="卡组"),
    Reply(id="bills", scope="group", owner="bills", title="账单组话术", text="账单组", keywords=("怎么还",)),
    Reply(id="mine", scope="personal", owner="user-s1", title="我的话术", text="一号的话", keywords=("年费",)),
    Reply(id="other", scope="personal", owner="user-s2", title="他的话术", text="二号的话", keywords=("年费",)),
    Reply(id="bad", scope="site", title="<b>坏</b>", text=HOSTILE),
]
ARTICLES = [
    Article(id="fee", title="年费与减免", body="首年免。\n\n坐席说明 <b>粗</b>", keywords=("年费",)),
    Article(id="debt", title="账单组的文章", body="只给账单组", groups=("bills",)),
    Article(id="old", title="年费旧文", body="旧", active=False),
]


@pytest.fixture
async def database(sqlite_url: str, anyio_backend: object) -> AsyncIterator[AsyncEngine]:
    async with migrated(sqlite_url) as engine:
        async with writing(engine) as sql:
            sql.add_all([*map(reply_row, REPLIES), *map(article_row, ARTICLES)])
        yield engine


@pytest.fixture
async def desk(redis: Redis, tmp_path: Path, database: AsyncEngine) -> AsyncIterator[RunningDesk]:
    async with running_desk(redis, tmp_path, SITE, database=database) as running:
        yield running


class Person:
    """Somebody at their desk: a socket for what they do, and a client for what their page fetches."""

    def __init__(self, browser: Browser, client: httpx2.AsyncClient) -> None:
        self.browser = browser
        self.client = client
        self.session = ""

    async def get(self, what: str, **query: str) -> httpx2.Response:
        return await self.client.get(f"/desk/sessions/{self.session}/{what}", params=query)

    async def inserts(self, what: str, **query: str) -> list[str]:
        """What would be put at the caret, one by one."""
        page = await self.get(what, **query)
        assert page.status_code == 200, page.text
        return [html.unescape(each) for each in re.findall(r'data-insert="([^"]*)"', page.text)]


@pytest.fixture
async def people(desk: RunningDesk) -> AsyncIterator[tuple[Person, Person]]:
    """Two at work; the first serves Ann."""
    made = []
    for seat in ("s1", "s2"):
        cookie = await desk.cookie(seat)
        browser = await desk.open(cookie=cookie)
        assert (await browser.do("sign_in_seat"))["ok"]
        base = f"http://127.0.0.1:{desk.webs[0].port}"
        made.append(Person(browser, http_client(base_url=base, headers={"Cookie": cookie})))
    first, second = made
    first.session = second.session = await desk.served("ann", first.browser, "你好")
    await desk.settled()
    yield first, second
    for each in made:
        await each.client.aclose()


async def test_replies_come_filled_in_the_best_first(people: tuple[Person, Person]) -> None:
    first, _ = people
    (text,) = await first.inserts("replies", q="hkfs")
    assert re.fullmatch(rf".+好，我是name of user-s1（s1），会话{first.session}", text)
    assert (await first.inserts("replies"))[:2] == ["一号的话", "卡组"]
    assert await first.inserts("replies", q="没有这样的") == []
    assert "没有匹配" in (await first.get("replies", q="没有这样的")).text
    assert 'aria-selected="true"' in (await first.get("replies")).text


async def test_nothing_of_others_is_found(people: tuple[Person, Person]) -> None:
    first, _ = people
    for query in ("", "话术", "二号", "账单", "ta"):
        found = await first.inserts("replies", q=query)
        assert "二号的话" not in found
        assert "账单组" not in found
    assert await first.inserts("knowledge", q="账单组的文章") == []
    assert (await first.get("knowledge/debt")).status_code == 404
    assert (await first.get("knowledge/old")).status_code == 404
    assert (await first.get("knowledge/a%00b")).status_code == 404


async def test_only_the_seat_that_has_the_session_is_answered(desk: RunningDesk, people: tuple[Person, Person]) -> None:
    _, second = people
    for what in ("replies", "knowledge", "knowledge/fee"):
        assert (await second.get(what, q="x")).status_code == 403
    gone = await second.get("suggestions")
    assert (gone.status_code, gone.text) == (204, ""), "nothing is asked for by hand here, and nothing told"
    base = f"http://127.0.0.1:{desk.webs[0].port}/desk/sessions/{second.session}"
    async with http_client() as stranger:
        supervisor = {"Cookie": await desk.cookie(role="supervisor")}
        for what in ("replies", "suggestions", "knowledge"):
            asked = await stranger.get(f"{base}/{what}", headers={"HX-Request": "true"})
            assert asked.status_code == 401
            assert (await stranger.get(f"{base}/{what}", headers=supervisor)).status_code == 403


async def test_words_are_never_markup(people: tuple[Person, Person]) -> None:
    first, _ = people
    page = await first.get("replies", q="坏")
    assert "<img" not in page.text
    assert "<b>" not in page.text
    assert await first.inserts("replies", q="坏") == ["\"><img src=x onerror=alert(1)>name of user-s1'"]
    article = await first.get("knowledge/fee")
    assert "<b>" not in article.text
    assert "坐席说明 &lt;b&gt;粗" in article.text
    assert "<img" not in (await first.get("knowledge", q="<img src=x>年费")).text


async def test_knowledge_inserts_the_answer_and_marks_what_was_asked_for(people: tuple[Person, Person]) -> None:
    first, _ = people
    page = await first.get("knowledge", q="年费")
    assert "<mark>年费</mark>" in page.text
    assert await first.inserts("knowledge", q="年费") == await first.inserts("knowledge", q="nf") == ["首年免。"]
    assert "没有找到" in (await first.get("knowledge", q="天气")).text
    assert (await first.get("knowledge", q=" ")).text.strip() == ""


async def test_suggestions_go_by_the_unanswered_words_and_go_with_the_answer(
    desk: RunningDesk, people: tuple[Person, Person]
) -> None:
    first, _ = people
    assert await first.inserts("suggestions") == []
    await desk.write("ann", "请问年费多少，怎么还？")
    await desk.settled()
    suggested = await first.inserts("suggestions")
    assert suggested[0] == "首年免年费。"
    assert set(suggested) == {"首年免年费。", "一号的话", "首年免。"}
    await first.browser.do("send", session=first.session, text="首年免年费。")
    await desk.settled()
    assert await first.inserts("suggestions") == []


async def test_suggestions_never_complain(people: tuple[Person, Person], desk: RunningDesk, monkeypatch: Any) -> None:
    first, _ = people
    await desk.write("ann", "年费")
    await desk.settled()
    shelf = desk.webs[0].services.shelf

    async def away() -> None:
        raise OSError("SQL is away")

    monkeypatch.setattr(shelf, "shared", away)
    assert (await first.get("suggestions")).status_code == 204


@pytest.mark.parametrize(
    "query", ["", "%", "_", "'; DROP TABLE canned_reply; --", "\0", "x" * 5000, "额" * 2000, "\u202e"]
)
async def test_whatever_is_asked_is_answered(people: tuple[Person, Person], query: str) -> None:
    first, _ = people
    for what in ("replies", "knowledge"):
        assert (await first.get(what, q=query)).status_code == 200


async def test_a_reply_is_counted_when_it_is_sent(
    desk: RunningDesk, people: tuple[Person, Person], database: AsyncEngine
) -> None:
    first, _ = people
    await first.inserts("replies", q="hkfs")
    assert (await first.browser.do("send", session=first.session, text="还款方式…", canned=["ways"]))["ok"]
    assert (await first.browser.do("send", session=first.session, text="  ", canned=["mine"]))["ok"] is False
    await first.browser.do("note", session=first.session, text="备注")
    await desk.settled()
    begin = Seq(await desk.ledger.beginning())
    await archive_batch(database, await desk.ledger.read(begin, count=1000, block_ms=1))
    async with reading(database) as sql:
        assert await uses(sql) == await uses(sql, "user-s1") == {"ways": 1}
