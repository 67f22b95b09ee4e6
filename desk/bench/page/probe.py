"""What is measured inside the browser.

Latency is the Event Timing API's: from the key to the next paint that shows it. Chromium reports no event that took
less than 16 ms; those count as 16. Tasks that the measuring itself makes, collecting garbage, are left out.
"""

from typing import Any

from msgspec import Struct
from playwright.async_api import CDPSession, Page

SHORTEST_MS = 16

WATCH = f"""
window.seen = {{keys: 0, durations: [], tasks: [], collections: []}};
addEventListener("keydown", () => seen.keys++, {{capture: true}});
new PerformanceObserver(list => {{
    for (const entry of list.getEntries()) if (entry.name === "keydown") seen.durations.push(entry.duration);
}}).observe({{type: "event", durationThreshold: {SHORTEST_MS}}});
new PerformanceObserver(list => seen.tasks.push(...list.getEntries().map(each => [each.startTime, each.duration])))
    .observe({{type: "longtask"}});
"""


class Memory(Struct, frozen=True):
    """After a garbage collection."""

    minute: float
    heap_mib: float
    nodes: int
    listeners: int


class Probe:
    """An eye on one page."""

    def __init__(self, page: Page, devtools: CDPSession) -> None:
        self._page = page
        self._devtools = devtools

    @classmethod
    async def at(cls, page: Page) -> "Probe":
        """Looks from now on."""
        devtools = await page.context.new_cdp_session(page)
        await devtools.send("Performance.enable")
        await page.evaluate(WATCH)
        return cls(page, devtools)

    async def memory(self, minute: float) -> Memory:
        """What the page holds, once everything it does not need has been collected."""
        began = await self._page.evaluate("performance.now()")
        for _ in range(2):
            await self._devtools.send("HeapProfiler.collectGarbage")
        await self._page.evaluate("began => seen.collections.push([began, performance.now()])", began)
        heap = await self._devtools.send("Runtime.getHeapUsage")
        metrics = (await self._devtools.send("Performance.getMetrics"))["metrics"]
        at = {each["name"]: each["value"] for each in metrics}
        return Memory(minute, round(heap["usedSize"] / 2**20, 2), round(at["Nodes"]), round(at["JSEventListeners"]))

    async def seen(self) -> dict[str, Any]:
        """Keys and long tasks since the beginning."""
        found = await self._page.evaluate("seen")
        keys, ours = found["keys"], found["collections"]
        tasks = [took for at, took in found["tasks"] if not any(a - took <= at <= b for a, b in ours)]
        slow = sorted(found["durations"])
        durations = [SHORTEST_MS] * max(0, keys - len(slow)) + slow
        at = {name: durations[min(len(durations) - 1, int(len(durations) * share))] for name, share in _SHARES.items()}
        return {
            "keys": keys,
            "input_latency_ms": at,
            "long_tasks_over_50_ms": len(tasks),
            "long_tasks_over_100_ms": sum(each > 100 for each in tasks),
            "longest_task_ms": round(max(tasks, default=0)),
        }


_SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
