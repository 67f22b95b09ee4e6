"""The demo by itself: a customer writes, a colleague answers and closes the books, and nobody has touched anything."""

import asyncio
import contextlib
import signal
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select

from desk.bench.site import free_port
from desk.config import load_settings
from desk.demo import colleagues, life, phones
from desk.demo.stories import Story, TurnOfStory
from desk.processes import life as life_process
from desk.processes.running import ROLES, run
from desk.store.engine import create_engine, reading
from desk.store.models import MessageTable, SessionTable

pytestmark = pytest.mark.anyio

STORY = Story(
    id="short",
    weight=1,
    turns=[TurnOfStory(says=["额度能提到八万吗？"], answers=["可以，已为您申请。"])],
    goodbye="谢谢",
    stars=0,
    disposition="额度调整",
)


@pytest.fixture(autouse=True)
def quick_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who neither reads nor types for long."""
    for name in ("ACCEPT_S", "READ_S", "CLOSE_S"):
        monkeypatch.setattr(colleagues, name, (0.0, 0.1))
    for name in ("LOOK_EVERY_S", "QUIET_S"):
        monkeypatch.setattr(colleagues, name, 0.1)
    monkeypatch.setattr(colleagues, "TYPED_PER_S", 1000)
    monkeypatch.setattr(phones, "READING_S", (0.0, 0.1))
    monkeypatch.setattr(phones, "typing_s", lambda *_: 0.0)
    monkeypatch.setattr(life, "AT_ONCE_S", 0.1)
    monkeypatch.setattr(life_process, "read_stories", lambda: [STORY])


async def closed(database: AsyncEngine) -> SessionTable | None:
    """The first session that somebody closed, once there is one."""
    with contextlib.suppress(SQLAlchemyError):  # the tables are made while we ask
        async with reading(database) as sql:
            return (await sql.exec(select(SessionTable).where(SessionTable.disposition != ""))).first()
    return None


async def test_the_demo_lives_by_itself(tmp_path: Path) -> None:
    settings = load_settings(demo=True, var_dir=tmp_path, port=free_port(), demo_pace=1)
    desk = asyncio.create_task(run(settings, (*ROLES, "life")))
    database = create_engine(f"sqlite:///{tmp_path / 'desk.sqlite3'}")
    try:
        async with asyncio.timeout(30):
            while not (served := await closed(database)):
                assert not desk.done(), desk.exception()
                await asyncio.sleep(0.2)
        async with reading(database) as sql:
            said = await sql.exec(
                select(MessageTable.direction, MessageTable.content)
                .where(MessageTable.session == served.id, col(MessageTable.direction) != "notice")
                .order_by(col(MessageTable.seq))
            )
            lines = [(direction, content) for direction, content in said.all()]
    finally:
        signal.raise_signal(signal.SIGTERM)  # as whoever started it would end it
        await asyncio.gather(desk, return_exceptions=True)
        await database.dispose()
    assert served.seat in life.COLLEAGUES
    assert served.disposition == "额度调整"
    assert [direction for direction, _ in lines] == ["customer", "seat", "customer", "seat"]
    assert "已为您申请" in lines[1][1]
