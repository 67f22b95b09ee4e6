"""What the desk says by itself, and the numbers it goes by."""

import httpx2
import pytest

from desk.services import Services
from sessions.ids import GroupId
from sessions.notices import DEFAULT_TEXTS
from tests.forms import Sent, form_of
from tests.integration.admin.pages import complaints, execute, opened, said, send, site_of

pytestmark = pytest.mark.anyio


async def test_a_site_asks_of_its_customers_what_it_likes(services: Services, admin: httpx2.AsyncClient) -> None:
    path = "/admin/customers"
    form = await opened(admin, path)
    more = {"3.id": ["branch"], "3.label": ["开户网点"], "3.kind": ["select"], "3.options": ["静安\n浦东\n静安"]}
    assert (await send(admin, path, {**form.fields, **more})).status_code == 303
    fields = (await site_of(services)).customer_fields
    assert [each.id for each in fields] == ["card", "birthday", "manager", "branch"]
    assert (fields[-1].kind, fields[-1].options) == ("select", ("静安", "浦东"))
    form = await opened(admin, path)
    gone = {"1.id": [""], "1.label": [""], "0.label": ["<b>卡</b>"]}
    assert (await send(admin, path, {**form.fields, **gone})).status_code == 303
    assert [each.label for each in (await site_of(services)).customer_fields] == ["<b>卡</b>", "客户经理", "开户网点"]
    assert "<b>卡</b>" not in (await admin.get(path)).text
    assert "客户资料项" in said(await admin.get("/admin/history"))


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ({"3.id": ["a b"], "3.label": ["x"]}, "不能作编号"),
        ({"3.id": ["card"], "3.label": ["x"]}, "出现了两次"),
        ({"3.id": ["x"], "3.label": [""]}, "不能为空"),
        ({"3.id": ["x"], "3.label": ["x"], "3.kind": ["select"]}, "单选需要选项"),
        ({"3.id": ["x"], "3.label": ["x"], "3.kind": ["file"]}, "没有“file”这个选项"),
        ({"3.id": ["x"], "3.label": ["x" * 41]}, "最多 40 字"),
        ({"3.id": ["x"], "3.label": ["x"], "3.kind": ["select"], "3.options": ["好" * 41]}, "最多 40 字"),
    ],
)
async def test_a_field_that_cannot_be_asked_is_said_beside_it(
    services: Services, admin: httpx2.AsyncClient, typed: Sent, complaint: str
) -> None:
    before = await site_of(services)
    form = await opened(admin, "/admin/customers")
    refused = await send(admin, "/admin/customers", {**form.fields, "3.kind": ["text"], "3.options": [""], **typed})
    assert refused.status_code == 422
    assert [each for each in complaints(refused) if complaint in each], complaints(refused)
    assert form_of(refused.text).fields["3.id"] == typed["3.id"], "what was typed is kept"
    assert await site_of(services) == before


async def test_dispositions_are_a_groups_own_list(services: Services, admin: httpx2.AsyncClient) -> None:
    path = "/admin/groups/complaints"
    form = await opened(admin, path)
    typed = {"dispositions.choices": ["服务态度\n\n 资费 \n服务态度"], "dispositions.required": []}
    assert (await send(admin, path, {**form.fields, **typed})).status_code == 303
    group = (await site_of(services)).groups[GroupId("complaints")]
    assert (group.dispositions.choices, group.dispositions.required) == (("服务态度", "资费"), False)
    form = await opened(admin, path)
    refused = await send(admin, path, {**form.fields, "dispositions.choices": ["好" * 41]})
    assert [each for each in complaints(refused) if "最多 40 字" in each]


async def test_only_texts_of_ones_own_are_kept(services: Services, admin: httpx2.AsyncClient) -> None:
    form = await opened(admin, "/admin/words")
    words = form.but(texts__system_busy="稍后再来。", texts__silence_reminder="", give_up_words="0\n退出\n\n 退出 ")
    assert (await send(admin, "/admin/words", words)).status_code == 303
    site = await site_of(services)
    assert site.texts == {"system_busy": "稍后再来。", "silence_reminder": ""}
    assert site.give_up_words == ("0", "退出")
    assert f"默认：{DEFAULT_TEXTS['system_busy']}" in said(await admin.get("/admin/words"))


async def test_a_place_that_nobody_fills_is_refused(services: Services, admin: httpx2.AsyncClient) -> None:
    form = await opened(admin, "/admin/words")
    refused = await send(admin, "/admin/words", form.but(texts__queue_wait="还有 {ahead} 位，{minutes} 分钟"))
    assert refused.status_code == 422
    assert complaints(refused) == ["这个场合没有 {minutes} 可替换，请去掉"]


@pytest.mark.parametrize("typed", ["还有 {ahead 位", "还有 ahead} 位", "还有 { ahead } 位", "还有 ｛ahead｝ 位"])
async def test_a_brace_without_its_other_is_refused(admin: httpx2.AsyncClient, typed: str) -> None:
    form = await opened(admin, "/admin/words")
    refused = await send(admin, "/admin/words", form.but(texts__queue_position=typed))
    assert refused.status_code == 422
    assert [each for each in complaints(refused) if "花括号须成对且中间没有空格，请写成 {ahead} 或去掉" in each]
    refused = await send(admin, "/admin/words", form.but(texts__system_busy=typed))
    assert [each for each in complaints(refused) if "这个场合没有" in each], "where nothing is filled in"


async def test_words_that_wechat_would_not_take_are_refused(services: Services, admin: httpx2.AsyncClient) -> None:
    form = await opened(admin, "/admin/words")
    refused = await send(admin, "/admin/words", form.but(texts__after_hours="🙂" * 520))
    assert complaints(refused) == ["一条消息最多 2048 字节（汉字每个 3 字节），现有 2080 字节，请缩短"]
    assert (await site_of(services)).texts == {}


async def test_rules_have_their_ends(services: Services, admin: httpx2.AsyncClient) -> None:
    form = await opened(admin, "/admin/rules")
    refused = await send(admin, "/admin/rules", form.but(offer_timeout_s="0", wrap_block_s="400", wrap_max_s="300"))
    assert complaints(refused) == ["0 超出范围，请填 1 至 3600"]
    refused = await send(admin, "/admin/rules", form.but(wrap_block_s="400", wrap_max_s="300"))
    assert complaints(refused) == ["比关闭小结表单的 wrap_max_s 还长，请填 300 或更小"]
    assert (await send(admin, "/admin/rules", form.but(returning_window_s="12"))).status_code == 303
    assert (await site_of(services)).rules.returning_window_s == 12 * 3600


async def test_a_number_that_its_unit_cannot_show_is_not_changed_by_looking_at_it(
    services: Services, admin: httpx2.AsyncClient
) -> None:
    await execute(services, "INSERT INTO setting (key, value) VALUES ('rules.returning_window_s', '100')")
    form = await opened(admin, "/admin/rules")
    assert form.fields["returning_window_s"] == ["0.0278"]
    assert (await send(admin, "/admin/rules", form.but(vip_points="6"))).status_code == 303
    rules = (await site_of(services)).rules
    assert (rules.returning_window_s, rules.vip_points) == (100, 6)
