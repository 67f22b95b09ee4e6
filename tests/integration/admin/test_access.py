"""Who may look at the settings and change them."""

import httpx2
import pytest

from desk.app import create_app
from desk.services import Services
from sessions.ids import Role
from tests.forms import forms_of
from tests.integration.admin.pages import FORMS, PAGES, opened, send, site_of
from tests.web import signed_in, visiting

pytestmark = pytest.mark.anyio


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
