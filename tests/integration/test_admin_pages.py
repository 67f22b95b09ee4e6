"""The settings' pages over HTTP: who may, what is kept, what is refused and how that is said."""

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select

from desk.app import create_app
from desk.pages.admin.group_fields import FIELDS as GROUP_FIELDS
from desk.pages.admin.rule_fields import FIELDS as RULE_FIELDS
from desk.pages.admin.words import KINDS
from desk.services import Services
from desk.store.engine import reading, writing
from desk.store.history import Version, versions
from desk.store.models import UnmatchedPhraseTable, User
from desk.store.ranges import GROUP_RANGES, RULE_RANGES
from desk.store.settings import load_site
from routing.selfservice import Answer, OpenMenu, Route
from sessions.ids import AccountId, GroupId, Role, SeatId
from sessions.notices import DEFAULT_TEXTS
from sessions.settings import Dispositions, Group, Ladder, Manners, Rings, Rules, Satisfaction, Site, Step
from tests.databases import seeded
from tests.forms import Form, Sent, form_of, forms_of
from tests.web import complaint_on, services_for_tests, signed_in, visiting

pytestmark = pytest.mark.anyio

PAGES = (
    "/admin",
    "/admin/groups",
    "/admin/groups/security_desk",
    "/admin/seats",
    "/admin/seats?page=2&group=billing",
    "/admin/seats/agent1/retire",
    "/admin/hours",
    "/admin/hours/workdays",
    "/admin/flows",
    "/admin/flows/cards",
    "/admin/flows/cards/try?text=额度",
    "/admin/flows/cards/keywords/new",
    "/admin/flows/cards/keywords/lost",
    "/admin/flows/cards/clicks/entry",
    "/admin/flows/cards/clicks/entry?key=HUMAN",
    "/admin/flows/cards/scenes/entry?key=opinion_box",
    "/admin/flows/cards/menus/new",
    "/admin/flows/cards/menus/main",
    "/admin/customers",
    "/admin/words",
    "/admin/replies",
    "/admin/replies?owner=billing",
    "/admin/replies?q=hk",
    "/admin/replies/new",
    "/admin/replies/repay-ways",
    "/admin/knowledge",
    "/admin/knowledge?q=逾期",
    "/admin/knowledge/new",
    "/admin/knowledge/overdue",
    "/admin/rules",
    "/admin/history",
    "/admin/history/1",
    "/admin/in-force",
)
FORMS = (
    "/admin/groups/security_desk",
    "/admin/groups/complaints",
    "/admin/seats",
    "/admin/seats?page=2",
    "/admin/hours/workdays",
    "/admin/flows",
    "/admin/flows/cards",
    "/admin/flows/cards/keywords/lost",
    "/admin/flows/cards/clicks/entry?key=HUMAN",
    "/admin/flows/cards/menus/main",
    "/admin/customers",
    "/admin/words",
    "/admin/replies/repay-ways",
    "/admin/knowledge/overdue",
    "/admin/rules",
)
CARDS = GroupId("card_service")


@pytest.fixture
async def database(sqlite_url: str, tmp_path: Path, anyio_backend: object) -> AsyncIterator[AsyncEngine]:
    async with seeded(sqlite_url, tmp_path) as engine:
        yield engine


@pytest.fixture
async def services(redis: Redis, tmp_path: Path, database: AsyncEngine) -> Services:
    return services_for_tests(redis, tmp_path, database=database)


