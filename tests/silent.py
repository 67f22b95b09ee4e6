"""A line to Redis whose connections can go silent: nobody hangs up, nothing comes any more."""

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Line:
    """Forwards TCP connections to a Redis on a unix socket."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._open: set[asyncio.Task[None]] = set()
        self.url = ""

    def fall_silent(self) -> asyncio.Event:
        """The connections of this moment bring nothing more, until the event is set; new ones do."""
        silent, self._flowing = self._flowing, asyncio.Event()
        self._flowing.set()
        silent.clear()
        return silent

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._open.add(task)
        flowing = self._flowing
        come, there = await asyncio.open_unix_connection(self._path)
        try:
            await asyncio.gather(_pass_on(reader, there, flowing), _pass_on(come, writer, flowing))
        except (OSError, EOFError, asyncio.CancelledError):
            pass
        finally:
            for each in (writer, there):
                each.transport.abort()
            self._open.discard(task)

    async def close(self) -> None:
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)


@contextlib.asynccontextmanager
async def line_to(redis_url: str) -> AsyncIterator[Line]:
    """A line to this Redis; `url` is its near end."""
    line = Line(redis_url.removeprefix("unix://").split("?", maxsplit=1)[0])
    async with await asyncio.start_server(line.serve, "127.0.0.1", 0) as server:
        line.url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield line
        finally:
            await line.close()


async def _pass_on(source: asyncio.StreamReader, to: asyncio.StreamWriter, flowing: asyncio.Event) -> None:
    while data := await source.read(65_536):
        await flowing.wait()
        to.write(data)
        await to.drain()
    raise EOFError
