"""One call of WeChat's API, and the three things that can come of it: an answer, a refusal, silence.

WeChat answers HTTP 200 whatever happened and tells by `errcode`. What it does not answer is the harder case: a
message may have been sent although nobody said so. Whoever calls needs to know which silence it was, so every
fault is either "certainly did not arrive" (no connection was made) or "may have arrived" (anything later).
"""

from http import HTTPStatus
from typing import Any

import aiohttp
import msgspec
from msgspec import Struct

CONNECT_S_MAX = 3.0
POOL_S_MAX = 6.0
"""For a connection to be made, its name looked up and all."""
READ_S_MAX = 8.0
KEEP_ALIVE_S = 4.0
"""Shorter than servers keep an idle connection: a request on one they just closed has an unknown fate."""
CALL_S_MAX = 12.0
"""The whole call, however slowly its bytes trickle."""
ANSWER_BYTES_MAX = 1 << 20

_NOT_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
)


def open_client() -> aiohttp.ClientSession:
    """The connections of one process, for an `async with`: uncompressed, without cookies, without redirects."""
    return aiohttp.ClientSession(
        # Without a limit: callers have one for each account, and one for all could be used up by an account that hangs.
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_S),
        # Uncompressed, so that a bound on bytes read is a bound on memory.
        headers={"accept-encoding": "identity"},
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
    )


class Refused(Struct, frozen=True):
    """WeChat said no: `errcode` decides what to do (see `errcodes`), `errmsg` is for logs and support only."""

    errcode: int
    errmsg: str


class Unreached(Struct, frozen=True):
    """No answer that could be read. `may_have_arrived` is false only when the request certainly never got there."""

    may_have_arrived: bool
    cause: str = ""


class Oversized(Struct, frozen=True):
    """The answer is longer than the caller allows, and was not read to its end."""

    bytes_max: int


class Answer(Struct, frozen=True):
    """A body that was read whole, with the headers that describe it."""

    body: bytes
    content_type: str
    disposition: str


async def call(
    client: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    bytes_max: int = ANSWER_BYTES_MAX,
    seconds_max: float = CALL_S_MAX,
    **request: Any,
) -> Answer | Oversized | Unreached:
    """Sends one request and reads at most `bytes_max` of the answer. Never raises for what the network does."""
    timeout = aiohttp.ClientTimeout(
        total=seconds_max, connect=POOL_S_MAX, sock_connect=CONNECT_S_MAX, sock_read=READ_S_MAX
    )
    try:
        async with client.request(method, url, timeout=timeout, allow_redirects=False, **request) as response:
            if response.status != HTTPStatus.OK:
                # A server that failed may have done the work before; one that turned us away did not.
                return Unreached(response.status >= 500, f"HTTP {response.status}")
            body = bytearray()
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > bytes_max:
                    response.close()
                    return Oversized(bytes_max)
            told = response.headers
            return Answer(bytes(body), told.get("content-type", ""), told.get("content-disposition", ""))
    except _NOT_SENT as error:
        return Unreached(False, type(error).__name__)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return Unreached(True, type(error).__name__)


async def call_json(
    client: aiohttp.ClientSession, method: str, url: str, *, json: object = None, **request: Any
) -> dict[str, Any] | Refused | Unreached:
    """A call that is answered in JSON; its fields, unless `errcode` says no.

    The request goes out as raw UTF-8: WeChat takes escapes for literal text.
    """
    if json is not None:
        request |= {"data": msgspec.json.encode(json), "headers": {"content-type": "application/json"}}
    answer = await call(client, method, url, **request)
    match answer:
        case Unreached():
            return answer
        case Oversized():
            return Unreached(True, "the answer is too long")
        case Answer():
            fields = fields_in(answer.body)
            return fields if fields is not None else Unreached(True, "the answer is not JSON")


def fields_in(body: bytes) -> dict[str, Any] | Refused | None:
    """The fields of a JSON answer, or WeChat's refusal; None where the body is no JSON object."""
    try:
        fields = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    errcode = fields.get("errcode", 0)
    if not isinstance(errcode, int):
        return None
    return Refused(errcode, str(fields.get("errmsg", ""))[:300]) if errcode else fields


_decoder = msgspec.json.Decoder(dict[str, Any])