@pytest.fixture
async def admin(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    """The admin at their browser."""
    async with signed_in(services, "admin") as client:
        yield client


async def site_of(services: Services) -> Site:
    assert services.database
    async with reading(services.database) as sql:
        return await load_site(sql)


async def history_of(services: Services) -> list[Version]:
    assert services.database
    async with reading(services.database) as sql:
        return await versions(sql)


async def execute(services: Services, statement: str) -> None:
    assert services.database
    async with writing(services.database) as sql:
        await (await sql.connection()).execute(text(statement))


async def opened(client: httpx2.AsyncClient, path: str, having: str = "stamp") -> Form:
    page = await client.get(path)
    assert page.status_code == 200, page.text
    return form_of(page.text, having)


async def send(client: httpx2.AsyncClient, path: str, fields: Sent) -> httpx2.Response:
    return await client.post(path, data=fields)


def said(page: httpx2.Response) -> str:
    """What a reader sees."""
    return html.unescape(re.sub(r"<[^>]+>", " ", page.text))


def complaints(page: httpx2.Response) -> list[str]:
    """What stands beside the fields."""
    return [html.unescape(each) for each in re.findall(r'class="complaint"[^>]*>([^<]*)', page.text)]


# Who may.


@pytest.mark.parametrize("role", ["agent", "inspector"])
async def test_settings_are_nothing_for_agents_and_inspectors(services: Services, role: Role) -> None:
    async with signed_in(services, role) as client:
        for path in PAGES:
            assert (await client.get(path)).status_code == 403
            assert (await client.post(path, data={})).status_code in {403, 405}


async def test_supervisors_read_everything_and_change_nothing(services: Services) -> None:
    before = await site_of(services)
    async with signed_in(services, "supervisor") as client:
        for path in PAGES:
            page = await client.get(path)
            assert page.status_code == 200, path
            assert not [
                form
                for form in forms_of(page.text)
                if form.method == "post" and "stamp" in form.fields and len(form.fields) > 2
            ]
        for path in (
            *FORMS,
            "/admin/groups",
            "/admin/seats/new",
            "/admin/history/1/restore",
        ):
            assert (await client.post(path, data={"name": "x", "id": "x"})).status_code == 403, path
    assert await site_of(services) == before


async def test_a_stranger_is_shown_the_door(services: Services) -> None:
    async with visiting(create_app(services)) as client:
        response = await client.get("/admin/rules")
        assert (response.status_code, response.headers["location"]) == (303, "/sign-in?next=/admin/rules")
        assert (await client.post("/admin/rules", data={})).status_code == 303


async def test_a_form_from_elsewhere_changes_nothing(services: Services, admin: httpx2.AsyncClient) -> None:
    form = await opened(admin, "/admin/rules")
    del admin.headers["x-csrf-token"]
    forged = await send(admin, "/admin/rules", {**form.but(vip_points="9"), "_csrf": ["guessed"]})
    assert forged.status_code == 403
    assert (await send(admin, "/admin/rules", form.but(vip_points="9"))).status_code == 303  # the page's own token
    assert (await site_of(services)).rules.vip_points == 9


# Every page.


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_page_is_there_in_both_languages(admin: httpx2.AsyncClient, language: str) -> None:
    await admin.get(f"/language?to={language}")
    for path in PAGES:
        page = await admin.get(path)
        assert page.status_code == 200, path
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", page.text), path


async def test_every_field_has_a_label(admin: httpx2.AsyncClient) -> None:
    for path in PAGES:
        page = (await admin.get(path)).text
        labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', page))
        for field in re.findall(r"<(?:input|select|textarea)\b[^>]*>", page):
            if 'type="hidden"' in field or "aria-label" in field or 'type="checkbox"' in field:
                continue
            found = re.search(r' id="([^"]+)"', field)
            assert found, f"{path}: {field}"
            assert found[1] in labelled, f"{path}: {field}"


@pytest.mark.parametrize("path", FORMS)
async def test_a_form_that_nobody_touched_changes_nothing(
    services: Services, admin: httpx2.AsyncClient, path: str
) -> None:
    before, lines = await site_of(services), await history_of(services)
    form = await opened(admin, path)
    saved = await send(admin, form.action or path, form.fields)
    assert saved.status_code == 303, said(saved)
    assert await site_of(services) == before
    assert await history_of(services) == lines


@pytest.mark.parametrize("path", FORMS)
async def test_a_field_that_is_none_of_ours_is_refused(
    services: Services, admin: httpx2.AsyncClient, path: str
) -> None:
    before = await site_of(services)
    form = await opened(admin, path)
    refused = await send(admin, form.action or path, {**form.fields, "hard_cap": ["99"]})
    assert refused.status_code == 400
    assert "无法识别" in refused.text
    assert await site_of(services) == before


def test_every_setting_is_on_a_form() -> None:
    asked = {field.name for field in GROUP_FIELDS}
    nested = {
        "rings": Rings,
        "ladder": Ladder,
        "manners": Manners,
        "satisfaction": Satisfaction,
        "dispositions": Dispositions,
    }
    wanted = set(Group.__struct_fields__) - {"id", *nested}
    wanted |= {f"{name}.{each}" for name, kind in nested.items() for each in kind.__struct_fields__}
    steps = {"ladder.remind", "ladder.park", "ladder.soft_end"}
    wanted = (wanted - steps) | {f"{step}.{each}" for step in steps for each in Step.__struct_fields__}
    assert asked == wanted
    assert {field.name for field in RULE_FIELDS} == set(Rules.__struct_fields__) == set(RULE_RANGES)
    assert {field.name for field in GROUP_FIELDS if field.kind == "number"} == set(GROUP_RANGES)
    assert set(DEFAULT_TEXTS) == set(KINDS)


# Groups.


async def test_a_groups_settings_are_changed_and_said_to_be(services: Services, admin: httpx2.AsyncClient) -> None:
    form = await opened(admin, "/admin/groups/card_service")
    changed = form.but(
        soft_cap="5",
        policy="longest_idle",
        calendar="workdays",
        sticky_window_s="1.5",
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
        ("soft_cap", "9" * 30, "不是整数"),
        ("soft_cap", "1e1", "不是整数"),
        ("soft_cap", "٣", "不是整数"),
        ("sticky_window_s", "721", "721 超出范围，请填 0 至 720"),
        ("name", "", "不能为空，请填写"),
        ("name", "长" * 41, "最多 40 字，现有 41 字，请缩短"),
        ("name", "a\0b", "含有不可见的控制字符，请删除"),
        ("name", "a\u202eb", "含有不可见的控制字符，请删除"),
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
    ],
)
async def test_a_group_needs_an_id_of_its_own(admin: httpx2.AsyncClient, name: str, label: str, complaint: str) -> None:
    refused = await send(admin, "/admin/groups", {"id": [name], "name": [label]})
    assert refused.status_code == 422
    assert [each for each in complaints(refused) if complaint in each]


