"""The gateway against a bare handler that only answers `success`: what a push costs, and how many come through.

The two are pressed by turns, a second each: a machine's speed comes and goes by tens of per cent, and both are to
have had the same.
"""

from typing import Any

from desk.bench.pushes import Pushes
from desk.bench.site import Site, answering, clock, free_port
from desk.bench.wire import Client, closed_loop

TURNS = 8
TURN_S = 1.0
WORDS = "请问我的账单日是哪天？"


async def gateway_alone(site: Site) -> dict[str, Any]:
    """Pushes answered per second and CPU microseconds of each, of both; and the gateway's as a ratio to the other's."""
    port = free_port()
    site.start("web")
    site.start_bare(port)
    await answering(site.port, b"GET /metrics HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n")
    await answering(port, b"GET /wechat/demo HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n")
    gateway, bare = _Pressed(site, "web", site.port), _Pressed(site, "bare", port)
    for each in (gateway, bare):
        await each.warm_up()
    for _ in range(TURNS):
        for each in (gateway, bare):
            await each.press(TURN_S)
    for each in (gateway, bare):
        each.close()
    return {
        "gateway": gateway.figures(),
        "bare": bare.figures(),
        "cpu_ratio": round(gateway.cpu_us / bare.cpu_us, 2),
        "rate_ratio": round(gateway.per_s / bare.per_s, 2),
    }


class _Pressed:
    """A server that is given, now and then, as much as it takes; what it did and used in those times."""

    def __init__(self, site: Site, name: str, port: int) -> None:
        self._site = site
        self._name = name
        self._client = Client("127.0.0.1", port)
        self._pushes = Pushes(f"127.0.0.1:{port}")
        self._answered = 0
        self._elapsed_s = self._cpu_s = 0.0

    async def warm_up(self) -> None:
        await self._client.open()
        await self._pressed("warm-up", TURN_S)

    async def press(self, seconds: float) -> None:
        since, cpu_s = clock(), self._site.costs()[self._name].cpu_s
        self._answered += await self._pressed(WORDS, seconds)
        self._elapsed_s += clock() - since
        self._cpu_s += self._site.costs()[self._name].cpu_s - cpu_s

    def close(self) -> None:
        self._client.close()

    @property
    def per_s(self) -> float:
        return self._answered / self._elapsed_s

    @property
    def cpu_us(self) -> float:
        return self._cpu_s * 1e6 / max(1, self._answered)

    def figures(self) -> dict[str, float]:
        return {"per_s": round(self.per_s), "cpu_us": round(self.cpu_us, 1)}

    async def _pressed(self, words: str, seconds: float) -> int:
        return await closed_loop(self._client, lambda: self._pushes.text(1, words), seconds)
