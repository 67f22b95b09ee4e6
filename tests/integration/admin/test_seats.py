"""Seats, skills and who leaves."""

import httpx2
import pytest
from sqlmodel import select

from desk.services import Services
from desk.store.engine import reading
from desk.store.models import User
from sessions.ids import GroupId, SeatId
from tests.integration.admin.pages import complaints, opened, said, send, site_of

pytestmark = pytest.mark.anyio


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
