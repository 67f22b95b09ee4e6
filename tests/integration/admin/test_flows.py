"""Self-service: answers, clicks, scans, menus, and what nobody could answer."""

import html
import re

import httpx2
import pytest

from desk.services import Services
from desk.store.engine import writing
from desk.store.models import UnmatchedPhraseTable
from routing.selfservice import Answer, OpenMenu, Route
from sessions.ids import AccountId
from tests.forms import Sent
from tests.integration.admin.pages import complaint_at, complaints, opened, said, send, site_of

pytestmark = pytest.mark.anyio


async def test_an_answer_is_made_of_what_customers_asked(services: Services, admin: httpx2.AsyncClient) -> None:
    assert services.database
    async with writing(services.database) as sql:
        for phrase, count in (("发票", 12), ("开发票", 5), ("境外消费", 3), ("额度", 9)):
            sql.add(UnmatchedPhraseTable(account="demo", phrase=phrase, count=count, first_at=1, last_at=2))
    page = await admin.get("/admin/flows/cards")
    found = re.search(r'href="([^"]+keywords/new\?phrases=[^"]+)"', page.text)
    assert found
    assert "额度" not in found[1], "what is answered by now is no question"
    form = await opened(admin, html.unescape(found[1]))
    assert form.fields["phrases"] == ["发票\n开发票"]
    saved = await send(admin, "/admin/flows/cards/keywords/new", form.but(text="请在手机银行中申请电子发票。"))
    assert saved.status_code == 303
    keyword = (await site_of(services)).flows["cards"].keywords[-1]
    assert (keyword.id, keyword.phrases) == ("answer-1", ("发票", "开发票"))
    assert keyword.action == Answer(text="请在手机银行中申请电子发票。")
    assert (
        "开发票" not in (await admin.get("/admin/flows/cards")).text.split('id="unanswered"')[1].split("</section>")[0]
    )


async def test_what_needs_no_answer_is_forgotten(services: Services, admin: httpx2.AsyncClient) -> None:
    assert services.database
    async with writing(services.database) as sql:
        sql.add(UnmatchedPhraseTable(account="demo", phrase="哈哈哈哈", count=3, first_at=1, last_at=2))
    assert "哈哈哈哈" in (await admin.get("/admin/flows/cards")).text
    assert (await send(admin, "/admin/flows/cards/forget", {"phrase": ["哈哈哈哈"]})).status_code == 303
    assert "哈哈哈哈" not in (await admin.get("/admin/flows/cards")).text


@pytest.mark.parametrize(
    ("words", "rule", "how"),
    [
        ("额度", "keyword:limit", "完全一致"),
        ("我想查额度", "keyword:limit", "包含"),
        ("账单风期", "keyword:instalment", "容错"),
        ("edu", "keyword:limit", "容错：同音"),
        ("菜单", "keyword:menu", "完全一致"),
    ],
)
async def test_words_can_be_tried_out(admin: httpx2.AsyncClient, words: str, rule: str, how: str) -> None:
    tried = await admin.get("/admin/flows/cards/try", params={"text": words})
    assert rule in tried.text
    assert how in tried.text


async def test_words_without_an_answer_are_said_to_have_none(admin: httpx2.AsyncClient) -> None:
    assert "没有答案" in (await admin.get("/admin/flows/cards/try", params={"text": "你好"})).text
    evil = await admin.get("/admin/flows/cards/try", params={"text": "<img src=x onerror=alert(1)>" * 50})
    assert "<img" not in evil.text


async def test_clicks_scans_and_menus_lead_where_the_form_says(services: Services, admin: httpx2.AsyncClient) -> None:
    form = await opened(admin, "/admin/flows/cards/clicks/entry")
    click = form.but(key="OFFERS/2026 新", do="menu", menu="main")
    assert (await send(admin, form.action, click)).status_code == 303
    form = await opened(admin, "/admin/flows/cards/clicks/entry?key=BILL")
    route = form.but(do="route", group="billing", priority="3", text="好的")
    assert (await send(admin, html.unescape(form.action), {**route, "at_once": []})).status_code == 303
    form = await opened(admin, "/admin/flows/cards/menus/main")
    option = {**form.fields, "option.1.key": [""], "option.5.key": ["9"], "option.5.text": ["再见"]}
    assert (await send(admin, "/admin/flows/cards/menus/main", option)).status_code == 303
    flow = (await site_of(services)).flows["cards"]
    assert flow.clicks["OFFERS/2026 新"] == OpenMenu(menu="main")
    assert flow.clicks["BILL"] == Route(group="billing", priority=3, text="好的", at_once=False)
    assert list(flow.menus["main"].options) == ["1", "3", "4", "0", "9"]
    assert flow.menus["main"].options["9"] == Answer(text="再见")
    removed = await send(admin, "/admin/flows/cards/clicks/entry/remove?key=OFFERS/2026 新", {})
    assert removed.status_code == 303
    assert len((await site_of(services)).flows["cards"].clicks) == 4


EMOJI = "🙂" * 520
"""Fewer signs than a message may have, and more bytes than WeChat takes."""


