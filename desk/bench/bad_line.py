"""The network between a browser and the desk, as bad as it gets: a proxy whose connections break when told to."""

import asyncio
import contextlib

CHUNK = 16_384


class BadLine:
    """Forwards one port to another, until it does not."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._stalled = asyncio.Event()
        self._stalled.set()
        self._refusing = False
        self._cutting = False
        self.port = 0

    async def __aenter__(self) -> "BadLine":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *failure: object) -> None:
        assert self._server
        self._server.close()
        self.cut()

    def cut(self) -> None:
        """Every connection is reset, at once."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def cut_within_a_frame(self) -> None:
        """The next thing that the desk says arrives by half; then the connection is reset."""
        self._cutting = True
        await asyncio.sleep(0.5)
        self._cutting = False

    async def stall(self, seconds: float) -> None:
        """Nothing arrives, and nobody is told; what was on its way comes afterwards."""
        self._stalled.clear()
        await asyncio.sleep(seconds)
        self._stalled.set()

    async def refuse(self, seconds: float) -> None:
        """Every connection is reset, and none is to be had for a while."""
        self._refusing = True
        self.cut()
        await asyncio.sleep(seconds)
        self._refusing = False

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        there: asyncio.StreamWriter | None = None
        try:
            if self._refusing:
                return
            come, there = await asyncio.open_connection("127.0.0.1", self._to)
            await asyncio.gather(self._pass_on(reader, there, of_desk=False), self._pass_on(come, writer, of_desk=True))
        except OSError:
            pass
        finally:
            self._writers.discard(writer)
            for each in (writer, there):
                if each:
                    each.transport.abort()

    async def _pass_on(self, source: asyncio.StreamReader, to: asyncio.StreamWriter, *, of_desk: bool) -> None:
        while data := await source.read(CHUNK):
            await self._stalled.wait()
            if to.is_closing():
                break
            if of_desk and self._cutting:
                to.write(data[: len(data) // 2])
                with contextlib.suppress(OSError):
                    await to.drain()
                raise ConnectionResetError("cut within a frame")
            to.write(data)
            await to.drain()
        raise ConnectionResetError("one of the two hung up")
