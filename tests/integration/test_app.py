"""Health, metrics, static files and error pages of the application as a whole."""

import asyncio
from pathlib import Path

import pytest
from redis.asyncio import Redis
from sqlalchemy.exc import OperationalError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from desk.app import create_app
from desk.channels.wechat.gateway import Gateway
from desk.pages import preferences
from desk.services import Services
from desk.templating import static_url
from tests.web import services_for_tests, visiting
from tests.wechat.pushes import ACCOUNT, Accounts, Recorder

pytestmark = pytest.mark.anyio


@pytest.fixture
def services(redis: Redis, tmp_path: Path) -> Services:
    return services_for_tests(redis, tmp_path)


async def test_a_desk_that_can_serve_says_so(services: Services) -> None:
    async with visiting(create_app(services)) as client:
        response = await client.get("/healthz")
    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert response.json()["checks"] == {"redis": "ok"}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_what_only_wechat_asks_is_no_page_for_people(redis: Redis, tmp_path: Path, method: str) -> None:
    services = services_for_tests(redis, tmp_path, gateway=Gateway(Accounts(ACCOUNT), Recorder()))
    async with visiting(create_app(services)) as client:
        answer = await client.request(method, "/wechat/bank")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")
    assert (answer.headers["content-type"], answer.text) == ("text/plain; charset=utf-8", "Method Not Allowed")


async def test_a_desk_that_cannot_serve_says_what_is_missing(tmp_path: Path) -> None:
    async def replica() -> str:
        return "the floor has not caught up"

    async def broken() -> str:
        raise ValueError("secret")

    async with Redis.from_url(f"unix://{tmp_path}/none") as nowhere:
        services = services_for_tests(nowhere, tmp_path, checks={"replica": replica, "broken": broken})
        async with visiting(create_app(services)) as client:
            response = await client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["status"] == "unwell"
    checks = response.json()["checks"]
    assert checks == {"redis": "ConnectionError", "replica": "the floor has not caught up", "broken": "ValueError"}


async def test_what_an_operator_should_look_after_is_shown_and_stops_nobody(redis: Redis, tmp_path: Path) -> None:
    async def archive() -> str:
        return "the archive has stood still"

    async def slow() -> str:
        await asyncio.sleep(60)
        return "ok"

    services = services_for_tests(redis, tmp_path, concerns={"archive": archive, "slow": slow})
    async with visiting(create_app(services)) as client:
        response = await client.get("/healthz")
        metrics = (await client.get("/metrics")).text
    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert response.json()["checks"] == {"redis": "ok", "archive": "the archive has stood still", "slow": "no answer"}
    assert 'desk_well{check="archive"} 0.0' in metrics
    assert 'desk_well{check="redis"} 1.0' in metrics


async def test_prometheus_can_read_the_metrics(services: Services) -> None:
    async with visiting(create_app(services)) as client:
        response = await client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    assert "# TYPE " in response.text


async def test_static_files_may_be_kept_as_long_as_they_do_not_change(services: Services) -> None:
    async with visiting(create_app(services)) as client:
        versioned = await client.get(static_url("base.css"))
        assert versioned.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert versioned.headers["content-type"].startswith("text/css")
        for address in ("/static/base.css", "/static/v-0123456789/base.css"):
            other = await client.get(address)
            assert (other.text, other.headers["cache-control"]) == (versioned.text, "no-cache")
        again = await client.get("/static/base.css", headers={"if-none-match": versioned.headers["etag"]})
        assert again.status_code == 304


@pytest.mark.parametrize(
    "address", ["/static/", "/static/none.css", "/static/../desk/config.py", "/static/%2e%2e/desk/config.py"]
)
async def test_nothing_but_static_files_is_served_as_such(services: Services, address: str) -> None:
    async with visiting(create_app(services)) as client:
        assert (await client.get(address)).status_code == 404


async def test_an_address_without_a_page_is_answered_in_the_readers_language(services: Services) -> None:
    async with visiting(create_app(services)) as client:
        page = await client.get("/nowhere")
        assert page.status_code == 404
        assert "<h1>页面不存在</h1>" in page.text
        assert "<h1>There is no such page.</h1>" in (await client.get("/nowhere", headers={"cookie": "lang=en"})).text
        script = await client.get("/nowhere", headers={"accept": "application/json"})
        assert script.json() == {"error": {"code": "not_found", "message": "页面不存在"}}
        assert (await client.post("/", headers={"accept": "application/json"})).json()["error"]["code"] == (
            "method_not_allowed"
        )


async def test_our_own_fault_is_admitted_without_details(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fault(_: Request) -> Response:
        raise ValueError("secret")

    async def outage(_: Request) -> Response:
        raise OperationalError("SELECT secret", {}, Exception())

    monkeypatch.setattr(preferences, "routes", lambda _: [Route("/fault", fault), Route("/outage", outage)])
    async with visiting(create_app(services)) as client:
        page = await client.get("/fault")
        assert page.status_code == 500
        assert "系统出错了" in page.text
        assert "secret" not in page.text
        assert "content-security-policy" in page.headers
        out = await client.get("/outage")
        assert (out.status_code, out.headers["retry-after"]) == (503, "3")
        assert "secret" not in out.text
