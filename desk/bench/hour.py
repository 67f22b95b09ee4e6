"""An hour at the desk on fast-forward, with a line that breaks all the time.

One agent with several tabs, each with a customer of its own: they talk, write notes, park and wake, hand over to a
colleague and take back, hang up and begin again. Meanwhile connections are cut within a frame, stall, are refused,
the web process and Redis die, the browser goes offline, and the agent reloads the page. In the end each tab must show
what the archive has, line by line, and both must be what was said.
"""

import asyncio
import itertools
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from redis.asyncio import Redis

from desk.bench.bad_line import BadLine
from desk.bench.browser import chromium, sign_in
from desk.bench.pushes import Pushes, openid
from desk.bench.seats import Seat, Seen
from desk.bench.site import Site, clock
from desk.bench.websocket import WebSocket
from desk.bench.wire import Client
from desk.config import load_settings
from desk.history import PAGE_LINES, archived_lines
from desk.lines import shown
from desk.store.engine import create_engine, reading
from sessions.content import Text
from sessions.ids import SessionId
from sessions.ledger import Ledger
from sessions.replica import restore
from sessions.streams import Keys

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page

AGENT, COLLEAGUE = "agent9", "agent17"
PATIENCE_S = 60.0
BREAKS = ("cut", "cut_within_a_frame", "stall", "refuse", "offline", "reload", "web", "web_stops", "redis")
SPEAKERS = ("customer", "seat", "note")


class Plan(Struct, frozen=True):
    """How long the hour is, and how bad. Between two breaks `calm_s` passes."""

    tabs: int = 5
    rounds: int = 40
    seed: int = 1
    calm_s: tuple[float, float] = (0.5, 4.0)
    among: tuple[str, ...] = BREAKS


class Difference(AssertionError):  # noqa: N818 - it names what was found
    """The browser, the archive and what was said are not one."""


async def hour(site: Site, plan: Plan) -> dict[str, Any]:
    """Carry the plan out on a site whose processes run; `differences` should be empty."""
    began = clock()
    async with BadLine(site.port) as line, chromium() as browser, Redis.from_url(site.redis_url) as redis:
        work = _Work(site, line, browser, Ledger(redis, Keys("desk:{main}:")), plan)
        await work.open()
        try:
            return {**await work.carry_out(), "seconds": round(clock() - began, 1), "seed": plan.seed}
        finally:
            await work.close()


