"""Who takes part beside the browser: customers who push, and a colleague at a plain socket."""

import asyncio
import itertools
import json
from typing import Any

from desk.bench.pushes import Pushes
from desk.bench.seats import Seat, Seen
from desk.bench.site import clock
from desk.bench.websocket import WebSocket
from desk.bench.wire import Client

AGENT, COLLEAGUE = "agent9", "agent17"
TAKEN_WITHIN_S = 60.0


class Customers:
    """Everybody who writes."""

    def __init__(self, port: int) -> None:
        self._pushes = Pushes(f"127.0.0.1:{port}")
        self._client = Client("127.0.0.1", port)

    async def open(self) -> None:
        """Connect."""
        await self._client.open(4)

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    async def write(self, customer: int, text: str) -> None:
        """The customer's words, pushed until they are taken."""
        request = self._pushes.text(customer, text)
        until = clock() + TAKEN_WITHIN_S
        while clock() < until:
            try:
                async with asyncio.timeout(5):
                    if (await self._client.post(request)).endswith(b"success"):
                        return
            except (ConnectionError, TimeoutError):
                pass
            await asyncio.sleep(0.3)
        raise TimeoutError(f"{text!r} was not taken")


class Colleague(Seat):
    """Takes what is handed to them, says a word, and hands it back."""

    def __init__(self, port: int) -> None:
        super().__init__(COLLEAGUE, port, Seen(), itertools.count(), 0)

    def _take(self, socket: WebSocket, frame: str) -> None:
        super()._take(socket, frame)
        event = _event(frame)
        if event and event["type"] == "session_accepted" and event["seat"] == COLLEAGUE:
            session = event["session"]
            if event.get("from_seat") == AGENT:  # not one that it was given because the agent's desk was unreachable
                self._do(socket, "send", session=session, text=f"同事来看一下 {session}")
            self._do(socket, "transfer", session=session, to_seat=AGENT, note="看过了")
        elif event and event["type"] == "offer_timed_out" and event.get("from_seat") == COLLEAGUE:
            self._do(socket, "transfer", session=event["session"], to_seat=AGENT, note="再请接入")


def _event(frame: str) -> dict[str, Any] | None:
    decoded: dict[str, Any] = json.loads(frame)
    return decoded.get("event")