# Two admins.


async def test_the_second_save_of_a_stale_form_is_refused(services: Services, admin: httpx2.AsyncClient) -> None:
    stale = await opened(admin, "/admin/groups/card_service")
    assert (await send(admin, "/admin/groups/card_service", stale.but(soft_cap="5"))).status_code == 303
    refused = await send(admin, "/admin/groups/card_service", stale.but(soft_cap="4", name="我的改动"))
    assert refused.status_code == 409
    assert "其他人已修改了这部分设置" in said(refused)
    assert "我的改动" in refused.text
    assert (await site_of(services)).groups[CARDS].soft_cap == 5
    again = await send(admin, "/admin/groups/card_service", form_of(refused.text).but(soft_cap="4"))
    assert again.status_code == 409, "sending it once more does not make it fresh"


@pytest.mark.parametrize("path", FORMS)
async def test_every_form_knows_when_it_is_stale(services: Services, admin: httpx2.AsyncClient, path: str) -> None:
    before = await site_of(services)
    form = await opened(admin, path)
    refused = await send(admin, form.action or path, form.but(stamp="0123456789abcdef"))
    assert refused.status_code == 409
    assert "打开最新内容" in said(refused)
    assert await site_of(services) == before


async def test_changes_to_other_parts_do_not_make_a_form_stale(services: Services, admin: httpx2.AsyncClient) -> None:
    cards, rules = await opened(admin, "/admin/groups/card_service"), await opened(admin, "/admin/rules")
    assert (await send(admin, "/admin/rules", rules.but(vip_points="9"))).status_code == 303
    assert (await send(admin, "/admin/groups/card_service", cards.but(soft_cap="5"))).status_code == 303
    site = await site_of(services)
    assert (site.rules.vip_points, site.groups[CARDS].soft_cap) == (9, 5)


# Seats.


async def test_skills_and_caps_are_set_in_the_grid(services: Services, admin: httpx2.AsyncClient) -> None:
    form = await opened(admin, "/admin/seats")
    changed = {
        **form.fields,
        "seat.agent1.skill.billing": [""],
        "seat.agent1.skill.complaints": ["2"],
        "seat.agent2.soft_cap": ["3"],
        "seat.agent3.name": ["三号窗口"],
    }
    assert (await send(admin, form.action, changed)).status_code == 303
    seats = (await site_of(services)).seats
    assert seats[SeatId("agent1")].skills == {"card_service": 5, "security_desk": 3, "complaints": 2}
    assert (seats[SeatId("agent2")].soft_cap, seats[SeatId("agent3")].name) == (3, "三号窗口")


async def test_picked_seats_are_set_together(services: Services, admin: httpx2.AsyncClient) -> None:
    form = await opened(admin, "/admin/seats")
    batch = form.but(pick=["agent9", "agent17"], batch__group="complaints", batch__level="4", batch__soft_cap="5")
    assert (await send(admin, form.action, batch)).status_code == 303
    seats = (await site_of(services)).seats
    assert {seats[SeatId(each)].skills[GroupId("complaints")] for each in ("agent9", "agent17")} == {4}
    assert seats[SeatId("agent9")].soft_cap == 5
    form = await opened(admin, "/admin/seats")
    await send(admin, form.action, form.but(pick=["agent9"], batch__group="complaints", batch__level="0"))
    assert GroupId("complaints") not in (await site_of(services)).seats[SeatId("agent9")].skills
    nobody = await send(admin, form.action, form.but(batch__group="complaints", batch__level="4"))
    assert nobody.status_code == 422


