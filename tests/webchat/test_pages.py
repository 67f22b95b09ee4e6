"""What other sites load from us, and what they may not: the script, the frame, pictures."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from redis.asyncio import Redis

from desk.channels.webchat.pages import UPLOAD_BYTES_MAX
from desk.channels.webchat.throttle import Allowed
from tests.http_clients import http_client
from tests.hubs import Web
from tests.recordings import picture, voice
from tests.webchat.chats import BANK_SITE, ChatDesk, chat_desk

pytestmark = pytest.mark.anyio
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
async def desk(redis: Redis, tmp_path: Path) -> AsyncIterator[ChatDesk]:
    async with chat_desk(redis, tmp_path, limits={"upload": Allowed(visitor=12, address=12)}) as desk:
        yield desk


@pytest.fixture
async def client(desk: ChatDesk) -> AsyncIterator[httpx2.AsyncClient]:
    async with at(desk.webs[0]) as client:
        yield client


def at(web: Web) -> httpx2.AsyncClient:
    return http_client(base_url=f"http://127.0.0.1:{web.port}", headers={"accept-language": "en"})


def policy(answer: httpx2.Response) -> dict[str, str]:
    """The answer's content security policy, by directive."""
    (value,) = answer.headers.get_list("content-security-policy")
    return {name: sources for name, _, sources in (part.strip().partition(" ") for part in value.split(";"))}


class TestTheFrame:
    async def test_its_headers_name_who_may_embed_it_and_are_as_strict_as_ever(
        self, client: httpx2.AsyncClient
    ) -> None:
        frame, desk_page = await client.get("/webchat/web"), await client.get("/sign-in")
        ours, strict = policy(frame), policy(desk_page)
        assert ours.pop("frame-ancestors") == f"'self' {BANK_SITE} https://*.branch.example"
        assert strict.pop("frame-ancestors") == "'none'"
        assert ours == strict
        assert policy(await client.get("/webchat/other"))["frame-ancestors"] == "'self'"

    async def test_nothing_else_may_be_embedded(self, client: httpx2.AsyncClient) -> None:
        for path in (
            "/webchat/web.js",
            "/webchat/nothing",
            "/webchat/demo/web",
            "/webchat/web/media/x",
            "/static/base.css",
        ):
            assert policy(await client.get(path))["frame-ancestors"] == "'none'", path

    async def test_it_speaks_the_language_that_is_asked_for_else_the_browsers(self, client: httpx2.AsyncClient) -> None:
        assert '<html lang="en">' in (await client.get("/webchat/web")).text
        assert '<html lang="zh-CN">' in (await client.get("/webchat/web?lang=zh")).text
        assert '<html lang="en">' in (await client.get("/webchat/web?lang=<script>")).text

    async def test_it_has_no_script_and_no_style_of_its_own(self, client: httpx2.AsyncClient) -> None:
        html = (await client.get("/webchat/web")).text
        scripts = re.findall(r"<script([^>]*)>", html)
        assert all("src=" in each or "application/json" in each for each in scripts)
        assert "style=" not in html

    async def test_no_cookie_is_set_or_wanted(self, client: httpx2.AsyncClient) -> None:
        answer = await client.get("/webchat/web", headers={"cookie": "desk_session=nonsense"})
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers


class TestTheScript:
    async def test_any_site_may_load_it(self, client: httpx2.AsyncClient) -> None:
        answer = await client.get("/webchat/web.js")
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert answer.text.endswith('"unread":"New messages: {n}"}}});')
        assert len(answer.content) < 8_000

    async def test_an_account_that_there_is_not_has_none(self, client: httpx2.AsyncClient) -> None:
        for path in ("/webchat/nothing.js", "/webchat/bank.js", "/webchat/bank", "/webchat/..%2f.js"):
            assert (await client.get(path)).status_code == 404, path


async def test_the_sample_site_is_the_demos_alone(desk: ChatDesk, client: httpx2.AsyncClient) -> None:
    page = await client.get("/webchat/demo/web")
    assert '<script src="/webchat/web.js" data-lang="en" async></script>' in page.text
    async with at(await desk.start_chat(demo=False)) as elsewhere:
        assert (await elsewhere.get("/webchat/demo/web")).status_code == 404


