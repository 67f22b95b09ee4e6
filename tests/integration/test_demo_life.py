"""The demo by itself: a customer writes, a colleague answers and closes the books, and nobody has touched anything."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession, CookieJar
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from desk.bench.site import free_port
from desk.config import Settings, load_settings
from desk.demo import colleagues, life, phones
from desk.demo.stories import Story, TurnOfStory
from desk.processes import life as life_process
from desk.processes.running import ROLES, run
from desk.store.engine import create_engine, reading
from desk.store.models import MessageTable, SessionTable
from tests.hubs import Browser

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
    for name in ("LOOK_AT_RING_S", "ACCEPT_S", "READ_S", "CLOSE_S"):
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


@contextlib.asynccontextmanager
async def living(settings: Settings) -> AsyncIterator[asyncio.Task[None]]:
    """The demo, from its start to its end."""
    desk = asyncio.create_task(run(settings, (*ROLES, "life")))
    try:
        yield desk
    finally:
        signal.raise_signal(signal.SIGTERM)  # as whoever started it would end it
        await asyncio.gather(desk, return_exceptions=True)


async def test_the_demo_lives_by_itself(tmp_path: Path) -> None:
    settings = load_settings(demo=True, var_dir=tmp_path, port=free_port(), demo_pace=1)
    async with living(settings) as desk, contextlib.AsyncExitStack() as stack:
        database = create_engine(f"sqlite:///{tmp_path / 'desk.sqlite3'}")
        stack.push_async_callback(database.dispose)
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
    assert served.seat in life.COLLEAGUES
    assert served.disposition == "额度调整"
    assert [direction for direction, _ in lines] == ["customer", "seat", "customer", "seat"]
    assert "已为您申请" in lines[1][1]


class Phone:
    """A person with a phone whom nobody scripted."""

    def __init__(self, http: ClientSession, openid: str) -> None:
        self._http = http
        self._address = f"/sim/control/accounts/demo/users/{openid}"

    async def write(self, text: str) -> None:
        async with self._http.post(f"{self._address}/acts", json={"type": "text", "content": text}) as answer:
            answer.raise_for_status()

    async def heard(self) -> list[str]:
        async with self._http.get(f"{self._address}/received") as answer:
            messages = (await answer.json())["messages"]
        return [message["payload"]["text"]["content"] for message in messages if "text" in message["payload"]]


async def new_phone(http: ClientSession) -> Phone:
    async with http.post("/sim/control/accounts/demo/users", json={}) as answer:
        return Phone(http, (await answer.json())["openid"])


async def until(happened: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(200):
        if await happened():
            return
        await asyncio.sleep(0.1)
    raise TimeoutError("it did not happen")


async def test_people_are_left_to_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life, "AT_ONCE", 0)
    monkeypatch.setattr(colleagues, "STAYS_S", 0.1)
    settings = load_settings(demo=True, var_dir=tmp_path, port=free_port(), demo_pace=0.001)
    async with living(settings), contextlib.AsyncExitStack() as stack:
        http = await stack.enter_async_context(ClientSession(settings.own_url, cookie_jar=CookieJar(unsafe=True)))
        await until(lambda: serves(http))
        lonely = await new_phone(http)
        await lonely.write("额度能提到十万吗？")
        await until(lambda: said_by_a_robot(lonely, 1))
        await lonely.write("请问需要多久？")
        await until(lambda: said_by_a_robot(lonely, 2))
        await asyncio.sleep(0.5)
        assert await said_by_a_robot(lonely, 2)
        assert colleagues.FAREWELL not in await lonely.heard()

        await http.post("/sign-in", data={"username": "agent1", "password": "demo"})
        cookies = "; ".join(f"{each.key}={each.value}" for each in http.cookie_jar)
        line = connect(
            f"{settings.own_url.replace('http', 'ws', 1)}/ws",
            subprotocols=[Subprotocol("desk.v1")],
            additional_headers={"Cookie": cookies},
        )
        agent = Browser(await stack.enter_async_context(line))
        await agent.do("sign_in_seat")
        handed_over = await agent.event("session_offered")
        assert handed_over["from_seat"] in life.COLLEAGUES
        assert (await agent.do("accept", session=handed_over["session"]))["ok"]

        for _ in range(2):
            await (await new_phone(http)).write("额度能提到十万吗？")
        await until(lambda: rang_from_the_line(agent, 2))


async def serves(http: ClientSession) -> bool:
    with contextlib.suppress(ClientError):
        async with http.get("/healthz") as answer:
            return answer.status == 200
    return False


async def said_by_a_robot(phone: Phone, times: int) -> bool:
    return sum(words in colleagues.STANDING_IN for words in await phone.heard()) == times


async def rang_from_the_line(agent: Browser, times: int) -> bool:
    rings = [each for each in agent.every("session_offered") if each["seat"] == "agent1" and "from_seat" not in each]
    return len(rings) == times
