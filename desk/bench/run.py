"""`desk bench`: one phase after the other, each on a desk of its own, printed as a table or as JSON."""

import argparse
import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
from redis.asyncio import Redis

from desk.bench.arguments import IN_A_BROWSER
from desk.bench.browser import need_steering
from desk.bench.crash import Plan, crash
from desk.bench.engine_alone import engine_alone
from desk.bench.engine_at_scale import engine_at_scale
from desk.bench.gateway_alone import gateway_alone
from desk.bench.machine import Machine
from desk.bench.page.load import Load
from desk.bench.routing_alone import routing_alone
from desk.bench.scale import SIZES, scale
from desk.bench.site import Site
from desk.bench.spine import CUSTOMERS, SEATS, Spine, widen
from desk.bench.table import table
from desk.bench.wechat_api import WeChatApi
from desk.config import Settings, load_settings
from desk.processes.database import open_database

KNEE_P99_MS = 1_000
KNEE_STEP_S = 10.0


async def bench(arguments: argparse.Namespace) -> dict[str, Any]:
    """Run the phases asked for; answers all figures."""
    phases = arguments.phases.split(",")
    if set(phases) & set(IN_A_BROWSER):
        need_steering()
    machine = Machine()
    figures: dict[str, Any] = {"machine": {}}  # stands first, though it is known last
    if "gateway" in phases:
        figures["gateway"] = await in_own_site(lambda site, _api: gateway_alone(site))
    if "engine" in phases:
        figures["engine"] = await in_own_site(lambda site, _api: engine_alone(site))
    if "routing" in phases:
        figures["routing"] = routing_alone()
    if "scale" in phases:
        figures["scale"] = {**scale(), "engine": await _engine_at_scale()}
    if "spine" in phases or "knee" in phases:
        figures.update(await in_own_site(lambda site, api: _spine(site, api, arguments, phases)))
    if "crash" in phases:
        plan = Plan(kills=arguments.kills, seed=arguments.seed)
        figures["crash"] = await in_own_site(lambda site, api: crash_test(site, api, plan))
    if "page" in phases:
        load = Load(frames_per_s=arguments.page_frames, minutes=arguments.page_minutes)
        figures["page"] = await in_own_site(lambda site, api: _page(site, api, load))
    if "line" in phases:
        figures["line"] = await in_own_site(lambda site, _api: _line(site, arguments))
    figures["machine"] = machine.figures()
    return figures


async def crash_test(
    site: Site, api: WeChatApi, plan: Plan, *, customers: int = CUSTOMERS, seats: int = SEATS
) -> dict[str, Any]:
    """Open the site, carry the plan out; figures of which `broken` should be empty."""
    spine = Spine(site, api, 5, customers=customers, seats=seats)
    async with _open_spine(site, spine), Redis.from_url(site.redis_url) as redis:
        return await crash(site, api, spine, redis, _settings(site).database_url, plan)


async def _page(site: Site, api: WeChatApi, load: Load) -> dict[str, Any]:
    from desk.bench.page.run import page_bench  # noqa: PLC0415 - playwright belongs to development

    async with _open_spine(site, Spine(site, api, 5, customers=load.sessions, seats=1)) as spine:
        return await page_bench(spine, load)


async def _line(site: Site, arguments: argparse.Namespace) -> dict[str, Any]:
    from desk.bench.hour.run import Plan, hour  # noqa: PLC0415 - as above
    from desk.bench.hour.story import Script  # noqa: PLC0415

    site.start("engine", "web", "courier", "archivist")
    await site.ready()
    script = Script(rounds=arguments.line_rounds)
    return await hour(site, Plan(script=script, tabs=arguments.line_tabs, seed=arguments.seed))


def show(figures: dict[str, Any], *, as_json: bool) -> str:
    """The figures for people, or for programs."""
    return msgspec.json.format(msgspec.json.encode(figures)).decode() if as_json else table(figures)


async def in_own_site(phase: Any) -> Any:
    """What a phase finds out on a site that nobody had before and nobody has after."""
    api = WeChatApi()
    base = await api.start()
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as folder:
        async with Site(Path(folder), base) as site:
            result = await phase(site, api)
    api.stop()
    return result


async def _engine_at_scale() -> dict[str, Any]:
    """The smallest and the largest floor, each on a site of its own, and how they compare."""
    small, large = [
        await in_own_site(lambda site, _api, size=size: engine_at_scale(site, size)) for size in (SIZES[0], SIZES[-1])
    ]
    ratio = round(sum(large.values()) / sum(small.values()), 2)
    return {"sessions": {str(SIZES[0]): small, str(SIZES[-1]): large}, "largest_to_smallest": ratio}


async def _spine(site: Site, api: WeChatApi, arguments: argparse.Namespace, phases: list[str]) -> dict[str, Any]:
    figures: dict[str, Any] = {"sessions": CUSTOMERS, "seats": SEATS}
    database_url = _settings(site).database_url
    async with _open_spine(site, Spine(site, api, arguments.answer_every)) as spine:
        if "spine" in phases:
            figures["spine"] = await spine.load(arguments.rate, arguments.seconds)
            figures["counted"] = await spine.count(database_url)
        if "knee" in phases:
            figures["knee"] = await _knee(spine, arguments.rate)
            figures["counted"] = await spine.count(database_url)
    return figures


@contextlib.asynccontextmanager
async def _open_spine(site: Site, spine: Spine) -> AsyncIterator[Spine]:
    """All processes running, seats as wide as they get, everybody at work."""
    async with open_database(_settings(site)) as database:
        await widen(database)
    site.start("engine", "web", "courier", "archivist")
    await site.ready()
    await spine.open()
    try:
        yield spine
    finally:
        await spine.close()


def _settings(site: Site) -> Settings:
    return load_settings(var_dir=site.folder, demo=True)


async def _knee(spine: Spine, rate: int) -> dict[str, Any]:
    """Raise the rate until the p99 from push to seat passes a second; the last rate that held."""
    steps: list[dict[str, Any]] = []
    held = 0
    while not steps or (steps[-1]["p99_ms"] <= KNEE_P99_MS and steps[-1]["accepted_per_s"] >= 0.9 * rate):
        held = steps[-1]["rate"] if steps else 0
        rate += 500
        found = await spine.load(rate, KNEE_STEP_S)
        p99 = found["push_to_seat_ms"].get("p99", float("inf"))
        steps.append({"rate": rate, "p99_ms": p99, "accepted_per_s": found["pushes_accepted_per_s"]})
        await asyncio.sleep(1)
    return {"held_per_s": held, "steps": steps}
