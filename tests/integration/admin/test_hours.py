"""Opening hours and holidays."""

import httpx2
import pytest

from desk.services import Services
from tests.integration.admin.pages import complaints, opened, said, send, site_of

pytestmark = pytest.mark.anyio


async def test_holidays_are_added_as_a_range_and_make_up_days_with_hours(
    services: Services, admin: httpx2.AsyncClient
) -> None:
    path = "/admin/hours/workdays"
    form = await opened(admin, path)
    await send(admin, path, {**form.fields, "add.first": ["2027-02-09"], "add.last": ["2027-02-11"]})
    form = await opened(admin, path)
    week = {
        "week.5": ["９：００－１２：００，13:30 ～ 18:00"],
        "add.first": ["2027-02-20"],
        "add.hours": ["08:00-20:00"],
    }
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
