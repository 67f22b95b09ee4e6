"""The callback address against everyone else: a short clear answer, nothing stored, nothing logged of what came."""

import asyncio
import logging
import tracemalloc
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx2
import msgspec
import pytest

from desk.channels.wechat.crypto import Envelope, signature
from desk.channels.wechat.gateway import BODY_BYTES_MAX, QUERY_BYTES_MAX
from desk.channels.wechat.xml import render
from tests.http_clients import http_client
from tests.wechat.pushes import (
    ACCOUNT,
    NONCE,
    TIMESTAMP,
    Recorder,
    plain_query,
    sealed_push,
    sealed_query,
    text_message,
)
from tests.wechat.simulation import serving
from tests.wechat.test_gateway import application, client_of, with_account
from tests.wechat.test_xml import BOMB, THIEF
from tests.wechat.vectors import KEYS, ORIGINAL_ID, TOKEN, VECTORS

pytestmark = pytest.mark.anyio

HONEST = render(text_message("私密的话")).encode()


@pytest.fixture
def inbox() -> Recorder:
    return Recorder()


@pytest.fixture
async def stranger(inbox: Recorder) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(application(inbox)) as client:
        yield client


def refused(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code of a refusal, which is always small JSON with words for a person."""
    assert answer.headers["content-type"] == "application/json"
    assert len(answer.content) < 300
    body = answer.json()
    assert body.keys() == {"code", "message"}
    assert body["message"]
    return answer.status_code, body["code"]


@pytest.mark.parametrize("vector", VECTORS["negative"], ids=lambda vector: vector["name"])
async def test_negative_vectors(vector: dict[str, str], stranger: httpx2.AsyncClient, inbox: Recorder) -> None:
    query = plain_query(encrypt_type="aes", msg_signature=vector["msg_signature"])
    answer = await stranger.post(f"/wechat/bank?{query}", content=vector["body"].encode())
    assert refused(answer) == (403, "bad_signature")
    assert inbox.commands == []


@pytest.mark.parametrize(
    "query",
    [
        "",
        "signature=&timestamp=&nonce=",
        plain_query(token="guess"),
        plain_query() + "0&nonce=17",
        plain_query(signature=signature(TOKEN, TIMESTAMP, NONCE).upper()),
        plain_query(signature="签名"),
        plain_query(msg_signature=""),
        plain_query(msg_signature=signature(TOKEN, TIMESTAMP, NONCE, "other"), encrypt_type="aes"),
        "&&&===&signature",
    ],
)
async def test_a_wrong_signature_is_refused(query: str, stranger: httpx2.AsyncClient, inbox: Recorder) -> None:
    answer = await stranger.post(f"/wechat/bank?{query}", content=HONEST)
    assert refused(answer) == (403, "bad_signature")
    assert inbox.commands == []


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b" ", b"<xml>", b"<xml/>", b"hello", b"\x00\xff\xfe\x80", b"<xml><a>\xff</a></xml>", BOMB, THIEF),
        *(b"<a>" * 5000, b"{", b"[]", b'{"a":' * 3000, b"<xml>" + b"<a/>" * 5000 + b"</xml>"),
        b"<xml><MsgType>text</MsgType></xml>",
        render(text_message(FromUserName="")).encode(),
        render(text_message(CreateTime="yesterday")).encode(),
    ],
)
async def test_a_body_that_makes_no_sense_is_refused(
    body: bytes, stranger: httpx2.AsyncClient, inbox: Recorder
) -> None:
    """With a good plain signature, inside a good envelope, and where the envelope should be."""
    query, sealed = sealed_push(body)
    for attempt in (
        await stranger.post(f"/wechat/bank?{plain_query()}", content=body),
        await stranger.post(f"/wechat/bank?{query}", content=sealed),
    ):
        status, code = refused(attempt)
        assert (status, code) in {(400, "malformed_body"), (400, "malformed_push")}
    misplaced = await stranger.post(f"/wechat/bank?{query}", content=body)
    assert misplaced.status_code in {400, 403}
    assert inbox.commands == []


async def test_someone_elses_app_is_refused(stranger: httpx2.AsyncClient, inbox: Recorder) -> None:
    query, body = sealed_push(HONEST, app_id="wx_someone_else")
    assert refused(await stranger.post(f"/wechat/bank?{query}", content=body)) == (403, "wrong_app")
    assert inbox.commands == []


async def test_someone_elses_key_is_refused(stranger: httpx2.AsyncClient, inbox: Recorder) -> None:
    query, body = sealed_push(HONEST, key=KEYS["DEMO"])
    assert refused(await stranger.post(f"/wechat/bank?{query}", content=body)) == (403, "bad_envelope")
    assert inbox.commands == []


@pytest.mark.parametrize("cut", [1, 2, 3, 5, 16, 100])
async def test_a_truncated_envelope_is_refused(cut: int, stranger: httpx2.AsyncClient, inbox: Recorder) -> None:
    encrypted = Envelope(ACCOUNT.aes_key, ACCOUNT.app_id).encrypt(HONEST)[:-cut]
    body = render({"ToUserName": ORIGINAL_ID, "Encrypt": encrypted}).encode()
    answer = await stranger.post(f"/wechat/bank?{sealed_query(encrypted)}", content=body)
    assert refused(answer) == (403, "bad_envelope")
    assert inbox.commands == []


async def test_a_push_for_another_account_is_refused(stranger: httpx2.AsyncClient, inbox: Recorder) -> None:
    body = render(text_message(ToUserName="gh_other")).encode()
    query, sealed = sealed_push(body)
    for answer in (
        await stranger.post(f"/wechat/bank?{plain_query()}", content=body),
        await stranger.post(f"/wechat/bank?{query}", content=sealed),
    ):
        assert refused(answer) == (403, "wrong_recipient")
    assert inbox.commands == []


@pytest.mark.parametrize("account", ["nobody", "..%2Fbank", "bank%00", "BANK", "银行", "x" * 2000])
async def test_an_unknown_account_is_not_found(account: str, stranger: httpx2.AsyncClient) -> None:
    for answer in (
        await stranger.get(f"/wechat/{account}?{plain_query()}"),
        await stranger.post(f"/wechat/{account}?{plain_query()}", content=HONEST),
    ):
        assert answer.status_code == 404


async def test_other_methods_are_not_allowed(stranger: httpx2.AsyncClient) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = await stranger.request(method, f"/wechat/bank?{plain_query()}")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")
    assert (await stranger.head(f"/wechat/bank?{plain_query()}")).status_code == 200


async def test_an_endless_query_is_refused(stranger: httpx2.AsyncClient) -> None:
    answer = await stranger.post(f"/wechat/bank?{plain_query()}&x={'y' * QUERY_BYTES_MAX}", content=HONEST)
    assert refused(answer) == (400, "bad_query")


@pytest.mark.parametrize("junk", ["%ff", "%c3%28", "%80abc"])
async def test_a_query_that_is_no_text_is_refused(junk: str, stranger: httpx2.AsyncClient) -> None:
    answer = await stranger.post(f"/wechat/bank?nonce={junk}&{plain_query()}", content=HONEST)
    assert refused(answer) == (400, "bad_query")


class TestSafeModeAccount:
    """A plain signature does not cover the body: whoever saw one in a log could say anything with it."""

    async def test_a_plain_push_is_refused(self, inbox: Recorder) -> None:
        async with client_of(application(inbox, with_account(mode="safe"))) as stranger:
            answer = await stranger.post(f"/wechat/bank?{plain_query()}", content=HONEST)
        assert refused(answer) == (403, "encryption_required")
        assert inbox.commands == []

    async def test_a_sealed_push_is_taken(self, inbox: Recorder) -> None:
        async with client_of(application(inbox, with_account(mode="safe"))) as wechat:
            query, body = sealed_push(HONEST)
            assert (await wechat.post(f"/wechat/bank?{query}", content=body)).content == b"success"

    async def test_an_envelope_without_its_signature_is_refused(self, stranger: httpx2.AsyncClient) -> None:
        _, body = sealed_push(HONEST)
        answer = await stranger.post(f"/wechat/bank?{plain_query(encrypt_type='aes')}", content=body)
        assert refused(answer) == (403, "encryption_required")


@pytest.mark.parametrize(("key", "code"), [("", "aes_key_missing"), ("too short", "aes_key_invalid")])
async def test_an_account_without_a_usable_key_says_so(key: str, code: str, inbox: Recorder) -> None:
    async with client_of(application(inbox, with_account(aes_key=key))) as wechat:
        query, body = sealed_push(HONEST)
        assert refused(await wechat.post(f"/wechat/bank?{query}", content=body)) == (403, code)


async def test_a_replay_is_taken_again_under_the_same_key(stranger: httpx2.AsyncClient, inbox: Recorder) -> None:
    """WeChat itself repeats pushes; the core knows them by their key."""
    query, body = sealed_push(HONEST)
    for _ in range(3):
        assert (await stranger.post(f"/wechat/bank?{query}", content=body)).content == b"success"
    assert len({msgspec.json.encode(command) for command in inbox.commands}) == 1


class TestOverARealSocket:
    async def test_ten_megabytes_are_refused_and_not_kept(self, inbox: Recorder) -> None:
        async with serving(application(inbox)) as url, http_client(base_url=url) as stranger:
            payload = b"x" * 10_000_000
            tracemalloc.start()
            answer = await stranger.post(f"/wechat/bank?{plain_query()}", content=payload)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert refused(answer) == (413, "too_large")
            assert peak < 5_000_000
            answer = await stranger.post(f"/wechat/bank?{plain_query()}", content=HONEST)
            assert answer.content == b"success"
        assert len(inbox.commands) == 1

    async def test_ten_megabytes_in_pieces_are_refused(self, inbox: Recorder) -> None:
        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(160):
                yield b"x" * BODY_BYTES_MAX

        async with serving(application(inbox)) as url, http_client(base_url=url) as stranger:
            answer = await stranger.post(f"/wechat/bank?{plain_query()}", content=pieces())
            assert refused(answer) == (413, "too_large")

    async def test_the_largest_body_is_taken(self, inbox: Recorder) -> None:
        room = BODY_BYTES_MAX - len(render(text_message("")).encode())
        body = render(text_message("x" * room)).encode()
        assert len(body) == BODY_BYTES_MAX
        async with serving(application(inbox)) as url, http_client(base_url=url) as wechat:
            assert (await wechat.post(f"/wechat/bank?{plain_query()}", content=body)).content == b"success"

    async def test_a_body_that_trickles_in_is_given_up(self, inbox: Recorder) -> None:
        async with serving(application(inbox, patience_s=0.2)) as url:
            parts = urlsplit(url)
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            head = f"POST /wechat/bank?{plain_query()} HTTP/1.1\r\nHost: desk\r\nContent-Length: 500\r\n\r\n<xml>"
            writer.write(head.encode())
            async with asyncio.timeout(3):
                answer = await reader.read()
            writer.close()
        assert answer.startswith(b"HTTP/1.1 503")

    async def test_a_caller_that_hangs_up_leaves_nothing_behind(self, inbox: Recorder) -> None:
        async with serving(application(inbox)) as url:
            parts = urlsplit(url)
            _, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.write(
                f"POST /wechat/bank?{plain_query()} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n".encode()
            )
            writer.write(HONEST[:50])
            await writer.drain()
            writer.close()
            async with http_client(base_url=url) as wechat:
                answer = await wechat.post(f"/wechat/bank?{plain_query()}", content=HONEST)
                assert answer.content == b"success"
        assert len(inbox.commands) == 1


async def test_nothing_that_was_written_reaches_the_log(
    stranger: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    query, sealed = sealed_push(HONEST, app_id="wx_someone_else")
    await stranger.post(f"/wechat/bank?{plain_query()}", content=HONEST)
    await stranger.post(f"/wechat/bank?{plain_query('guess')}", content=HONEST)
    await stranger.post(f"/wechat/bank?{query}", content=sealed)
    await stranger.post(f"/wechat/bank?{plain_query()}", content="<xml><私密的话></xml>".encode())
    await stranger.post(
        f"/wechat/bank?{plain_query()}", content=render(text_message("私密的话", CreateTime="x")).encode()
    )
    written = [
        f"{record.getMessage()} {record.__dict__}" for record in caplog.records if record.name.startswith("desk")
    ]
    assert len(written) == 4
    assert not any("私密的话" in line or TOKEN in line or "s3cret" in line for line in written)


def test_an_accounts_secrets_do_not_show() -> None:
    shown = f"{ACCOUNT} {ACCOUNT!r}"
    assert not any(secret in shown for secret in (ACCOUNT.token, ACCOUNT.aes_key, ACCOUNT.app_secret))
