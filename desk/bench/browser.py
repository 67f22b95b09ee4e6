"""A real browser for the bench. Playwright and Chromium belong to development: both are asked for when needed."""

import asyncio
import importlib.util
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from desk.bench.chromium import ADVICE, ARGUMENTS, find_chromium

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

MEASURING = ("--enable-precise-memory-info", "--js-flags=--expose-gc")


class NoBrowser(RuntimeError):  # noqa: N818 - it names what is missing
    """The machine has no browser, or nothing to steer it with."""


def need_steering() -> None:
    """Raises `NoBrowser` with what to do, where there is nothing to steer a browser with."""
    if importlib.util.find_spec("playwright") is None:
        raise NoBrowser("the phases page and line need playwright: run `bin/setup dev`")


@asynccontextmanager
async def chromium() -> AsyncIterator["Browser"]:
    """The machine's whole Chromium rather than its shell: what agents have. Raises `NoBrowser` with what to do."""
    from playwright.async_api import Error, async_playwright  # noqa: PLC0415

    path = await asyncio.to_thread(find_chromium, whole_first=True)
    if path is None:
        raise NoBrowser(ADVICE)
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *MEASURING])
        except Error as failure:
            raise NoBrowser(f"{path} does not start: {failure}") from failure
        try:
            yield browser
        finally:
            await browser.close()


async def sign_in(page: "Page", url: str, agent: str) -> None:
    """Through the door, to the desk, and available for work."""
    await page.goto(f"{url}/sign-in?next=/desk")
    await page.fill("[name=username]", agent)
    await page.fill("[name=password]", "demo")
    await page.press("[name=password]", "Enter")
    await page.wait_for_selector('#connection[data-state="open"]')
    await page.wait_for_selector('[data-do="sign_in_seat"], .presence-menu')
    if await page.locator('[data-do="sign_in_seat"]').count():
        await page.click('[data-do="sign_in_seat"]')
    await page.wait_for_selector(".presence-menu")
