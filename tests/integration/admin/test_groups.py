"""Skill groups: what is kept, what is refused and how that is said."""

import httpx2
import pytest

from desk.services import Services
from sessions.ids import GroupId
from sessions.settings import Step
from tests.forms import form_of
from tests.integration.admin.pages import CARDS, PAGES, complaints, history_of, opened, said, send, site_of
from tests.web import complaint_on

pytestmark = pytest.mark.anyio


async def test_a_groups_settings_are_changed_and_said_to_be(services: Services, admin: httpx2.AsyncClient) -> None:
    form = await opened(admin, "/admin/groups/card_service")
    changed = form.but(
        soft_cap="５",
        policy="longest_idle",
        calendar="workdays",
        sticky_window_s="１．５",
        ladder__remind__after_s="",
        ladder__park__after_s="120",
        ladder__park__working_hours="on",
        rings__overflow_groups=["billing", "complaints"],
        manners__when_full="overflow",
    )
    saved = await send(admin, "/admin/groups/card_service", changed)
    assert (saved.status_code, saved.headers["location"]) == (303, "/admin/groups/card_service?saved=1")
    assert "已保存" in (await admin.get(saved.headers["location"])).text
    group = (await site_of(services)).groups[CARDS]
    assert (group.soft_cap, group.policy, group.calendar, group.sticky_window_s) == (
        5,
        "longest_idle",
        "workdays",
        5400,
    )
    assert (group.ladder.remind, group.ladder.park) == (None, Step(after_s=120, working_hours=True))
    assert group.rings.overflow_groups == ("billing", "complaints")
    assert (await history_of(services))[0].by == "admin"


@pytest.mark.parametrize(
    ("field", "typed", "complaint"),
    [
        ("soft_cap", "11", "11 超出范围，请填 1 至 10"),
        ("soft_cap", "-1", "-1 超出范围，请填 1 至 10"),
        ("soft_cap", "", "不能为空，请填写"),
        ("soft_cap", "five", "“five”不是整数，请填整数"),
        ("soft_cap", "2.5", "“2.5”不是整数，请填整数"),
        ("soft_cap", "9" * 30, f"{'9' * 30} 超出范围，请填 1 至 10"),
        ("soft_cap", "－１", "－１ 超出范围，请填 1 至 10"),
        ("soft_cap", "9" * 99, f"“{'9' * 40}”不是整数"),
        ("soft_cap", "1e1", "不是整数"),
        ("soft_cap", "٣", "不是整数"),
        ("sticky_window_s", "721", "721 超出范围，请填 0 至 720"),
        ("name", "", "不能为空，请填写"),
        ("name", "长" * 41, "最多 40 字，现有 41 字，请缩短"),
        ("name", "a\0b", "含有不可见的控制字符，请删除"),
        ("name", "a\u202eb", "含有不可见的控制字符，请删除"),
        ("name", "账单分期", "另一个技能组也叫“账单分期”，请换一个名称"),
        ("policy", "by_star_sign", "没有“by_star_sign”这个选项，请重新选择"),
        ("calendar", "../../etc", "没有“../../etc”这个选项，请重新选择"),
        ("rings.overflow_groups", "card_service", "没有“card_service”这个选项，请重新选择"),
        ("ladder.park.after_s", "1800", "静默阶梯须一步晚于一步"),
        ("rings.leave_message_s", "20", "扩圈须一圈不早于一圈"),
        ("manners.when_full", "overflow", "没有溢出组可去"),
        ("satisfaction.ask", "often", "没有“often”这个选项"),
        ("satisfaction.valid_s", "73", "超出范围"),
    ],
)
async def test_what_cannot_work_is_said_beside_its_field(
    services: Services, admin: httpx2.AsyncClient, field: str, typed: str, complaint: str
) -> None:
    before = await site_of(services)
    form = await opened(admin, "/admin/groups/card_service")
    refused = await send(admin, "/admin/groups/card_service", {**form.fields, field: [typed]})
    assert refused.status_code == 422
    assert complaint_on(refused) == "" or "没有保存" in said(refused)
    assert [each for each in complaints(refused) if complaint in each], complaints(refused)
    again = form_of(refused.text)
    if (
        field not in {"policy", "calendar", "rings.overflow_groups", "manners.when_full", "satisfaction.ask"}
        and "\0" not in typed
    ):
        assert again.fields[field] == [typed], "what was typed is kept"
    assert await site_of(services) == before


async def test_a_name_that_is_a_script_is_only_a_name(services: Services, admin: httpx2.AsyncClient) -> None:
    evil = "<script>alert(1)</script>"
    form = await opened(admin, "/admin/groups/billing")
    assert (await send(admin, "/admin/groups/billing", form.but(name=evil))).status_code == 303
    assert (await site_of(services)).groups[GroupId("billing")].name == evil
    for path in PAGES:
        assert evil not in (await admin.get(path)).text, path


async def test_groups_are_added_and_taken_away(services: Services, admin: httpx2.AsyncClient) -> None:
    added = await send(admin, "/admin/groups", {"id": ["vip"], "name": ["贵宾"]})
    assert added.headers["location"] == "/admin/groups/vip?saved=1"
    assert list((await site_of(services)).groups)[-1] == "vip"
    assert (await send(admin, "/admin/groups/vip/remove", {})).status_code == 303
    assert GroupId("vip") not in (await site_of(services)).groups
    refused = await send(admin, "/admin/groups/billing/remove", {})
    assert refused.status_code == 409
    assert "技能组 billing 不存在" in said(refused)


@pytest.mark.parametrize(
    ("name", "label", "complaint"),
    [
        ("billing", "账单", "“billing”出现了两次"),
        ("a b", "账单", "不能作编号"),
        ("", "账单", "不能作编号"),
        ("../x", "账单", "不能作编号"),
        ("new", "", "不能为空"),
        ("new", " 信用卡咨询", "另一个技能组也叫“信用卡咨询”，请换一个名称"),
    ],
)
async def test_a_group_needs_an_id_of_its_own(admin: httpx2.AsyncClient, name: str, label: str, complaint: str) -> None:
    refused = await send(admin, "/admin/groups", {"id": [name], "name": [label]})
    assert refused.status_code == 422
    assert [each for each in complaints(refused) if complaint in each]
    assert "groups." not in said(refused), "once, at its field"
