"""Keep-alive HTTP/1.1 towards the gateway, about 25 µs of CPU a request (httpx2 takes 500).

The simulator is also the load generator, and a general client would cost more than the gateway it measures; so
this one knows only what a platform needs: one request at a time on a connection, a bound on the answer, a pool
per host. httptools parses. A kept connection may have been closed by the other side just as it was taken from
the pool; if not one byte came back on it, the request goes once more on a new one.
"""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Final, cast
from urllib.parse import urlsplit

import httptools
from msgspec import Struct

ANSWER_BYTES_MAX: Final = 256 * 1024
IDLE_MAX: Final = 256
"""Kept connections a host."""


class Answer(Struct, frozen=True):
    """A complete response."""

    status: int
    body: bytes


class WireError(OSError):
    """No complete answer: connection refused or lost, answer malformed or too long."""


class Target(Struct, frozen=True):
    """A URL taken apart: whom to connect to and what to ask for."""

    host: str
    port: int
    secure: bool
    path: str

    @classmethod
    def of(cls, url: str) -> "Target":
        """Raises ValueError when the URL is not http(s) with a host."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("The URL must begin with http:// or https:// and name a host.")
        secure = parts.scheme == "https"
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        return cls(parts.hostname, parts.port or (443 if secure else 80), secure, path)


class _Connection(asyncio.Protocol):
    """One connection, at most one request under way on it. The parser calls the `on_` methods."""

    transport: asyncio.Transport

    def __init__(self, idle: "list[_Connection]", alive: "set[_Connection]") -> None:
        self._idle = idle
        self._alive = alive
        self._answer: asyncio.Future[Answer] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []
        self._size = 0
        self.heard = False
        self.closed = False

    def ask(self, request: bytes) -> asyncio.Future[Answer]:
        self._answer = asyncio.get_running_loop().create_future()
        self._body, self._size, self.heard = [], 0, False
        self.transport.write(request)
        return self._answer

    def close(self) -> None:
        self.closed = True
        self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transport is one by its methods only.
        self.transport = cast("asyncio.Transport", transport)
        self._alive.add(self)

    def data_received(self, data: bytes) -> None:
        self.heard = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._fail("malformed answer")

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._alive.discard(self)
        if self in self._idle:
            self._idle.remove(self)
        self._fail("connection lost")

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size > ANSWER_BYTES_MAX:
            self._fail("answer too long")
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        answer, self._answer = self._answer, None
        if answer is None or answer.done():
            return
        status = self._parser.get_status_code()
        if status < 200:
            self._answer = answer
            return
        if self._parser.should_keep_alive() and not self.closed and len(self._idle) < IDLE_MAX:
            self._idle.append(self)
        else:
            self.close()
        answer.set_result(Answer(status, b"".join(self._body)))

    def _fail(self, why: str) -> None:
        answer, self._answer = self._answer, None
        if not self.closed:
            self.close()
        if answer is not None and not answer.done():
            answer.set_exception(WireError(why))


class HttpClient:
    """A pool of connections. Belongs to one event loop."""

    def __init__(self) -> None:
        self._idle: dict[tuple[str, int, bool], list[_Connection]] = {}
        self._alive: set[_Connection] = set()

    async def request(
        self, method: str, url: str, query: str, body: bytes, headers: Mapping[str, str], timeout_s: float
    ) -> Answer:
        """One request with `query` appended to the URL's own.

        Raises `TimeoutError` when no complete answer came in time (the connection is cut) and `WireError`.
        """
        target = Target.of(url)
        separator = "&" if "?" in target.path else "?"
        path = f"{target.path}{separator}{query}" if query else target.path
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"{method} {path} HTTP/1.1\r\nHost: {target.host}:{target.port}\r\n{lines}"
        request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        async with asyncio.timeout(timeout_s):
            return await self._ask(target, request)

    def close(self) -> None:
        """Cuts every connection; requests under way end with `WireError`."""
        for connection in list(self._alive):
            connection.close()
        self._idle.clear()

    async def _ask(self, target: Target, request: bytes) -> Answer:
        idle = self._idle.setdefault((target.host, target.port, target.secure), [])
        if idle:
            connection = idle.pop()
            try:
                return await self._on(connection, request)
            except WireError:
                if connection.heard:
                    raise
        return await self._on(await self._connect(target, idle), request)

    async def _on(self, connection: _Connection, request: bytes) -> Answer:
        try:
            return await connection.ask(request)
        except asyncio.CancelledError:
            connection.close()
            raise

    async def _connect(self, target: Target, idle: list[_Connection]) -> _Connection:
        context = ssl.create_default_context() if target.secure else None
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(
                lambda: _Connection(idle, self._alive), target.host, target.port, ssl=context
            )
        except OSError as error:
            raise WireError(error.strerror or "no connection") from error
        return connection
