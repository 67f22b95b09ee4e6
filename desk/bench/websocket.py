"""A WebSocket client at the least cost (RFC 6455): text frames, pings answered, no extensions.

Thirty seats share a core with everything that is measured; a full client would be a third of the load.
"""

import asyncio
import base64
import os
import struct
from collections import deque
from typing import cast

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
ZERO_MASK = b"\0\0\0\0"
"""A mask is required of clients; its value protects proxies, of which there are none here."""


class Closed(Exception):  # noqa: N818 - it names what happened
    """The server hung up; `code` is its close code, 1006 without one."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class WebSocket(asyncio.Protocol):
    """One connection after its handshake."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._data = b""
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._is_open = False
        self._frames: deque[str] = deque()
        self._arrived = asyncio.Event()
        self._closed: Closed | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._data += data
        if not self._is_open:
            head, found, rest = self._data.partition(b"\r\n\r\n")
            if not found:
                return
            self._is_open, self._data = True, rest
            if b" 101 " in head.partition(b"\r\n")[0]:
                self._opened.set_result(None)
            else:
                self._opened.set_exception(Closed(1006))
        self._read_frames()

    def connection_lost(self, _exc: Exception | None) -> None:
        self._closed = self._closed or Closed(1006)
        self._arrived.set()
        if not self._opened.done():
            self._opened.set_exception(self._closed)

    async def receive(self) -> str:
        """The next text frame; raises `Closed` after the last."""
        while not self._frames:
            if self._closed:
                raise self._closed
            self._arrived.clear()
            await self._arrived.wait()
        return self._frames.popleft()

    def send(self, text: str) -> None:
        """One text frame."""
        self._write(TEXT, text.encode())

    def close(self) -> None:
        """Hang up without further words."""
        if self._transport:
            self._transport.abort()

    async def opened(self) -> None:
        """Return when the handshake is done; raises `Closed` when it was refused."""
        await self._opened

    def _read_frames(self) -> None:
        data, at = self._data, 0
        while len(data) - at >= 2:
            length, start = data[at + 1] & 0x7F, at + 2
            if length == 126:
                if len(data) < start + 2:
                    break
                (length,), start = struct.unpack_from(">H", data, start), start + 2
            elif length == 127:
                if len(data) < start + 8:
                    break
                (length,), start = struct.unpack_from(">Q", data, start), start + 8
            if len(data) < start + length:
                break
            self._take(data[at] & 0x0F, data[start : start + length])
            at = start + length
        self._data = data[at:]

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == TEXT:
            self._frames.append(payload.decode())
            self._arrived.set()
        elif kind == PING:
            self._write(PONG, payload)
        elif kind == CLOSE:
            self._closed = Closed(struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else 1005)
            self._write(CLOSE, payload[:2])
            self._arrived.set()

    def _write(self, kind: int, payload: bytes) -> None:
        assert self._transport is not None
        if self._transport.is_closing():
            raise Closed(1006)
        length = len(payload)
        if length < 126:
            head = struct.pack(">BB", 0x80 | kind, 0x80 | length)
        elif length < 65_536:
            head = struct.pack(">BBH", 0x80 | kind, 0x80 | 126, length)
        else:
            head = struct.pack(">BBQ", 0x80 | kind, 0x80 | 127, length)
        self._transport.write(head + ZERO_MASK + payload)


async def connect(port: int, path: str, cookie: str) -> WebSocket:
    """A socket at our own server; raises OSError or `Closed` when it is not to be had."""
    _, socket = await asyncio.get_running_loop().create_connection(WebSocket, "127.0.0.1", port)
    key = base64.b64encode(os.urandom(16)).decode()
    assert socket._transport is not None  # noqa: SLF001 - made here
    socket._transport.write(  # noqa: SLF001
        f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
        f"sec-websocket-key: {key}\r\nsec-websocket-version: 13\r\nsec-websocket-protocol: desk.v1\r\n"
        f"cookie: {cookie}\r\n\r\n".encode()
    )
    await socket.opened()
    return socket