@pytest.mark.parametrize(
    ("path", "fields", "field", "complaint"),
    [
        ("keywords/lost", {"phrases": ["？！"]}, "phrases", "需要说法"),
        ("keywords/lost", {"phrases": ["额度"]}, "phrases", "“额度”已用于另一个答案"),
        ("keywords/lost", {"phrases": ["字" * 41]}, "phrases", "过长"),
        ("keywords/lost", {"phrases": ["挂\u200b失"]}, "phrases", "不可见"),
        ("keywords/lost", {"do": ["answer"], "text": [""]}, "text", "缺少要说的文字"),
        ("keywords/lost", {"do": ["answer"], "text": ["字" * 601]}, "text", "最多 600 字，现有 601 字"),
        ("keywords/lost", {"do": ["answer"], "text": [EMOJI]}, "text", "最多 2048 字节（汉字每个 3 字节），现有 2080"),
        ("keywords/lost", {"do": ["route"], "text": ["字" * 601]}, "text", "最多 600 字，现有 601 字"),
        ("keywords/lost", {"do": ["route"], "priority": ["-1"]}, "priority", "-1 超出范围"),
        ("keywords/lost", {"do": ["route"], "group": ["nowhere"]}, "group", "技能组 nowhere 不存在"),
        ("keywords/lost", {"do": ["menu"], "menu": ["nowhere"]}, "menu", "文字菜单 nowhere 不存在"),
        ("keywords/new", {"id": ["a b"], "phrases": ["新词"], "text": ["好"]}, "id", "不能作编号"),
        ("keywords/new", {"id": ["new"], "phrases": ["新词"], "text": ["好"]}, "id", "出现了两次"),
        ("clicks/entry?key=BILL", {"do": ["answer"], "text": [" "]}, "text", "缺少要说的文字"),
        ("clicks/entry", {"key": ["A/B~1"], "text": [""]}, "text", "缺少要说的文字"),
        ("scenes/entry", {"key": ["x" * 129], "text": ["好"]}, "key", "最多 128 字"),
        ("menus/main", {"text": [""]}, "text", "缺少要说的文字"),
        ("menus/main", {"text": [EMOJI]}, "text", "最多 2048 字节"),
        ("menus/main", {"option.1.key": ["1"]}, "option.1.key", "“1”出现了两次"),
        ("menus/main", {"option.1.key": ["１."]}, "option.1.key", "与另一选项的输入相同"),
        ("menus/main", {"option.1.text": [""]}, "option.1.text", "缺少要说的文字"),
        ("menus/new", {"id": ["a b"], "text": ["好"], "option.0.key": ["1"], "option.0.text": ["好"]}, "id", "不能作"),
    ],
)
async def test_a_part_of_a_flow_that_leads_nowhere_is_refused_at_its_field(
    services: Services, admin: httpx2.AsyncClient, path: str, fields: Sent, field: str, complaint: str
) -> None:
    before = await site_of(services)
    form = await opened(admin, f"/admin/flows/cards/{path}")
    refused = await send(admin, html.unescape(form.action) or f"/admin/flows/cards/{path}", {**form.fields, **fields})
    assert refused.status_code == 422
    assert complaint in complaint_at(refused, field), (complaints(refused), said(refused)[:800])
    assert len(complaints(refused)) == 1, "at no other field"
    assert await site_of(services) == before


async def test_what_a_flow_says_first_and_last_fits_a_message(admin: httpx2.AsyncClient) -> None:
    form = await opened(admin, "/admin/flows/cards", "unmatched_text")
    refused = await send(admin, "/admin/flows/cards", form.but(unmatched_text=EMOJI))
    assert "最多 2048 字节" in complaint_at(refused, "unmatched_text")
    typed = {**form.fields, "welcome.do": ["answer"], "welcome.text": [EMOJI]}
    refused = await send(admin, "/admin/flows/cards", typed)
    assert "最多 2048 字节" in complaint_at(refused, "welcome.text")


async def test_an_action_that_there_is_not_is_refused(services: Services, admin: httpx2.AsyncClient) -> None:
    form = await opened(admin, "/admin/flows/cards/keywords/lost")
    assert (await send(admin, "/admin/flows/cards/keywords/lost", form.but(do="explode"))).status_code == 422


async def test_what_something_leads_to_cannot_be_taken_away(services: Services, admin: httpx2.AsyncClient) -> None:
    before = await site_of(services)
    menu = await send(admin, "/admin/flows/cards/menus/main/remove", {})
    flow = await send(admin, "/admin/flows/cards/remove", {})
    assert (menu.status_code, flow.status_code) == (409, 409)
    assert "文字菜单 main 不存在" in said(menu)
    assert "自助流程 cards 不存在" in said(flow)
    assert await site_of(services) == before


async def test_accounts_choose_their_flow_and_their_first_group(services: Services, admin: httpx2.AsyncClient) -> None:
    form = await opened(admin, "/admin/flows", "flow.demo2")
    changed = {**form.fields, "flow.demo2": ["cards"], "group.demo2": ["complaints"]}
    assert (await send(admin, form.action, changed)).status_code == 303
    account = (await site_of(services)).accounts[AccountId("demo2")]
    assert (account.flow, account.default_group) == ("cards", "complaints")
