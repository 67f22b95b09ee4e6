"""The customer beside the chat: for the seat that serves them alone, right at once, and nothing written is lost."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path

import httpx2
import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.app import create_app
from desk.store.batches import archive_batch, archived_position
from desk.store.engine import writing
from sessions import commands as cmd
from sessions.content import Followed, Scanned, Unfollowed
from sessions.ids import Millis, SessionId
from sessions.profile import Told
from sessions.settings import CustomerField, Dispositions, Satisfaction
from tests.builders import make_site, who
from tests.databases import migrated
from tests.drawing import render
from tests.hubs import RunningDesk, now_ms, running_desk
from tests.web import services_for_tests, visiting

pytestmark = pytest.mark.anyio

SITE = make_site(
    {"s1": {"cards": 3}, "s2": {"bills": 3}, "s3": {"bills": 3}},
    customer_fields=[
        CustomerField(id="card", label="卡种", kind="select", options=("普卡", "金卡")),
        CustomerField(id="birthday", label="生日", kind="date"),
    ],
    every_group={
        "satisfaction": Satisfaction(ask="answered"),
        "dispositions": Dispositions(choices=("账单", "其他"), required=True),
    },
)
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, anyio_backend: object) -> AsyncIterator[AsyncEngine]:
    async with migrated(request.getfixturevalue(f"{request.param}_url")) as engine:
        yield engine


@pytest.fixture
async def desk(redis: Redis, tmp_path: Path) -> AsyncIterator[RunningDesk]:
    async with running_desk(redis, tmp_path, SITE, render=render) as running:
        yield running


async def archive(desk: RunningDesk, database: AsyncEngine) -> None:
    """Everything so far is in SQL."""
    await desk.settled()
    at = await archived_position(database) or await desk.ledger.beginning()
    await archive_batch(database, await desk.ledger.read(at, count=10_000, block_ms=1))


@asynccontextmanager
async def page_of(desk: RunningDesk, database: AsyncEngine | None, cookie: str) -> AsyncIterator[httpx2.AsyncClient]:
    services = services_for_tests(desk.redis, desk.folder, database=database, hub=desk.hub)
    async with visiting(create_app(services), cookie=cookie) as client:
        yield client


async def pane(desk: RunningDesk, database: AsyncEngine | None, session: str, cookie: str) -> tuple[int, str]:
    """Status, and the pane."""
    async with page_of(desk, database, cookie) as client:
        answer = await client.get(f"/desk/sessions/{session}/customer")
        return answer.status_code, answer.text


def said(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def value(html: str, name: str) -> str:
    found = re.search(rf'name="{re.escape(name)}"[^>]*? value="([^"]*)"', html)
    assert found, name
    return unescape(found[1])


async def test_who_they_are_how_they_were_served_and_what_was_noted(desk: RunningDesk, database: AsyncEngine) -> None:
    (agent,) = await desk.at_work("s1")
    for event in (Followed(scene="branch-1"), Scanned(scene="branch-2")):
        await desk.inbox.append(
            cmd.RecordCustomerEvent(customer=who("ann"), event=event, key=str(event), sent_at=Millis(now_ms()))
        )
    first = await desk.served("ann", agent, "my bill")
    told = Told(follows=True, scene="ADD_SCENE_QR_CODE", unionid="u-1", language="zh_CN")
    await desk.inbox.append(cmd.RememberCustomer(customer=who("ann"), told=told))
    await desk.settled()
    reply = await agent.do(
        "describe_customer",
        session=first,
        revision=0,
        remark="王女士",
        phone="138-0000",
        tags=["理财", "VIP"],
        fields={"card": "金卡"},
    )
    assert reply["ok"], reply
    await agent.do("note", session=first, text=f"年费可免 {EVIL}")
    await agent.do("send", session=first, text="已为您减免")
    await agent.do("hang_up", session=first)
    await agent.do("wrap_up", session=first, disposition="账单", remark="三天到账")
    await desk.inbox.append(
        cmd.RateSession(
            customer=who("ann"),
            session=SessionId(first),
            stars=2,
            key="form",
            sent_at=Millis(now_ms()),
            comment=f"慢 {EVIL}",
        )
    )
    second = await desk.served("ann", agent, "still not there")
    await archive(desk, database)
    status, html = await pane(desk, database, second, await desk.cookie("s1"))
    words = said(html)
    assert status == 200
    assert EVIL not in html
    assert (value(html, "remark"), value(html, "phone")) == ("王女士", "138-0000")
    assert re.search(r"<option selected>金卡</option>", html)
    assert re.findall(r'data-tag="([^"]+)"', html) == ["理财", "VIP"]
    assert 'data-revision="1"' in html
    assert re.findall(r'<option value="([^"]+)">', html) == ["VIP", "理财"], "tags in use are offered"
    for each in ("上次", "账单 · s1", "2 分", "三天到账", "坐席：已为您减免", f"“慢 {EVIL}”", f"年费可免 {EVIL}"):
        assert each in words, each
    for each in ("关注 已关注", "来源 扫描二维码 · branch-1", "最近扫码 branch-2", "语言 简体中文", "修改"):
        assert each in words, each
    _, english = await pane(desk, database, second, await desk.cookie("s1", lang="en"))
    for each in ("Last", "Seat: 已为您减免", "Follows", "QR code", "Notes"):
        assert each in said(english), each


async def test_the_same_person_in_another_account_is_told_by_unionid(desk: RunningDesk, database: AsyncEngine) -> None:
    (agent,) = await desk.at_work("s1")
    session = await desk.served("ann", agent)
    await desk.inbox.append(cmd.RememberCustomer(customer=who("ann"), told=Told(follows=True, unionid="u-1")))
    await archive(desk, database)
    async with writing(database) as sql:
        connection = await sql.connection()
        await connection.execute(
            text(
                "INSERT INTO customer (id, account, remark, tags, phone, fields, revision, touched, first_code,"
                " last_code, scene, unionid, language) VALUES"
                " ('debit:ann', 'debit', '王', '[]', '', '{}', 0, '[]', '', '', '', 'u-1', ''),"
                " ('debit:bob', 'debit', '李', '[]', '', '{}', 0, '[]', '', '', '', 'u-2', '')"
            )
        )
    _, html = await pane(desk, database, session, await desk.cookie("s1"))
    assert "其他账号 debit · 王" in said(html)
    assert "李" not in html


async def test_nobody_else_may_look_or_write(desk: RunningDesk, database: AsyncEngine) -> None:
    (agent,) = await desk.at_work("s1")
    (other,) = await desk.at_work("s2")
    session = await desk.served("ann", agent)
    await desk.inbox.append(cmd.RememberCustomer(customer=who("ann")))
    await agent.do("consult", session=session, to_seat="s2", text="?")
    for cookie in (await desk.cookie("s2"), await desk.cookie("s3"), await desk.cookie(role="supervisor")):
        status, html = await pane(desk, database, session, cookie)
        assert status == 403, "also who is merely asked about it"
        assert "data-customer" not in html
    assert (await pane(desk, database, session, ""))[0] in {302, 303, 401}
    assert (await pane(desk, database, "20261123-9999", await desk.cookie("s1")))[0] == 403
    refused = await other.refused("describe_customer", session=session, revision=0, remark="mine")
    assert refused["code"] == "not_your_session"
    supervisor = await desk.open(role="supervisor")
    refused = await supervisor.refused("describe_customer", session=session, revision=0, remark="mine")
    assert refused["code"] == "forbidden"


async def test_what_is_written_down_is_told_to_this_seat_alone(desk: RunningDesk) -> None:
    (agent,) = await desk.at_work("s1", html=True)
    (other,) = await desk.at_work("s2", html=True)
    session = await desk.served("ann", agent)
    await desk.inbox.append(cmd.RememberCustomer(customer=who("ann")))
    await agent.do("describe_customer", session=session, revision=0, remark="王<b>女士", tags=["a"], phone="1")
    frame = await agent.until(lambda each: each.get("event", {}).get("type") == "customer_described")
    assert frame["event"]["remark"] == "王<b>女士"
    for piece in (f'id="row-{session}"', f'id="head-{session}"', f'id="who-{session}"', f'id="tags-{session}"'):
        assert piece in frame["html"], piece
    assert "王&lt;b&gt;女士" in frame["html"]
    await other.caught_up()
    assert "女士" not in other.said()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"remark": "x" * 41}, "value_too_long"),
        ({"remark": "x" * 1001}, "argument_invalid"),
        ({"tags": [str(n) for n in range(101)]}, "argument_invalid"),
        ({"tags": [str(n) for n in range(30)]}, "too_many_tags"),
        ({"tags": "VIP"}, "argument_invalid"),
        ({"fields": {"card": "黑卡"}}, "value_invalid"),
        ({"fields": {"../etc": "x"}}, "field_unknown"),
        ({"fields": {"birthday": "yesterday"}}, "value_invalid"),
        ({"phone": "';DROP TABLE customer"}, "value_invalid"),
        ({"revision": -1}, "argument_invalid"),
        ({"customer": "bank:bob"}, "argument_invalid"),
    ],
)
async def test_what_makes_no_sense_is_refused(desk: RunningDesk, arguments: dict[str, object], code: str) -> None:
    (agent,) = await desk.at_work("s1")
    session = await desk.served("ann", agent)
    await desk.inbox.append(cmd.RememberCustomer(customer=who("ann")))
    refused = await agent.refused("describe_customer", **{"session": session, "revision": 0, **arguments})
    assert refused["code"] == code
    assert refused["message"]


async def test_opening_the_pane_brings_back_who_was_not_looked_up(desk: RunningDesk, database: AsyncEngine) -> None:
    (agent,) = await desk.at_work("s1")
    session = await desk.served("ann", agent)
    assert (await agent.refused("describe_customer", session=session, revision=0, remark="x"))[
        "code"
    ] == "profile_unread"
    await archive(desk, database)
    async with writing(database) as sql:
        await (await sql.connection()).execute(
            text(
                "INSERT INTO customer (id, account, remark, tags, phone, fields, revision, touched, first_code,"
                " last_code, scene, unionid, language) VALUES"
                " ('bank:ann', 'bank', '王女士', '[\"a\"]', '', '{}', 4, '[[\"remark\",4]]', '', '', '', '', '')"
            )
        )
    _, html = await pane(desk, database, session, await desk.cookie("s1"))
    assert value(html, "remark") == "王女士"
    await agent.event("customer_remembered", remark="王女士", revision=4)
    assert (await agent.refused("describe_customer", session=session, revision=3, remark="x"))[
        "code"
    ] == "profile_changed"
    assert (await agent.do("describe_customer", session=session, revision=4, remark="x"))["ok"]


async def test_what_was_written_just_now_is_there_before_the_archive_has_it(
    desk: RunningDesk, database: AsyncEngine
) -> None:
    (agent,) = await desk.at_work("s1")
    session = await desk.served("ann", agent)
    await desk.inbox.append(cmd.RememberCustomer(customer=who("ann")))
    await archive(desk, database)
    await agent.do("describe_customer", session=session, revision=0, remark="王女士", phone="1", tags=["a"])
    await agent.do("describe_customer", session=session, revision=1, fields={"birthday": "1990-02-28"})
    await agent.do("note", session=session, text="is in a hurry")
    await desk.settled()
    _, html = await pane(desk, database, session, await desk.cookie("s1"))
    assert (value(html, "remark"), value(html, "phone"), value(html, "field.birthday")) == ("王女士", "1", "1990-02-28")
    assert 'data-revision="2"' in html
    assert "is in a hurry" in html


async def test_who_stops_following_is_shown_so_before_the_archive_has_it(
    desk: RunningDesk, database: AsyncEngine
) -> None:
    (agent,) = await desk.at_work("s1")
    session = await desk.served("ann", agent)
    for event, words in ((Unfollowed(), "关注 未关注"), (Followed(scene="branch-3"), "关注 已关注")):
        key, sent_at = str(event), Millis(now_ms())
        await desk.inbox.append(cmd.RecordCustomerEvent(customer=who("ann"), event=event, key=key, sent_at=sent_at))
        await desk.settled()
        for archived in (False, True):
            if archived:
                await archive(desk, database)
            _, html = await pane(desk, database, session, await desk.cookie("s1"))
            assert words in said(html), archived
    assert "branch-3" in said(html)


async def test_what_the_channel_tells_of_following_comes_to_the_open_pane(desk: RunningDesk) -> None:
    (agent,) = await desk.at_work("s1", html=True)
    session = await desk.served("ann", agent)
    told = Told(follows=True, since=Millis(now_ms()))
    await desk.inbox.append(cmd.RememberCustomer(customer=who("ann"), told=told))
    frame = await agent.until(lambda each: each.get("event", {}).get("type") == "customer_remembered")
    piece = re.search(rf'<dd id="follow-{session}">(.*?)</dd>', frame["html"], re.S)
    assert piece
    assert "已关注" in piece[1]


async def test_without_sql_the_pane_says_so_and_can_be_asked_again(desk: RunningDesk, sqlite_url: str) -> None:
    (agent,) = await desk.at_work("s1")
    session = await desk.served("ann", agent)
    cookie = await desk.cookie("s1")
    for broken in (True, False):
        async with migrated(sqlite_url) as database:
            if broken:
                async with writing(database) as sql:
                    await (await sql.connection()).execute(text("ALTER TABLE customer RENAME TO elsewhere"))
            status, html = await pane(desk, database if broken else None, session, cookie)
        assert status == 200
        assert "暂时读不到客户资料" in html
        assert f'hx-get="/desk/sessions/{session}/customer"' in html


async def test_wrap_up_asks_what_the_group_asks(desk: RunningDesk) -> None:
    (agent,) = await desk.at_work("s1", html=True)
    session = await desk.served("ann", agent)
    await agent.do("hang_up", session=session)
    frame = await agent.until(lambda each: each.get("event", {}).get("type") == "session_hung_up")
    assert re.findall(r'<option value="([^"]*)">', frame["html"]) == ["", "账单", "其他"]
    assert re.search(r'<select[^>]* name="disposition" required', frame["html"])
    assert (await agent.refused("wrap_up", session=session))["code"] == "disposition_missing"
    assert (await agent.refused("wrap_up", session=session, disposition="gossip"))["code"] == "disposition_unknown"
    assert (await agent.do("wrap_up", session=session, disposition="其他"))["ok"]


async def test_a_long_list_of_dispositions_is_searched_by_typing_and_none_is_free_words(desk: RunningDesk) -> None:
    long = tuple(f"第 {n} 类" for n in range(40))
    for choices, has_list in ((long, True), ((), False)):
        site = make_site(["s1"], every_group={"dispositions": Dispositions(choices=choices)}, version=2)
        await desk.inbox.append(cmd.ConfigureSite(site=site))
        await desk.settled()
        (agent,) = await desk.at_work("s1", html=True)
        session = await desk.served(f"ann{has_list}", agent)
        await agent.do("hang_up", session=session)
        html = (await agent.until(lambda each: each.get("event", {}).get("type") == "session_hung_up"))["html"]
        assert ("第 39 类" in html) == has_list
        assert re.search(r'<input[^>]* name="disposition"(?! required)', html)
        assert (await agent.do("wrap_up", session=session, disposition="" if has_list else "自己的话"))["ok"]
        await agent.leave()
