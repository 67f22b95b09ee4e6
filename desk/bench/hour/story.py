"""What happens in one tab, with one customer, session after session, and whether it was shown and kept as it was."""

import itertools
import random
from asyncio import sleep
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from msgspec import Struct
from playwright.async_api import Error

from desk.bench.hour.archive import Archive, ShownLine
from desk.bench.hour.people import AGENT, COLLEAGUE, COLLEAGUE_SAYS, Customers
from desk.bench.hour.tab import LostWords, Tab
from desk.bench.pushes import openid
from desk.bench.site import clock
from desk.history import PAGE_ITEMS

Words = tuple[str, str]
"""Who said what."""


class Script(Struct, frozen=True):
    """How long a story is, and how long anything in it may take."""

    rounds: int = 40
    rounds_a_session: int = 10
    patience_s: float = 120.0


class Difference(AssertionError):  # noqa: N818 - it names what was found
    """The browser, the archive and what was said are not one."""


class Over(Exception):  # noqa: N818 - it names what happened
    """A colleague hung the session up, because the agent could not be reached for so long."""


class Story:
    """What happens in one tab, with one customer, session after session."""

    def __init__(self, tab: Tab, customers: Customers, archive: Archive, script: Script, chance: random.Random) -> None:
        self.asked = 0
        self.answered = 0
        self.sessions = 0
        self.compared = 0
        self.taken_away = 0
        self._tab = tab
        self._customers = customers
        self._archive = archive
        self._script = script
        self._chance = chance
        self._customer = tab.number + 1
        self._tail = openid(self._customer)[-6:]
        self._session = ""
        self._words: list[Words] = []
        self._numbers = itertools.count(1)
        self._handed_over = False
        self._began_elsewhere = False
        tab.look_around = self._look_around

    async def tell(self) -> None:
        """The whole story; raises `Difference` where the browser and the archive tell different ones."""
        try:
            await self._tell()
        except (TimeoutError, LostWords) as failure:
            floor = await self._archive.whereabouts(self._tail)
            last = (await self._archive.said(self._session))[-4:]
            raise type(failure)(f"{failure}; the floor has {floor}, the archive {last}") from failure

    async def _tell(self) -> None:
        await self._begin()
        for round_ in range(self._script.rounds):
            try:
                await self._happens(round_)
            except Over:
                self.taken_away += 1
                await self._begin(elsewhere=True)
        with suppress(Over):
            await self._compare()

    async def _happens(self, round_: int) -> None:
        await self._chance.choice((self._talk, self._talk, self._talk, self._note, self._park, self._hand_over))()
        if (round_ + 1) % self._script.rounds_a_session == 0 and round_ + 1 < self._script.rounds:
            await self._compare()
            await self._hang_up()
            await self._begin()

    async def _look_around(self) -> None:
        if self._session and await self._archive.is_over(self._session):
            raise Over

    async def _begin(self, *, elsewhere: bool = False) -> None:
        """A new session; what was said last may have begun it already, `elsewhere`."""
        self._session, self._began_elsewhere = "", elsewhere
        await self._write()
        await self._take()
        self.sessions += 1

    async def _take(self) -> None:
        """Answers what rings, or finds it answered, and has the chat open."""
        ring = f'.ring[data-expires][data-name$="{self._tail}"]'
        row = f'.row-item[data-state="active"][data-name$="{self._tail}"]'

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
            await self._reply("答")

    async def _write(self) -> None:
        text = f"问 {self._customer}-{next(self._numbers)}"
        self.asked += 1
        self._words.append(("customer", text))
        await self._customers.write(self._customer, text)

    async def _reply(self, what: str) -> None:
        text = f"{what} {self._customer}-{next(self._numbers)}"
        self.answered += 1
        self._words.append(("seat", text))
        await self._tab.say(self._session, text, self._write)

    async def _note(self) -> None:
        await self._write()  # who has long been silent may be parked: there is nowhere to write then
        text = f"记 {self._customer}-{next(self._numbers)}"
        self._words.append(("note", text))
        await self._tab.say(self._session, text, self._write, note=True)

    async def _park(self) -> None:
        await self._write()  # the channel takes only so many answers to each word of the customer's
        await self._reply("答")  # who still waits for an answer is not parked
        row = f'.row-item[data-session="{self._session}"]'
        head = f'.chat-head[data-session="{self._session}"]'

        async def park() -> None:
            await self._tab.finish(self._session, self._write)
            await self._tab.click(f'{head} [data-do="park"]')

        await self._tab.until(lambda: self._tab.has(f'{row}[data-state="parked"]'), park)
        await self._write()
        await self._take()

    async def _hand_over(self) -> None:
        """To the colleague, who hands it back; once a session, for it may change hands only so often."""
        if self._handed_over:
            await self._talk()
            return
        await self._write()
        await self._settled()
        session, page = self._session, self._tab.page
        ring, row = f'.ring[data-session="{session}"]', f'.row-item[data-state="active"][data-session="{session}"]'

        async def ask() -> None:
            if not await self._tab.has("#dialog-form[open]"):
                await self._tab.show(session)
                await self._tab.click('.chat-head [data-dialog="transfer"]')
            await page.locator(f'[name="target"][value="seat:{COLLEAGUE}"]').check(timeout=2_000)
            await page.locator('#dialog-form [name="note"]').fill("请看一下", timeout=2_000)
            await page.locator('#dialog-form button:not([type="button"])').click(timeout=2_000)

        async def came_back() -> bool:
            said = ("seat", f"{COLLEAGUE_SAYS} {session}") in await self._archive.said(session)
            if not said or await self._tab.has(ring):
                return said
            return await self._tab.has(row) and await self._archive.seat_of(session) == AGENT

        await self._tab.until(came_back, ask)
        await self._take()
        self._handed_over = True

    async def _hang_up(self) -> None:
        session, page = self._session, self._tab.page
        row, ring = f'.row-item[data-session="{session}"]', f'.ring[data-session="{session}"] [data-do="accept"]'
        self._session = ""  # that it is over is no surprise

        async def hang_up() -> None:
            if await self._tab.has("#dialog-hang-up[open]"):
                await self._tab.click("#dialog-hang-up [data-confirm]")
            elif await self._tab.has(".wrap-up"):
                await page.locator('.wrap-up [name="disposition"]').select_option("其他", timeout=2_000)
                await self._tab.click(".wrap-up .button-primary")
            elif await self._tab.has(row):
                if await self._tab.has(f'.chat-head[data-session="{session}"] [data-do="hang_up"]'):
                    await self._tab.click('.chat-head [data-do="hang_up"]')
                else:
                    await self._tab.click(f'[data-open="{session}"]')
            elif await self._tab.has(ring):
                await self._tab.click(ring)

        async def is_gone() -> bool:
            return await self._archive.is_over(session) and not await self._tab.has(row)

        await self._tab.until(is_gone, hang_up)
        self._words = []

    async def _settled(self) -> None:
        """Everything that was said so far is in the archive."""

        async def archived() -> list[Words]:
            said = await self._archive.said(self._session)
            ours = [each for each in said if not each[1].startswith(COLLEAGUE_SAYS)]
            if self._began_elsewhere:  # so it may have begun with words that were meant for the one before
                ours = [each for each in ours if each in self._words]
            return self._in_order(ours)

        async def arrived() -> bool:
            if await archived() == self._in_order(self._words):
                return True
            async with self._tab.busy:
                with suppress(Error):  # it is not there yet: looked for again
                    await self._tab.finish(self._session, self._write)
            return False

        await self._patiently(arrived, archived, lambda: self._in_order(self._words))

    def _in_order(self, said: list[Words]) -> list[Words]:
        """Each side in its order; which of two came first, when one waited for the line, is nobody's to say.

        Where words came back to the composer, neither is the order of the seat's.
        """
        if self._session not in self._tab.came_back:
            return sorted(said, key=lambda each: each[0] == "customer")
        return sorted((side, line) for side, words in said for line in words.splitlines())

    async def _compare(self) -> None:
        await self._settled()
        found: list[list[ShownLine]] = [[], []]

        async def alike() -> bool:
            async with self._tab.busy:
                drafted = "?"
                with suppress(Error):  # it is not there yet: looked for again
                    await self._tab.show(self._session)
                    drafted = await self._tab.drafted(self._session)
                seen = await self._tab.shows(self._session)
            found[1], routine = await self._archive.lines(self._session)
            found[0] = [each for each in seen if each[0] not in routine]
            browser, archive = found
            both = min(len(browser), len(archive))  # a page is not the whole, and may begin with an earlier session
            enough = both >= min(PAGE_ITEMS // 4, len(archive))
            same = browser[-both:] == archive[-both:] and not any(each[2] == "sending" for each in archive)
            return enough and same and not drafted

        async def browser() -> list[ShownLine]:
            return found[0]

        await self._patiently(alike, browser, lambda: found[1])
        self.compared += len(found[0])

    async def _patiently(
        self, happened: Callable[[], Awaitable[bool]], one: Callable[[], Awaitable[Any]], other: Callable[[], Any]
    ) -> None:
        until = clock() + self._script.patience_s
        while clock() < until:
            if await happened():
                return
            await sleep(0.2)
        left, right = await one(), other()
        raise Difference(f"{self._session}: {_first_difference(left, right)}")


def _first_difference(one: list[Any], other: list[Any]) -> str:
    for place, (left, right) in enumerate(itertools.zip_longest(one, other)):
        if left != right:
            return f"line {place}: {left} is not {right}; {len(one)} and {len(other)} lines"
    return "they are alike by now"
