"""HTTP at the least cost: the load must not be what is measured.

A pool of keep-alive connections with one request under way on each, and the other end, a server that hands raw
requests to a function. Both know only what the bench sends and is sent.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import cast

CONNECTIONS = 64


class Client:
    """Posts prepared requests to one server. A request waits its turn when every connection is busy.

    A connection that the server hangs up is opened again, for as long as the client is open.
    """

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._idle: set[_Connection] = set()
        self._waiting: deque[tuple[bytes, asyncio.Future[bytes]]] = deque()
        self._all: set[_Connection] = set()
        self._reopening: set[asyncio.Task[None]] = set()
        self._closed = False

    async def open(self, connections: int = CONNECTIONS) -> None:
        """Connect; raises OSError when the server is not there."""
        for _ in range(connections):
            await self._connect()

    def post(self, request: bytes) -> "asyncio.Future[bytes]":
        """The whole answer to this request, headers and all; ConnectionError when the server hangs up on it."""
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        if self._idle:
            self._idle.pop().send(request, answer)
        else:
            self._waiting.append((request, answer))
        return answer

    def close(self) -> None:
        """Hang up."""
        self._closed = True
        for task in self._reopening:
            task.cancel()
        for connection in self._all:
            connection.close()

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(lambda: _Connection(self._done, self._lost), *self._address)
        self._all.add(connection)
        self._done(connection)

    def _done(self, connection: "_Connection") -> None:
        if self._waiting:
            connection.send(*self._waiting.popleft())
        else:
            self._idle.add(connection)

    def _lost(self, connection: "_Connection") -> None:
        self._all.discard(connection)
        self._idle.discard(connection)
        if not self._closed:
            task = asyncio.get_running_loop().create_task(self._reconnect())
            self._reopening.add(task)
            task.add_done_callback(self._reopening.discard)

    async def _reconnect(self) -> None:
        while True:
            try:
                return await self._connect()
            except OSError:
                await asyncio.sleep(0.1)


class _Connection(asyncio.Protocol):
    def __init__(self, done: Callable[["_Connection"], None], lost: Callable[["_Connection"], None]) -> None:
        self._done = done
        self._lost = lost
        self._answer: asyncio.Future[bytes] | None = None
        self._data = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its bases

    def send(self, request: bytes, answer: "asyncio.Future[bytes]") -> None:
        assert self._transport is not None
        self._answer = answer
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._data += data
        if _whole_length(self._data) is None:
            return
        answer, self._answer = self._answer, None
        whole, self._data = self._data, b""
        if answer and not answer.done():
            answer.set_result(whole)
        self._done(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(ConnectionError("the server hung up"))
        self._lost(self)

    def close(self) -> None:
        if self._transport:
            self._transport.close()


Handler = Callable[[bytes, bytes], bytes]
"""From the request line and the body to the JSON to answer with."""


class Server(asyncio.Protocol):
    """One connection of an HTTP server that answers every request with JSON, after `delay_s()`."""

    def __init__(self, handler: Handler, delay_s: Callable[[], float] = float) -> None:
        self._handler = handler
        self._delay_s = delay_s
        self._data = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its bases

    def data_received(self, data: bytes) -> None:
        self._data += data
        while (end := _whole_length(self._data)) is not None:
            request, self._data = self._data[:end], self._data[end:]
            head, _, body = request.partition(b"\r\n\r\n")
            answer = self._handler(head.split(b"\r\n", 1)[0], body)
            head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(answer)
            if delay_s := self._delay_s():
                asyncio.get_running_loop().call_later(delay_s, self._write, head + answer)
            else:
                self._write(head + answer)

    def _write(self, answer: bytes) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.write(answer)


def _whole_length(data: bytes) -> int | None:
    """Where the first message in these bytes ends, or None while it is not all there."""
    head_end = data.find(b"\r\n\r\n")
    if head_end < 0:
        return None
    head = data[:head_end].lower()
    at = head.find(b"content-length:")
    length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    return head_end + 4 + length if len(data) >= head_end + 4 + length else None


async def closed_loop(client: Client, requests: Callable[[], bytes], seconds: float, workers: int = CONNECTIONS) -> int:
    """Post as fast as the server answers for so long; how many were answered with 200."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    answered = 0

    async def work() -> None:
        nonlocal answered
        while loop.time() < until:
            answer = await client.post(requests())
            answered += answer.startswith(b"HTTP/1.1 200")

    await asyncio.gather(*(work() for _ in range(workers)))
    return answered
