"""What a desk fetches beside its sessions: talks, what was closed today, records, and what a search finds."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.app import create_app
from desk.pages.lists import PAGE
from desk.services import Services
from desk.store.batches import archive_batch, archived_position
from routing.selfservice import Answer, Flow, Keyword
from sessions.ids import Seq
from tests.builders import make_site
from tests.databases import migrated
from tests.drawing import render
from tests.hubs import RunningDesk, running_desk
from tests.web import ORIGIN, services_for_tests

pytestmark = pytest.mark.anyio

FLOW = Flow(
    id="bank", name="Bank", keywords=(Keyword(id="limit", phrases=("额度",), action=Answer("see")),), unmatched_max=0
)
SITE = make_site({"s1": {"cards": 3}, "s2": {"cards": 3}, "s3": {"bills": 3}}, flow=FLOW, soft_cap=10)
SECRET = "my PIN is <b>1234</b>"


@pytest.fixture
async def desk(redis: Redis, tmp_path: Path) -> AsyncIterator[RunningDesk]:
    async with running_desk(redis, tmp_path, SITE, render=render) as running:
        yield running


@pytest.fixture
async def database(sqlite_url: str, anyio_backend: object) -> AsyncIterator[AsyncEngine]:
    async with migrated(sqlite_url) as engine:
        yield engine


@pytest.fixture
def services(desk: RunningDesk, database: AsyncEngine, tmp_path: Path) -> Services:
    return services_for_tests(desk.redis, tmp_path, database=database, hub=desk.hub)


class Page:
    """What the browser at a seat fetches."""

    def __init__(self, desk: RunningDesk, services: Services, seat: str) -> None:
        self._desk = desk
        self._services = services
        self._seat = seat

    async def get(self, address: str) -> httpx2.Response:
        cookie = await self._desk.cookie(self._seat)
        transport = httpx2.ASGITransport(create_app(self._services), raise_app_exceptions=False)
        async with httpx2.AsyncClient(
            transport=transport, base_url=ORIGIN, headers={"cookie": cookie, "hx-request": "true"}
        ) as client:
            return await client.get(address)

    async def search(self, words: str) -> str:
        found = await self.get(f"/desk/search?{httpx2.QueryParams(q=words)}")
        assert found.status_code == 200, found.text
        return found.text


async def archive(desk: RunningDesk, database: AsyncEngine) -> None:
    """SQL has everything that has happened."""
    await desk.settled()
    after = max(await archived_position(database), await desk.ledger.beginning())
    while entries := await desk.ledger.read(Seq(after), count=500, block_ms=1):
        await archive_batch(database, entries)
        after = entries[-1][0]


async def close(desk: RunningDesk, seat: str, *names: str, words: str = "hello") -> list[str]:
    """These customers are served and their sessions closed."""
    (browser,) = await desk.at_work(seat)
    sessions = []
    for name in names:
        session = await desk.served(name, browser, words)
        for do in ("hang_up", "wrap_up"):
            assert (await browser.do(do, session=session))["ok"]
        sessions.append(session)
    assert (await browser.do("sign_out_seat"))["ok"]
    return sessions


async def test_talks_are_listed_for_their_group_without_what_was_said(desk: RunningDesk, services: Services) -> None:
    await desk.write("ann", "额度")
    await desk.settled()
    mine = await Page(desk, services, "s1").get("/desk/talks")
    assert "客户 ann" in mine.text
    assert 'data-do="step_in"' in mine.text
    assert "额度" not in mine.text
    assert "客户 ann" not in (await Page(desk, services, "s3").get("/desk/talks")).text


async def test_what_a_seat_closed_today_is_paged_newest_first(
    desk: RunningDesk, services: Services, database: AsyncEngine
) -> None:
    sessions = await close(desk, "s1", *(f"c{number}" for number in range(PAGE + 2)))
    await archive(desk, database)
    page = Page(desk, services, "s1")
    first = await page.get("/desk/closed")
    assert f'data-total="{PAGE + 2}"' in first.text
    assert [each for each in sessions[::-1] if f"closed-{each}" in first.text] == sessions[:1:-1]
    more = first.text.partition('hx-get="')[2].partition('"')[0].replace("&amp;", "&")
    rest = await page.get(more)
    assert [each for each in sessions if f"closed-{each}" in rest.text] == sessions[:2]
    assert "hx-get" not in rest.text
    assert int(first.headers["x-desk-seq"]) == await archived_position(database), "later events come on top of it"
    count = (await page.get("/desk/closed?rows=no")).text
    assert f'data-total="{PAGE + 2}"' in count
    assert "closed-2" not in count
    assert 'data-total="0"' in (await Page(desk, services, "s2").get("/desk/closed")).text
    for odd in ("before=x", "before=-1", "before=99999999999999999999", "session=' OR 1=1 --"):
        assert (await page.get(f"/desk/closed?{odd}")).status_code == 200


async def test_a_closed_session_is_read_in_place_by_who_may(
    desk: RunningDesk, services: Services, database: AsyncEngine
) -> None:
    (session,) = await close(desk, "s1", "ann", words=SECRET)
    await archive(desk, database)
    address = f"/desk/sessions/{session}/chat"
    for seat in ("s1", "s2"):
        record = (await Page(desk, services, seat).get(address)).text
        assert "会话已结束，只能查看" in record
        assert "my PIN is &lt;b&gt;1234&lt;/b&gt;" in record
        assert f'href="/sessions/{session}"' in record
        assert "data-form" not in record, "nothing can be written there"
    stranger = (await Page(desk, services, "s3").get(address)).text
    assert "PIN" not in stranger
    assert "已不在您的坐席" in stranger
    assert (await Page(desk, services, "s3").get(f"/desk/sessions/{session}/record?before=9")).status_code == 403
    assert (await Page(desk, services, "s1").get("/desk/sessions/20261123-9999/record")).status_code == 403


async def test_a_search_finds_what_may_be_read_and_says_so_where_there_is_nothing(
    desk: RunningDesk, services: Services, database: AsyncEngine
) -> None:
    (session,) = await close(desk, "s1", "ann_9501", words=SECRET)
    await archive(desk, database)
    mine, stranger = Page(desk, services, "s1"), Page(desk, services, "s3")
    for words in ("pin is", session, session.rpartition("-")[2].lstrip("0"), "9501"):
        assert f'data-open="{session}"' in await mine.search(words)
        assert f'data-open="{session}"' not in await stranger.search(words)
    assert "<mark>PIN is</mark>" in await mine.search("pin is")
    assert "<mark>&lt;b&gt;12</mark>34" in await mine.search("<b>12"), "what people say is no markup"
    assert "1234" not in await stranger.search("PIN")
    assert "没有找到“&lt;i&gt;”" in await mine.search("<i>")
    assert (await mine.search(" ")).strip() == ""
    for hostile in ("%", "_", "\\", "'; DROP TABLE session; --", "\0\0", "ß" * 100, "1" * 40):
        assert f'data-open="{session}"' not in await mine.search(hostile)


async def test_without_sql_the_desk_says_what_cannot_be_had(
    desk: RunningDesk, services: Services, database: AsyncEngine
) -> None:
    async with database.begin() as sql:
        await sql.execute(text("DROP TABLE message"))
    assert "暂时无法搜索" in await Page(desk, services, "s1").search("hello")


async def test_others_are_not_shown_what_a_desk_fetches(desk: RunningDesk, services: Services) -> None:
    transport = httpx2.ASGITransport(create_app(services), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        for address in ("/desk/talks", "/desk/closed", "/desk/search?q=a"):
            cookie = await desk.cookie(role="supervisor")
            assert (await client.get(address, headers={"cookie": cookie})).status_code == 403
            assert (await client.get(address, headers={"hx-request": "true"})).status_code == 401
