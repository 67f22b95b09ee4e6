"""The callback address: what an honest WeChat sends is in the inbox before it reads `success`."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import msgspec
import pytest
from prometheus_client import REGISTRY
from redis.exceptions import ConnectionError as RedisConnectionError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route
from wechatpy.crypto import WeChatCrypto

from desk.channels.wechat.accounts import WeChatAccount
from desk.channels.wechat.crypto import signature
from desk.channels.wechat.gateway import Gateway, Inbox
from desk.channels.wechat.inbound import command_for
from desk.channels.wechat.reading import read_push
from desk.channels.wechat.simulator import acts, create_simulator, demo_account
from desk.channels.wechat.xml import parse, render
from sessions.commands import Command, ReceiveMessage
from sessions.content import Location, MenuClicked, Text
from tests.http_clients import http_client
from tests.wechat.pushes import (
    ACCOUNT,
    NONCE,
    TIMESTAMP,
    Accounts,
    Recorder,
    message,
    plain_query,
    sealed_push,
    text_message,
)
from tests.wechat.simulation import serving
from tests.wechat.vectors import APP_ID, KEYS, OPENID, TOKEN, VECTORS, named

pytestmark = pytest.mark.anyio

INBOUND = named("inbound")


def application(inbox: Inbox, *accounts: WeChatAccount, patience_s: float = 4.0) -> Starlette:
    gateway = Gateway(Accounts(*(accounts or (ACCOUNT,))), inbox, patience_s=patience_s)
    return Starlette(routes=[Route("/wechat/{account}", gateway)])


def client_of(app: Starlette) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://desk")


@pytest.fixture
def inbox() -> Recorder:
    return Recorder()


@pytest.fixture
async def wechat(inbox: Recorder) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(application(inbox)) as client:
        yield client


def with_account(**changes: Any) -> WeChatAccount:
    return msgspec.structs.replace(ACCOUNT, **changes)


class TestAddressVerification:
    @pytest.mark.parametrize(
        "vector", [vector for vector in VECTORS["url_signature"] if "echostr" in vector], ids=lambda v: v["name"]
    )
    async def test_the_echo_comes_back_byte_for_byte(self, vector: dict[str, Any]) -> None:
        query = {name: vector[name] for name in ("signature", "timestamp", "nonce", "echostr")}
        async with client_of(application(Recorder(), with_account(token=vector["token"]))) as wechat:
            answer = await wechat.get("/wechat/bank", params=query)
        assert (answer.status_code, answer.content) == (200, vector["expected_body"].encode())
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.headers["x-content-type-options"] == "nosniff"

    async def test_a_wrong_signature_gets_no_echo(self, wechat: httpx2.AsyncClient) -> None:
        answer = await wechat.get(f"/wechat/bank?{plain_query(token='guess')}&echostr=hello")
        assert answer.status_code == 403
        assert answer.json()["code"] == "bad_signature"
        assert "hello" not in answer.text

    async def test_without_parameters_there_is_nothing_to_verify(self, wechat: httpx2.AsyncClient) -> None:
        assert (await wechat.get("/wechat/bank")).status_code == 403

    async def test_escaped_characters_are_the_ones_that_were_signed(self, wechat: httpx2.AsyncClient) -> None:
        nonce = "a b+c&d=%é"
        query = {"signature": signature(TOKEN, TIMESTAMP, nonce), "timestamp": TIMESTAMP, "nonce": nonce}
        answer = await wechat.get("/wechat/bank", params=query | {"echostr": "1 2+3=%é"})
        assert answer.content.decode() == "1 2+3=%é"


@pytest.mark.parametrize("mode", ["plain", "safe", "compat"])
@pytest.mark.parametrize("name", INBOUND)
async def test_every_vector_reaches_the_inbox_in_every_mode(
    name: str, mode: str, wechat: httpx2.AsyncClient, inbox: Recorder
) -> None:
    vector = INBOUND[name]
    query = vector["plain_query" if mode == "plain" else "safe_query"]
    answer = await wechat.post(f"/wechat/bank?{query}", content=vector[f"{mode}_body"].encode())
    assert (answer.status_code, answer.content) == (200, b"success")
    (command,) = inbox.commands
    assert command == command_for("bank", read_push(parse(vector["plain_body"].encode())))
    assert isinstance(command, ReceiveMessage) == (not name.startswith("event_"))
    assert getattr(command, "key", "") == vector["dedupe_key"]
    assert getattr(command, "customer", "") == f"bank:{OPENID}"


async def test_compatible_mode_trusts_the_envelope_and_not_the_plain_fields(
    wechat: httpx2.AsyncClient, inbox: Recorder
) -> None:
    vector = INBOUND["text"]
    forged = vector["compat_body"].replace("你好，我的订单在哪里？", "给我转账", 1)
    assert forged != vector["compat_body"]
    answer = await wechat.post(f"/wechat/bank?{vector['safe_query']}", content=forged.encode())
    assert answer.status_code == 200
    assert [getattr(command, "content", None) for command in inbox.commands] == [Text(text="你好，我的订单在哪里？")]


@pytest.mark.parametrize("sealed", [False, True])
async def test_json_pushes_are_taken_too(sealed: bool, wechat: httpx2.AsyncClient, inbox: Recorder) -> None:
    fields = msgspec.json.encode(text_message("你好", CreateTime=1735689600))
    query, body = plain_query(), fields
    if sealed:
        query, xml_body = sealed_push(fields)
        body = msgspec.json.encode(parse(xml_body))
    answer = await wechat.post(
        f"/wechat/bank?{query}", content=body, headers={"content-type": "application/json; charset=utf-8"}
    )
    assert answer.content == b"success"
    assert [getattr(command, "content", None) for command in inbox.commands] == [Text(text="你好")]


async def test_an_independent_sdk_signs_and_seals_over_a_real_socket(inbox: Recorder) -> None:
    account = with_account(aes_key=KEYS["DEMO"])
    sdk = WeChatCrypto(TOKEN, KEYS["DEMO"], APP_ID)
    async with serving(application(inbox, account)) as url, http_client(base_url=url) as client:
        for number in range(1, 21):
            words = f"第 {number} 句 😀 <b>&amp;]]>"
            push = render(text_message(words, MsgId=number))
            sealed = parse(sdk.encrypt_message(push, NONCE, TIMESTAMP).encode())
            query = {"timestamp": TIMESTAMP, "nonce": NONCE, "msg_signature": str(sealed["MsgSignature"])}
            body = render({"ToUserName": "gh_0123456789ab", "Encrypt": str(sealed["Encrypt"])})
            answer = await client.post("/wechat/bank", params=query | {"encrypt_type": "aes"}, content=body.encode())
            assert answer.content == b"success"
            assert getattr(inbox.commands[-1], "content", None) == Text(text=words)
            assert getattr(inbox.commands[-1], "key", None) == f"msg:{number}"
    assert len(inbox.commands) == 20


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
async def test_a_whole_platform_pushes_in_every_mode(mode: str, inbox: Recorder) -> None:
    settings = demo_account("")
    account = WeChatAccount(
        key="demo",
        name="Demo",
        app_id=settings.app_id,
        app_secret=settings.app_secret,
        token=settings.token,
        aes_key=settings.encoding_aes_key,
        original_id=settings.original_id,
    )
    async with serving(application(inbox, account)) as url:
        settings = msgspec.structs.replace(settings, mode=mode, callback_url=f"{url}/wechat/demo")
        simulator = create_simulator([settings])
        customer = simulator.add_user("demo").openid
        for act in (acts.Text("你好 /::)"), acts.Location(23.5, 113.25, "广州", 20), acts.Click("HUMAN")):
            simulator.act("demo", customer, act)
        await simulator.settled()
        await simulator.stop()
    said = [getattr(command, "content", getattr(command, "event", None)) for command in inbox.commands]
    assert said == [
        Text(text="你好 /::)"),
        Location(latitude=23.5, longitude=113.25, label="广州", scale=20),
        MenuClicked(key="HUMAN"),
    ]


async def test_a_body_in_pieces_is_put_together(inbox: Recorder) -> None:
    body = render(text_message("好" * 600)).encode()

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 100):
            yield body[start : start + 100]

    async with serving(application(inbox)) as url, http_client(base_url=url) as client:
        answer = await client.post(f"/wechat/bank?{plain_query()}", content=pieces())
    assert answer.content == b"success"
    assert getattr(inbox.commands[0], "content", None) == Text(text="好" * 600)


class TestKeyRotation:
    async def test_pushes_under_the_old_key_are_taken_while_it_is_kept(self, inbox: Recorder) -> None:
        account = with_account(aes_key=KEYS["DEMO"], previous_aes_key=KEYS["A"])
        async with client_of(application(inbox, account)) as wechat:
            for key in ("A", "DEMO"):
                query, body = sealed_push(render(text_message()), key=KEYS[key])
                assert (await wechat.post(f"/wechat/bank?{query}", content=body)).content == b"success"
        assert len(inbox.commands) == 2

    async def test_a_forgotten_key_is_told(self, inbox: Recorder) -> None:
        async with client_of(application(inbox, with_account(aes_key=KEYS["DEMO"]))) as wechat:
            query, body = sealed_push(render(text_message()), key=KEYS["A"])
            answer = await wechat.post(f"/wechat/bank?{query}", content=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "bad_envelope")
        assert inbox.commands == []


async def test_accounts_are_told_apart_by_their_address(inbox: Recorder) -> None:
    shop = with_account(key="shop", token="other-token", original_id="")
    async with client_of(application(inbox, ACCOUNT, shop)) as wechat:
        body = render(text_message()).encode()
        assert (await wechat.post(f"/wechat/shop?{plain_query('other-token')}", content=body)).status_code == 200
        assert (await wechat.post(f"/wechat/bank?{plain_query('other-token')}", content=body)).status_code == 403
    assert [getattr(command, "customer", "") for command in inbox.commands] == [f"shop:{OPENID}"]


class TestWhenTheInboxCannotStore:
    async def answer_of(self, inbox: Inbox, patience_s: float = 4.0) -> httpx2.Response:
        async with client_of(application(inbox, patience_s=patience_s)) as wechat:
            return await wechat.post(
                f"/wechat/bank?{plain_query()}", content=render(message("image", MediaId="m")).encode()
            )

    @pytest.mark.parametrize("trouble", [RedisConnectionError("gone"), OSError("gone"), TimeoutError()])
    async def test_wechat_is_asked_to_push_again(self, trouble: Exception) -> None:
        class Broken:
            async def append(self, command: Command) -> None:
                raise trouble

        answer = await self.answer_of(Broken())
        assert (answer.status_code, answer.json()["code"]) == (503, "not_stored")

    async def test_a_stuck_inbox_is_not_waited_for_beyond_our_patience(self) -> None:
        class Stuck:
            async def append(self, command: Command) -> None:
                await asyncio.sleep(60)

        began = asyncio.get_running_loop().time()
        answer = await self.answer_of(Stuck(), patience_s=0.1)
        assert answer.status_code == 503
        assert asyncio.get_running_loop().time() - began < 4.5

    async def test_success_is_said_only_after_the_append_returned(self) -> None:
        stored = asyncio.Event()

        class Slow:
            async def append(self, command: Command) -> None:
                await asyncio.sleep(0.05)
                stored.set()

        answer = await self.answer_of(Slow())
        assert answer.content == b"success"
        assert stored.is_set()


async def test_middleware_may_touch_the_headers_without_leaving_traces(inbox: Recorder) -> None:
    gateway = Gateway(Accounts(ACCOUNT), inbox)
    app = Starlette(
        routes=[Route("/wechat/{account}", gateway)],
        middleware=[Middleware(GZipMiddleware, minimum_size=1)],
    )
    async with client_of(app) as wechat:
        answers = [
            await wechat.post(f"/wechat/bank?{plain_query()}", content=render(text_message()).encode())
            for _ in range(3)
        ]
    assert len({len(answer.headers) for answer in answers}) == 1
    assert {answer.text for answer in answers} == {"success"}


async def test_pushes_are_counted(wechat: httpx2.AsyncClient) -> None:
    def counted(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(name, labels) or 0.0

    def figures() -> tuple[float, float]:
        return (
            counted("desk_wechat_pushes_accepted_total", account="bank"),
            counted("desk_wechat_pushes_refused_total", reason="bad_signature"),
        )

    before = figures()
    await wechat.post(f"/wechat/bank?{plain_query()}", content=render(text_message()).encode())
    await wechat.post(f"/wechat/bank?{plain_query('guess')}", content=render(text_message()).encode())
    assert [after - was for after, was in zip(figures(), before, strict=True)] == [1.0, 1.0]
