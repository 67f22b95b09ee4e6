"""A web process does not begin with a database that cannot be the site's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from redis.asyncio import Redis

from desk.bench.site import free_port
from desk.blank_database import NothingSetUpError
from desk.config import Settings, load_settings
from desk.processes import web
from desk.processes.running import open_resources
from desk.seed import seed_demo
from desk.store.engine import create_engine
from sessions import commands as cmd
from sessions import events as ev
from sessions.ids import Millis
from sessions.inbox import InboxReader
from sessions.streams import Keys
from tests.builders import make_site
from tests.ledgers import Scribe

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings(redis: Redis, redis_url: str, tmp_path: Path) -> Settings:
    return load_settings(var_dir=tmp_path, redis_url=redis_url, port=free_port(), public_url=None)


async def put_in_force(redis: Redis, settings: Settings) -> None:
    """As an engine did that another web process told of its settings."""
    scribe = Scribe(redis, settings.key_prefix)
    await scribe.write([ev.SiteConfigured(at=Millis(1), cause="1-0", site=make_site(), by="admin")])


async def has_told_of_its_own(redis: Redis, settings: Settings) -> bool:
    """Whether a web process has asked for the settings of its database."""
    told = await InboxReader(redis, Keys(settings.key_prefix)).read("0-0", count=100, block_ms=1)
    return any(isinstance(cmd.decode(each), cmd.ConfigureSite) for _, each in told)


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator["asyncio.Task[None]"]:
    stop = asyncio.Event()
    async with open_resources(settings) as resources:
        task = asyncio.create_task(web.run(resources, stop))
        try:
            yield task
        finally:
            stop.set()
            await asyncio.wait([task], timeout=15)


async def health(settings: Settings) -> dict[str, object]:
    async with asyncio.timeout(20), httpx2.AsyncClient() as http:
        while True:
            try:
                answer = await http.get(f"{settings.own_url}/healthz")
            except httpx2.TransportError:
                await asyncio.sleep(0.05)
                continue
            checks: dict[str, object] = answer.json()["checks"]
            if checks["replica"] == "ok" and "no answer" not in checks.values():
                return {"code": answer.status_code, **checks}
            await asyncio.sleep(0.05)


async def test_a_blank_database_beside_a_site_in_force_is_refused_before_anything_is_served(
    redis: Redis, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    await put_in_force(redis, settings)
    async with serving(settings) as task:
        with pytest.raises(NothingSetUpError, match=r"desk\.sqlite3, in which nothing was ever set up") as refused:
            await asyncio.wait_for(task, 20)
    assert refused.value.code == "nothing_set_up"
    assert "Set DATABASE_URL" in caplog.text
    assert await redis.xlen(f"{settings.key_prefix}inbox") == 0


async def test_a_desk_that_is_new_serves_before_it_is_set_up(settings: Settings) -> None:
    async with serving(settings) as task:
        found = await health(settings)
        assert not task.done()
    assert found["settings"] == "the engine has not taken the settings yet"
    assert (found["archive"], found["engine"]) == ("ok", "no process has this role")


async def test_once_it_is_filled_the_database_is_taken(redis: Redis, settings: Settings) -> None:
    await put_in_force(redis, settings)
    async with serving(settings) as task:
        with pytest.raises(NothingSetUpError):
            await asyncio.wait_for(task, 20)
    database = create_engine(settings.database_url)
    await seed_demo(database, load_settings(var_dir=settings.var_dir, demo=True))
    await database.dispose()
    async with serving(settings) as task:
        assert (await health(settings))["code"] == 200
        assert not task.done()


async def test_a_process_whose_database_becomes_blank_says_that_it_is_not_well(
    redis: Redis, settings: Settings
) -> None:
    async with serving(settings) as task:
        await health(settings)
        async with asyncio.timeout(10):
            while not await has_told_of_its_own(redis, settings):  # noqa: ASYNC110 - another's progress
                await asyncio.sleep(0.01)
        async with Redis.from_url(settings.redis_url or "") as other:
            await put_in_force(other, settings)
        async with asyncio.timeout(10):
            while "nothing is set up" not in str((found := await health(settings))["settings"]):  # noqa: ASYNC110 - it notices by itself
                await asyncio.sleep(0.05)
        assert found["code"] == 503
        assert not task.done(), "the right database may come back"
