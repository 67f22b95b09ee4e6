"""A tab of the agent's: what can be done in it while its line breaks and its page is loaded anew."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from playwright.async_api import Error, Locator, Page

from desk.bench.hour.archive import ShownLine
from desk.bench.site import clock

LOST_AFTER_S = 30.0
TRIED_KEPT = 12
SIGHTS = [
    "#connection",
    ".presence",
    ".chat-head",
    ".outgoing",
    "#rows",
    "#parked-rows",
    "#rings",
    "dialog[open]",
]
I_AM_BACK = '.presence > [data-do="set_presence"]'


class LostWords(AssertionError):  # noqa: N818 - it names what was found
    """What somebody typed is nowhere any more."""


class Tab:
    """A tab of the agent's, and the words to work in it. One thing is done at a time: a reload comes between."""

    def __init__(self, page: Page, number: int, url: str, patience_s: float) -> None:
        self.page = page
        self.number = number
        self.busy = asyncio.Lock()
        self.complaints: list[str] = []
        self.look_around: Callable[[], Awaitable[None]] | None = None
        """What a person sees before they act; what it raises ends the waiting."""
        self.came_back: set[str] = set()
        """Sessions in which words came back to the composer: they may have been sent later, and several at once."""
        self._url = url
        self._patience_s = patience_s
        self._address = "/desk"
        self._tried: deque[str] = deque(maxlen=TRIED_KEPT)
        page.set_default_timeout(5_000)
        page.on("pageerror", self._complain)
        page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))

    async def load(self) -> None:
        """The page anew, tried until it comes."""
        async with self.busy:
            if "/desk" in self.page.url:
                self._address = "/desk" + self.page.url.partition("/desk")[2]
            until = clock() + self._patience_s
            while clock() < until:
                try:
                    await self.page.goto(self._url + self._address)
                    if await self.page.locator("#workspace").count():
                        return
                except Error:
                    pass
                await asyncio.sleep(0.2)
            raise TimeoutError("the page does not come")

    async def offline(self, seconds: float) -> None:
        """This tab alone has no network."""
        session = await self.page.context.new_cdp_session(self.page)
        conditions = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        await session.send("Network.emulateNetworkConditions", {"offline": True, **conditions})
        await asyncio.sleep(seconds)
        await session.send("Network.emulateNetworkConditions", {"offline": False, **conditions})
        await session.detach()

    async def until(
        self, happened: Callable[[], Awaitable[Any]], act: Callable[[], Awaitable[Any]] | None = None
    ) -> None:
        """Acts until it has happened, again now and then: a click may be lost with a page that is reloaded."""
        until, next_act = clock() + self._patience_s, 0.0
        while clock() < until:
            async with self.busy:
                if await self._tried_to(happened, until):
                    return
                if clock() >= next_act:
                    next_act = clock() + 4
                    if self.look_around:
                        await self.look_around()
                    await self._tried_to(self._come_back, until)
                    if act:
                        await self._tried_to(act, until)
            await asyncio.sleep(0.1)
        raise TimeoutError(
            f"it did not happen in the browser: {happened.__qualname__}; there is {await self._sight()};"
            f" tried {list(self._tried)}"
        )

    async def _tried_to(self, do: Callable[[], Awaitable[Any]], until: float) -> Any:
        """What it answers; nothing where it is not there yet, or covered, or where the page is coming."""
        try:
            return await do()
        except Error as failure:
            self._tried.append(f"{until - clock():.0f} s before the end: {failure.message.splitlines()[0]}")
            return None

    async def _come_back(self) -> None:
        """What rang while nothing could be answered counts as missed, and nothing rings any more."""
        if await self.has(I_AM_BACK):
            await self.click(I_AM_BACK)

    async def _sight(self) -> str:
        parts: str = await self.page.evaluate(
            """all => all.map(each =>
                `${each}: ${document.querySelector(each)?.innerText.replace(/\\s+/g, " ") ?? "-"}`).join("; ")""",
            SIGHTS,
        )
        return f"{self.page.url}; {parts}"

    async def has(self, selector: str) -> bool:
        return await self.page.locator(selector).count() > 0

    async def click(self, selector: str) -> None:
        await self.page.locator(selector).first.click(timeout=2_000)

    async def show(self, session: str) -> None:
        """Turns to this chat, if another is open: an address that is loaded anew may be of an earlier one.

        While nobody could be reached here, a colleague may have had it: then it rings.
        """
        head = f'.chat:not(.chat-record) .chat-head[data-session="{session}"]'
        ring = f'.ring[data-session="{session}"] [data-do="accept"]'
        if await self.has("dialog[open]"):  # what is typed would go into it
            await self.page.keyboard.press("Escape")
        if not await self.has(head):
            await self.click(ring if await self.has(ring) else f'[data-open="{session}"]')
            await self.page.locator(head).wait_for(timeout=2_000)

    async def finish(self, session: str, when_shut: Callable[[], Awaitable[Any]]) -> None:
        """Sends the words that came back, because nobody could take them then."""
        await self.show(session)
        if await self.drafted(session):
            self.came_back.add(session)
            await self._press_enter(self._composer(session), when_shut)

    async def drafted(self, session: str) -> str:
        """What stands in the session's composer."""
        return await self._composer(session).input_value(timeout=2_000)

    async def say(
        self, session: str, text: str, when_shut: Callable[[], Awaitable[Any]], *, note: bool = False
    ) -> None:
        """Types and sends, with the line as it is, to whom it is meant for; raises `LostWords` if the page loses it.

        `when_shut`: what helps where the channel takes no more, because everything said while the line was down came
        after the customer's last word.
        """
        composer = self._composer(session)
        typed_at = 0.0

        async def write() -> None:
            nonlocal typed_at
            await self.show(session)
            if not typed_at:
                await self.finish(session, when_shut)
                if note:
                    await self.page.locator('.composer [name="mode"][value="note"]').check(force=True)
                await composer.fill(text, timeout=2_000)
                typed_at = clock()
            if await composer.input_value() == text:  # else it has gone: nobody sends twice what they see gone
                await self._press_enter(composer, when_shut)

        async def is_sent() -> bool:
            if not typed_at or await composer.input_value(timeout=2_000) == text:
                return False
            shown = self.page.locator(f"#messages-{session} .words, #outgoing-{session} .truncate")
            if text in await shown.all_text_contents():
                return True
            if clock() - typed_at > LOST_AFTER_S:
                there = f"{await self._sight()}; the composer has {await composer.input_value(timeout=2_000)!r}"
                raise LostWords(f"{text!r} was typed in {session}, and is not in the chat; there is {there}")
            return False

        await self.until(is_sent, write)

    def _composer(self, session: str) -> Locator:
        return self.page.locator(f'.composer[data-session="{session}"] .composer-text')

    async def _press_enter(self, composer: Locator, when_shut: Callable[[], Awaitable[Any]]) -> None:
        if await self.has('.composer [data-notice="none"]:not([hidden])'):
            await when_shut()
        await composer.press("Enter", timeout=2_000)

    def _complain(self, error: Error) -> None:
        if self.page.url.startswith(self._url):  # not the browser's own page that says that there is none
            self.complaints.append(f"tab {self.number}: {error.message} {error.stack or ''}")

    async def shows(self, session: str) -> list[ShownLine]:
        """The session's lines as this tab shows them."""
        lines: list[list[str]] = await self.page.evaluate(
            """session => [...document.querySelectorAll(`#messages-${session} > .line`)].map(line =>
                [line.id.slice("line-".length), line.querySelector(".words")?.textContent ?? "",
                    line.dataset.delivery ?? ""])""",
            session,
        )
        return [(identity, words, delivery) for identity, words, delivery in lines]
