"""A desk with an engine, web processes and browsers on one event loop: real Redis, real server, real sockets.

The site is `make_site`'s: seat `s1` is worked by `user-s1`, customer `ann` writes to the bank. Browsers are an
independent WebSocket library's clients that keep every frame they were sent.
"""

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from desk.app import create_app
from desk.bench.site import free_port
from desk.hub import Hub, Render
from desk.i18n import Language
from desk.processes.web import _serve
from desk.services import Services
from desk.signals import Signals
from sessions import commands as cmd
from sessions.content import Text
from sessions.engine import Engine
from sessions.ids import Millis, Role, SeatId, UserId
from sessions.inbox import Inbox
from sessions.ledger import Ledger
from sessions.settings import Site
from sessions.streams import Keys
from tests.builders import user_of, who
from tests.drawing import render_talks
from tests.web import services_for_tests

PATIENCE_S = 8.0
Frame = dict[str, Any]


class Browser:
    """One socket and every frame that came through it."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.frames: list[Frame] = []
        self.close_code: int | None = None
        self._ids = itertools.count(1)
        self._news = asyncio.Event()
        self.reading = asyncio.create_task(self._read())

    @property
    def first(self) -> Frame:
        """The frame that it began with."""
        return self.frames[0]

    @property
    def snapshot(self) -> Any:
        return self.first["snapshot"]

    @property
    def events(self) -> list[Frame]:
        """What happened, as it was told, in order."""
        return [frame for frame in self.frames if "event" in frame]

    @property
    def seq(self) -> str:
        """Where it would resume."""
        return str([frame["seq"] for frame in self.frames if "seq" in frame][-1])

    def every(self, kind: str) -> list[Any]:
        """The events of this type that it was shown."""
        return [frame["event"] for frame in self.events if frame["event"]["type"] == kind]

    def said(self) -> str:
        """Everything that it was ever sent, as one text."""
        return json.dumps(self.frames, ensure_ascii=False)

    async def until(self, wanted: Callable[[Frame], Any]) -> Frame:
        """The first frame of this kind, waited for; fails when the socket closes or none comes."""
        async with asyncio.timeout(PATIENCE_S):
            for at in itertools.count():
                while at >= len(self.frames):
                    assert self.close_code is None, f"closed with {self.close_code}"
                    self._news.clear()
                    await self._news.wait()
                if wanted(self.frames[at]):
                    return self.frames[at]
        raise AssertionError("unreachable")

    async def event(self, kind: str, **fields: Any) -> Any:
        """The first event of this type with these fields, waited for."""
        frame = await self.until(
            lambda each: each.get("event", {}).get("type") == kind and fields.items() <= each["event"].items()
        )
        return frame["event"]

    async def do(self, verb: str, *, request: str = "", **arguments: Any) -> Frame:
        """Ask for this and wait for the reply to it."""
        request = request or f"r{next(self._ids)}"
        before = self.replies(request)
        await self.send({"id": request, "do": verb, **arguments})
        async with asyncio.timeout(PATIENCE_S):
            while self.replies(request) == before:
                assert self.close_code is None, f"closed with {self.close_code}"
                self._news.clear()
                await self._news.wait()
        return [frame for frame in self.frames if frame.get("reply") == request][-1]

    async def refused(self, verb: str, **arguments: Any) -> Frame:
        """The error that this is answered with."""
        reply = await self.do(verb, **arguments)
        assert reply["ok"] is False, reply
        error: Frame = reply["error"]
        return error

    async def send(self, frame: Any) -> None:
        """One frame: text and bytes as they are, anything else as JSON."""
        await self.connection.send(frame if isinstance(frame, str | bytes) else json.dumps(frame, ensure_ascii=False))

    async def tell(self, frame: Any) -> Frame:
        """Send this, whatever it is, and wait for a reply."""
        seen = len(self.frames)
        await self.send(frame)
        await self.until(lambda _: any("reply" in each for each in self.frames[seen:]))
        return next(each for each in self.frames[seen:] if "reply" in each)

    def replies(self, request: str) -> int:
        return sum(frame.get("reply") == request for frame in self.frames)

    async def caught_up(self) -> None:
        """Everything that the hub had queued for it is here."""
        await self.do("ping")

    async def closed(self) -> int | None:
        """The code that it was closed with, waited for."""
        await asyncio.wait_for(self.reading, PATIENCE_S)
        return self.close_code

    async def leave(self) -> None:
        """Close the page."""
        await self.connection.close()
        await asyncio.wait_for(self.reading, PATIENCE_S)

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for message in self.connection:
                self.frames.append(json.loads(message))
                self._news.set()
        self.close_code = self.connection.close_code
        self._news.set()


class Web:
    """One web process: a hub behind the real application and server."""

    def __init__(self, services: Services, hub: Hub, port: int) -> None:
        self.services = services
        self.hub = hub
        self.port = port
        self._tasks: list[asyncio.Task[None]] = []
        self._stop = asyncio.Event()
        self._serving = asyncio.Event()

    async def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self.hub.run(self._stop)),
            asyncio.create_task(_serve(self.services.settings, create_app(self.services), self._serving)),
            asyncio.create_task(self.services.web_sessions.follow_ends(self.hub.sign_out, self._serving)),
        ]
        async with asyncio.timeout(PATIENCE_S):
            while not (self.hub.is_ready and await _listens(self.port)):  # noqa: ASYNC110 - another's progress
                await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """In good order, as on SIGTERM."""
        following, serving, listening = self._tasks
        self._serving.set()
        listening.cancel()
        await asyncio.wait([serving, listening])
        self._stop.set()
        await asyncio.gather(following, serving)

    async def vanish(self) -> None:
        """Its sockets break and nobody is told, as after kill -9."""
        async with inbox_away(self.hub):
            await self.stop()


class RunningDesk:
    """The processes of a desk, to be started and stopped one by one."""

    def __init__(self, redis: Redis, folder: Path, database: AsyncEngine | None = None) -> None:
        self.redis = redis
        self.folder = folder
        self.database = database
        self.keys = Keys("desk:{main}:")
        self.inbox = Inbox(redis, self.keys)
        self.ledger = Ledger(redis, self.keys)
        self.webs: list[Web] = []
        self.browsers: list[Browser] = []
        self._keys_used = itertools.count(1)
        self._engine: tuple[asyncio.Task[None], asyncio.Event] | None = None

    @property
    def hub(self) -> Hub:
        """The first web process's."""
        return self.webs[0].hub

    def start_engine(self) -> None:
        stop = asyncio.Event()
        self._engine = asyncio.create_task(Engine(self.redis, self.keys).run(stop)), stop

    async def stop_engine(self) -> None:
        assert self._engine
        task, stop = self._engine
        self._engine = None
        stop.set()
        await task

    async def start_web(
        self,
        *,
        render: Render | None = None,
        public_url: str | None = None,
        inbox: Inbox | None = None,
        version: Callable[[], str] | None = None,
    ) -> Web:
        services = services_for_tests(self.redis, self.folder, port=free_port(), database=self.database)
        hub = Hub(
            self.ledger,
            inbox or Inbox(self.redis, self.keys),
            services.media,
            render,
            draw_talks=render_talks if render else None,
            signals=Signals(self.redis, self.keys),
            public_url=public_url,
            version=version,
        )
        web = Web(replace(services, hub=hub), hub, services.settings.port)
        self.webs.append(web)
        await web.start()
        return web

    async def stop_web(self, web: Web) -> None:
        self.webs.remove(web)
        await web.stop()

    async def lose_web(self, web: Web) -> None:
        self.webs.remove(web)
        await web.vanish()

    async def close(self) -> None:
        for browser in self.browsers:
            await browser.leave()
        for web in list(self.webs):
            await self.stop_web(web)
        if self._engine:
            await self.stop_engine()

    # People.

    async def cookie(self, seat: str = "", role: Role = "agent", lang: Language = "zh") -> str:
        """Somebody signs in: who works at this seat, or one of another role."""
        user = user_of(seat) if seat else UserId(role)
        token, _ = await self.webs[0].services.web_sessions.begin(
            user, f"name of {user}", role, SeatId(seat) if seat else None, lang, Millis(0)
        )
        return f"desk_session={token}"

    async def open(
        self,
        seat: str = "",
        *,
        role: Role = "agent",
        cookie: str = "",
        after: str = "",
        html: bool = False,
        lang: Language = "zh",
        web: Web | None = None,
        origin: str | None = None,
        sign_in: str = "",
        **options: Any,
    ) -> Browser:
        """A browser with its first frame, or closed."""
        browser = await self.knock(
            cookie or await self.cookie(seat, role, lang),
            after=after,
            html=html,
            web=web,
            origin=origin,
            sign_in=sign_in,
            **options,
        )
        await browser.until(lambda _: True)
        return browser

    async def knock(
        self,
        cookie: str = "",
        *,
        after: str = "",
        html: bool = False,
        web: Web | None = None,
        origin: str | None = None,
        sign_in: str = "",
        **options: Any,
    ) -> Browser:
        """A socket, whatever comes of it."""
        query = f"?after={after}" + ("&html=1" if html else "") + (f"&as={sign_in}" if sign_in else "")
        connection = await connect(
            f"ws://127.0.0.1:{(web or self.webs[0]).port}/ws{query}",
            subprotocols=[Subprotocol("desk.v1")],
            additional_headers={"Cookie": cookie} if cookie else {},
            origin=Origin(origin) if origin else None,
            compression=None,
            proxy=None,
            max_size=None,
            **options,
        )
        browser = Browser(connection)
        self.browsers.append(browser)
        return browser

    async def at_work(self, *seats: str, **options: Any) -> list[Browser]:
        """These seats, signed in and available."""
        browsers = [await self.open(seat, **options) for seat in seats]
        for browser in browsers:
            assert (await browser.do("sign_in_seat"))["ok"]
        return browsers

    async def write(self, name: str, words: str = "hello", key: str = "") -> None:
        """The customer writes to the bank."""
        await self.inbox.append(
            cmd.ReceiveMessage(
                customer=who(name),
                content=Text(text=words),
                key=key or f"key-{next(self._keys_used)}",
                sent_at=Millis(now_ms()),
            )
        )

    async def served(self, name: str, browser: Browser, words: str = "hello") -> str:
        """The customer writes, and this seat takes it."""
        rang = len(browser.every("session_offered"))
        await self.write(name, words)
        await browser.until(lambda _: len(browser.every("session_offered")) > rang)
        session: str = browser.every("session_offered")[-1]["session"]
        reply = await browser.do("accept", session=session)
        assert reply["ok"], reply
        return session

    async def settled(self) -> None:
        """Everything asked for is decided, and every hub knows it."""
        async with asyncio.timeout(PATIENCE_S):
            while not await self._is_settled():  # noqa: ASYNC110 - others' progress
                await asyncio.sleep(0.01)

    async def _is_settled(self) -> bool:
        newest: Any = await self.redis.xrevrange(self.keys.inbox, count=1)
        head = await self.ledger.head()
        decided = not newest or head.position == newest[0][0].decode()
        return decided and all(web.hub.seq == head.seq for web in self.webs)


@contextlib.asynccontextmanager
async def running_desk(
    redis: Redis, folder: Path, site: Site, *, render: Render | None = None, database: AsyncEngine | None = None
) -> AsyncIterator[RunningDesk]:
    """A desk with this site in force, one engine and one web process; SQL is for the pages that ask for it."""
    desk = RunningDesk(redis, folder, database)
    await desk.inbox.append(cmd.ConfigureSite(site=site))
    desk.start_engine()
    await desk.start_web(render=render)
    await desk.settled()
    try:
        yield desk
    finally:
        await desk.close()


@contextlib.asynccontextmanager
async def inbox_away(hub: Hub) -> AsyncIterator[None]:
    """This hub's commands do not arrive meanwhile."""
    async with Redis.from_url("unix:///nowhere") as nowhere:
        inbox = hub._inbox
        hub._inbox = hub._attendance._inbox = Inbox(nowhere, Keys("desk:{main}:"))
        try:
            yield
        finally:
            hub._inbox = hub._attendance._inbox = inbox


def now_ms() -> int:
    """This machine's clock, which the engine goes by."""
    return time.time_ns() // 1_000_000


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
