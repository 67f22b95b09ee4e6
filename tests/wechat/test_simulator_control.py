"""The control API and the page's socket: what tests, the demo and the phone page lean on."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import websockets
from websockets.asyncio.client import ClientConnection, connect

from desk.channels.wechat.simulator import Simulator, create_demo_simulator
from desk.channels.wechat.simulator.acts import Text
from desk.channels.wechat.simulator.feed import FRAMES_MAX, Listener
from desk.channels.wechat.simulator.media import USER_FILE_BYTES_MAX
from desk.channels.wechat.simulator.simulator import CUSTOMERS
from desk.channels.wechat.simulator.words import WORDS
from tests.http_clients import http_client
from tests.wechat.simulation import PNG, World, serving, world

pytestmark = pytest.mark.anyio


class Control:
    """A client of the control API."""

    def __init__(self, base: str) -> None:
        self.http = http_client(base_url=base)

    async def call(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, dict[str, Any]]:
        content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
        answer = await self.http.request(method, path, content=content, headers=headers)
        return answer.status_code, answer.json()


@pytest.fixture
async def demo() -> AsyncIterator[World]:
    async with world() as running:
        yield running


@pytest.fixture
async def control(demo: World) -> AsyncIterator[Control]:
    client = Control(demo.control)
    yield client
    await client.http.aclose()


class TestUsers:
    async def test_a_new_user_writes_and_reads(self, demo: World, control: Control) -> None:
        status, made = await control.call("POST", "/accounts/demo/users", {"nickname": "林若溪", "city": "厦门"})
        assert (status, len(made["openid"]), made["subscribed"]) == (200, 28, True)
        user = f"/accounts/demo/users/{made['openid']}"
        status, said = await control.call("POST", f"{user}/acts", {"type": "text", "content": "你好"})
        assert (status, int(said["msg_id"]) > 2**53) == (200, True)
        await demo.simulator.settled()
        assert demo.gateway.texts() == ["你好"]
        account = demo.simulator.platform.account("demo")
        message = {"touser": made["openid"], "msgtype": "text", "text": {"content": "您好"}}
        demo.simulator.platform.send(account, message)
        status, received = await control.call("GET", f"{user}/received")
        assert (received["count"], received["messages"][0]["payload"]) == (1, message)

    async def test_users_can_be_searched(self, demo: World, control: Control) -> None:
        await control.call("POST", "/accounts/demo/users", {"nickname": "林若溪", "city": "厦门"})
        _, found = await control.call("GET", "/accounts/demo/users?q=厦门")
        assert [user["nickname"] for user in found["users"]] == ["林若溪"]

    async def test_a_file_is_sent_and_can_be_seen(self, demo: World, control: Control) -> None:
        path = f"/accounts/demo/users/{demo.openid}/files?kind=image&filename=a.png"
        status, sent = await control.call("POST", path, PNG)
        assert status == 200
        await demo.simulator.settled()
        assert demo.gateway.deliveries[0].fields["MediaId"] == sent["media_id"]
        seen = await control.http.get(f"/accounts/demo/media/{sent['media_id']}")
        assert (seen.content, seen.headers["content-type"]) == (PNG, "image/png")
        picture = str(demo.gateway.deliveries[0].fields["PicUrl"])
        assert (await control.http.get(picture)).content == PNG

    @pytest.mark.parametrize(
        ("method", "path", "body", "status", "code"),
        [
            ("GET", "/accounts/nobody/users", None, 404, "no_such_account"),
            ("POST", "/accounts/demo/users/nobody/acts", {"type": "text", "content": "x"}, 404, "no_such_user"),
            ("POST", "/accounts/demo/users/{openid}/acts", {"type": "dance"}, 400, "bad_request"),
            ("POST", "/accounts/demo/users/{openid}/acts", b"{", 400, "bad_request"),
            ("POST", "/accounts/demo/users/{openid}/acts", {"type": "subscribe"}, 400, "already_following"),
            ("POST", "/accounts/demo/users/{openid}/acts", {"type": "image", "media_id": "x"}, 404, "no_such_media"),
            ("POST", "/accounts/demo/users/{openid}/files?kind=image", b"MZ", 400, "unknown_format"),
            ("POST", "/accounts/demo/users/{openid}/files?kind=dance", PNG, 400, "bad_request"),
            ("POST", "/accounts/demo/users", {"openid": "short"}, 400, "bad_openid"),
            ("POST", "/accounts/demo/users", {"openid": "{openid}"}, 400, "openid_taken"),
            ("POST", "/accounts/demo/users", b" " * 300_000, 413, "too_large"),
            ("GET", "/accounts/demo/media/none", None, 404, "no_such_media"),
        ],
    )
    async def test_mistakes_are_explained(
        self, demo: World, control: Control, method: str, path: str, body: Any, status: int, code: str
    ) -> None:
        if isinstance(body, dict):
            body = {name: value.replace("{openid}", demo.openid) for name, value in body.items()}
        got, answer = await control.call(method, path.replace("{openid}", demo.openid), body)
        assert (got, answer["error"]["code"]) == (status, code)
        assert answer["error"]["message"]


class TestAccounts:
    async def test_settings_change_while_running(self, demo: World, control: Control) -> None:
        status, shown = await control.call("PATCH", "/accounts/demo", {"mode": "safe", "name": "云杉"})
        assert (status, shown["mode"], shown["name"], shown["token"]) == (200, "safe", "云杉", "demo-token")
        demo.simulator.act("demo", demo.openid, Text("你好"))
        await demo.simulator.settled()
        assert "Encrypt" in demo.gateway.deliveries[0].fields

    async def test_another_account_can_be_made(self, control: Control) -> None:
        settings = {
            "name": "二号",
            "app_id": "wx2",
            "app_secret": "s",
            "token": "t",
            "encoding_aes_key": "A" * 43,
            "original_id": "gh_2",
        }
        assert (await control.call("PUT", "/accounts/second", settings))[0] == 200
        _, listed = await control.call("GET", "/accounts")
        assert [account["key"] for account in listed["accounts"]] == ["demo", "second"]
        status, answer = await control.call("PUT", "/accounts/third", settings)
        assert (status, answer["error"]["code"]) == (400, "app_id_taken")

    async def test_a_bad_key_is_refused_and_changes_nothing(self, demo: World, control: Control) -> None:
        status, answer = await control.call("PATCH", "/accounts/demo", {"encoding_aes_key": "short"})
        assert (status, answer["error"]["code"]) == (400, "wechat_crypto")
        assert demo.simulator.platform.app("wxdemo0000000001") is not None
        assert (await control.call("PATCH", "/accounts/demo", {"mode": "loud"}))[0] == 400

    async def test_the_callback_url_can_be_verified(self, control: Control) -> None:
        assert (await control.call("POST", "/accounts/demo/verify"))[1] == {"verified": True}

    async def test_tokens_can_be_ended(self, demo: World, control: Control) -> None:
        platform = demo.simulator.platform
        token, _ = platform.tokens.issue("wxdemo0000000001", platform.now())
        assert (await control.call("POST", "/accounts/demo/tokens", {"fate": "expire"}))[0] == 200
        answer = await control.http.get(f"{demo.api}/cgi-bin/getcallbackip?access_token={token}")
        assert answer.json()["errcode"] == 42001


class TestFaultsAndClock:
    async def test_faults_are_set_listed_and_cleared(self, demo: World, control: Control) -> None:
        fault = {"kind": "api", "path": "/cgi-bin/message/custom/send", "errcode": 45011, "times": 2}
        status, answer = await control.call("POST", "/faults", fault)
        assert (status, answer["faults"][0]["errcode"]) == (200, 45011)
        await control.call("POST", "/faults", {"kind": "push", "effect": "duplicate"})
        demo.simulator.act("demo", demo.openid, Text("你好"))
        await demo.simulator.settled()
        assert len(demo.gateway.deliveries) == 2
        assert len((await control.call("GET", "/faults"))[1]["faults"]) == 1, "the push fault is used up"
        assert (await control.call("DELETE", "/faults"))[1]["faults"] == []

    async def test_the_clock_can_be_set_ahead(self, demo: World, control: Control) -> None:
        demo.simulator.act("demo", demo.openid, Text("你好"))
        await control.call("POST", "/clock", {"ahead_ms": 48 * 3_600_000})
        _, phone = await control.call("GET", f"/accounts/demo/users/{demo.openid}")
        assert phone["state"]["window_left"] == 0

    async def test_pushes_are_counted_and_listed(self, demo: World, control: Control) -> None:
        demo.simulator.act("demo", demo.openid, Text("你好"))
        await demo.simulator.settled()
        _, pushes = await control.call("GET", "/pushes")
        assert pushes["counts"] == {"pushes": 1, "attempts": 1, "accepted": 1, "abnormal": 0}
        assert pushes["pushes"][0]["name"] == "text"

    async def test_other_sites_are_kept_out(self, demo: World, control: Control) -> None:
        status, answer = await control.call("DELETE", "/faults", Origin="https://evil.example")
        assert (status, answer["error"]["code"]) == (403, "foreign_origin")
        assert (await control.call("DELETE", "/faults", Origin=demo.url))[0] == 200


@asynccontextmanager
async def page(demo: World, **headers: str) -> AsyncIterator[ClientConnection]:
    url = demo.url.replace("http", "ws", 1)
    async with connect(f"{url}/sim/live", additional_headers=headers) as socket:
        yield socket


async def ask(socket: ClientConnection, **wish: object) -> None:
    await socket.send(json.dumps(wish))


async def frame(socket: ClientConnection) -> dict[str, Any]:
    return dict(json.loads(await socket.recv()))


class TestLive:
    async def test_a_page_gets_what_there_is_and_what_comes(self, demo: World) -> None:
        demo.simulator.act("demo", demo.openid, Text("一"))
        async with page(demo) as socket:
            await ask(socket, watch=f"demo/{demo.openid}")
            first = await frame(socket)
            assert [entry["payload"]["content"] for entry in first["entries"]] == ["一"]
            assert first["state"]["window_left"] == 5
            demo.simulator.act("demo", demo.openid, Text("二"))
            assert [entry["n"] for entry in (await frame(socket))["entries"]] == [2]

    async def test_a_page_that_was_away_asks_by_number(self, demo: World) -> None:
        for word in "一二三":
            demo.simulator.act("demo", demo.openid, Text(word))
        async with page(demo) as socket:
            await ask(socket, watch=f"demo/{demo.openid}", after=2)
            assert [entry["n"] for entry in (await frame(socket))["entries"]] == [3]

    async def test_the_platform_can_be_watched(self, demo: World) -> None:
        async with page(demo) as socket:
            await ask(socket, watch="platform")
            assert [account["key"] for account in (await frame(socket))["accounts"]] == ["demo"]
            demo.simulator.act("demo", demo.openid, Text("你好"))
            pushed = await frame(socket)
            assert (pushed["type"], pushed["push"]["outcome"]) == ("push", "accepted")

    async def test_nonsense_is_answered_not_fatal(self, demo: World) -> None:
        async with page(demo) as socket:
            for nonsense in ("{", '{"dance": 1}', '{"watch": "demo/nobody"}', '{"unwatch": "never"}'):
                await socket.send(nonsense)
            await ask(socket, watch=f"demo/{demo.openid}")
            types = [(await frame(socket))["type"] for _ in range(4)]
            assert types == ["error", "error", "error", "phone"]

    async def test_another_site_s_page_is_refused(self, demo: World) -> None:
        with pytest.raises(websockets.InvalidStatus) as caught:
            async with page(demo, Origin="https://evil.example"):
                pass
        assert caught.value.response.status_code == 403

    async def test_a_page_that_does_not_read_gets_nothing_more(self) -> None:
        listener = Listener()
        for n in range(FRAMES_MAX + 2):
            listener.put({"n": n})
        assert listener.lagging.is_set()
        assert listener.frames.qsize() == FRAMES_MAX


class TestDemo:
    async def test_the_seeded_customers_are_there(self) -> None:
        simulator = create_demo_simulator("http://127.0.0.1:1")
        users = list(simulator.platform.account("demo").users)
        assert len(users) >= 40
        assert all(user.subscribed and user.profile.nickname and user.profile.city for user in users)
        assert len({user.profile.unionid for user in users if user.profile.unionid}) > 25
        assert CUSTOMERS.exists()

    @pytest.mark.parametrize(("query", "language"), [("", "zh"), ("?lang=en", "en"), ("?lang=xx", "zh")])
    async def test_the_page_speaks_two_languages(self, demo: World, query: str, language: str) -> None:
        async with http_client() as http:
            answer = await http.get(f"{demo.url}/sim/phone{query}")
            assert answer.status_code == 200
            assert f'<html lang="{"en" if language == "en" else "zh-CN"}"' in answer.text
            assert "unsafe" not in answer.headers["content-security-policy"]
            again = await http.get(f"{demo.url}/sim/phone")
            assert f'<html lang="{"en" if language == "en" else "zh-CN"}"' in again.text, "the choice is kept"

    @pytest.mark.parametrize(
        ("accepted", "query", "language"),
        [
            ("en-GB,en;q=0.9", "", "en"),
            ("zh-CN,zh;q=0.9,en;q=0.8", "", "zh-CN"),
            ("en;q=0.5, zh", "", "zh-CN"),
            ("fr", "", "zh-CN"),
            ("en-GB", "?lang=zh", "zh-CN"),
            ("en-GB", "?lang=xx", "en"),
        ],
    )
    async def test_who_has_not_chosen_is_spoken_to_as_their_browser_likes(
        self, demo: World, accepted: str, query: str, language: str
    ) -> None:
        async with http_client(headers={"accept-language": accepted}) as http:
            answer = await http.get(f"{demo.url}/sim/phone{query}")
            assert f'<html lang="{language}"' in answer.text

    @pytest.mark.parametrize("kind", ["image", "voice", "video"])
    async def test_a_wrong_file_is_refused_with_a_code_that_the_page_has_words_for(
        self, demo: World, kind: str
    ) -> None:
        async with http_client() as http:
            sent = f"{demo.url}/sim/control/accounts/demo/users/{demo.openid}/files?kind={kind}"
            wrong = (await http.post(sent, content=b"%PDF-1.7")).json()["error"]["code"]
            big = (await http.post(sent, content=bytes(USER_FILE_BYTES_MAX + 1))).json()["error"]["code"]
        for code in (wrong, big):
            assert re.search("[一-鿿]", WORDS["zh"][f"refused_{code}"])
            assert not re.search("[一-鿿]", WORDS["en"][f"refused_{code}"])

    async def test_one_phone_has_its_own_page(self, demo: World) -> None:
        async with http_client() as http:
            assert (await http.get(f"{demo.url}/sim/phone/demo/{demo.openid}")).status_code == 200
            assert (await http.get(f"{demo.url}/sim/phone/demo/nobody")).status_code == 404

    async def test_it_can_be_mounted_anywhere(self) -> None:
        simulator: Simulator = create_demo_simulator("http://127.0.0.1:1")
        async with serving(simulator.app()) as url, http_client() as http:
            answer = await http.get(f"{url}/sim/wechat/cgi-bin/token?grant_type=client_credential")
            assert answer.json()["errcode"] == 41002
