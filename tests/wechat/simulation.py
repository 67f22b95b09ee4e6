"""A running simulator and a gateway to push to, both behind real HTTP servers."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import uvicorn
from msgspec import Struct
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp
from websockets.exceptions import InvalidState

from desk.channels.wechat.simulator import Simulator, create_simulator, demo_account
from desk.channels.wechat.simulator.push import PushOptions
from desk.channels.wechat.xml import Fields, parse

HASTY = PushOptions(timeout_s=0.25, interval_s=0.3, max_attempts=3)
"""The platform's patience, twenty times shorter."""

JPG = b"\xff\xd8\xff\xe0" + bytes(600)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(600)


class Delivery(Struct):
    """One request that the gateway got."""

    at: float
    query: dict[str, str]
    content_type: str
    body: bytes

    @property
    def fields(self) -> Fields:
        return parse(self.body)


class Gateway:
    """Answers pushes by `answers`, one after another, then always `success`; remembers every request."""

    def __init__(self, *answers: bytes | int | float | Callable[[Delivery], bytes]) -> None:
        self.deliveries: list[Delivery] = []
        self.answers = list(answers)
        self.busy = 0
        self.busy_max = 0
        self.work_s = 0.0

    async def take(self, request: Request) -> Response:
        delivery = Delivery(
            time.monotonic(), dict(request.query_params), request.headers["content-type"], await request.body()
        )
        if request.method == "GET":
            return Response(delivery.query["echostr"])
        self.deliveries.append(delivery)
        self.busy += 1
        self.busy_max = max(self.busy, self.busy_max)
        try:
            await asyncio.sleep(self.work_s)
            return await self._answer(delivery)
        finally:
            self.busy -= 1

    async def _answer(self, delivery: Delivery) -> Response:
        answer = self.answers.pop(0) if self.answers else b"success"
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            return Response(b"success")
        if isinstance(answer, int):
            return Response(b"", status_code=answer)
        return Response(answer(delivery) if callable(answer) else answer)

    def texts(self) -> list[Any]:
        return [delivery.fields.get("Content") for delivery in self.deliveries]


class World(Struct):
    """A simulator with its address, the gateway it pushes to, and one customer."""

    simulator: Simulator
    url: str
    gateway: Gateway
    openid: str

    @property
    def api(self) -> str:
        return f"{self.url}/sim/wechat"

    @property
    def control(self) -> str:
        return f"{self.url}/sim/control"


@contextlib.asynccontextmanager
async def world(
    *answers: bytes | int | float | Callable[[Delivery], bytes],
    options: PushOptions = HASTY,
    clock: Callable[[], float] = time.time,
) -> AsyncIterator[World]:
    """Everything up; the gateway gives these answers first."""
    gateway = Gateway(*answers)
    async with serving(Starlette(routes=[Route("/wechat/demo", gateway.take, methods=["GET", "POST"])])) as there:
        simulator = create_simulator([demo_account(f"{there}/wechat/demo")], clock=clock, options=options)
        async with serving(simulator.app()) as here:
            simulator.platform.public_url = f"{here}/sim/wechat"
            openid = simulator.add_user("demo").openid
            try:
                yield World(simulator, here, gateway, openid)
            finally:
                await simulator.stop()


@contextlib.asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """The base URL of an app behind uvicorn, WebSockets included.

    Started and stopped by hand: `serve` would look for the end of the test ten times a second only.
    """
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="off")
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        for listening in server.servers:
            listening.close()
        for connection in list(server.server_state.connections):
            with contextlib.suppress(InvalidState):  # a browser that has gone is closing it already
                connection.shutdown()
