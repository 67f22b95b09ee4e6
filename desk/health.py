"""Whether this process can serve, and what it counts: for load balancers and Prometheus.

Outside of sign-in and of everything that a page needs: when the desk is unwell, these still answer.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import TypeAlias

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Gauge, generate_latest
from redis.asyncio import Redis
from redis.exceptions import ResponseError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from desk.redis_fitness import shortcomings

CHECK_TIMEOUT_S = 2.0
CONCERN_TIMEOUT_S = 0.5
"""Less: a load balancer that is kept waiting takes the process out, which a concern must not bring about."""

WELL = Gauge("desk_well", "What /healthz last found of each check: 1 where all was well, else 0.", ["check"])

Check: TypeAlias = Callable[[], Awaitable[str]]
"""Answers `ok`, or in a few words what is wrong. Raising is wrong, too."""


def desk_version() -> str:
    """The version that is installed."""
    try:
        return version("desk")
    except PackageNotFoundError:
        return "unknown"


def routes(redis: Redis, checks: Mapping[str, Check], concerns: Mapping[str, Check]) -> list[BaseRoute]:
    """`/healthz` and `/metrics`.

    A process that fails one of `checks` cannot serve: 503. One of `concerns` is an operator's, and all web processes
    share it: it is shown, and as customers can be served none is taken out of service for it.
    """

    async def keeps() -> str:
        with contextlib.suppress(ResponseError):  # it does not tell, which was said at the start
            return "; ".join(await shortcomings(redis)) or "ok"
        await redis.ping()
        return "ok"

    all_checks = {"redis": keeps, **checks}

    async def healthz(_: Request) -> Response:
        asked = [_ask(check, CHECK_TIMEOUT_S) for check in all_checks.values()]
        asked += [_ask(concern, CONCERN_TIMEOUT_S) for concern in concerns.values()]
        findings = dict(zip((*all_checks, *concerns), await asyncio.gather(*asked), strict=True))
        for name, finding in findings.items():
            WELL.labels(name).set(finding == "ok")
        wrong = {name for name, finding in findings.items() if finding != "ok"}
        can_serve = wrong.isdisjoint(all_checks)
        status = "unwell" if not can_serve else "degraded" if wrong else "ok"
        body = {"status": status, "version": desk_version(), "checks": findings}
        return Response(json.dumps(body), 200 if can_serve else 503, media_type="application/json")

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(REGISTRY), headers={"content-type": CONTENT_TYPE_LATEST})

    return [Route("/healthz", healthz), Route("/metrics", metrics)]


async def _ask(check: Check, timeout_s: float) -> str:
    try:
        async with asyncio.timeout(timeout_s):
            return await check()
    except TimeoutError:
        return "no answer"
    except Exception as error:  # whatever it is, it is what is wrong
        return type(error).__name__
