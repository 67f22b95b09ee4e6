"""Whether this process can serve, and what it counts: for load balancers and Prometheus.

Outside of sign-in and of everything that a page needs: when the desk is unwell, these still answer.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import TypeAlias

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from redis.asyncio import Redis
from redis.exceptions import ResponseError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from desk.redis_fitness import shortcomings

CHECK_TIMEOUT_S = 2.0

Check: TypeAlias = Callable[[], Awaitable[str]]
"""Answers `ok`, or in a few words what is wrong. Raising is wrong, too."""


def desk_version() -> str:
    """The version that is installed."""
    try:
        return version("desk")
    except PackageNotFoundError:
        return "unknown"


def routes(redis: Redis, checks: Mapping[str, Check], others: Mapping[str, Check]) -> list[BaseRoute]:
    """`/healthz` and `/metrics`.

    `others` tell of the other processes. Where one of them is missing this one goes on taking what customers write,
    and must not be taken out of service for it: that is said, and the answer is 200.
    """

    async def keeps() -> str:
        with contextlib.suppress(ResponseError):  # it does not tell, which was said at the start
            return "; ".join(await shortcomings(redis)) or "ok"
        await redis.ping()
        return "ok"

    all_checks = {"redis": keeps, **checks}

    async def healthz(_: Request) -> Response:
        own, theirs = await asyncio.gather(_findings(all_checks), _findings(others))
        healthy = all(finding == "ok" for finding in own.values())
        body = {
            "status": "ok" if healthy else "unwell",
            "version": desk_version(),
            "checks": own,
            "processes": theirs,
        }
        return Response(json.dumps(body), 200 if healthy else 503, media_type="application/json")

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(REGISTRY), headers={"content-type": CONTENT_TYPE_LATEST})

    return [Route("/healthz", healthz), Route("/metrics", metrics)]


async def _findings(checks: Mapping[str, Check]) -> dict[str, str]:
    return dict(zip(checks, await asyncio.gather(*map(_ask, checks.values())), strict=True))


async def _ask(check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            return await check()
    except TimeoutError:
        return "no answer"
    except Exception as error:  # whatever it is, it is what is wrong
        return type(error).__name__
