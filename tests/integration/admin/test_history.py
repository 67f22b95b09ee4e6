"""Who changed what, in words, and back again."""

import re

import httpx2
import pytest

from desk.services import Services
from sessions.ids import SeatId
from tests.integration.admin.pages import history_of, opened, said, send, site_of

pytestmark = pytest.mark.anyio


async def test_the_history_says_it_in_words_and_brings_a_version_back(
    services: Services, admin: httpx2.AsyncClient
) -> None:
    before = await site_of(services)
    form = await opened(admin, "/admin/groups/card_service")
    await send(admin, "/admin/groups/card_service", form.but(soft_cap="5", ladder__park__after_s="900"))
    page = said(await admin.get("/admin/history"))
    assert "技能组 · 信用卡咨询 · 软上限" in page
    assert re.search(r"10 个会话\s+→\s+5 个会话", page)
    assert re.search(r"120 秒\s+→\s+900 秒", page)
    assert (await send(admin, "/admin/history/1/restore", {})).status_code == 303
    assert await site_of(services) == before
    assert [line.by for line in await history_of(services)] == ["admin", "admin", "seed"]


async def test_what_comes_and_goes_whole_is_told_by_what_people_know_it_by(
    services: Services, admin: httpx2.AsyncClient
) -> None:
    form = await opened(admin, "/admin/groups/card_service")
    await send(admin, "/admin/groups/card_service", form.but(ladder__park__after_s=""))
    form = await opened(admin, "/admin/words")
    await send(admin, "/admin/words", form.but(texts__queue_left="再见"))
    form = await opened(admin, "/admin/flows/cards/keywords/new")
    await send(admin, "/admin/flows/cards/keywords/new", form.but(phrases="发票\n开发票", text="请在手机银行申请"))
    page = said(await admin.get("/admin/history"))
    assert re.search(r"技能组 · 信用卡咨询 · 挂起会话\s+去掉 120 秒", page)
    assert re.search(r"用语 · 排队：客户退出\s+新增 再见", page)
    assert re.search(r"自助流程 · 信用卡自助 · 关键词 · answer-1\s+新增 发票、开发票", page)


async def test_what_people_say_and_where_they_say_it_are_told_as_they_know_them(
    services: Services, admin: httpx2.AsyncClient
) -> None:
    form = await opened(admin, "/admin/flows/cards/keywords/lost")
    phrases = form.fields["phrases"][0].splitlines()
    await send(admin, "/admin/flows/cards/keywords/lost", form.but(phrases="\n".join([*phrases, "卡片不见了"])))
    form = await opened(admin, "/admin/flows", "flow.web")
    await send(admin, form.action, {**form.fields, "group.web": ["complaints"], "group.demo": ["complaints"]})
    page = said(await admin.get("/admin/history"))
    assert re.search(rf"说法\s+{'、'.join(phrases)}\s+→\s+{'、'.join(phrases)}、卡片不见了", page)
    assert "网站 · 云杉银行官网 · 默认技能组" in page
    assert "公众号 · 云杉银行信用卡 · 默认技能组" in page


async def test_a_version_comes_back_without_those_who_left(services: Services, admin: httpx2.AsyncClient) -> None:
    form = await opened(admin, "/admin/seats/agent1/retire")
    await send(admin, "/admin/seats/agent1/retire", form.but(successor="agent2", close_user="on"))
    assert (await send(admin, "/admin/history/1/restore", {})).status_code == 303
    site = await site_of(services)
    assert site.seats[SeatId("agent1")].agent == ""
    assert site.successors == {}


@pytest.mark.parametrize("address", ["/admin/history/99", "/admin/history/0", "/admin/history/99999999999999999999"])
async def test_a_version_that_never_was_is_not_found(admin: httpx2.AsyncClient, address: str) -> None:
    assert (await admin.get(address)).status_code == 404
    assert (await send(admin, f"{address}/restore", {})).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/admin/groups/nowhere",
        "/admin/hours/nowhere",
        "/admin/flows/nowhere",
        "/admin/flows/cards/keywords/nothing",
        "/admin/flows/cards/clicks/entry?key=NOTHING",
        "/admin/flows/cards/crystals/entry",
        "/admin/flows/cards/menus/none",
        "/admin/seats/nowhere/retire",
    ],
)
async def test_what_is_not_set_up_is_not_found(admin: httpx2.AsyncClient, address: str) -> None:
    assert (await admin.get(address)).status_code == 404