class _Work:
    """Everybody who takes part."""

    def __init__(self, site: Site, line: BadLine, browser: "Browser", ledger: Ledger, plan: Plan) -> None:
        self.site = site
        self.line = line
        self.plan = plan
        self.url = f"http://127.0.0.1:{line.port}"
        self.breaks: Counter[str] = Counter()
        self.complaints: list[str] = []
        self._browser = browser
        self._ledger = ledger
        self._database = create_engine(load_settings(var_dir=site.folder, demo=True).database_url)
        self._pushes = Pushes(f"127.0.0.1:{site.port}")
        self._client = Client("127.0.0.1", site.port)
        self._colleague = _Colleague(site.port)
        self._tasks: list[asyncio.Task[None]] = []
        self._tabs: list[_Tab] = []

    async def open(self) -> None:
        """The agent at their desk with all tabs, the colleague at theirs."""
        await self._client.open(4)
        await asyncio.to_thread(self._colleague.sign_in, "demo")
        self._tasks = [asyncio.create_task(self._colleague.sit())]
        await self._colleague.signed_in.wait()
        context = await self._browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 720})
        first = await context.new_page()
        await sign_in(first, self.url, AGENT)
        for number in range(self.plan.tabs):
            page = first if number == 0 else await context.new_page()
            tab = _Tab(page, context, number, self)
            await tab.load()
            self._tabs.append(tab)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._client.close()
        await self._database.dispose()

    async def carry_out(self) -> dict[str, Any]:
        """All stories at once, and the breaks beside them."""
        breaking = asyncio.create_task(self._break())
        stories = [_Story(tab, self, random.Random(f"{self.plan.seed}-{tab.number}")) for tab in self._tabs]  # noqa: S311
        try:
            outcomes = await asyncio.gather(*(each.tell() for each in stories), return_exceptions=True)
        finally:
            breaking.cancel()
            await asyncio.gather(breaking, return_exceptions=True)
        differences = [f"tab {n}: {each!r}" for n, each in enumerate(outcomes) if isinstance(each, BaseException)]
        return {
            "breaks": dict(self.breaks),
            "sessions": sum(each.sessions for each in stories),
            "customers_said": sum(len(each.said) for each in stories),
            "seats_said": sum(len(each.answered) for each in stories),
            "lines_compared": sum(each.compared for each in stories),
            "differences": differences + self.complaints,
        }

    async def write(self, customer: int, text: str) -> None:
        """The customer's words, pushed until they are taken."""
        request = self._pushes.text(customer, text)
        until = clock() + PATIENCE_S
        while clock() < until:
            try:
                async with asyncio.timeout(5):
                    if (await self._client.post(request)).endswith(b"success"):
                        return
            except (ConnectionError, TimeoutError):
                pass
            await asyncio.sleep(0.3)
        raise TimeoutError(f"{text!r} was not taken")

    async def archived(self, session: str) -> list[tuple[str, str, str]]:
        """The session's lines as the archive has them: identity, words, what became of it."""
        site = (await restore(self._ledger)).floor.site
        async with reading(self._database) as sql:
            lines = await archived_lines(sql, SessionId(session))
        told = [ready for each in lines if (ready := shown(each, site, "zh"))]
        return [(each.id, each.content.text if isinstance(each.content, Text) else "", each.delivery) for each in told]

    async def said_in(self, session: str) -> list[tuple[str, str]]:
        """Who said what, in the archive's order."""
        async with reading(self._database) as sql:
            lines = await archived_lines(sql, SessionId(session))
        return [
            (each.by, each.content.text) for each in lines if each.by in SPEAKERS and isinstance(each.content, Text)
        ]

    async def _break(self) -> None:
        chance = random.Random(self.plan.seed)  # noqa: S311
        for what in itertools.chain.from_iterable(
            iter(lambda: chance.sample(self.plan.among, len(self.plan.among)), None)
        ):
            await asyncio.sleep(chance.uniform(*self.plan.calm_s))
            tab = chance.choice(self._tabs)
            self.breaks[what] += 1
            match what:
                case "cut":
                    self.line.cut()
                case "cut_within_a_frame":
                    await self.line.cut_within_a_frame()
                case "stall":
                    await self.line.stall(chance.uniform(0.5, 6.0))
                case "refuse":
                    await self.line.refuse(chance.uniform(0.2, 2.0))
                case "offline":
                    await tab.offline(chance.uniform(0.3, 2.0))
                case "reload":
                    await tab.load()
                case "web":
                    self.site.kill("web")
                    self.site.start("web")
                case "web_stops":
                    await self.site.stop("web")
                    self.site.start("web")
                case "redis":
                    self.site.kill("redis")


class _Colleague(Seat):
    """Takes what is handed to them, says a word, and hands it back."""

    def __init__(self, port: int) -> None:
        super().__init__(COLLEAGUE, port, Seen(), itertools.count(), 0)

    def _take(self, socket: WebSocket, frame: str) -> None:
        super()._take(socket, frame)
        event = _event(frame)
        if event and event["type"] == "session_accepted" and event["seat"] == COLLEAGUE:
            session = event["session"]
            if event.get("from_seat") == AGENT:  # not one that it was given because the agent's desk was unreachable
                self._do(socket, "send", session=session, text=f"同事来看一下 {session}")
            self._do(socket, "transfer", session=session, to_seat=AGENT, note="看过了")
        elif event and event["type"] == "offer_timed_out" and event.get("from_seat") == COLLEAGUE:
            self._do(socket, "transfer", session=event["session"], to_seat=AGENT, note="再请接入")


