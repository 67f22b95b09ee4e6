"""One agent at their page with ten sessions of five hundred messages, and more arriving all the time."""

import asyncio
import itertools
import os
import statistics
from typing import Any

from msgspec.structs import asdict
from playwright.async_api import Browser, BrowserContext, Page, Response

from desk.bench.browser import chromium, sign_in
from desk.bench.page.load import Load
from desk.bench.page.probe import Memory, Probe
from desk.bench.site import clock
from desk.bench.spine import Spine

AGENT = "agent1"
KEY_EVERY_S = 0.12
WORDS = "nin de zhang dan ri shi mei yue shi ba hao, "
SWITCH_AFTER = 60
SEND_AFTER = 150
"""Keys after which another session is opened, and what was typed is sent."""
FILLED_PER_S = 500
PAINTS = 5
PAGES_READ = 30
READ_ON = """() => {
    const button = document.querySelector(".earlier button");
    if (button && !button.matches(".htmx-request")) button.click();
    return button !== null;
}"""
HEAP_GROWTH_MAX = 1.1
HEAP_SLACK_MIB = 1.0
NODES_MAX = 30_000
"""A chat is kept to 400 items; how many it has when one looks differs from chat to chat."""


async def page_bench(spine: Spine, load: Load) -> dict[str, Any]:
    """The spine is open: its seat has accepted the sessions. Fills them, sits down at a browser, types, measures."""
    await spine.load(FILLED_PER_S, load.sessions * (load.messages - 1) / FILLED_PER_S)
    await spine.leave()
    async with chromium() as browser:
        context = await browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 720})
        page = await context.new_page()
        await sign_in(page, f"http://127.0.0.1:{spine.site.port}", AGENT)
        weight, paints = await _first_sight(browser, context, f"http://127.0.0.1:{spine.site.port}/desk")
        stop = asyncio.Event()
        writing = asyncio.create_task(spine.keep_writing(load.frames_per_s, stop))
        try:
            measured = await _sit(page, load)
        finally:
            stop.set()
            await writing
    figures: dict[str, Any] = {
        **asdict(load),
        "load_average": [round(each, 1) for each in os.getloadavg()],
        "first_paint_ms": {"median": statistics.median(paints), "max": max(paints)},
        "bytes_at_load": weight,
        **measured,
    }
    return {**figures, "missed": _missed(figures)}


async def _first_sight(browser: Browser, known: BrowserContext, url: str) -> tuple[int, list[float]]:
    """Bytes of JS and CSS, and from navigation to the first paint with something on it; each with a cold cache."""
    cookies = await known.cookies()
    paints, weight = [], 0
    for _ in range(PAINTS):
        context = await browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 720})
        await context.add_cookies([{"name": each["name"], "value": each["value"], "url": url} for each in cookies])
        page = await context.new_page()
        loaded = _Loaded(page)
        await page.goto(url)
        await page.wait_for_selector('#connection[data-state="open"]')
        paints.append(
            round(await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"), 1)
        )
        weight = await loaded.code_bytes()
        await context.close()
    return weight, paints


class _Loaded:
    """What a page has fetched."""

    def __init__(self, page: Page) -> None:
        self._answers: list[Response] = []
        page.on("response", self._note)

    def _note(self, answer: Response) -> None:
        self._answers.append(answer)

    async def code_bytes(self) -> int:
        """Of scripts and styles, uncompressed."""
        code = [each for each in self._answers if each.url.split("?")[0].endswith((".js", ".css"))]
        return sum([len(await each.body()) for each in code])


async def _sit(page: Page, load: Load) -> dict[str, Any]:
    """Types, sends and switches for so long."""
    await page.locator("[data-open]").first.click()
    await page.wait_for_selector(".composer-text")
    for _ in range(PAGES_READ):  # a chat that is left at its end is kept shorter again
        if not await page.evaluate(READ_ON):
            break
        await asyncio.sleep(0.2)
    lines = await page.locator(".line").count()
    probe = await Probe.at(page)
    await page.locator(".composer-text").focus()
    memory = [await probe.memory(0)]
    began, marks = clock(), [load.minutes * part / 3 for part in (1, 2, 3)]
    for key in itertools.cycle(enumerate(itertools.islice(itertools.cycle(WORDS), SWITCH_AFTER * SEND_AFTER))):
        await _press(page, *key)
        await asyncio.sleep(KEY_EVERY_S)
        if clock() - began >= marks[0] * 60:
            memory.append(await probe.memory(round(marks.pop(0), 2)))
            if not marks:
                break
    return {"lines_in_the_first_chat": lines, **await probe.seen(), "memory": [asdict(each) for each in memory]}


async def _press(page: Page, number: int, key: str) -> None:
    if number % SWITCH_AFTER == SWITCH_AFTER - 1:
        await page.keyboard.press("Alt+j")
    elif number % SEND_AFTER == SEND_AFTER - 1:
        await page.keyboard.press("Enter")
    else:
        await page.keyboard.press(key)


def _missed(figures: dict[str, Any]) -> list[str]:
    """Promises that were not kept."""
    memory = [Memory(**each) for each in figures["memory"]]
    first, last = memory[1], memory[-1]  # what a page needs once is there after a third of the time
    kept = {
        "input latency p95 ≤ 50 ms": figures["input_latency_ms"]["p95"] <= 50,
        "no task over 100 ms": not figures["long_tasks_over_100_ms"],
        "first paint ≤ 1 s": figures["first_paint_ms"]["median"] <= 1000,
        "JS and CSS ≤ 150 kB": figures["bytes_at_load"] <= 150_000,
        "memory flat": last.heap_mib <= first.heap_mib * HEAP_GROWTH_MAX + HEAP_SLACK_MIB and last.nodes <= NODES_MAX,
    }
    return [promise for promise, is_kept in kept.items() if not is_kept]
