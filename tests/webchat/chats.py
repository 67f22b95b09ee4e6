"""Visitors at a running desk: real sockets from pages of other sites, a real engine, archive and agents.

The site is `make_site`'s with a web chat `web` beside the bank; who writes there goes to the seats of `cards`.
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from dataclasses import replace as with_parts
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine
from websockets.asyncio.client import connect
from websockets.typing import Origin

from desk.archivist import run_archivist
from desk.bench.site import free_port
from desk.channels.webchat.accounts import WebChatAccount
from desk.channels.webchat.credentials import Credentials
from desk.channels.webchat.gateway import Parts, WebChat
from desk.channels.webchat.receipts import Receipts
from desk.channels.webchat.throttle import LIMITS, Act, Allowed, Throttle
from desk.channels.webchat.visitors import Bounds
from desk.hub import Hub
from desk.signals import Signals
from sessions import commands as cmd
from sessions.ids import AccountId, GroupId
from sessions.inbox import Inbox
from sessions.settings import Account, Satisfaction, Site
from tests.builders import make_site
from tests.databases import migrated
from tests.hubs import Browser, Frame, RunningDesk, Web
from tests.web import services_for_tests

BANK_SITE = "https://www.bank.example"
CHATS = {
    "web": WebChatAccount(key="web", name="官网", origins=(BANK_SITE, "https://*.branch.example"), welcome="您好"),
    "other": WebChatAccount(key="other", name="别处"),
}
SECRET = b"a secret of the site"
_names = itertools.count(1)
"""No two messages of any page have one name, unless a test gives it."""


class Accounts:
    """The web chats that are set up; they may be taken away."""

    def __init__(self) -> None:
        self.known = dict(CHATS)

    def web_chat(self, account: str) -> WebChatAccount | None:
        return self.known.get(account)


class Page(Browser):
    """A page with the chat in it."""

    @property
    def welcome(self) -> Any:
        return next(frame["welcome"] for frame in self.frames if "welcome" in frame)

    @property
    def token(self) -> str:
        return str(self.welcome["token"])

    def lines(self) -> list[Any]:
        """What stands on the page, each line once, in order."""
        found: dict[str, Any] = {}
        for frame in self.frames:
            told = frame.get("welcome") or frame.get("earlier") or {"lines": [frame["line"]] if "line" in frame else []}
            found |= {line["id"]: line for line in told["lines"]}
        return sorted(found.values(), key=lambda line: line["seq"])

    def texts(self, by: str = "") -> list[str]:
        return [line.get("text", "") for line in self.lines() if not by or line["by"] == by]

    async def say(self, text: str = "", *, name: str = "", **more: Any) -> Frame:
        """Says it and waits for the answer."""
        name = name or f"say-{next(_names)}"
        before = self.replies(name)
        await self.send({"do": "say", "id": name, **({"text": text} if text else {}), **more})
        await self.until(lambda _: self.replies(name) > before)
        return [frame for frame in self.frames if frame.get("reply") == name][-1]

    async def shows(self, text: str) -> Any:
        """The line with these words, waited for."""
        await self.until(lambda _: text in self.texts())
        return next(line for line in self.lines() if line.get("text") == text)

    async def stage(self, name: str) -> Any:
        """How the conversation stands, once it stands like this."""

        def told(frame: Frame) -> Any:
            return frame.get("stage") or frame.get("welcome", {}).get("stage")

        frame = await self.until(lambda each: (told(each) or {}).get("is") == name)
        return told(frame)

    async def see(self, *lines: Any) -> None:
        """These are on the page."""
        await self.send({"do": "seen", "lines": [line["seq"] for line in lines]})
        await self.heard()

    async def ask_earlier(self) -> None:
        """Asks for what was said before its first line, and waits for it."""
        pages = sum("earlier" in frame for frame in self.frames)
        await self.send({"do": "earlier", "before": self.lines()[0]["seq"]})
        await self.until(lambda _: sum("earlier" in frame for frame in self.frames) > pages)

    async def heard(self) -> None:
        """Everything that it sent was taken in."""
        pings = sum("now" in frame for frame in self.frames)
        await self.send({"do": "ping"})
        await self.until(lambda _: sum("now" in frame for frame in self.frames) > pings)


class ChatDesk(RunningDesk):
    """A desk whose web processes have web chats, and an archive."""

    def __init__(self, redis: Redis, folder: Path, database: AsyncEngine | None) -> None:
        super().__init__(redis, folder)
        self.accounts = Accounts()
        self.database = database
        self.chats: dict[Web, WebChat] = {}
        self._looking_after: list[tuple[asyncio.Task[None], asyncio.Event]] = []

    async def start_chat(
        self,
        *,
        limits: dict[Act, Allowed] | None = None,
        bounds: Bounds = Bounds(),  # noqa: B008 - frozen
        inbox: Inbox | None = None,
        **settings: Any,
    ) -> Web:
        """Another web process."""
        services = services_for_tests(self.redis, self.folder, port=free_port(), **settings)
        signals = Signals(self.redis, self.keys)
        hub = Hub(self.ledger, Inbox(self.redis, self.keys), services.media, signals=signals)
        parts = Parts(
            accounts=self.accounts,
            redis=self.redis,
            keys=self.keys,
            inbox=inbox or Inbox(self.redis, self.keys),
            media=services.media,
            credentials=Credentials([SECRET]),
            throttle=Throttle(self.redis, self.keys.prefix, LIMITS | (limits or {})),
            receipts=Receipts(self.redis, self.keys),
            database=self.database,
            bounds=bounds,
        )
        chat = WebChat(hub, parts)
        web = Web(with_parts(services, hub=hub, web_chat=chat), hub, services.settings.port)
        self.webs.append(web)
        self.chats[web] = chat
        await web.start()
        stop = asyncio.Event()
        self._looking_after.append((asyncio.create_task(chat.run(stop)), stop))
        return web

    async def page(self, token: str = "", *, web: Web | None = None, lang: str = "zh", account: str = "web") -> Page:
        """A page that has said who it is, with its first frame, or closed."""
        page = await self.knock_at(account, web=web)
        await page.send({"do": "hello", "token": token, "lang": lang})
        await page.until(lambda each: "welcome" in each)
        return page

    async def knock_at(
        self, account: str = "web", *, web: Web | None = None, origin: str | None = BANK_SITE, address: str = ""
    ) -> Page:
        """A socket, whatever comes of it."""
        connection = await connect(
            f"ws://127.0.0.1:{(web or self.webs[0]).port}/webchat/{account}/ws",
            origin=Origin(origin) if origin else None,
            additional_headers={"X-Forwarded-For": address} if address else {},
            compression=None,
            proxy=None,
            max_size=None,
        )
        page = Page(connection)
        self.browsers.append(page)
        return page

    async def served_visitor(self, page: Page, agent: Browser, words: str = "你好", *, name: str = "") -> str:
        """The visitor writes, and this seat takes it."""
        rang = len(agent.every("session_offered"))
        assert (await page.say(words, name=name))["ok"]
        await agent.until(lambda _: len(agent.every("session_offered")) > rang)
        session: str = agent.every("session_offered")[-1]["session"]
        assert (await agent.do("accept", session=session))["ok"]
        return session

    async def close(self) -> None:
        for task, stop in self._looking_after:
            stop.set()
            await task
        await super().close()


def chat_site() -> Site:
    site = make_site(["s1", "s2"], every_group={"satisfaction": Satisfaction(ask="answered")})
    web = Account(id=AccountId("web"), name="官网", default_group=GroupId("cards"), channel="webchat")
    return replace(site, accounts={**site.accounts, web.id: web})


@contextlib.asynccontextmanager
async def chat_desk(redis: Redis, folder: Path, **options: Any) -> AsyncIterator[ChatDesk]:
    """The desk with an engine, one web process, SQL and an archivist."""
    async with migrated(f"sqlite+aiosqlite:///{folder}/desk.sqlite3") as database:
        desk = ChatDesk(redis, folder, database)
        await desk.inbox.append(cmd.ConfigureSite(site=chat_site()))
        desk.start_engine()
        await desk.start_chat(**options)
        await desk.settled()
        stop = asyncio.Event()
        archivist = asyncio.create_task(run_archivist(desk.ledger, database, stop))
        try:
            yield desk
        finally:
            await desk.close()
            stop.set()
            await archivist
