"""What a foreign page, a forged form or a curious role cannot do."""

import re
from pathlib import Path

import pytest
from redis.asyncio import Redis
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from desk.app import create_app
from desk.auth import require_role
from desk.pages import preferences
from desk.security import origin_allowed
from desk.services import Services
from sessions.ids import Role
from tests.web import ORIGIN, ROLES, services_for_tests, sign_in, signed_in, visiting

pytestmark = pytest.mark.anyio


@pytest.fixture
def services(redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Services:
    """A desk with a page for agents and supervisors, and a form that echoes its body."""

    @require_role("agent", "supervisor")
    async def page(request: Request) -> Response:
        return PlainTextResponse((await request.body()).decode() or "the page")

    own_routes = preferences.routes
    routes = [Route("/page", page, methods=["GET", "POST", "PUT"])]
    monkeypatch.setattr(preferences, "routes", lambda services: [*own_routes(services), *routes])
    return services_for_tests(redis, tmp_path)


async def test_every_page_tells_the_browser_what_to_refuse(services: Services) -> None:
    async with visiting(create_app(services)) as client:
        for address in ("/sign-in", "/nowhere", "/static/base.css", "/media/x.png"):
            headers = (await client.get(address)).headers
            policy = headers["content-security-policy"]
            assert "default-src 'self'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["permissions-policy"].startswith("microphone=(self)")
            assert headers["cross-origin-opener-policy"] == "same-origin"
            assert "strict-transport-security" not in headers


async def test_pages_are_kept_in_no_cache(services: Services) -> None:
    async with signed_in(services) as client:
        for address in ("/page", "/", "/nowhere", "/sign-in"):
            assert (await client.get(address)).headers["cache-control"] == "no-store"


async def test_behind_https_the_browser_is_told_to_stay_there(redis: Redis, tmp_path: Path) -> None:
    services = services_for_tests(redis, tmp_path, public_url="https://desk.example.com")
    async with visiting(create_app(services)) as client:
        headers = (await client.get("/sign-in")).headers
    assert "max-age" in headers["strict-transport-security"]
    assert "connect-src 'self' wss://desk.example.com;" in headers["content-security-policy"]


async def test_pages_hold_no_inline_script_or_style(services: Services) -> None:
    async with signed_in(services) as client, visiting(create_app(services)) as stranger:
        for page in (await stranger.get("/sign-in"), await client.get("/nowhere")):
            assert not re.search(r"<script(?![^>]*\bsrc=)", page.text)
            assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page.text)


# Roles.


@pytest.mark.parametrize("role", ROLES)
async def test_a_page_is_for_its_roles_alone(services: Services, role: Role) -> None:
    async with signed_in(services, role) as client:
        response = await client.get("/page")
        if role in {"agent", "supervisor"}:
            assert response.text == "the page"
        else:
            assert response.status_code == 403
            assert "您的角色无权访问此页面" in response.text


async def test_a_stranger_is_shown_the_door_in_their_own_way(services: Services) -> None:
    async with visiting(create_app(services)) as client:
        person = await client.get("/page?tab=2")
        assert (person.status_code, person.headers["location"]) == (303, "/sign-in?next=/page%3Ftab%3D2")
        for headers in (
            {"hx-request": "true"},
            {"accept": "application/json"},
            {"sec-fetch-mode": "cors", "accept": "*/*"},
            {"sec-fetch-mode": "no-cors", "accept": "image/*"},
        ):
            script = await client.get("/page", headers=headers)
            assert script.status_code == 401
            assert script.json() == {"error": {"code": "not_signed_in", "message": "登录已失效，请重新登录"}}


async def test_a_form_sent_too_late_leads_back_to_its_page(services: Services) -> None:
    async with visiting(create_app(services)) as client:
        response = await client.post("/page", headers={"referer": f"{ORIGIN}/page?tab=2"})
        assert (response.status_code, response.headers["location"]) == (303, "/sign-in?next=/page%3Ftab%3D2")


# Forgery.


async def test_a_form_needs_the_token_of_its_sign_in(services: Services) -> None:
    async with signed_in(services) as client:
        token = client.headers.pop("x-csrf-token")
        assert (await client.post("/page", data={"text": "hello"})).status_code == 403
        assert (await client.post("/page", data={"text": "hello", "_csrf": "wrong"})).status_code == 403
        assert (await client.post("/page", data={"_csrf": "错"})).status_code == 403
        assert (await client.put("/page", json={"_csrf": token})).status_code == 403
        accepted = await client.post("/page", data={"text": "hello", "_csrf": token})
        assert accepted.text == f"text=hello&_csrf={token}"
        by_header = await client.post("/page", json={"text": "hello"}, headers={"x-csrf-token": token})
        assert by_header.text == '{"text":"hello"}'


