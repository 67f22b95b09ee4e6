"""Where WeChat's pushes come in: check, parse, put into the inbox, answer `success`.

`success` means that the command is on disk; whatever prevents that answers something else, upon which
WeChat pushes again. This is the hottest path of the desk, so it is a bare ASGI endpoint: no Request, no
Response, a query string split by hand. Pushes are not refused for their age: the core knows repeats by
their key, and a gateway that trusted clocks would lose messages when one is wrong. Nothing a customer wrote
is ever logged here.
"""

import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol
from urllib.parse import parse_qsl

import msgspec
from prometheus_client import Counter
from redis.exceptions import RedisError
from starlette.types import Receive, Scope, Send

from desk.channels.wechat import crypto
from desk.channels.wechat.accounts import AccountDirectory, WeChatAccount
from desk.channels.wechat.crypto import Envelope, WeChatCryptoError, decrypt_with_any, verify_signature
from desk.channels.wechat.fields import MalformedBodyError, read_fields, text
from desk.channels.wechat.inbound import command_for
from desk.channels.wechat.patience import Patience
from desk.channels.wechat.reading import PushError, read_push
from desk.channels.wechat.xml import Fields
from sessions.commands import Command

BODY_BYTES_MAX = 64 * 1024
QUERY_BYTES_MAX = 4 * 1024
PATIENCE_S = 3.5
"""WeChat hangs up after 5 s; an answer must be on its way before, also when a quarter is added (see `Patience`)."""

ACCEPTED = Counter("desk_wechat_pushes_accepted", "Pushes durably put into the inbox.", ["account"])
REFUSED = Counter("desk_wechat_pushes_refused", "Pushes answered with an error, by reason.", ["reason"])

_METHODS = ("POST", "GET", "HEAD")
_ALLOW = (b"allow", b"GET, HEAD, POST")
_TEXT = b"text/plain; charset=utf-8"
_JSON = b"application/json"
_AS_IT_IS = (b"x-content-type-options", b"nosniff")

_log = logging.getLogger(__name__)


class Inbox(Protocol):
    """Where commands go."""

    async def append(self, command: Command) -> None:
        """Returns once the command is on disk; raises RedisError or OSError where that is not to be had."""
        ...


