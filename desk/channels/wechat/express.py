"""The shortest way to WeChat for the one call that is made a thousand times a second.

A general client spends 0.5 ms of CPU on a request, most of it in its transport; this transport carries custom/send on
connections of its own, parsed by httptools, for a tenth of that, and hands every other request to the library's.
Unlike pools that may repeat a request on a connection found dead, this one never does: a message whose connection is
lost may have arrived, and the caller is told so.
"""

import asyncio
import ssl
import time
from collections import deque
from typing import cast
from urllib.request import getproxies

import httptools
import httpx2

from desk.channels.wechat.calls import ANSWER_BYTES_MAX

SEND_PATH = b"/cgi-bin/message/custom/send"
IDLE_S_MAX = 5.0
"""A kept connection is not used after so long: the longer it idles, the likelier the other end is closing it."""
CONNECTIONS_MAX = 64
"""For everything that goes the library's way."""

_Origin = tuple[bytes, str, int]


def open_client() -> httpx2.AsyncClient:
    """A client for `WeChatApi` that takes the short way; where the environment names a proxy, the library's."""
    if getproxies():
        return httpx2.AsyncClient(limits=_limits())
    return httpx2.AsyncClient(transport=ExpressTransport())


def _limits() -> httpx2.Limits:
    return httpx2.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=CONNECTIONS_MAX)


class ExpressTransport(httpx2.AsyncBaseTransport):
    """As many connections as there are requests at a time, the last one used taken first."""

    def __init__(self) -> None:
        self._context = httpx2.create_ssl_context()
        self._others = httpx2.AsyncHTTPTransport(verify=self._context, limits=_limits())
        self._idle: dict[_Origin, deque[_Connection]] = {}
        self._open: set[_Connection] = set()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Raises `ConnectError` or `ConnectTimeout` where nothing was sent, other `HTTPError`s where it was."""
        path = request.url.raw_path.partition(b"?")[0]
        if not path.endswith(SEND_PATH):
            return await self._others.handle_async_request(request)
        body = await request.aread()
        timeout = request.extensions.get("timeout", {})
        url = request.url
        origin = url.raw_scheme, url.host, url.port or (443 if url.scheme == "https" else 80)
        connection = self._kept(origin) or await self._connect(origin, timeout.get("connect"))
        return await connection.ask(_head(request) + body, timeout.get("read"))

    async def aclose(self) -> None:
        """Cuts every connection; requests under way end with `ReadError`."""
        for connection in list(self._open):
            connection.cut()
        await self._others.aclose()

    def _kept(self, origin: _Origin) -> "_Connection | None":
        kept = self._idle.get(origin)
        while kept:
            connection = kept.pop()
            if connection.is_fresh():
                return connection
            connection.cut()
        return None

    async def _connect(self, origin: _Origin, timeout_s: float | None) -> "_Connection":
        scheme, host, port = origin
        kept = self._idle.setdefault(origin, deque())
        context: ssl.SSLContext | None = self._context if scheme == b"https" else None
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout_s):
                _, connection = await loop.create_connection(
                    lambda: _Connection(kept, self._open), host, port, ssl=context
                )
        except TimeoutError as error:
            raise httpx2.ConnectTimeout("no connection in time") from error
        except OSError as error:
            raise httpx2.ConnectError(str(error)) from error
        return connection


class _Connection(asyncio.Protocol):
    """One connection with at most one request under way. The parser calls the `on_` methods."""

    def __init__(self, kept: "deque[_Connection]", still_open: "set[_Connection]") -> None:
        self._kept = kept
        self._still_open = still_open
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[httpx2.Response] | None = None
        self._headers: list[tuple[bytes, bytes]] = []
        self._body = bytearray()
        self._idle_since = 0.0
        self._deaf = False

    def is_fresh(self) -> bool:
        """Whether it can be expected to be open at the other end, too."""
        return not self._deaf and time.monotonic() - self._idle_since < IDLE_S_MAX

    async def ask(self, request: bytes, timeout_s: float | None) -> httpx2.Response:
        """Send the request and wait for the answer, silent for `timeout_s` at most."""
        assert self._transport is not None
        loop = asyncio.get_running_loop()
        self._answer = loop.create_future()
        self._headers, self._body = [], bytearray()
        timer = loop.call_later(timeout_s, self._run_out) if timeout_s else None
        self._transport.write(request)
        try:
            return await self._answer
        except BaseException:
            self.cut()
            raise
        finally:
            if timer:
                timer.cancel()

    def cut(self) -> None:
        """Let go of it at once."""
        self._deaf = True
        if self._transport:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its bases
        self._still_open.add(self)

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            self.cut()  # nobody asked
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(httpx2.RemoteProtocolError(str(error)))

    def connection_lost(self, exc: Exception | None) -> None:
        self._deaf = True
        self._still_open.discard(self)
        if self in self._kept:
            self._kept.remove(self)
        self._fail(httpx2.ReadError("the connection was lost before the answer"))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        self._body += body
        if len(self._body) > ANSWER_BYTES_MAX:
            self._fail(httpx2.ReadError("the answer is too long"))

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < httpx2.codes.OK:
            self._headers = []  # only an announcement of the answer
            return
        answer, self._answer = self._answer, None
        if answer is None or answer.done():
            return
        if self._parser.should_keep_alive() and not self._deaf:
            self._idle_since = time.monotonic()
            self._kept.append(self)
        else:
            self.cut()
        answer.set_result(httpx2.Response(status, headers=self._headers, stream=httpx2.ByteStream(bytes(self._body))))

    def _run_out(self) -> None:
        self._fail(httpx2.ReadTimeout("no answer in time"))

    def _fail(self, error: Exception) -> None:
        answer, self._answer = self._answer, None
        if not self._deaf:
            self.cut()
        if answer is not None and not answer.done():
            answer.set_exception(error)


def _head(request: httpx2.Request) -> bytes:
    lines = [b"%s %s HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    lines += [b"%s: %s" % header for header in request.headers.raw]
    return b"\r\n".join(lines) + b"\r\n\r\n"
