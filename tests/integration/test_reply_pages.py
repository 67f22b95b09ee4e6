"""Canned replies and knowledge over HTTP: whose is whose, what is refused, and words that are no markup."""

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import msgspec
import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.knowledge import Article
from desk.replies import Reply
from desk.services import Services
from desk.store.engine import reading, writing
from desk.store.knowledge import articles, find_article
from desk.store.models import ReplyUseTable
from desk.store.replies import find_reply, personal_replies, reply_row, shared_replies
from sessions.ids import Role, SeatId, UserId
from tests.databases import seeded
from tests.forms import Form, form_of
from tests.web import StaffList, services_for_tests, signed_in

pytestmark = pytest.mark.anyio

HOSTILE = "<script>alert(1)</script>\" onfocus=alert(2) x='"


@pytest.fixture
async def database(sqlite_url: str, tmp_path: Path, anyio_backend: object) -> AsyncIterator[AsyncEngine]:
    async with seeded(sqlite_url, tmp_path) as engine:
        yield engine


@pytest.fixture
async def services(redis: Redis, tmp_path: Path, database: AsyncEngine) -> Services:
    staff = StaffList()
    for user in ("agent9", "agent10"):  # 9 serves card_service; 10 billing and complaints
        someone = msgspec.structs.replace(staff.members[UserId("agent")], user=UserId(user), seat=SeatId(user))
        staff.members[UserId(user)] = someone
    return services_for_tests(redis, tmp_path, database=database, staff=staff)


