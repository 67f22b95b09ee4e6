"""One browser's socket: a bounded queue of frames, and who sits behind it.

The hub only ever puts frames into the queue; a writer of the socket's own sends them. A browser that does not
keep up fills its queue and is dropped with a code, and never holds up the others; it resumes where it was.
"""

import asyncio
import contextlib
import time

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from desk.web_session import Identity
from sessions.ids import ConnectionId, Seq

QUEUE_MAX = 2_000
STUCK_AFTER_S = 20.0
"""A browser that takes nothing for so long, though something waits, is as good as gone."""
TOO_SLOW = 4408
GOING_AWAY = 1012


class FrameQueue:
    """What is to be sent to a browser, and how the sending ends."""

    def __init__(self, websocket: WebSocket, frames_max: int = QUEUE_MAX) -> None:
        self._websocket = websocket
        self._frames_max = frames_max
        self._frames: asyncio.Queue[str | None] = asyncio.Queue(frames_max + 1)
        self._sent = 0
        self._looked_at = (0, time.monotonic())
        self._close_code = 1000
        self.dropped = asyncio.Event()

    def put(self, frame: str) -> None:
        """Queue a frame; a full queue drops the browser instead."""
        if self.dropped.is_set():
            return
        if self._frames.qsize() >= self._frames_max:
            self.drop(TOO_SLOW)
        else:
            self._frames.put_nowait(frame)

    def drop(self, code: int) -> None:
        """Close the socket with this code once; what is still queued is not sent."""
        if self.dropped.is_set():
            return
        self._close_code = code
        self.dropped.set()
        while not self._frames.empty():
            self._frames.get_nowait()
        self._frames.put_nowait(None)

    def drop_if_stuck(self, now_s: float) -> None:
        """Drop the browser when nothing has left the queue for too long; to be asked now and then."""
        sent, since_s = self._looked_at
        if sent != self._sent or self._frames.empty():
            self._looked_at = self._sent, now_s
        elif now_s - since_s > STUCK_AFTER_S:
            self.drop(TOO_SLOW)

    async def write(self) -> None:
        """Send what is queued until the socket is dropped or gone."""
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # RuntimeError: closed under our hands
            while (frame := await self._frames.get()) is not None:
                await self._websocket.send_text(frame)
                self._sent += 1
            if self._websocket.application_state is WebSocketState.CONNECTED:
                await self._websocket.close(self._close_code)


class Socket(FrameQueue):
    """A signed-in browser at this hub. `html` asks for rendered fragments beside the events."""

    def __init__(
        self, websocket: WebSocket, identity: Identity, token: str, connection: ConnectionId, *, html: bool
    ) -> None:
        super().__init__(websocket)
        self.identity = identity
        self.token = token
        self.was_used = True
        """Whether the person has done something through it since that was last asked."""
        self.connection = connection
        self.html = html
        self.looks_at = ""
        """The list that it has before it, of those that only who looks is told about."""
        self.sent_seq = Seq(0)
        """Events up to here are in the queue or sent; the hub does not send them again."""
        self.under_way = 0
        """Commands of this browser that are not answered yet."""
        self.held_back_until_s = 0.0
        """Until then nothing is taken from this browser."""