class Refusal(Exception):  # noqa: N818 - an answer, not a failure of ours
    """Why a push was not taken: an HTTP status, a stable code, and what to do about it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class Gateway:
    """ASGI endpoint for `Route("/wechat/{account}", Gateway(accounts, inbox))`.

    It answers every method: a route that names its methods leaves the others to whoever has the next one.
    """

    def __init__(self, accounts: AccountDirectory, inbox: Inbox, *, patience_s: float = PATIENCE_S) -> None:
        self._accounts = accounts
        self._inbox = inbox
        self._patience = Patience(patience_s)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in _METHODS:
            await _answer(send, 405, b"Method Not Allowed", _TEXT, _ALLOW)
            return
        try:
            account = self._accounts.get(scope["path_params"]["account"])
            if account is None:
                raise Refusal(404, "unknown_account", "There is no account at this address.")
            query = _query(scope["query_string"])
            if scope["method"] == "POST":
                await self._take(account, query, receive)
                await _answer(send, 200, b"success", _TEXT)
            else:
                await _answer(send, 200, _verified_echo(account, query), _TEXT, _AS_IT_IS)
        except Refusal as refusal:
            REFUSED.labels(refusal.code).inc()
            _log.info("push refused", extra={"code": refusal.code, "status": refusal.status})
            await _answer_refusal(send, refusal)
        except _CallerLeft:
            REFUSED.labels("caller_left").inc()

    async def _take(self, account: WeChatAccount, query: dict[str, str], receive: Receive) -> None:
        """Reads, checks and appends one push, all within our patience. Raises `Refusal`."""
        try:
            await self._patience.wait_for(self._store(account, query, receive))
        except (RedisError, OSError) as error:  # a TimeoutError is an OSError
            _log.error("push not stored", extra={"error": type(error).__name__})
            raise Refusal(503, "not_stored", "The push could not be stored in time; push it again.") from None
        _accepted(account.key).inc()

    async def _store(self, account: WeChatAccount, query: dict[str, str], receive: Receive) -> None:
        await self._inbox.append(_command(account, query, await _body(receive)))


class _CallerLeft(Exception):  # noqa: N818 - see Refusal
    """The connection closed before the body was whole: nobody is left to answer."""


async def _body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body", False) and len(body) <= BODY_BYTES_MAX:
        message = await receive()
        body += message.get("body", b"")
    if message["type"] == "http.disconnect":
        raise _CallerLeft
    if len(body) > BODY_BYTES_MAX:
        raise Refusal(413, "too_large", f"A push is at most {BODY_BYTES_MAX} bytes.")
    return body


def _query(query_string: bytes) -> dict[str, str]:
    if len(query_string) > QUERY_BYTES_MAX:
        raise Refusal(400, "bad_query", f"The query is longer than {QUERY_BYTES_MAX} bytes.")
    try:
        words = query_string.decode()
        if "%" in words or "+" in words:
            return dict(parse_qsl(words, keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError:
        raise Refusal(400, "bad_query", "The query is not UTF-8.") from None
    return {name: value for name, _, value in [pair.partition("=") for pair in words.split("&")]}


def _verified_echo(account: WeChatAccount, query: dict[str, str]) -> bytes:
    """WeChat docs: the address is confirmed by sending `echostr` back byte for byte."""
    _check_signature(account, query)
    return query.get("echostr", "").encode()


def _command(account: WeChatAccount, query: dict[str, str], body: bytes) -> Command:
    try:
        push = read_push(_trusted_fields(account, query, body))
    except (MalformedBodyError, PushError) as error:
        raise Refusal(400, error.code, f"The body cannot be used: {error}.") from None
    except WeChatCryptoError as error:
        code = _CRYPTO_CODES.get(error.errcode, "bad_envelope")
        raise Refusal(403, code, f"{error.message} ({error.errcode})") from None
    if account.original_id and push.account_id != account.original_id:
        raise Refusal(403, "wrong_recipient", "ToUserName is not the original id of this account.")
    return command_for(account.key, push)


def _trusted_fields(account: WeChatAccount, query: dict[str, str], body: bytes) -> Fields:
    """What WeChat itself said: the decrypted fields where there is an envelope, else the plain ones."""
    if "msg_signature" not in query:
        _check_signature(account, query)
        fields = read_fields(body)
        if account.mode == "safe" or "Encrypt" in fields:
            raise Refusal(403, "encryption_required", "This push must be encrypted and carry msg_signature.")
        return fields
    encrypted = text(read_fields(body), "Encrypt")
    # WeChat docs: in an encrypted push msg_signature counts, which covers the ciphertext, and not signature.
    if not verify_signature(
        query["msg_signature"], account.token, query.get("timestamp", ""), query.get("nonce", ""), encrypted
    ):
        raise _bad_signature()
    if not account.aes_key:
        raise Refusal(403, "aes_key_missing", "Set the EncodingAESKey of this account to take encrypted pushes.")
    message, _ = decrypt_with_any(_envelopes(account), encrypted)
    return read_fields(message)


def _check_signature(account: WeChatAccount, query: dict[str, str]) -> None:
    given = query.get("signature", "")
    if not verify_signature(given, account.token, query.get("timestamp", ""), query.get("nonce", "")):
        raise _bad_signature()


def _bad_signature() -> Refusal:
    return Refusal(403, "bad_signature", "The signature is wrong: is the Token the same here and at WeChat?")


_CRYPTO_CODES = {crypto.ERR_APP_ID: "wrong_app", crypto.ERR_AES_KEY: "aes_key_invalid"}


@lru_cache(maxsize=256)
def _envelopes(account: WeChatAccount) -> Sequence[Envelope]:
    """The account's current key and, while it is being rotated, the previous one."""
    keys = [account.aes_key, account.previous_aes_key]
    return [Envelope(key, account.app_id) for key in keys if key]


@lru_cache(maxsize=256)
def _accepted(account: str) -> Counter:
    return ACCEPTED.labels(account)


async def _answer_refusal(send: Send, refusal: Refusal) -> None:
    body = msgspec.json.encode({"code": refusal.code, "message": refusal.message})
    # A body that came too slowly is not waited for. One too large is thrown away as it comes: if the
    # connection were closed under its sender, it would never read the answer.
    close = [(b"connection", b"close")] if refusal.status == 503 else []
    await _answer(send, refusal.status, body, _JSON, _AS_IT_IS, *close)


async def _answer(send: Send, status: int, body: bytes, content_type: bytes, *more: tuple[bytes, bytes]) -> None:
    # A list of headers for each answer: middleware may write into it.
    headers = [
        (b"content-type", content_type),
        (b"content-length", b"%d" % len(body)),
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