@pytest.fixture
async def agent(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    async with signed_in(services, "agent9") as client:
        yield client


@pytest.fixture
async def admin(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    async with signed_in(services, "admin") as client:
        yield client


async def own(services: Services, user: str = "agent9") -> list[Reply]:
    assert services.database
    async with reading(services.database) as sql:
        return await personal_replies(sql, user)


async def shared(services: Services, reply: str) -> Reply | None:
    assert services.database
    async with reading(services.database) as sql:
        return await find_reply(sql, reply)


async def filled_in(client: httpx2.AsyncClient, path: str = "/replies") -> Form:
    page = await client.get(path)
    assert page.status_code == 200, page.text
    return form_of(page.text)


def said(page: httpx2.Response) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", page.text))


# One's own.


async def test_an_agent_writes_changes_and_throws_out_their_own(agent: httpx2.AsyncClient, services: Services) -> None:
    form = await filled_in(agent)
    new = form.but(
        title=" 我的 开场白 ",
        text="{问候}\r\n我是{姓名}",
        shortcut="/kcb",
        keywords="在吗，你好、 在吗",
        category="问候",
        position="7",
    )
    kept = await agent.post("/replies", data=new)
    assert (kept.status_code, kept.headers["location"]) == (303, "/replies?saved=1")
    (reply,) = await own(services)
    assert (reply.title, reply.text, reply.shortcut) == ("我的 开场白", "{问候}\n我是{姓名}", "kcb")
    assert (reply.keywords, reply.category, reply.position) == (("在吗", "你好"), "问候", 7)
    assert "我的 开场白" in said(await agent.get("/replies?saved=1"))

    change = await filled_in(agent, f"/replies/{reply.id}")
    assert (await agent.post(change.action, data=change.but(text="改过了"))).status_code == 303
    assert [each.text for each in await own(services)] == ["改过了"]
    stale = await agent.post(change.action, data=change.but(text="旧窗口"))
    assert stale.status_code == 409
    assert "已在别处修改" in said(stale)

    assert (await agent.post(f"/replies/{reply.id}/remove")).status_code == 303
    assert await own(services) == []


async def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(
    agent: httpx2.AsyncClient, services: Services
) -> None:
    form = await filled_in(agent)
    refused = await agent.post("/replies", data=form.but(title="", text="{顾客}您好", shortcut="a b", position="先"))
    assert refused.status_code == 422
    again = form_of(refused.text)
    assert again.fields["text"] == ["{顾客}您好"]
    words = said(refused)
    for complaint in ("不能为空", "没有 {顾客} 这个变量，可用：{客户}", "快捷码最多 20 个", "超出范围"):
        assert complaint in words
    assert await own(services) == []


async def test_what_others_may_use_is_read_and_made_ones_own(agent: httpx2.AsyncClient) -> None:
    site = await agent.get("/replies?scope=site&q=hkfs")
    assert "还款方式" in said(site)
    assert "开场白" not in said(site)
    copy = await filled_in(agent, "/replies?scope=site&from=repay-ways")
    assert copy.fields["title"] == ["还款方式"]
    assert copy.fields["shortcut"] == [""]


async def test_use_is_shown(agent: httpx2.AsyncClient, services: Services, admin: httpx2.AsyncClient) -> None:
    assert services.database
    async with writing(services.database) as sql:
        sql.add(ReplyUseTable(username="agent9", reply="repay-ways", count=31, last_at=1))
        sql.add(ReplyUseTable(username="", reply="repay-ways", count=417, last_at=1))
    assert re.search(r"还款方式.*\b31\s+417\b", said(await agent.get("/replies?scope=site")), re.S)
    assert "417" in said(await admin.get("/admin/replies"))


# Whose is whose.


async def test_nobody_reads_or_touches_what_is_anothers(services: Services, agent: httpx2.AsyncClient) -> None:
    assert services.database
    secret = Reply(id="secret", scope="personal", owner="agent10", title="十号的秘密", text="只有十号看得到")
    async with writing(services.database) as sql:
        sql.add(reply_row(secret))
    for path in (
        "/replies",
        "/replies?scope=personal",
        "/replies?scope=site",
        "/replies?from=secret",
        "/replies?q=秘密",
    ):
        page = await agent.get(path)
        assert page.status_code == 200
        assert "只有十号看得到" not in page.text, path
    form = await filled_in(agent)
    for reply in ("secret", "repay-ways", "loss-now", "nothing", "a%00b"):
        assert (await agent.get(f"/replies/{reply}")).status_code == 404
        assert (await agent.post(f"/replies/{reply}", data=form.but(title="x", text="x"))).status_code == 404
        assert (await agent.post(f"/replies/{reply}/remove")).status_code == 404
    assert await own(services, "agent10") == [secret]


async def test_groups_replies_are_read_by_those_who_serve_them(services: Services, agent: httpx2.AsyncClient) -> None:
    assert "分期测算" not in said(await agent.get("/replies?scope=group"))
    assert "分期测算" not in said(await agent.get("/replies?scope=group&q=分期"))
    assert (await filled_in(agent, "/replies?from=quote")).fields["title"] == [""]
    async with signed_in(services, "agent10") as other:
        words = said(await other.get("/replies?scope=group"))
        assert "分期测算" in words
        assert "立即挂失" not in words, "that is the security desk's"


@pytest.mark.parametrize("role", ["supervisor", "inspector", "admin"])
async def test_ones_own_page_is_for_agents(services: Services, role: Role) -> None:
    async with signed_in(services, role) as client:
        assert (await client.get("/replies")).status_code == 403
        assert (await client.post("/replies", data={"title": "x", "text": "x"})).status_code == 403
        preview = await client.post("/replies/preview", data={"text": "{姓名}"})
        assert preview.status_code == (403 if role == "inspector" else 200)


async def test_a_form_from_elsewhere_changes_nothing(services: Services, agent: httpx2.AsyncClient) -> None:
    form = await filled_in(agent)
    del agent.headers["x-csrf-token"]
    forged = {**form.but(title="x", text="x"), "_csrf": ["guessed"]}
    for path in ("/replies", "/replies/dialog", "/replies/preview"):
        assert (await agent.post(path, data=forged)).status_code == 403
    assert await own(services) == []
    assert (await agent.post("/replies", data=form.but(title="x", text="x"))).status_code == 303  # the page's own token


async def test_a_field_that_is_none_of_ours_is_refused(services: Services, agent: httpx2.AsyncClient) -> None:
    form = await filled_in(agent)
    for name in ("owner", "scope", "id"):
        refused = await agent.post("/replies", data={**form.but(title="x", text="x"), name: ["site"]})
        assert refused.status_code == 400
    assert await own(services) == []


# What is written is no markup.


async def test_words_are_never_markup(services: Services, agent: httpx2.AsyncClient, admin: httpx2.AsyncClient) -> None:
    form = await filled_in(agent)
    kept = form.but(title=HOSTILE[:50], text=HOSTILE, category=HOSTILE[:20])
    assert (await agent.post("/replies", data=kept)).status_code == 303
    article = await filled_in(admin, "/admin/knowledge/new")
    hostile = article.but(title=HOSTILE[:50], body=HOSTILE, keywords="<b>词</b>")
    assert (await admin.post("/admin/knowledge/new", data=hostile)).status_code == 303
    (reply,) = await own(services)
    pages = [
        await agent.get("/replies"),
        await agent.get(f"/replies/{reply.id}"),
        await agent.get("/replies", params={"q": HOSTILE[:40]}),
        await agent.post("/replies", data=form.but(title=HOSTILE * 3, text=HOSTILE + "{x}")),
        await agent.post("/replies/preview", data={"text": HOSTILE}),
        await agent.post("/replies/dialog", data=form.but(title="", text=HOSTILE)),
        await admin.get("/admin/knowledge"),
        await admin.get("/admin/knowledge", params={"q": HOSTILE}),
        await admin.get("/admin/replies", params={"q": HOSTILE, "owner": HOSTILE}),
    ]
    for page in pages:
        assert "<script>alert" not in page.text
        assert '" onfocus=' not in page.text
        assert "&lt;script&gt;" in page.text or "没有找到" in page.text or "nothing" in page.text.lower()


async def test_the_preview_says_what_a_customer_would_read_or_why_they_cannot(agent: httpx2.AsyncClient) -> None:
    fine = await agent.post("/replies/preview", data={"text": "您好，我是{姓名}，单号{会话号}"})
    assert "您好，我是李静，单号20261123-0042" in said(fine)
    assert "没有 {你} 这个变量" in said(await agent.post("/replies/preview", data={"text": "{你}好"}))
    assert "现有 2100 字节" in said(await agent.post("/replies/preview", data={"text": "额" * 700}))
    assert "写好的内容" in said(await agent.post("/replies/preview", data={}))


async def test_the_dialog_keeps_a_reply_and_tells_the_desk(agent: httpx2.AsyncClient, services: Services) -> None:
    form = form_of((await agent.get("/replies/dialog")).text, having="title")
    wrong = await agent.post("/replies/dialog", data=form.but(title="", text="您好"))
    assert wrong.status_code == 200, "htmx shows it again"
    assert "不能为空" in said(wrong)
    kept = await agent.post("/replies/dialog", data=form.but(title="您好", text="您好呀"))
    assert kept.status_code == 204
    assert "desk:kept" in kept.headers["hx-trigger"]
    assert [each.text for each in await own(services)] == ["您好呀"]


# The settings.


async def test_an_admin_writes_for_the_site_and_for_groups(services: Services, admin: httpx2.AsyncClient) -> None:
    form = await filled_in(admin, "/admin/replies/new")
    new = form.but(title="新的一条", text="您好{客户}", owner="billing", shortcut="new1")
    assert (await admin.post("/admin/replies/new", data=new)).status_code == 303
    assert "新的一条" in said(await admin.get("/admin/replies?owner=billing"))
    assert "新的一条" not in said(await admin.get("/admin/replies?owner=site"))
    async with signed_in(services, "agent10") as other:
        assert "新的一条" in said(await other.get("/replies?scope=group"))

    change = await filled_in(admin, "/admin/replies/repay-ways")
    assert (await admin.post("/admin/replies/repay-ways", data=change.but(owner="complaints"))).status_code == 303
    moved = await shared(services, "repay-ways")
    assert moved is not None
    assert (moved.scope, moved.owner, moved.updated_by) == ("group", "complaints", "admin")
    refused = await admin.post("/admin/replies/new", data=form.but(title="x", text="x", owner="nowhere"))
    assert refused.status_code == 422
    assert "技能组 nowhere 不存在" in said(refused)
    assert (await admin.post("/admin/replies/repay-ways/remove")).status_code == 303
    assert await shared(services, "repay-ways") is None
    assert (await admin.post("/admin/replies/repay-ways/remove")).status_code == 404


async def test_nobodys_own_replies_are_in_the_settings(services: Services, admin: httpx2.AsyncClient) -> None:
    assert "我的开场白" not in said(await admin.get("/admin/replies"))
    assert (await admin.get("/admin/replies/my-hello")).status_code == 404
    assert (await admin.post("/admin/replies/my-hello/remove")).status_code == 404
    assert len(await own(services, "agent1")) == 2


async def test_an_admin_writes_articles(services: Services, admin: httpx2.AsyncClient) -> None:
    assert services.database
    form = await filled_in(admin, "/admin/knowledge/new")
    new = form.but(title="新文章", body="答案\r\n\r\n说明", keywords="词一\n词二", groups=["billing", "complaints"])
    assert (await admin.post("/admin/knowledge/new", data=new)).status_code == 303
    async with reading(services.database) as sql:
        (made,) = (each for each in await articles(sql) if each.title == "新文章")
    assert made == Article(
        id=made.id,
        title="新文章",
        body="答案\n\n说明",
        keywords=("词一", "词二"),
        groups=("billing", "complaints"),
        updated_at=made.updated_at,
        updated_by="admin",
    )
    path = f"/admin/knowledge/{made.id}"
    change = await filled_in(admin, path)
    assert change.fields["groups"] == ["billing", "complaints"]
    assert (await admin.post(path, data={**change.but(), "active": []})).status_code == 303
    assert "停用" in said(await admin.get("/admin/knowledge"))
    assert "新文章" not in said(await admin.get("/admin/knowledge?q=新文章")).replace("“新文章”", "")
    too_long = await admin.post("/admin/knowledge/new", data=form.but(title="长", body="额" * 700))
    assert too_long.status_code == 422
    assert "最多 2048 字节" in said(too_long)
    assert (await admin.post(f"{path}/remove")).status_code == 303
    async with reading(services.database) as sql:
        assert await find_article(sql, made.id) is None


async def test_supervisors_read_and_do_not_change(services: Services) -> None:
    assert services.database
    async with signed_in(services, "supervisor") as client:
        assert "还款方式" in said(await client.get("/admin/replies"))
        for path in ("/admin/replies/new", "/admin/replies/repay-ways", "/admin/replies/repay-ways/remove"):
            assert (await client.post(path, data={"title": "x", "text": "x"})).status_code == 403
        for path in ("/admin/knowledge/new", "/admin/knowledge/overdue", "/admin/knowledge/overdue/remove"):
            assert (await client.post(path, data={"title": "x", "body": "x"})).status_code == 403
    async with reading(services.database) as sql:
        assert not [each for each in await shared_replies(sql) if each.title == "x"]
