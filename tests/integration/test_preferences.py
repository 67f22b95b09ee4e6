"""Everybody's own choices, kept in SQL."""

from pathlib import Path

import pytest
from redis.asyncio import Redis

from desk.app import create_app
from desk.preferences import Preferences
from desk.store.engine import writing
from desk.store.models import User
from desk.store.preferences import preferences_of
from sessions.ids import UserId
from tests.databases import migrated
from tests.web import services_for_tests, signed_in, visiting

pytestmark = pytest.mark.anyio


async def test_each_person_finds_their_own_choices_again(redis: Redis, tmp_path: Path, sqlite_url: str) -> None:
    async with migrated(sqlite_url) as database:
        async with writing(database) as sql:
            sql.add_all(User(username=name, name=name, role=name, password_hash="") for name in ("agent", "admin"))
        services = services_for_tests(redis, tmp_path, database=database)
        async with signed_in(services) as agent:
            assert (await agent.post("/preferences", json={"compact": True})).status_code == 204
            assert (await agent.post("/preferences", json={"volume": 20})).status_code == 204
            wrong = await agent.post("/preferences", json={"volume": -1}, headers={"accept": "*/*"})
            assert (wrong.status_code, wrong.json()["error"]["field"]) == (422, "volume")
            assert (await agent.post("/preferences", content=bytes(5000))).status_code == 413
            del agent.headers["x-csrf-token"]
            forged = await agent.post("/preferences", json={"volume": 1}, headers={"origin": "http://evil.test"})
            assert forged.status_code == 403
        assert await preferences_of(database, UserId("agent")) == Preferences(compact=True, volume=20)
        assert await preferences_of(database, UserId("admin")) == Preferences()


async def test_a_stranger_has_no_choices(redis: Redis, tmp_path: Path) -> None:
    async with visiting(create_app(services_for_tests(redis, tmp_path))) as stranger:
        assert (await stranger.post("/preferences", json={"volume": 1})).status_code in {303, 401, 403}
