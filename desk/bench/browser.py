"""A real browser for the bench. Playwright and Chromium belong to development: both are asked for when needed."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--enable-precise-memory-info",
    "--js-flags=--expose-gc",
)


class NoBrowser(RuntimeError):  # noqa: N818 - it names what is missing
    """The machine has no browser, or nothing to steer it with."""


@asynccontextmanager
async def chromium() -> AsyncIterator["Browser"]:
    """The machine's Chromium, else playwright's own; raises `NoBrowser` with what to do."""
    try:
        from playwright.async_api import Error, async_playwright  # noqa: PLC0415
    except ImportError as missing:
        raise NoBrowser("the page phase needs playwright: run `bin/setup dev`") from missing
    path = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        except Error as failure:
            raise NoBrowser("no Chromium starts: install one, or run `python -m tests.chromium --fetch`") from failure
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