class _Tab:
    """A tab of the agent's, and the words to work in it. One thing is done at a time: a reload comes between."""

    def __init__(self, page: "Page", context: "BrowserContext", number: int, work: _Work) -> None:
        self.page = page
        self.number = number
        self.busy = asyncio.Lock()
        self._context = context
        self._work = work
        self._address = "/desk"
        page.set_default_timeout(5_000)
        page.on("pageerror", lambda error: work.complaints.append(f"tab {number}: {error}"))
        page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))

    async def load(self) -> None:
        """The page anew, tried until it comes."""
        from playwright.async_api import Error  # noqa: PLC0415

        async with self.busy:
            if "/desk" in self.page.url:
                self._address = "/desk" + self.page.url.partition("/desk")[2]
            until = clock() + PATIENCE_S
            while clock() < until:
                try:
                    await self.page.goto(self._work.url + self._address)
                    if await self.page.locator("#workspace").count():
                        return
                except Error:
                    pass
                await asyncio.sleep(0.2)
            raise TimeoutError("the page does not come")

    async def offline(self, seconds: float) -> None:
        """This tab alone has no network."""
        session = await self._context.new_cdp_session(self.page)
        conditions = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        await session.send("Network.emulateNetworkConditions", {"offline": True, **conditions})
        await asyncio.sleep(seconds)
        await session.send("Network.emulateNetworkConditions", {"offline": False, **conditions})
        await session.detach()

    async def until(
        self, happened: Callable[[], Awaitable[Any]], act: Callable[[], Awaitable[Any]] | None = None
    ) -> None:
        """Acts until it has happened, again now and then: a click may be lost with a page that is reloaded."""
        from playwright.async_api import Error  # noqa: PLC0415

        until, next_act = clock() + PATIENCE_S, 0.0
        while clock() < until:
            async with self.busy:
                try:
                    if await happened():
                        return
                    if act and clock() >= next_act:
                        next_act = clock() + 4
                        await act()
                except Error:
                    pass  # not there yet, or covered; or the page is coming
            await asyncio.sleep(0.1)
        raise TimeoutError("it did not happen in the browser")

    async def has(self, selector: str) -> bool:
        return await self.page.locator(selector).count() > 0

    async def click(self, selector: str) -> None:
        await self.page.locator(selector).first.click(timeout=2_000)

    async def say(self, text: str, *, note: bool = False) -> None:
        """Types and sends, with the line as it is."""
        from playwright.async_api import Error  # noqa: PLC0415

        typed = False

        async def write() -> None:
            nonlocal typed
            if note:
                await self.page.locator('.composer [name="mode"][value="note"]').check(force=True)
            await self.page.locator(".composer-text").fill(text, timeout=2_000)
            typed = True  # an Enter that fails may have come through: it is not pressed twice
            await self.page.locator(".composer-text").press("Enter", timeout=2_000)

        async def is_typed() -> bool:
            return typed

        with_patience = self.until(is_typed, write)
        try:
            await with_patience
        except Error:
            if not typed:
                raise

    async def shows(self, session: str) -> list[tuple[str, str, str]]:
        """The session's lines as this tab shows them."""
        lines: list[list[str]] = await self.page.evaluate(
            """session => [...document.querySelectorAll(`#messages-${session} > .line`)].map(line =>
                [line.id.slice("line-".length), line.querySelector(".words")?.textContent ?? "",
                    line.dataset.delivery ?? ""])""",
            session,
        )
        return [(identity, words, delivery) for identity, words, delivery in lines]


