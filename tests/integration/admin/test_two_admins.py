"""Two admins at once: nobody overwrites what they have not seen."""

import httpx2
import pytest

from desk.services import Services
from tests.forms import form_of
from tests.integration.admin.pages import CARDS, FORMS, opened, said, send, site_of

pytestmark = pytest.mark.anyio


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
