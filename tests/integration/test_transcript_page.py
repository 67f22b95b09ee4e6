"""A session can be read again, by those who may, in their language."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.app import create_app
from desk.seed import DEMO_PASSWORD
from desk.services import Services
from desk.store.batches import archive_batch
from desk.store.engine import writing
from desk.store.users import Staff
from sessions import commands as cmd
from sessions.content import File, Image, Link, Location, MiniProgram, Unknown
from sessions.ids import SessionId
from sessions.settings import Satisfaction
from tests.databases import seeded
from tests.stories import Story, served_story
from tests.web import services_for_tests, sign_in, visiting

pytestmark = pytest.mark.anyio

SERVED, WAITING = "/sessions/20261123-0001", "/sessions/20261123-0002"


@pytest.fixture
async def database(sqlite_url: str, tmp_path: Path, anyio_backend: object) -> AsyncIterator[AsyncEngine]:
    async with seeded(sqlite_url, tmp_path) as engine:
        yield engine


@pytest.fixture
async def services(redis: Redis, database: AsyncEngine, tmp_path: Path) -> Services:
    return services_for_tests(redis, tmp_path, staff=Staff(database), database=database)


async def read(services: Services, address: str, user: str = "supervisor", **headers: str) -> tuple[int, str]:
    """Status and words of the page, as this person sees it."""
    async with visiting(create_app(services), **headers) as client:
        assert (await sign_in(client, user, DEMO_PASSWORD)).status_code == 303
        page = await client.get(address)
        return page.status_code, page.text


def words(html: str) -> str:
    """What the main part of a page says, without marks and breaks."""
    main = html[html.index("<main") :]
    return " ".join(re.sub(r"<title>.*?</title>|<[^>]+>", " ", main).split())


async def test_the_whole_course_of_a_session_can_be_read(services: Services, database: AsyncEngine) -> None:
    await archive_batch(database, served_story().entries)
    status, html = await read(services, SERVED)
    said = words(html)
    assert status == 200
    in_order = [
        "会话 20261123-0001",
        "云杉银行信用卡 · 信用卡咨询",
        "已结束",
        "坐席挂断",
        "你好，我的账单好像多扣了一笔",
        "进入排队：信用卡咨询",
        "01 号席 接入会话",
        "您好，我来帮您查一下",
        "已送达微信",
        "就是这笔",
        "客户情绪平稳，账单争议",
        "01 号席 转接给 02 号席",
        "账单争议，请接手",
        "02 号席 接入会话",
        "这笔是年费，可以为您减免",
        "发送失败",
        "客户超过 48 小时没有来消息",
        "已提示客户",
        "您的消息超过 600 字",
        "02 号席 挂断",
        "年费减免 268 元",
    ]
    at = 0
    for each in in_order:
        assert each in said[at:], f"{each} is missing after {said[max(0, at - 60) : at]}"
        at = said.index(each, at)


async def test_what_the_customer_thought_of_it_is_told(services: Services, database: AsyncEngine) -> None:
    story = served_story(satisfaction=Satisfaction(ask="answered"))
    await archive_batch(database, story.entries)
    before = len(story.entries)
    _, html = await read(services, SERVED)
    assert "满意度 未评价" in words(html)
    assert "请为本次服务打分，点选或回复 1–5： 5 非常满意 4 满意" in words(html)
    story.rate("ming", SessionId("20261123-0001"), 1, "<b>还是没退</b>")
    story.rate("ming", SessionId("20261123-0001"), 4, "退了")
    await archive_batch(database, story.entries[before:])
    _, html = await read(services, SERVED)
    assert "客户评价：1 分 &lt;b&gt;还是没退&lt;/b&gt;" in words(html)
    assert "客户改评 4 分（原为 1 分） 退了" in words(html)
    assert "满意度 ★★★★ ☆ 4 分 客户评语 退了" in words(html)


async def test_times_and_durations_are_told(services: Services, database: AsyncEngine) -> None:
    await archive_batch(database, served_story().entries)
    said = words((await read(services, SERVED))[1])
    assert "开始 2026-11-23 10:00:02 接入 2026-11-23 10:00:07 结束 2026-11-23 10:01:25" in said
    assert "等待 0:05 首次回复 0:08 服务 1:06 话后 0:12" in said
    assert "01 号席 李静 信用卡咨询 10:00:07 – 10:00:46 · 0:39 · 转接给 02 号席" in said
    assert "02 号席 王磊 信用卡咨询 10:00:46 – 10:01:25 · 0:38 · 挂断" in said


async def test_the_strip_covers_the_whole_time(services: Services, database: AsyncEngine) -> None:
    await archive_batch(database, served_story().entries)
    html = (await read(services, SERVED))[1]
    parts = re.findall(r'class="strip-(\w+) tone-(\d)" x="([\d.]+)" y="0" width="([\d.]+)"', html)
    assert [(kind, tone) for kind, tone, _, _ in parts] == [("wait", "0"), ("seat", "0"), ("seat", "1"), ("wrap", "1")]
    at = 0.0
    for _, _, start, width in parts:
        assert float(start) == pytest.approx(at, abs=0.02)
        at += float(width)
    assert at == pytest.approx(1000, abs=0.1)


async def test_a_live_session_says_that_there_is_more_to_come(services: Services, database: AsyncEngine) -> None:
    await archive_batch(database, served_story().entries)
    said = words((await read(services, WAITING))[1])
    assert "会话仍在进行" in said
    assert "振铃中" in said
    assert "未接入" in said


async def test_english_speakers_read_it_in_english(services: Services, database: AsyncEngine) -> None:
    await archive_batch(database, served_story().entries)
    said = words((await read(services, SERVED, accept_language="en"))[1])
    for each in ("Session 20261123-0001", "Card service", "Closed because Ended by the seat", "First reply 0:08"):
        assert each in said


async def test_agents_read_what_they_served_and_what_is_their_groups(services: Services, database: AsyncEngine) -> None:
    await archive_batch(database, served_story().entries)
    # agent2 served it; agent5 has the group's skill; agent9 neither, once the group is not theirs any more.
    async with writing(database) as session:
        await (await session.connection()).execute(
            text("DELETE FROM seat_skill WHERE seat IN ('agent2', 'agent9') AND skill_group = 'card_service'")
        )
    assert [(await read(services, SERVED, user))[0] for user in ("agent2", "agent5", "agent9")] == [200, 200, 403]
    html = (await read(services, SERVED, "agent9"))[1]
    assert "请联系班长" in html
    assert "账单好像多扣" not in html


@pytest.mark.parametrize("user", ["supervisor", "inspector", "admin"])
async def test_those_who_oversee_read_everything(services: Services, database: AsyncEngine, user: str) -> None:
    await archive_batch(database, served_story().entries)
    assert (await read(services, SERVED, user))[0] == 200


async def test_strangers_are_shown_to_the_sign_in(services: Services, database: AsyncEngine) -> None:
    await archive_batch(database, served_story().entries)
    async with visiting(create_app(services)) as client:
        answer = await client.get(SERVED)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={SERVED}")


@pytest.mark.parametrize(
    "number", ["20261123-9999", "nonsense", "20261123-0001%00", "%3Cb%3E", "1" * 300, "2026%2F11%2F23", "2026/1"]
)
async def test_a_number_that_nobody_has_is_answered_with_what_to_do(services: Services, number: str) -> None:
    status, html = await read(services, f"/sessions/{number}")
    assert status == 404
    assert "请核对编号（形如 20261123-0042）" in html
    assert "<b>" not in html


async def test_a_number_on_paper_leads_to_the_session(services: Services) -> None:
    async with visiting(create_app(services)) as client:
        await sign_in(client, "inspector", DEMO_PASSWORD)
        for typed, leads_to in ((" 20261123-0001 ", SERVED), ("//elsewhere", "/sessions/%2F%2Felsewhere"), ("", "/")):
            answer = await client.get("/sessions", params={"number": typed})
            assert (answer.status_code, answer.headers["location"]) == (303, leads_to)


async def test_whatever_customers_send_is_shown_as_words(services: Services, database: AsyncEngine) -> None:
    story = Story()
    story.write("ming", "<script>alert(1)</script> & \0 {{ 7 * 7 }}")
    story.write("ming", Link(title="看这里", url="javascript:alert(1)", description="<img src=x>"))
    story.write("ming", Link(title="公告", url="https://bank.example/notice"))
    story.write("ming", Location(latitude=31.2, longitude=121.4, label="人民广场"))
    story.write("ming", MiniProgram(title="积分商城"))
    story.write("ming", File(title="账单.pdf"))
    story.write("ming", Unknown(name="hologram", raw={"Depth": "<b>3</b>"}))
    await archive_batch(database, story.entries)
    status, html = await read(services, SERVED)
    assert status == 200
    assert "<script>alert" not in html
    assert "javascript:" not in html
    assert "<img src=x>" not in html
    assert "<b>3" not in html
    assert 'href="https://bank.example/notice"' in html
    said = words(html)
    for each in ("位置：人民广场", "小程序：积分商城", "文件：账单.pdf", "hologram", "{{ 7 * 7 }}", "看这里"):
        assert each in said, each


async def test_a_long_session_begins_at_its_end_and_leads_back(
    services: Services, database: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.pages.transcript.LINES_MAX", 8)
    story = Story()
    for n in range(20):
        story.write("ming", f"第{n + 1:02}句")
    await archive_batch(database, story.entries)
    html = (await read(services, SERVED))[1]
    found = re.findall(r"第(\d\d)句", html)
    while earlier := re.search(r'href="(\?before=\d+)"', html):
        html = (await read(services, SERVED + earlier[1]))[1]
        found = re.findall(r"第(\d\d)句", html) + found
    assert found == [f"{n + 1:02}" for n in range(20)]


async def test_a_file_that_could_not_be_had_says_why(services: Services, database: AsyncEngine) -> None:
    story = Story()
    picture = story.write("ming", Image(source="media-1"))
    session = story.session_of("ming")
    story.run(
        cmd.ReportMediaRejected(
            message=picture, session=session, code="image_too_large", customer=story.floor.sessions[session].customer
        )
    )
    story.write("ming", Image(source="media-2"))
    await archive_batch(database, story.entries)
    said = words((await read(services, SERVED))[1])
    assert "图片超过 2 MB，未能接收" in said
    assert "文件尚未取回" in said
