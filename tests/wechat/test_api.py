"""The API client against the simulator, and against servers that misbehave in ways the simulator does not."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import msgspec
import pytest
from msgspec import Struct
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from desk.channels.wechat.accounts import WeChatAccount
from desk.channels.wechat.api import Downloaded, Sent, Uploaded, UserInfo, WeChatApi
from desk.channels.wechat.calls import Oversized, Refused, Unreached, open_client
from desk.channels.wechat.simulator.acts import Image, Text, Video
from desk.channels.wechat.simulator.faults import ApiFault
from desk.channels.wechat.simulator.users import Profile
from desk.channels.wechat.token import AccessTokens
from desk.delivery import SLOTS
from tests.patience import until
from tests.wechat.simulation import PNG, World, serving, world

pytestmark = pytest.mark.anyio

DEMO = WeChatAccount(key="demo", name="Demo", app_id="wxdemo0000000001", app_secret="demo-secret", token="demo-token")
SEND = "/cgi-bin/message/custom/send"
AMR = b"#!AMR\n" + bytes(320)


class Line(Struct):
    """The client, the simulated platform it speaks to, and a customer who has just written."""

    api: WeChatApi
    world: World
    openid: str

    def received(self) -> list[object]:
        entries = self.world.simulator.received("demo", self.openid)
        return [entry.payload[entry.type] for entry in entries]

    def fault(self, path: str = SEND, **fault: object) -> None:
        self.world.simulator.add_fault(msgspec.convert({"kind": "api", "path": path, **fault}, ApiFault))


def api_at(redis: Redis, client: aiohttp.ClientSession, base_url: str, call_s_max: float = 12.0) -> WeChatApi:
    tokens = AccessTokens(redis, "desk:{test}:", client, base_url)
    return WeChatApi(client, tokens, base_url, call_s_max=call_s_max)


@pytest.fixture
async def line(redis: Redis) -> AsyncIterator[Line]:
    async with world() as it, open_client() as client:
        it.simulator.act("demo", it.openid, Text("在吗"))
        yield Line(api_at(redis, client, it.api), it, it.openid)


def errcode_of(result: object) -> int:
    assert isinstance(result, Refused), result
    return result.errcode


class TestSending:
    async def test_a_text_arrives_as_it_was_written(self, line: Line) -> None:
        words = '您好😀 <a href="https://a/?b=1&c=2">这里</a>\n“引号”\\ /::)\t\u2028'
        assert await line.api.send_text(DEMO, line.openid, words) == Sent()
        assert line.received() == [{"content": words}]

    async def test_control_characters_are_left_out_rather_than_refused(self, line: Line) -> None:
        assert await line.api.send_text(DEMO, line.openid, "a\x00b\x1bc") == Sent()
        assert line.received() == [{"content": "abc"}]

    async def test_an_image_and_a_voice_arrive(self, line: Line) -> None:
        image = await line.api.upload_media(DEMO, "image", "账单.png", PNG, "image/png")
        voice = await line.api.upload_media(DEMO, "voice", "voice.amr", AMR, "audio/amr")
        assert isinstance(image, Uploaded)
        assert isinstance(voice, Uploaded)
        assert await line.api.send_image(DEMO, line.openid, image.media_id) == Sent()
        assert await line.api.send_voice(DEMO, line.openid, voice.media_id) == Sent()
        assert line.received() == [{"media_id": image.media_id}, {"media_id": voice.media_id}]

    async def test_refusals_come_with_their_code(self, line: Line) -> None:
        assert errcode_of(await line.api.send_text(DEMO, "nobody", "x")) == 40003
        assert errcode_of(await line.api.send_text(DEMO, line.openid, "长" * 700)) == 45002
        assert errcode_of(await line.api.send_image(DEMO, line.openid, "gone")) == 40007
        for _ in range(5):
            assert await line.api.send_text(DEMO, line.openid, "x") == Sent()
        assert errcode_of(await line.api.send_text(DEMO, line.openid, "x")) == 45047
        line.world.simulator.platform.clock_ahead_ms += 49 * 3_600_000
        assert errcode_of(await line.api.send_text(DEMO, line.openid, "x")) == 45015

    async def test_a_busy_platform_is_reported_and_not_retried_here(self, line: Line) -> None:
        line.fault(errcode=-1)
        assert errcode_of(await line.api.send_text(DEMO, line.openid, "x")) == -1
        assert line.received() == []

    async def test_typing_shows_and_ends(self, line: Line) -> None:
        assert await line.api.typing(DEMO, line.openid) == Sent()
        assert errcode_of(await line.api.typing(DEMO, line.openid)) == 45081
        assert await line.api.typing(DEMO, line.openid, on=False) == Sent()


class TestTokens:
    @pytest.mark.parametrize("errcode", [40001, 40014, 42001])
    async def test_a_refused_token_is_renewed_and_the_message_sent_once(self, errcode: int, line: Line) -> None:
        assert await line.api.send_text(DEMO, line.openid, "one") == Sent()
        line.fault(errcode=errcode)
        assert await line.api.send_text(DEMO, line.openid, "two") == Sent()
        assert line.received() == [{"content": "one"}, {"content": "two"}]

    async def test_an_expired_token_is_renewed(self, line: Line) -> None:
        platform = line.world.simulator.platform
        assert await line.api.send_text(DEMO, line.openid, "one") == Sent()
        platform.tokens.expire(DEMO.app_id, platform.now())
        assert await line.api.send_text(DEMO, line.openid, "two") == Sent()

    async def test_a_token_that_is_refused_again_and_again_ends_in_the_refusal(self, line: Line) -> None:
        line.fault(errcode=40001, times=3)
        assert errcode_of(await line.api.send_text(DEMO, line.openid, "x")) == 40001
        assert errcode_of(await line.api.send_text(DEMO, line.openid, "x")) == 40001
        assert line.received() == []

    async def test_without_a_token_nothing_is_tried(self, line: Line) -> None:
        line.fault("/cgi-bin/stable_token", drop="after")
        answer = await line.api.send_text(DEMO, line.openid, "x")
        assert isinstance(answer, Unreached)
        assert not answer.may_have_arrived
        assert line.received() == []


class TestSilence:
    async def test_no_connection_means_it_certainly_did_not_arrive(self, line: Line, redis: Redis) -> None:
        await line.api.send_text(DEMO, line.openid, "so that there is a token")
        async with open_client() as client:
            nowhere = api_at(redis, client, "http://127.0.0.1:1")
            answer = await nowhere.send_text(DEMO, line.openid, "x")
        assert answer == Unreached(False, "ClientConnectorError")

    @pytest.mark.parametrize("drop", ["before", "after"])
    async def test_a_connection_cut_after_the_request_leaves_it_open(self, drop: str, line: Line) -> None:
        line.fault(drop=drop)
        answer = await line.api.send_text(DEMO, line.openid, "x")
        assert isinstance(answer, Unreached)
        assert answer.may_have_arrived
        assert line.received() == ([{"content": "x"}] if drop == "after" else [])

    async def test_an_answer_that_takes_too_long_leaves_it_open(self, line: Line, redis: Redis) -> None:
        await line.api.send_text(DEMO, line.openid, "so that there is a token")
        line.fault(delay_ms=2000)
        async with open_client() as client:
            hasty = api_at(redis, client, line.world.api, call_s_max=0.2)
            assert await hasty.send_text(DEMO, line.openid, "x") == Unreached(True, "TimeoutError")


class TestMedia:
    async def test_a_customers_picture_comes_as_it_was_sent(self, line: Line) -> None:
        image = line.world.simulator.platform.media.receive(
            "demo", "image", PNG, "", line.world.simulator.platform.now()
        )
        line.world.simulator.act("demo", line.openid, Image(image.media_id))
        got = await line.api.download_media(DEMO, image.media_id)
        assert got == Downloaded(PNG, "image/png", f"{image.media_id}.png")

    async def test_a_video_is_fetched_from_where_it_lies(self, line: Line) -> None:
        body = b"\x00\x00\x00\x18ftypmp42" + bytes(500)
        video = line.world.simulator.platform.media.receive(
            "demo", "video", body, "", line.world.simulator.platform.now()
        )
        line.world.simulator.act("demo", line.openid, Video(video.media_id))
        got = await line.api.download_media(DEMO, video.media_id)
        assert isinstance(got, Downloaded)
        assert got.body == body

    async def test_an_error_in_json_is_no_file(self, line: Line) -> None:
        assert errcode_of(await line.api.download_media(DEMO, "gone")) == 40007

    async def test_a_file_over_the_limit_is_not_read_to_its_end(self, line: Line) -> None:
        image = await line.api.upload_media(DEMO, "image", "a.png", PNG + bytes(50_000))
        assert isinstance(image, Uploaded)
        assert await line.api.download_media(DEMO, image.media_id, bytes_max=1000) == Oversized(1000)

    async def test_a_refused_upload_says_why(self, line: Line) -> None:
        assert errcode_of(await line.api.upload_media(DEMO, "image", "a.txt", b"hello")) in {40005, 40004}
        assert errcode_of(await line.api.upload_media(DEMO, "voice", "a.amr", b"")) in {41005, 44001}

    async def test_a_thumbnail_answers_under_a_name_of_its_own(self, line: Line) -> None:
        thumb = await line.api.upload_media(DEMO, "thumb", "a.jpg", b"\xff\xd8\xff\xe0" + bytes(600))
        assert isinstance(thumb, Uploaded)


class TestUserInfo:
    async def test_what_wechat_tells_of_a_customer(self, line: Line) -> None:
        user = line.world.simulator.add_user("demo", Profile(nickname="小明", remark="VIP", unionid="u1"))
        info = await line.api.user_info(DEMO, user.openid)
        assert isinstance(info, UserInfo)
        assert (info.subscribe, info.remark, info.unionid, info.nickname) == (1, "VIP", "u1", "")

    async def test_of_those_who_do_not_follow_nothing_is_told(self, line: Line) -> None:
        user = line.world.simulator.add_user("demo", subscribed=False)
        info = await line.api.user_info(DEMO, user.openid)
        assert info == UserInfo(openid=user.openid)

    async def test_an_unknown_customer_is_refused(self, line: Line) -> None:
        assert errcode_of(await line.api.user_info(DEMO, "nobody")) == 40003


async def test_neither_token_nor_words_reach_the_log(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="desk")
    await line.api.send_text(DEMO, line.openid, "私密的话")
    await line.api.send_text(DEMO, "nobody", "私密的话")
    assert not any("私密的话" in record.getMessage() for record in caplog.records)


Misbehaviour = Callable[[Request], Awaitable[Response]]


class TestServersThatAreNotWeChat:
    """Proxies, wrong addresses, broken answers: everything that can stand where WeChat should."""

    async def send_to(self, redis: Redis, there: ASGIApp | Misbehaviour) -> list[object]:
        """What a message and a question come to when this server answers them."""

        async def token(request: Request) -> Response:
            return JSONResponse({"access_token": "t" * 600, "expires_in": 7200})

        routes = [
            Route("/cgi-bin/stable_token", token, methods=["POST"]),
            Route(SEND, there, methods=["POST"]),
            Route("/cgi-bin/user/info", there),
        ]
        async with serving(Starlette(routes=routes)) as url, open_client() as client:
            api = api_at(redis, client, url, call_s_max=0.5)
            return [await api.send_text(DEMO, "o1", "你好😀"), await api.user_info(DEMO, "o1")]

    @pytest.mark.parametrize(
        ("answer", "may_have_arrived"),
        [
            (Response("<html>502</html>", 502), True),
            (Response("busy", 503), True),
            (Response("not here", 404), False),
            (Response("", 413), False),
            (Response("<html>welcome</html>"), True),
            (Response(""), True),
            (Response("[1]"), True),
            (Response('{"errcode": "none"}'), True),
            (Response(b'{"errcode": 0, "x": "\xff"}'), True),
            (Response('{"a":' * 3000), True),
            (Response("x" * (2 << 20)), True),
            (RedirectResponse("http://127.0.0.1:1/"), False),
        ],
        ids=lambda value: f"{value.status_code}-{bytes(value.body[:20])!r}" if isinstance(value, Response) else "",
    )
    async def test_what_is_no_answer_is_silence(self, answer: Response, may_have_arrived: bool, redis: Redis) -> None:
        async def there(request: Request) -> Response:
            return answer

        results = await self.send_to(redis, there)
        for result in results:
            assert isinstance(result, Unreached)
            assert result.may_have_arrived == may_have_arrived
            assert result.cause

    async def test_an_answer_that_trickles_is_given_up(self, redis: Redis) -> None:
        async def drip() -> AsyncIterator[bytes]:
            for _ in range(100):
                yield b" "
                await asyncio.sleep(0.1)

        async def there(request: Request) -> Response:
            return StreamingResponse(drip())

        results = await self.send_to(redis, there)
        assert results == [Unreached(True, "TimeoutError")] * 2

    async def test_calls_that_hang_take_nothing_from_those_of_others(self, redis: Redis) -> None:
        gate, hanging = asyncio.Event(), 0

        async def token(request: Request) -> Response:
            return JSONResponse({"access_token": "t", "expires_in": 7200})

        async def there(request: Request) -> Response:
            nonlocal hanging
            if b"hanging" in await request.body():
                hanging += 1
                await gate.wait()
            return JSONResponse({"errcode": 0, "errmsg": "ok"})

        routes = [Route("/cgi-bin/stable_token", token, methods=["POST"]), Route(SEND, there, methods=["POST"])]
        async with serving(Starlette(routes=routes)) as url, open_client() as client:
            api = api_at(redis, client, url)
            stuck = [asyncio.create_task(api.send_text(DEMO, f"o{n}", "hanging")) for n in range(SLOTS)]
            await until(lambda: hanging == SLOTS)
            async with asyncio.timeout(3):
                assert await api.send_text(msgspec.structs.replace(DEMO, key="well"), "o1", "x") == Sent()
            gate.set()
            assert await asyncio.gather(*stuck) == [Sent()] * SLOTS

    async def test_an_answer_cut_short_is_silence(self, redis: Redis) -> None:
        class Cut:
            async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
                headers = [(b"content-length", b"100")]
                await send({"type": "http.response.start", "status": 200, "headers": headers})
                await send({"type": "http.response.body", "body": b'{"errcode":0'})

        results = await self.send_to(redis, Cut())
        assert all(isinstance(result, Unreached) and result.may_have_arrived for result in results)

    async def test_escapes_are_not_what_goes_over_the_wire(self, redis: Redis) -> None:
        bodies: list[bytes] = []

        async def there(request: Request) -> Response:
            bodies.append(await request.body())
            return JSONResponse({"errcode": 0, "errmsg": "ok"})

        results = await self.send_to(redis, there)
        assert results[0] == Sent()
        assert bodies[0].decode() == '{"touser":"o1","msgtype":"text","text":{"content":"你好😀"}}'


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="a b.jpg"', "a b.jpg"),
        ("attachment; filename=a.amr", "a.amr"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="..\\..\\evil.exe"', "evil.exe"),
        ('attachment; filename=".htaccess"', "_htaccess"),
        ('attachment; filename="<img src=x>"', "_img src_x_"),
        ("inline", ""),
        ("", ""),
    ],
)
async def test_file_names_are_made_harmless(disposition: str, name: str, redis: Redis) -> None:
    async def token(request: Request) -> Response:
        return JSONResponse({"access_token": "t", "expires_in": 7200})

    async def media(request: Request) -> Response:
        return Response(PNG, headers={"content-disposition": disposition}, media_type="image/png")

    routes = [Route("/cgi-bin/stable_token", token, methods=["POST"]), Route("/cgi-bin/media/get", media)]
    async with serving(Starlette(routes=routes)) as url, open_client() as client:
        assert await api_at(redis, client, url).download_media(DEMO, "m") == Downloaded(PNG, "image/png", name)