@pytest.mark.parametrize(
    ("field", "typed", "complaint"),
    [
        ("seat.agent1.soft_cap", "11", "11 超出范围，请填 1 至 10"),
        ("seat.agent1.skill.billing", "99", "99 超出范围，请填 0 至 10"),
        ("seat.agent1.skill.billing", "-3", "-3 超出范围"),
        ("seat.agent1.skill.nowhere", "3", ""),
        ("seat.agent1.agent", "nobody", "客服 nobody 不存在或已停用"),
        ("seat.agent2.agent", "agent1", "“agent1”出现了两次"),
        ("seat.agent1.agent", "supervisor", "客服 supervisor 不存在或已停用"),
        ("seat.agent1.name", "", "不能为空"),
        ("batch.level", "99", ""),
    ],
)
async def test_a_seat_that_cannot_work_is_refused(
    services: Services, admin: httpx2.AsyncClient, field: str, typed: str, complaint: str
) -> None:
    before = await site_of(services)
    form = await opened(admin, "/admin/seats")
    refused = await send(admin, form.action, {**form.fields, field: [typed], "pick": ["agent1"]})
    assert refused.status_code == 422
    assert not complaint or [each for each in complaints(refused) if complaint in each], complaints(refused)
    assert await site_of(services) == before


async def test_an_agent_who_leaves_names_a_successor(services: Services, admin: httpx2.AsyncClient) -> None:
    form = await opened(admin, "/admin/seats/agent1/retire")
    gone = await send(admin, "/admin/seats/agent1/retire", form.but(successor="agent2", close_user="on"))
    assert gone.status_code == 303
    site = await site_of(services)
    assert SeatId("agent1") not in site.seats
    assert site.successors == {"agent1": "agent2"}
    assert services.database
    async with reading(services.database) as sql:
        person = (await sql.exec(select(User).where(User.username == "agent1"))).one()
    assert (person.active, person.seat) == (False, None)
    assert (await admin.get("/admin/seats/agent1/retire")).status_code == 404


async def test_a_successor_must_be_at_work(services: Services, admin: httpx2.AsyncClient) -> None:
    form = await opened(admin, "/admin/seats/agent1/retire")
    refused = await send(admin, "/admin/seats/agent1/retire", form.but(successor="nobody"))
    assert refused.status_code == 409
    assert "继任坐席 nobody 不在岗" in said(refused)
    assert SeatId("agent1") in (await site_of(services)).seats


async def test_a_new_seat_begins_with_no_skills(services: Services, admin: httpx2.AsyncClient) -> None:
    assert (await send(admin, "/admin/seats/new", {"id": ["agent31"], "name": ["31 号席"]})).status_code == 303
    assert (await site_of(services)).seats[SeatId("agent31")].skills == {}
    assert (await send(admin, "/admin/seats/new", {"id": ["agent31"], "name": ["又一个"]})).status_code == 422


# Hours.


async def test_holidays_are_added_as_a_range_and_make_up_days_with_hours(
    services: Services, admin: httpx2.AsyncClient
) -> None:
    path = "/admin/hours/workdays"
    form = await opened(admin, path)
    await send(admin, path, {**form.fields, "add.first": ["2027-02-09"], "add.last": ["2027-02-11"]})
    form = await opened(admin, path)
    week = {"week.5": ["9:00-12:00，13:30 - 18:00"], "add.first": ["2027-02-20"], "add.hours": ["08:00-20:00"]}
    assert (await send(admin, path, {**form.fields, **week})).status_code == 303
    calendar = (await site_of(services)).calendars["workdays"]
    assert {day: calendar.dates[day] for day in ("2027-02-09", "2027-02-11", "2027-02-20")} == {
        "2027-02-09": (),
        "2027-02-11": (),
        "2027-02-20": ((480, 1200),),
    }
    assert calendar.week[5] == ((540, 720), (810, 1080))


