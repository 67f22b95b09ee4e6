"""Whether this process can serve, and what it counts: for load balancers and Prometheus.

Outside of sign-in and of everything that a page needs: when the desk is unwell, these still answer.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import TypeAlias

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from redis.asyncio import Redis
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

CHECK_TIMEOUT_S = 2.0

Check: TypeAlias = Callable[[], Awaitable[str]]
"""Answers `ok`, or in a few words what is wrong. Raising is wrong, too."""


def desk_version() -> str:
    """The version that is installed."""
    try:
        return version("desk")
    except PackageNotFoundError:
        return "unknown"


def routes(redis: Redis, checks: Mapping[str, Check]) -> list[BaseRoute]:
    """`/healthz` and `/metrics`."""

    async def ping() -> str:
        await redis.ping()
        return "ok"

    all_checks = {"redis": ping, **checks}

    async def healthz(_: Request) -> Response:
        findings = await asyncio.gather(*(_ask(check) for check in all_checks.values()))
        healthy = all(finding == "ok" for finding in findings)
        body = {
            "status": "ok" if healthy else "unwell",
            "version": desk_version(),
            "checks": dict(zip(all_checks, findings, strict=True)),
        }
        return Response(json.dumps(body), 200 if healthy else 503, media_type="application/json")

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(REGISTRY), headers={"content-type": CONTENT_TYPE_LATEST})

    return [Route("/healthz", healthz), Route("/metrics", metrics)]


async def _ask(check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            return await check()
    except TimeoutError:
        return "no answer"
    except Exception as error:  # whatever it is, it is what is wrong
        return type(error).__name__
