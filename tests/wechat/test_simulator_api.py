"""The simulated platform's API over HTTP: by hand, byte for byte, and through an SDK that knows nothing of us."""

import io
import json
import re
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import httpx2
import pytest
from anyio import to_thread
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from desk.channels.wechat.simulator.acts import Click, Subscribe, Text, Unsubscribe
from desk.channels.wechat.simulator.faults import ApiFault
from desk.channels.wechat.simulator.users import Profile
from tests.http_clients import http_client
from tests.recordings import voice
from tests.wechat.simulation import JPG, PNG, World, world

pytestmark = pytest.mark.anyio

T = TypeVar("T")

TOKEN_CALL = {"grant_type": "client_credential", "appid": "wxdemo0000000001", "secret": "demo-secret"}
MP4 = b"\0\0\0\x18ftypmp42" + bytes(100)


class Caller:
    """Calls the API with a valid token, as any HTTP client would."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._http = http_client()
        self.token = ""

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        answer = await self._http.get(f"{self._world.api}{path}", params={"access_token": self.token, **query})
        assert answer.status_code == 200, "the platform answers 200 whatever happens"
        return dict(answer.json())

    async def post(self, path: str, body: object, **query: str) -> dict[str, Any]:
        content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        answer = await self._http.post(
            f"{self._world.api}{path}", content=content, params={"access_token": self.token, **query}
        )
        assert answer.status_code == 200
        return dict(answer.json())

    async def send(self, msgtype: str, content: object, touser: str | None = None) -> int:
        """The errcode of a custom/send."""
        touser = touser or self._world.openid
        message = {"touser": touser, "msgtype": msgtype, msgtype: content}
        return int((await self.post("/cgi-bin/message/custom/send", message))["errcode"])

    async def upload(self, kind: str, body: bytes, filename: str) -> dict[str, Any]:
        url = f"{self._world.api}/cgi-bin/media/upload"
        answer = await self._http.post(
            url, params={"access_token": self.token, "type": kind}, files={"media": (filename, body)}
        )
        return dict(answer.json())

    async def download(self, media_id: str) -> httpx2.Response:
        query = {"access_token": self.token, "media_id": media_id}
        return await self._http.get(f"{self._world.api}/cgi-bin/media/get", params=query)

    async def sign_in(self) -> None:
        self.token = (await self.get("/cgi-bin/token", **TOKEN_CALL))["access_token"]


class Clock:
    """Seconds since the epoch, when the test says so."""

    def __init__(self) -> None:
        self.s = 1_800_000_000.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def demo(clock: Clock) -> AsyncIterator[World]:
    async with world(clock=clock) as running:
        yield running


@pytest.fixture
async def caller(demo: World) -> AsyncIterator[Caller]:
    caller = Caller(demo)
    await caller.sign_in()
    yield caller
    await caller._http.aclose()


def says(demo: World, text: str = "你好") -> None:
    demo.simulator.act("demo", demo.openid, Text(text))


def payloads(demo: World) -> list[dict[str, Any]]:
    return [entry.payload for entry in demo.simulator.received("demo", demo.openid)]


class TestTokens:
    async def test_token_answers_without_an_errcode(self, demo: World) -> None:
        answer = await Caller(demo).get("/cgi-bin/token", **TOKEN_CALL)
        assert set(answer) == {"access_token", "expires_in"}
        assert answer["expires_in"] == 7200

    async def test_stable_token_repeats_itself(self, demo: World) -> None:
        caller = Caller(demo)
        first = await caller.post("/cgi-bin/stable_token", TOKEN_CALL)
        assert (await caller.post("/cgi-bin/stable_token", TOKEN_CALL))["access_token"] == first["access_token"]
        forced = await caller.post("/cgi-bin/stable_token", {**TOKEN_CALL, "force_refresh": True})
        assert forced["access_token"] != first["access_token"]

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"grant_type": "password"}, 40002),
            ({"appid": ""}, 41002),
            ({"appid": "wx_nobody"}, 40013),
            ({"secret": ""}, 41004),
            ({"secret": "wrong"}, 40125),
        ],
    )
    async def test_wrong_credentials_are_told_apart(self, demo: World, changes: dict[str, str], code: int) -> None:
        caller = Caller(demo)
        assert (await caller.get("/cgi-bin/token", **{**TOKEN_CALL, **changes}))["errcode"] == code
        assert (await caller.post("/cgi-bin/stable_token", {**TOKEN_CALL, **changes}))["errcode"] == code

    async def test_a_caller_outside_the_ip_list_is_refused(self, demo: World) -> None:
        demo.simulator.platform.reconfigure("demo", ip_list=("10.0.0.1",))
        answer = await Caller(demo).get("/cgi-bin/token", **TOKEN_CALL)
        assert answer["errcode"] == 40164
        assert answer["errmsg"].startswith("invalid ip 127.0.0.1")

    async def test_expired_revoked_missing_and_odd_tokens_differ(self, demo: World, caller: Caller) -> None:
        tokens, now = demo.simulator.platform.tokens, demo.simulator.platform.now
        tokens.revoke("wxdemo0000000001", now())
        assert (await caller.get("/cgi-bin/getcallbackip"))["errcode"] == 40001
        await caller.sign_in()
        tokens.expire("wxdemo0000000001", now())
        assert (await caller.get("/cgi-bin/getcallbackip"))["errcode"] == 42001
        caller.token = "odd"
        assert (await caller.get("/cgi-bin/getcallbackip"))["errcode"] == 40014
        caller.token = ""
        assert (await caller.get("/cgi-bin/getcallbackip"))["errcode"] == 41001


class TestCustomSend:
    async def test_a_sent_text_arrives_exactly_as_it_was_sent(self, demo: World, caller: Caller) -> None:
        says(demo)
        message = {"touser": demo.openid, "msgtype": "text", "text": {"content": "您好 👋 ]]> <b>"}}
        message["customservice"] = {"kf_account": "kf2001@demo"}
        assert await caller.post("/cgi-bin/message/custom/send", message) == {"errcode": 0, "errmsg": "ok"}
        assert payloads(demo) == [message]

    async def test_a_message_grants_five_replies_and_the_next_message_five_more(
        self, demo: World, caller: Caller
    ) -> None:
        says(demo)
        assert [await caller.send("text", {"content": "x"}) for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
        says(demo)
        assert await caller.send("text", {"content": "x"}) == 0
        assert demo.simulator.user("demo", demo.openid).received_count == 6

    async def test_the_window_closes_after_48_hours(self, demo: World, caller: Caller, clock: Clock) -> None:
        says(demo)
        clock.s += 48 * 3600
        await caller.sign_in()
        assert await caller.send("text", {"content": "x"}) == 45015

    async def test_a_menu_tap_grants_three_within_a_minute(self, demo: World, caller: Caller, clock: Clock) -> None:
        demo.simulator.act("demo", demo.openid, Click("KF"))
        assert [await caller.send("text", {"content": "x"}) for _ in range(4)] == [0, 0, 0, 45047]
        clock.s += 60
        assert await caller.send("text", {"content": "x"}) == 45015

    async def test_who_unfollowed_cannot_be_reached_and_a_stranger_is_no_openid(
        self, demo: World, caller: Caller
    ) -> None:
        says(demo)
        demo.simulator.act("demo", demo.openid, Unsubscribe())
        assert await caller.send("text", {"content": "x"}) == 45015
        demo.simulator.act("demo", demo.openid, Subscribe())
        assert await caller.send("text", {"content": "x"}) == 0
        assert await caller.send("text", {"content": "x"}, touser="oSim5u" + "0" * 22) == 40003

    async def test_checks_come_in_the_platform_s_order(self, demo: World, caller: Caller) -> None:
        """Openid, window, count, content, media: of several faults the first in this order is told."""
        too_long, nobody = {"content": "长" * 1000}, "oSim5u" + "0" * 22
        assert await caller.send("text", too_long, touser=nobody) == 40003
        assert await caller.send("text", too_long) == 45015
        says(demo)
        assert await caller.send("text", too_long) == 45002
        for _ in range(5):
            await caller.send("text", {"content": "x"})
        assert await caller.send("text", too_long) == 45047
        assert await caller.send("image", {"media_id": "gone"}) == 45047

    async def test_a_refused_message_costs_nothing(self, demo: World, caller: Caller) -> None:
        says(demo)
        for _ in range(9):
            assert await caller.send("image", {"media_id": "gone"}) == 40007
        assert [await caller.send("text", {"content": "x"}) for _ in range(5)] == [0] * 5

    async def test_text_may_have_2048_bytes(self, demo: World, caller: Caller) -> None:
        says(demo)
        assert await caller.send("text", {"content": "a" * 2048}) == 0
        assert await caller.send("text", {"content": "a" * 2049}) == 45002
        assert await caller.send("text", {"content": "长" * 683}) == 45002
        assert await caller.send("text", {"content": ""}) == 44004

    @pytest.mark.parametrize(
        ("msgtype", "content", "code"),
        [
            ("news", {"articles": [{"title": "t", "description": "d", "url": "u", "picurl": "p"}]}, 0),
            ("news", {"articles": [{"title": "t"}, {"title": "u"}]}, 45008),
            ("news", {"articles": []}, 44003),
            ("news", {"articles": {"title": "t"}}, 45162),
            ("mpnews", {"media_id": "x"}, 48008),
            ("mpnewsarticle", {"article_id": "x"}, 0),
            ("msgmenu", {"head_content": "?", "list": [{"id": "1", "content": "好"}], "tail_content": ""}, 0),
            ("msgmenu", {"head_content": "?", "list": []}, 40035),
            ("wxcard", {"card_id": "x"}, 0),
            ("link", {"title": "t", "description": "d", "url": "u", "thumb_url": "p"}, 0),
            ("video", {"media_id": "gone", "title": "t"}, 40007),
            ("sticker", {"media_id": "x"}, 40008),
            ("text", "not an object", 40035),
        ],
    )
    async def test_each_type_has_its_rules(
        self, demo: World, caller: Caller, msgtype: str, content: object, code: int
    ) -> None:
        says(demo)
        assert await caller.send(msgtype, content) == code

    async def test_media_must_be_of_the_message_s_kind(self, demo: World, caller: Caller) -> None:
        says(demo)
        image = (await caller.upload("image", PNG, "a.png"))["media_id"]
        thumb = (await caller.upload("thumb", JPG, "t.jpg"))["thumb_media_id"]
        assert await caller.send("image", {"media_id": image}) == 0
        assert await caller.send("voice", {"media_id": image}) == 40008
        page = {"title": "t", "appid": "wx1", "pagepath": "p", "thumb_media_id": thumb}
        assert await caller.send("miniprogrampage", page) == 0
        assert await caller.send("music", {"musicurl": "u", "hqmusicurl": "u", "thumb_media_id": thumb}) == 0

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (b"", 44002),
            (b"{", 47001),
            (b"[]", 47001),
            (b"\xff\xfe", 47001),
            (b'{"touser":"x","msgtype":"text","text":{"content":"\\u4f60"}}', 40033),
            (b'{"touser":7}', 40003),
        ],
    )
    async def test_malformed_requests(self, caller: Caller, body: bytes, code: int) -> None:
        assert (await caller.post("/cgi-bin/message/custom/send", body))["errcode"] == code

    async def test_a_backslash_before_a_u_is_no_escape(self, demo: World, caller: Caller) -> None:
        says(demo)
        assert await caller.send("text", {"content": "C:\\users"}) == 0

    async def test_get_is_refused(self, caller: Caller) -> None:
        assert (await caller.get("/cgi-bin/message/custom/send"))["errcode"] == 43002

    async def test_an_unknown_path_is_no_http_error(self, caller: Caller) -> None:
        assert (await caller.get("/cgi-bin/nothing"))["errcode"] == 40066


class TestTyping:
    async def test_typing_shows_for_15_seconds_and_ends_with_a_message(
        self, demo: World, caller: Caller, clock: Clock
    ) -> None:
        user = demo.simulator.user("demo", demo.openid)
        says(demo)
        assert await self.type(demo, caller) == 0
        assert user.typing_until == demo.simulator.platform.now() + 15_000
        assert await self.type(demo, caller) == 45081
        await caller.send("text", {"content": "x"})
        assert user.typing_until == 0
        assert await self.type(demo, caller) == 0
        assert await self.type(demo, caller, "CancelTyping") == 0
        assert user.typing_until == 0

    async def test_typing_needs_a_recent_exchange_and_an_open_window(
        self, demo: World, caller: Caller, clock: Clock
    ) -> None:
        assert await self.type(demo, caller) == 45015
        says(demo)
        clock.s += 30.001
        assert await self.type(demo, caller) == 45080
        assert await self.type(demo, caller, "Dance") == 45072

    async def type(self, demo: World, caller: Caller, command: str = "Typing") -> int:
        request = {"touser": demo.openid, "command": command}
        return int((await caller.post("/cgi-bin/message/custom/typing", request))["errcode"])


class TestMedia:
    async def test_what_is_uploaded_can_be_downloaded(self, caller: Caller) -> None:
        answer = await caller.upload("voice", voice("amr"), "问候.amr")
        assert answer["type"] == "voice"
        assert answer["created_at"] == 1_800_000_000
        got = await caller.download(answer["media_id"])
        assert got.content == voice("amr")
        assert got.headers["content-type"] == "audio/amr"
        assert got.headers["content-disposition"] == f'attachment; filename="{answer["media_id"]}.amr"'

    async def test_a_video_comes_as_an_address(self, caller: Caller) -> None:
        media_id = (await caller.upload("video", MP4, "a.mp4"))["media_id"]
        address = (await caller.download(media_id)).json()["video_url"]
        async with http_client() as http:
            assert (await http.get(address)).content == MP4

    async def test_errors_of_upload_and_download_are_json(self, caller: Caller, clock: Clock) -> None:
        assert (await caller.upload("image", b"<html>", "a.png"))["errcode"] == 40005
        assert (await caller.post("/cgi-bin/media/upload", b"", type="image"))["errcode"] == 41005
        media_id = (await caller.upload("image", PNG, "a.png"))["media_id"]
        clock.s += 3 * 86_400
        await caller.sign_in()
        assert (await caller.download(media_id)).json()["errcode"] == 40007


class TestUsers:
    async def test_a_follower_has_no_name_but_remark_and_unionid(self, demo: World, caller: Caller) -> None:
        profile = Profile("oSim5u" + "a" * 22, nickname="陈雨桐", remark="陈女士", unionid="u1")
        demo.simulator.add_user("demo", profile)
        info = await caller.get("/cgi-bin/user/info", openid=profile.openid, lang="zh_CN")
        assert (info["subscribe"], info["nickname"], info["remark"], info["unionid"]) == (1, "", "陈女士", "u1")
        demo.simulator.platform.reconfigure("demo", legacy_profiles=True)
        assert (await caller.get("/cgi-bin/user/info", openid=profile.openid))["nickname"] == "陈雨桐"

    async def test_who_does_not_follow_is_only_an_openid(self, demo: World, caller: Caller) -> None:
        demo.simulator.act("demo", demo.openid, Unsubscribe())
        info = await caller.get("/cgi-bin/user/info", openid=demo.openid)
        assert info == {"subscribe": 0, "openid": demo.openid, "tagid_list": []}

    async def test_followers_in_bulk_and_by_page(self, demo: World, caller: Caller) -> None:
        second = demo.simulator.add_user("demo").openid
        listed = await caller.get("/cgi-bin/user/get")
        assert listed["data"]["openid"] == [demo.openid, second]
        rest = await caller.get("/cgi-bin/user/get", next_openid=demo.openid)
        assert (rest["count"], rest["total"], rest["next_openid"]) == (1, 2, second)
        wanted = {"user_list": [{"openid": demo.openid}, {"openid": second}]}
        found = await caller.post("/cgi-bin/user/info/batchget", wanted)
        assert [user["openid"] for user in found["user_info_list"]] == [demo.openid, second]

    async def test_a_remark_can_be_changed(self, demo: World, caller: Caller) -> None:
        change = {"openid": demo.openid, "remark": "老客户"}
        assert (await caller.post("/cgi-bin/user/info/updateremark", change))["errcode"] == 0
        assert (await caller.get("/cgi-bin/user/info", openid=demo.openid))["remark"] == "老客户"
        change["remark"] = "长" * 30
        assert (await caller.post("/cgi-bin/user/info/updateremark", change))["errcode"] == 40035


class TestMenuAndQuota:
    async def test_a_menu_is_kept_and_deleted(self, caller: Caller) -> None:
        menu = {"button": [{"type": "click", "name": "人工客服", "key": "KF"}]}
        assert (await caller.get("/cgi-bin/menu/get"))["errcode"] == 46003
        assert (await caller.post("/cgi-bin/menu/create", menu))["errcode"] == 0
        assert (await caller.get("/cgi-bin/menu/get"))["menu"] == menu
        assert (await caller.get("/cgi-bin/menu/delete"))["errcode"] == 0
        assert (await caller.get("/cgi-bin/menu/get"))["errcode"] == 46003

    @pytest.mark.parametrize(
        ("menu", "code"),
        [
            ({}, 40016),
            ({"button": [{"type": "click", "name": "很长很长的名字", "key": "K"}]}, 40018),
            ({"button": [{"name": "更多", "sub_button": [{"type": "click", "name": "a"}] * 6}]}, 40023),
            ({"button": [{"name": "无类型"}]}, 40017),
        ],
    )
    async def test_a_menu_that_the_platform_refuses(self, caller: Caller, menu: dict[str, Any], code: int) -> None:
        assert (await caller.post("/cgi-bin/menu/create", menu))["errcode"] == code

    async def test_the_daily_quota_runs_out_and_can_be_cleared(self, demo: World, caller: Caller) -> None:
        demo.simulator.platform.account("demo").limits.calls_a_day["/cgi-bin/message/custom/send"] = 2
        says(demo)
        assert [await caller.send("text", {"content": "x"}) for _ in range(3)] == [0, 0, 45009]
        asked = await caller.post("/cgi-bin/openapi/quota/get", {"cgi_path": "/cgi-bin/message/custom/send"})
        assert asked["quota"] == {"daily_limit": 2, "used": 2, "remain": 0}
        assert (await caller.post("/cgi-bin/clear_quota", {"appid": "wxdemo0000000001"}))["errcode"] == 0
        assert await caller.send("text", {"content": "x"}) == 0

    async def test_errors_carry_a_request_id(self, caller: Caller) -> None:
        errmsg = (await caller.get("/cgi-bin/nothing"))["errmsg"]
        assert re.fullmatch(r".* rid: 6b49d200-[0-9a-f]{8}-[0-9a-f]{8}", errmsg)


class TestFaults:
    async def test_the_next_calls_get_the_errcode(self, demo: World, caller: Caller) -> None:
        says(demo)
        demo.simulator.add_fault(ApiFault(path="/cgi-bin/message/custom/send", errcode=-1, times=2))
        assert [await caller.send("text", {"content": "x"}) for _ in range(3)] == [-1, -1, 0]
        assert len(payloads(demo)) == 1

    @pytest.mark.parametrize(("drop", "arrived"), [("before", 0), ("after", 1)])
    async def test_a_cut_connection_leaves_the_caller_guessing(
        self, demo: World, caller: Caller, drop: Any, arrived: int
    ) -> None:
        says(demo)
        demo.simulator.add_fault(ApiFault(drop=drop))
        with pytest.raises(httpx2.RemoteProtocolError):
            await caller.send("text", {"content": "x"})
        assert len(payloads(demo)) == arrived

    async def test_slowness_is_felt_by_the_caller_only(self, demo: World, caller: Caller) -> None:
        demo.simulator.add_fault(ApiFault(delay_ms=200))
        with pytest.raises(httpx2.ReadTimeout):
            await caller._http.get(f"{demo.api}/cgi-bin/getcallbackip?access_token={caller.token}", timeout=0.05)
        assert "ip_list" in await caller.get("/cgi-bin/getcallbackip")


class TestIndependentSdk:
    """wechatpy, pointed at the simulator."""

    @pytest.fixture
    def sdk(self, demo: World) -> WeChatClient:
        class Client(WeChatClient):  # type: ignore[misc]
            API_BASE_URL = f"{demo.api}/cgi-bin/"

            def fetch_access_token(self) -> Any:
                # wechatpy's own address of this one call is fixed to the real platform.
                return self._fetch_access_token(f"{self.API_BASE_URL}token", TOKEN_CALL)

        return Client("wxdemo0000000001", "demo-secret")

    async def test_it_sends_texts_images_voices_and_menus(self, demo: World, sdk: WeChatClient) -> None:
        says(demo)
        image = await run(lambda: sdk.media.upload("image", ("a.png", io.BytesIO(PNG))))
        sound = await run(lambda: sdk.media.upload("voice", ("a.amr", io.BytesIO(voice("amr")))))
        await run(lambda: sdk.message.send_text(demo.openid, "您好，请问有什么可以帮您？", account="kf1@demo"))
        await run(lambda: sdk.message.send_image(demo.openid, image["media_id"]))
        await run(lambda: sdk.message.send_voice(demo.openid, sound["media_id"]))
        article = {"title": "t", "description": "d", "url": "u", "image": "p"}
        await run(lambda: sdk.message.send_articles(demo.openid, [article]))
        assert [payload["msgtype"] for payload in payloads(demo)] == ["text", "image", "voice", "news"]
        assert payloads(demo)[0]["text"]["content"] == "您好，请问有什么可以帮您？"
        assert payloads(demo)[1]["image"]["media_id"] == image["media_id"]

    async def test_it_downloads_what_it_uploaded(self, sdk: WeChatClient) -> None:
        uploaded = await run(lambda: sdk.media.upload("image", ("a.png", io.BytesIO(PNG))))
        got = await run(lambda: sdk.media.download(uploaded["media_id"]))
        assert got.content == PNG

    async def test_it_reads_users_and_followers(self, demo: World, sdk: WeChatClient) -> None:
        assert (await run(lambda: sdk.user.get(demo.openid)))["openid"] == demo.openid
        assert await run(lambda: list(sdk.user.iter_followers())) == [demo.openid]
        await run(lambda: sdk.user.update_remark(demo.openid, "王女士"))
        assert (await run(lambda: sdk.user.get_batch([demo.openid])))[0]["remark"] == "王女士"

    async def test_it_renews_a_dead_token_by_itself(self, demo: World, sdk: WeChatClient) -> None:
        says(demo)
        await run(lambda: sdk.message.send_text(demo.openid, "1"))
        demo.simulator.platform.tokens.expire("wxdemo0000000001", demo.simulator.platform.now())
        await run(lambda: sdk.message.send_text(demo.openid, "2"))
        assert len(payloads(demo)) == 2

    async def test_it_understands_refusals(self, demo: World, sdk: WeChatClient) -> None:
        with pytest.raises(WeChatClientException) as caught:
            await run(lambda: sdk.message.send_text(demo.openid, "x"))
        assert caught.value.errcode == 45015

    async def test_it_manages_the_menu_and_asks_for_addresses(self, sdk: WeChatClient) -> None:
        await run(lambda: sdk.menu.create({"button": [{"type": "click", "name": "人工客服", "key": "KF"}]}))
        assert (await run(sdk.menu.get))["menu"]["button"][0]["key"] == "KF"
        assert await run(sdk.misc.get_wechat_ips) == ["127.0.0.1"]


async def run(call: Callable[[], T]) -> T:
    """The SDK blocks: on a thread."""
    return await to_thread.run_sync(call)