class _Story:
    """What happens in one tab, with one customer, session after session."""

    def __init__(self, tab: _Tab, work: _Work, chance: random.Random) -> None:
        self.said: list[str] = []
        self.answered: list[str] = []
        self.sessions = 0
        self.compared = 0
        self._tab = tab
        self._work = work
        self._chance = chance
        self._customer = tab.number + 1
        self._tail = openid(self._customer)[-6:]
        self._session = ""
        self._words: list[tuple[str, str]] = []
        self._numbers = itertools.count(1)
        self._handed_over = False

    async def tell(self) -> None:
        """The whole story; raises `Difference` where the browser and the archive tell different ones."""
        await self._begin()
        for round_ in range(self._work.plan.rounds):
            await self._chance.choice((self._talk, self._talk, self._talk, self._note, self._park, self._hand_over))()
            if round_ % 10 == 9 and round_ + 1 < self._work.plan.rounds:
                await self._compare()
                await self._hang_up()
                await self._begin()
        await self._compare()

    async def _begin(self) -> None:
        await self._write()
        await self._take()
        self.sessions += 1

    async def _take(self) -> None:
        """Answers what rings, or finds it answered, and has the chat open."""
        ring, row = f'.ring[data-name$="{self._tail}"]', f'.row-item[data-name$="{self._tail}"]'

        async def open_it() -> None:
            if await self._tab.has(ring):
                await self._tab.click(f'{ring} [data-do="accept"]')
            elif await self._tab.has(row):
                await self._tab.click(f"{row} [data-open]")

        async def is_open() -> bool:
            session = await self._tab.page.evaluate(
                """row => document.querySelector(row)?.dataset.session ?? "" """, row
            )
            if not session or not await self._tab.has(f'.chat-head[id="head-{session}"]'):
                return False
            if session != self._session:
                self._session, self._words, self._handed_over = session, self._words[-1:], False
            return True

        await self._tab.until(is_open, open_it)

    async def _talk(self) -> None:
        for _ in range(self._chance.randint(1, 3)):
            await self._write()
        for _ in range(self._chance.randint(1, 2)):
            await self._say("答")

    async def _write(self) -> None:
        text = f"问 {self._customer}-{next(self._numbers)}"
        self.said.append(text)
        self._words.append(("customer", text))
        await self._work.write(self._customer, text)

    async def _say(self, what: str) -> None:
        text = f"{what} {self._customer}-{next(self._numbers)}"
        self.answered.append(text)
        self._words.append(("seat", text))
        await self._tab.say(text)

    async def _note(self) -> None:
        text = f"记 {self._customer}-{next(self._numbers)}"
        self._words.append(("note", text))
        await self._tab.say(text, note=True)

    async def _park(self) -> None:
        await self._say("答")  # who still waits for an answer is not parked
        row = f'.row-item[data-session="{self._session}"]'
        head = f'.chat-head[data-session="{self._session}"]'
        await self._tab.until(
            lambda: self._tab.has(f'{row}[data-state="parked"]'), lambda: self._tab.click(f'{head} [data-do="park"]')
        )
        await self._write()
        await self._tab.until(lambda: self._tab.has(f'{row}[data-state="active"]'))
        await self._take()

    async def _hand_over(self) -> None:
        """To the colleague, who hands it back; once a session, for it may change hands only so often."""
        if self._handed_over:
            await self._talk()
            return
        await self._settled()
        session, page = self._session, self._tab.page
        ring = f'.ring[data-session="{session}"]'

        async def ask() -> None:
            if not await self._tab.has("#dialog-form[open]"):
                await self._tab.click('.chat-head [data-dialog="transfer"]')
            await page.locator(f'[name="target"][value="seat:{COLLEAGUE}"]').check(timeout=2_000)
            await page.locator('#dialog-form [name="note"]').fill("请看一下", timeout=2_000)
            await page.locator('#dialog-form button:not([type="button"])').click(timeout=2_000)

        async def came_back() -> bool:
            return ("seat", f"同事来看一下 {session}") in await self._work.said_in(session) and await self._tab.has(
                ring
            )

        await self._tab.until(came_back, ask)
        self._words.append(("seat", f"同事来看一下 {session}"))
        await self._take()
        self._handed_over = True

    async def _hang_up(self) -> None:
        session, page = self._session, self._tab.page

        async def hang_up() -> None:
            if await self._tab.has("#dialog-hang-up[open]"):
                await self._tab.click("#dialog-hang-up [data-confirm]")
            elif await self._tab.has(".wrap-up"):
                await page.locator('.wrap-up [name="disposition"]').select_option("其他", timeout=2_000)
                await self._tab.click(".wrap-up .button-primary")
            elif await self._tab.has(f'.row-item[data-session="{session}"]'):
                if await self._tab.has(f'.chat-head[data-session="{session}"] [data-do="hang_up"]'):
                    await self._tab.click('.chat-head [data-do="hang_up"]')
                else:
                    await self._tab.click(f'[data-open="{session}"]')

        async def is_gone() -> bool:
            return not await self._tab.has(f'.row-item[data-session="{session}"]')

        await self._tab.until(is_gone, hang_up)
        self._words = []

    async def _settled(self) -> None:
        """Everything that was said so far is in the archive."""

        async def arrived() -> bool:
            return await self._work.said_in(self._session) == self._words

        await self._patiently(arrived, lambda: self._work.said_in(self._session), lambda: self._words)

    async def _compare(self) -> None:
        await self._settled()
        found: list[list[tuple[str, str, str]]] = [[], []]

        async def alike() -> bool:
            async with self._tab.busy:
                found[0] = await self._tab.shows(self._session)
            found[1] = await self._work.archived(self._session)
            browser, archive = found
            enough = len(browser) >= min(PAGE_LINES, len(archive))
            return enough and browser == archive[-len(browser) :] and not any(each[2] == "sending" for each in archive)

        async def browser() -> list[tuple[str, str, str]]:
            return found[0]

        await self._patiently(alike, browser, lambda: found[1])
        self.compared += len(found[0])

    async def _patiently(
        self, happened: Callable[[], Awaitable[bool]], one: Callable[[], Awaitable[Any]], other: Callable[[], Any]
    ) -> None:
        until = clock() + PATIENCE_S
        while clock() < until:
            if await happened():
                return
            await asyncio.sleep(0.2)
        left, right = await one(), other()
        raise Difference(f"{self._session}: {_first_difference(left, right)}")


def _first_difference(one: list[Any], other: list[Any]) -> str:
    for place, (left, right) in enumerate(itertools.zip_longest(one, other)):
        if left != right:
            return f"line {place}: {left} is not {right}; {len(one)} and {len(other)} lines"
    return "they are alike by now"


def _event(frame: str) -> dict[str, Any] | None:
    decoded: dict[str, Any] = json.loads(frame)
    return decoded.get("event")