async def test_the_token_of_another_sign_in_does_not_do(services: Services) -> None:
    async with signed_in(services) as mine, signed_in(services, "supervisor") as theirs:
        theirs_token = theirs.headers["x-csrf-token"]
        assert (await mine.post("/page", headers={"x-csrf-token": theirs_token})).status_code == 403


async def test_a_refused_form_says_what_to_do(services: Services) -> None:
    async with signed_in(services) as client:
        del client.headers["x-csrf-token"]
        page = await client.post("/page")
        assert "页面已过期，请刷新后重试" in page.text
        script = await client.post("/page", headers={"hx-request": "true"})
        assert script.json()["error"]["code"] == "csrf_mismatch"


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://desk.test:8080", "http://desk.test.evil.test"])
async def test_another_sites_page_can_neither_sign_in_nor_act(services: Services, origin: str) -> None:
    async with signed_in(services) as client, visiting(create_app(services), origin=origin) as evil:
        refused = await sign_in(evil, "agent")
        assert refused.status_code == 403
        assert "请求来自其他网站" in refused.text
        assert (await client.post("/page", headers={"origin": origin})).status_code == 403


async def test_our_own_page_and_other_tools_can_sign_in(services: Services) -> None:
    for headers in ({"origin": ORIGIN}, {"origin": "http://desk.test:80"}, {}):
        async with visiting(create_app(services), **headers) as client:
            assert (await sign_in(client, "agent")).status_code == 303


@pytest.mark.parametrize(
    ("host", "origin", "public_url", "allowed"),
    [
        ("desk.test", None, None, True),
        ("desk.test", "http://desk.test", None, True),
        ("desk.test:8000", "http://desk.test:8000", None, True),
        ("desk.test:8000", "http://desk.test", None, False),
        ("desk.test", "https://desk.test", None, True),
        ("[::1]:8000", "http://[::1]:8000", None, True),
        ("127.0.0.1:8000", "https://desk.example.com", "https://desk.example.com", True),
        ("127.0.0.1:8000", "https://desk.example.com.evil.test", "https://desk.example.com", False),
        ("desk.test", "http://evil.test", "https://desk.example.com", False),
        ("desk.test", "http://[", None, False),
        ("desk.test", "", None, False),
        ("", "null", None, False),
    ],
)
def test_an_origin_is_ours_when_its_host_was_asked_or_is_our_public_one(
    host: str, origin: str | None, public_url: str | None, allowed: bool
) -> None:
    headers = {"host": host} | ({} if origin is None else {"origin": origin})
    assert origin_allowed(headers, public_url) is allowed


# Size, and the way of machines.


async def test_a_form_of_endless_fields_is_refused_like_one_without_a_token(services: Services) -> None:
    async with signed_in(services) as client:
        token = client.headers.pop("x-csrf-token")
        endless = {f"field-{n}": "x" for n in range(1001)}
        assert (await client.post("/page", data={**endless, "_csrf": token})).status_code == 403


async def test_a_body_without_end_is_refused(services: Services) -> None:
    async with signed_in(services) as client:
        assert (await client.post("/page", content=b"x" * (1 << 20) + b"x")).status_code == 413
        unsigned = await client.post("/sign-in", content=b"username=" + b"x" * (2 << 20))
        assert unsigned.status_code == 413


async def test_wechats_pushes_pass_no_lock(redis: Redis, tmp_path: Path) -> None:
    class Gateway:
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            assert "identity" not in scope
            await PlainTextResponse(f"success {scope['path_params']['account']}")(scope, receive, send)

    services = services_for_tests(redis, tmp_path, gateway=Gateway())
    async with visiting(create_app(services), origin="https://evil.test", cookie="desk_session=x") as client:
        response = await client.post("/wechat/demo", content=b"<xml/>")
    assert response.text == "success demo"
    assert set(response.headers) == {"content-length", "content-type"}


async def test_the_simulator_needs_no_token_but_keeps_the_policy(redis: Redis, tmp_path: Path) -> None:
    services = services_for_tests(redis, tmp_path, simulator=PlainTextResponse("the phone"))
    async with visiting(create_app(services)) as client:
        response = await client.post("/sim/say", content=b"hello")
    assert response.text == "the phone"
    assert "content-security-policy" in response.headers
