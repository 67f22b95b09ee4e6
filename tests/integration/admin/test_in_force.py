"""What an admin saves is what the desk works by: at once, in their name, and said only when it is true."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.config import load_settings
from desk.directory import Directory, announce
from desk.services import Services
from sessions import events as ev
from sessions.ids import GroupId
from sessions.settings import Site
from tests.databases import seeded
from tests.forms import form_of
from tests.hubs import RunningDesk, running_desk
from tests.web import services_for_tests, signed_in

pytestmark = pytest.mark.anyio
BILLING = "/admin/groups/billing"


@pytest.fixture
async def database(sqlite_url: str, tmp_path: Path, anyio_backend: object) -> AsyncIterator[AsyncEngine]:
    async with seeded(sqlite_url, tmp_path) as engine:
        yield engine


@asynccontextmanager
async def administered(desk: RunningDesk, database: AsyncEngine, folder: Path) -> AsyncIterator[Services]:
    """The desk's first web process with its settings in SQL."""
    directory, stop = Directory(database, load_settings(var_dir=folder, demo=True).secret_keys), asyncio.Event()
    await directory.refresh()

    def in_force() -> Site | None:
        return desk.hub.floor.site if desk.hub.is_ready else None

    telling = asyncio.create_task(announce(directory, in_force, desk.inbox, stop))
    try:
        yield services_for_tests(desk.redis, folder, database=database, directory=directory, hub=desk.hub)
    finally:
        stop.set()
        await telling


async def test_a_save_is_an_event_in_the_admins_name(redis: Redis, tmp_path: Path, database: AsyncEngine) -> None:
    async with running_desk(redis, tmp_path, Site()) as desk, administered(desk, database, tmp_path) as services:
        async with signed_in(services, "admin") as client:
            form = form_of((await client.get(BILLING)).text)
            saved = await client.post(BILLING, data=form.but(soft_cap="4"))
            page = await client.get(saved.headers["location"])
        assert "已保存并生效" in page.text
        assert desk.hub.floor.site.groups[GroupId("billing")].soft_cap == 4
        events = [event for _, event in await desk.ledger.read(await desk.ledger.beginning(), count=1000, block_ms=1)]
        configured = [event for event in events if isinstance(event, ev.SiteConfigured)]
        assert (configured[-1].by, configured[-1].site.groups[GroupId("billing")].soft_cap) == ("admin", 4)


async def test_while_the_engine_is_away_a_save_waits_and_says_so(
    redis: Redis, tmp_path: Path, database: AsyncEngine
) -> None:
    async with running_desk(redis, tmp_path, Site()) as desk, administered(desk, database, tmp_path) as services:
        async with signed_in(services, "admin") as client:
            form = form_of((await client.get(BILLING)).text)
            await desk.stop_engine()
            saved = await client.post(BILLING, data=form.but(soft_cap="4"))
            assert "正在生效" in (await client.get(saved.headers["location"])).text
            waiting = (await client.get("/admin/in-force")).text
            assert "正在生效" in waiting
            assert 'hx-get="/admin/in-force"' in waiting
            desk.start_engine()
            async with asyncio.timeout(10):
                while "已生效" not in (await client.get("/admin/in-force")).text:  # noqa: ASYNC110 - the engine's progress
                    await asyncio.sleep(0.05)
        assert desk.hub.floor.site.groups[GroupId("billing")].soft_cap == 4