class TestPictures:
    async def test_a_picture_goes_to_the_agent_and_comes_back_by_its_address(
        self, desk: ChatDesk, client: httpx2.AsyncClient
    ) -> None:
        (agent,) = await desk.at_work("s1")
        page = await desk.page()
        stored = await client.post("/webchat/web/media", content=picture(), headers={"x-visitor-token": page.token})
        assert stored.status_code == 200
        assert (await page.say(media=stored.json()["media"], name="p1"))["ok"]
        session = (await agent.event("session_offered"))["session"]
        await agent.do("accept", session=session)
        accepted = await agent.until(lambda each: "lines" in each)
        assert accepted["lines"][0]["content"]["media"] == stored.json()["media"]
        line = page.lines()[0]
        assert (line["kind"], line["key"]) == ("image", "p1")
        shown = await client.get(line["media"])
        assert shown.content == picture()
        assert shown.headers["content-type"] == "image/png"
        assert shown.headers["content-disposition"].startswith("inline")

    async def test_nobody_fetches_what_they_were_not_given(self, desk: ChatDesk, client: httpx2.AsyncClient) -> None:
        page = await desk.page()
        stored = await client.post("/webchat/web/media", content=picture(), headers={"x-visitor-token": page.token})
        media = stored.json()["media"]
        await page.say(media=media)
        address = (await page.until(lambda each: "line" in each))["line"]["media"]
        for path in (
            f"/webchat/web/media/{media}",
            f"/webchat/web/media/{media}?seal=",
            address[:-1],
            address.replace("/web/", "/other/"),
            "/webchat/web/media/..%2f..%2fdesk.sqlite3?seal=x",
            f"/media/{media}",
        ):
            assert (await client.get(path)).status_code in {401, 403, 404, 303}, path

    async def test_what_is_no_picture_is_refused_in_words(self, desk: ChatDesk, client: httpx2.AsyncClient) -> None:
        token = (await desk.page()).token
        for content, status, code in (
            (SVG, 415, "media_type_refused"),
            (voice("amr"), 415, "media_type_refused"),
            (b"", 422, "media_empty"),
            (picture()[:4], 415, "media_type_refused"),
            (picture() + b"\0" * (2 * 1024 * 1024), 413, "media_too_large"),
        ):
            answer = await client.post("/webchat/web/media", content=content, headers=_from_the_page(token))
            assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        huge = b"\xff" * (UPLOAD_BYTES_MAX + 1)
        answer = await client.post("/webchat/web/media", content=huge, headers=_from_the_page(token))
        assert answer.status_code == 413

    async def test_only_a_visitor_on_our_own_page_stores_anything(
        self, desk: ChatDesk, client: httpx2.AsyncClient
    ) -> None:
        token = (await desk.page()).token
        for headers, status in (
            ({}, 401),
            ({"x-visitor-token": token[:-1]}, 401),
            ({"x-visitor-token": token, "origin": "https://evil.test"}, 403),
            ({"x-visitor-token": token, "origin": BANK_SITE}, 403),
        ):
            answer = await client.post("/webchat/web/media", content=picture(), headers=headers)
            assert answer.status_code == status
        assert (
            await client.post("/webchat/other/media", content=picture(), headers={"x-visitor-token": token})
        ).status_code == 401
        assert (await client.get("/webchat/web/media")).status_code == 405

    async def test_who_stores_too_much_waits(self, desk: ChatDesk, client: httpx2.AsyncClient) -> None:
        headers = {"x-visitor-token": (await desk.page()).token}
        answers = [await client.post("/webchat/web/media", content=picture(), headers=headers) for _ in range(13)]
        assert [each.status_code for each in answers] == [200] * 12 + [429]
        assert 0 < int(answers[-1].headers["retry-after"]) <= 60


def _from_the_page(token: str) -> dict[str, str]:
    return {"x-visitor-token": token, "accept": "application/json"}