@pytest.mark.parametrize(
    ("field", "typed", "complaint"),
    [
        ("week.0", "morning", "“morning”不是时间段"),
        ("week.0", "08:00-07:00", "开始须早于结束"),
        ("week.0", "08:00-25:00", "都在 00:00 至 24:00 之内"),
        ("week.0", "08:00-12:00, 11:00-13:00", "与前一段重叠"),
        ("week.0", "08:00-12:00 <script>", "不是时间段"),
        ("add.first", "soon", "起的日期不能用"),
        ("add.last", "2020-01-01", "起的日期不能用"),
        ("day.0", "2026-13-45", "不是日期"),
        ("name", "x" * 41, "最多 40 字"),
    ],
)
async def test_hours_that_are_none_are_said_beside_their_day(
    services: Services, admin: httpx2.AsyncClient, field: str, typed: str, complaint: str
) -> None:
    before = await site_of(services)
    form = await opened(admin, "/admin/hours/workdays")
    first = {"add.first": ["2027-05-03"]} if field == "add.last" else {}
    refused = await send(admin, "/admin/hours/workdays", {**form.fields, **first, field: [typed]})
    assert refused.status_code == 422
    assert [each for each in complaints(refused) if complaint in each], complaints(refused)
    assert await site_of(services) == before


async def test_a_calendar_goes_when_no_group_works_by_it(services: Services, admin: httpx2.AsyncClient) -> None:
    assert (await send(admin, "/admin/hours", {"id": ["summer"], "name": ["夏季"]})).status_code == 303
    assert (await send(admin, "/admin/hours/summer/remove", {})).status_code == 303
    refused = await send(admin, "/admin/hours/workdays/remove", {})
    assert refused.status_code == 422
    assert "服务时间 workdays 不存在" in said(refused)
    assert set((await site_of(services)).calendars) == {"workdays", "around_the_clock"}


# Self-service.


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


@pytest.mark.parametrize(
    ("path", "fields", "complaint"),
    [
        ("keywords/lost", {"phrases": ["？！"]}, "需要说法"),
        ("keywords/lost", {"phrases": ["额度"]}, "“额度”已用于另一个答案"),
        ("keywords/lost", {"phrases": ["字" * 41]}, "过长"),
        ("keywords/lost", {"do": ["answer"], "text": [""]}, "缺少要说的文字"),
        ("keywords/lost", {"do": ["answer"], "text": ["字" * 601]}, "最多 600 字，现有 601 字"),
        ("keywords/lost", {"do": ["route"], "priority": ["-1"]}, "-1 超出范围"),
        ("keywords/lost", {"do": ["route"], "group": ["nowhere"]}, "技能组 nowhere 不存在"),
        ("keywords/lost", {"do": ["menu"], "menu": ["nowhere"]}, "文字菜单 nowhere 不存在"),
        ("keywords/new", {"id": ["a b"], "phrases": ["新词"], "text": ["好"]}, "不能作编号"),
        ("clicks/entry?key=BILL", {"do": ["answer"], "text": [" "]}, "缺少要说的文字"),
        ("menus/main", {"text": [""]}, "缺少要说的文字"),
        ("menus/main", {"option.1.key": ["1"]}, "“1”出现了两次"),
        ("menus/main", {"option.1.text": [""]}, "缺少要说的文字"),
    ],
)
async def test_a_part_of_a_flow_that_leads_nowhere_is_refused(
    services: Services, admin: httpx2.AsyncClient, path: str, fields: Sent, complaint: str
) -> None:
    before = await site_of(services)
    form = await opened(admin, f"/admin/flows/cards/{path}")
    refused = await send(admin, html.unescape(form.action) or f"/admin/flows/cards/{path}", {**form.fields, **fields})
    assert refused.status_code == 422
    assert [each for each in complaints(refused) if complaint in each], (complaints(refused), said(refused)[:800])
    assert await site_of(services) == before


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


# Words and rules.


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


# History.


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


# Trouble.


async def test_settings_that_were_broken_by_hand_are_told(services: Services, admin: httpx2.AsyncClient) -> None:
    await execute(services, "UPDATE skill_group SET policy = 'magic' WHERE id = 'billing'")
    page = await admin.get("/admin/groups")
    assert page.status_code == 409
    assert "groups.billing" in said(page)
    await execute(services, "UPDATE skill_group SET policy = 'random', required_level = 99 WHERE id = 'billing'")
    overview = await admin.get("/admin")
    assert "groups.billing.required_level: 99 超出范围" in said(overview)


async def test_a_form_of_endless_fields_is_refused(services: Services, admin: httpx2.AsyncClient) -> None:
    form = await opened(admin, "/admin/seats")
    many = {f"seat.agent1.skill.g{n}": ["1"] for n in range(2000)}
    assert (await send(admin, form.action, {**form.fields, **many})).status_code in {400, 413}
    long = await send(admin, "/admin/rules", (await opened(admin, "/admin/rules")).but(vip_points="1" * 30_000))
    assert long.status_code == 400
