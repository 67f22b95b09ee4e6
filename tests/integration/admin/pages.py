"""The settings' pages: where they are, and how a test reads and fills them in."""

import html
import re

import httpx2
from sqlalchemy import text

from desk.services import Services
from desk.store.engine import reading, writing
from desk.store.history import Version, versions
from desk.store.settings import load_site
from sessions.ids import GroupId
from sessions.settings import Site
from tests.forms import Form, Sent, form_of

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


def complaint_at(page: httpx2.Response, field: str) -> str:
    """What stands beside this field."""
    part = next(each for each in page.text.split('<div class="field') if f'id="f-{field}"' in each)
    found = re.search(r'class="complaint"[^>]*>([^<]*)', part)
    assert 'aria-invalid="true"' in part or not found, "who cannot see it hears that the field is wrong"
    return html.unescape(found[1]) if found else ""
