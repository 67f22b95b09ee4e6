"""Who takes part beside the browser: customers who push, and a colleague at a plain socket."""

import asyncio
import contextlib
import itertools
import json

from desk.bench.pushes import Pushes
from desk.bench.seats import Seat, Seen
from desk.bench.site import clock
from desk.bench.websocket import Closed, WebSocket
from desk.bench.wire import Client

AGENT, COLLEAGUE = "agent9", "agent17"
COLLEAGUE_SAYS = "同事来看一下"
TAKEN_WITHIN_S = 60.0
OVER = {"not_your_session", "session_unknown"}
"""Why a session is not handed back any more."""


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
    """Takes what is handed to them, says a word, and hands it back, again while the agent cannot be reached.

    Hangs up what has changed hands too often.
    """

    def __init__(self, port: int) -> None:
        super().__init__(COLLEAGUE, port, Seen(), itertools.count(), 0)
        self._socket: WebSocket | None = None

    def _take_reply(self, frame: str) -> None:
        reply = json.loads(frame)
        command, _ = self._asked.get(reply["reply"], ("{}", None))
        super()._take_reply(frame)
        asked = json.loads(command)
        if reply["ok"] or asked.get("do") != "transfer" or reply["error"]["code"] in OVER:
            return
        then = self._hang_up if reply["error"]["code"] == "too_many_hops" else self._hand_back
        asyncio.get_running_loop().call_later(1, then, asked["session"])

    def _hand_back(self, session: str) -> None:
        self._ask("transfer", session=session, to_seat=AGENT, note="再请接入")

    def _hang_up(self, session: str) -> None:
        self._ask("hang_up", session=session)
        self._ask("wrap_up", session=session, disposition="其他")

    def _ask(self, verb: str, **arguments: str) -> None:
        assert self._socket
        with contextlib.suppress(Closed, OSError):  # it is asked again after the return
            self._do(self._socket, verb, None, **arguments)

    def _take(self, socket: WebSocket, frame: str) -> None:
        self._socket = socket
        super()._take(socket, frame)
        decoded = json.loads(frame)
        for mine in decoded.get("snapshot", {}).get("sessions", ()):  # what was accepted while the line was down
            if mine["state"] == "active":
                self._hand_back(mine["session"])
        event = decoded.get("event", {"type": ""})
        if event["type"] == "session_accepted" and event["seat"] == COLLEAGUE:
            session = event["session"]
            if event.get("from_seat") == AGENT:  # not one that it was given because the agent's desk was unreachable
                self._do(socket, "send", session=session, text=f"{COLLEAGUE_SAYS} {session}")
            self._do(socket, "transfer", session=session, to_seat=AGENT, note="看过了")
        elif event["type"] == "offer_timed_out" and event.get("from_seat") == COLLEAGUE:
            self._hand_back(event["session"])
