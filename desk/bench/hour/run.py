"""Everybody at work, and everything that breaks meanwhile."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from playwright.async_api import Browser
from redis.asyncio import Redis

from desk.bench.bad_line import BadLine
from desk.bench.browser import chromium, sign_in
from desk.bench.hour.archive import Archive
from desk.bench.hour.people import AGENT, Colleague, Customers
from desk.bench.hour.story import Script, Story
from desk.bench.hour.tab import Tab
from desk.bench.site import Site, clock
from desk.config import load_settings
from desk.store.engine import create_engine

BREAKS = ("cut", "cut_within_a_frame", "stall", "refuse", "offline", "reload", "web", "web_stops", "redis")


class Plan(Struct, frozen=True):
    """How bad the hour is: what breaks, how often at most, and how long it is calm between."""

    script: Script = Script()
    tabs: int = 5
    seed: int = 1
    breaks_max: int = 10_000
    calm_s: tuple[float, float] = (0.5, 8.0)
    among: tuple[str, ...] = BREAKS


async def hour(site: Site, plan: Plan) -> dict[str, Any]:
    """Carry the plan out on a site whose processes run; `differences` should be empty."""
    began = clock()
    database = create_engine(load_settings(var_dir=site.folder, demo=True).database_url)
    customers, colleague = Customers(site.port), Colleague(site.port)
    await customers.open()
    await asyncio.to_thread(colleague.sign_in, "demo")
    sitting = asyncio.create_task(colleague.sit())
    await colleague.signed_in.wait()
    try:
        async with BadLine(site.port) as line, chromium() as browser, Redis.from_url(site.redis_url) as redis:
            tabs = await _opened(browser, f"http://127.0.0.1:{line.port}", plan)
            stories = [
                Story(tab, customers, Archive(database, redis), plan.script, random.Random(f"{plan.seed}-{tab.number}"))  # noqa: S311
                for tab in tabs
            ]
            breaks: Counter[str] = Counter()
            breaking = asyncio.create_task(_break(site, line, tabs, plan, breaks))
            outcomes = await asyncio.gather(*(each.tell() for each in stories), return_exceptions=True)
            breaking.cancel()
            await asyncio.gather(breaking, return_exceptions=True)
    finally:
        sitting.cancel()
        await asyncio.gather(sitting, return_exceptions=True)
        customers.close()
        await database.dispose()
    failures = [f"tab {n}: {each!r}" for n, each in enumerate(outcomes) if isinstance(each, BaseException)]
    return {
        "seed": plan.seed,
        "seconds": round(clock() - began, 1),
        "breaks": dict(breaks),
        "sessions": sum(each.sessions for each in stories),
        "taken_away": sum(each.taken_away for each in stories),
        "customers_said": sum(each.asked for each in stories),
        "seats_said": sum(each.answered for each in stories),
        "lines_compared": sum(each.compared for each in stories),
        "differences": failures + [complaint for tab in tabs for complaint in tab.complaints],
    }


async def _opened(browser: Browser, url: str, plan: Plan) -> list[Tab]:
    """The agent at their desk, with all tabs."""
    context = await browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 720})
    page = await context.new_page()
    await sign_in(page, url, AGENT)
    pages = [page, *[await context.new_page() for _ in range(plan.tabs - 1)]]
    tabs = [Tab(page, number, url, plan.script.patience_s) for number, page in enumerate(pages)]
    for tab in tabs:
        await tab.load()
    return tabs


async def _break(site: Site, line: BadLine, tabs: list[Tab], plan: Plan, breaks: Counter[str]) -> None:
    chance = random.Random(plan.seed)  # noqa: S311
    for what in _chosen(plan, chance):
        await asyncio.sleep(chance.uniform(*plan.calm_s))
        tab = chance.choice(tabs)
        match what:
            case "cut":
                line.cut()
            case "cut_within_a_frame":
                await line.cut_within_a_frame()
            case "stall":
                await line.stall(chance.uniform(0.5, 6.0))
            case "refuse":
                await line.refuse(chance.uniform(0.2, 2.0))
            case "offline":
                await tab.offline(chance.uniform(0.3, 2.0))
            case "reload":
                await tab.load()
            case "web":
                site.kill("web")
                site.start("web")
            case "web_stops":
                await site.stop("web")
                site.start("web")
            case "redis":
                site.kill("redis")
        breaks[what] += 1


def _chosen(plan: Plan, chance: random.Random) -> Iterator[str]:
    """Each as often as any other, in random order."""
    for number in range(plan.breaks_max):
        if number % len(plan.among) == 0:
            order = chance.sample(plan.among, len(plan.among))
        yield order[number % len(order)]
