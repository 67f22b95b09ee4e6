"""Settings that were broken elsewhere, and forms without end."""

import httpx2
import pytest

from desk.services import Services
from tests.integration.admin.pages import execute, opened, said, send

pytestmark = pytest.mark.anyio


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
