"""The demo's colleagues: agents at seats that nobody sits at, over the same socket as everybody's browser.

They know the stories, take their time to read and to type, go on breaks, and close their books. Who writes without a
story gets a friendly word and is left to the people who try the desk out.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Coroutine
from itertools import count
from random import Random
from time import monotonic
from typing import Any

import msgspec
from aiohttp import ClientError, ClientSession, ClientWebSocketResponse, WSMsgType

from desk.demo.stage import Performance, Stage
from desk.seed import DEMO_PASSWORD
from sessions.ids import CustomerId

ACCEPT_S = (1.5, 5.0)
READ_S = (3.0, 7.0)
TYPED_PER_S = 7.0
CLOSE_S = (5.0, 12.0)
LOOK_EVERY_S = 1.0
QUIET_S = 2.5
"""A burst is over when nothing more came for so long."""
REPLY_WITHIN_S = 20.0
COME_BACK_S = 3.0
BREAK_EVERY_S = (400.0, 1200.0)
BREAK_S = (60.0, 180.0)
GREETING = "您好，请问有什么可以帮您？"
FAREWELL = "感谢您的咨询，祝您生活愉快！"
STAYS_S = 45.0
"""So long a seat keeps a talk that nobody has a word for any more."""

log = logging.getLogger(__name__)


class Colleague:
    """An agent who works by themselves; `sit` until cancelled."""

    def __init__(self, http: ClientSession, user: str, stage: Stage, chance: Random) -> None:
        self._http = http
        self._user = user
        self._stage = stage
        self._chance = chance
        self._ids = count(1)
        self._replies: dict[str, asyncio.Future[Any]] = {}
        self._socket: ClientWebSocketResponse | None = None
        self._seat = ""
        self._talks: dict[str, asyncio.Task[None]] = {}
        self._heard_at: dict[str, float] = {}
        """When the customer of a session was heard last."""

    async def sit(self) -> None:
        """Signs in, works, and comes back after whatever interrupts it."""
        while True:
            try:
                async with self._line() as socket:
                    await self._work(socket)
            except (ClientError, TimeoutError, OSError) as failure:
                log.info("a colleague of the demo is away", extra={"user": self._user, "reason": str(failure)})
            await asyncio.sleep(COME_BACK_S)

    @contextlib.asynccontextmanager
    async def _line(self) -> AsyncIterator[ClientWebSocketResponse]:
        form = {"username": self._user, "password": DEMO_PASSWORD}
        async with self._http.post("/sign-in", data=form, allow_redirects=False) as answer:
            answer.raise_for_status()
        async with self._http.ws_connect("/ws", protocols=("desk.v1",), heartbeat=20) as socket:
            self._socket = socket
            try:
                yield socket
            finally:
                self._socket = None
                for task in self._talks.values():
                    task.cancel()
                self._talks.clear()

    async def _work(self, socket: ClientWebSocketResponse) -> None:
        message = await socket.receive()
        if message.type is not WSMsgType.TEXT:  # turned away: nobody signs in while the desk is coming up
            return
        first: Any = msgspec.json.decode(message.data)
        self._seat = first["snapshot"]["me"]["seat"]
        beside = [asyncio.create_task(self._settle_in(first["snapshot"])), asyncio.create_task(self._take_breaks())]
        try:
            async for message in socket:
                if message.type is not WSMsgType.TEXT:
                    return
                self._take(msgspec.json.decode(message.data))
        finally:
            for task in beside:
                task.cancel()

    async def _settle_in(self, snapshot: Any) -> None:
        await self._ask("sign_in_seat")
        for session in snapshot["sessions"]:
            if session["state"] == "offered":
                self._begin(session["session"], session["customer"], accept=True)
            elif session["state"] in {"active", "wrap_up"}:
                self._begin(session["session"], session["customer"])

    def _take(self, frame: Any) -> None:
        if "reply" in frame:
            if (waiting := self._replies.pop(frame["reply"], None)) and not waiting.done():
                waiting.set_result(frame)
            return
        event = frame.get("event", {})
        session = event.get("session", "")
        if event.get("seat") != self._seat:
            return
        match event["type"]:
            case "session_offered":
                self._begin(session, event["customer"], accept=True)
            case "message_received":
                self._heard_at[session] = monotonic()
                if session not in self._talks:  # parked until now
                    self._begin(session, event["customer"])
            case "session_parked" | "session_closed" | "segment_ended" | "offer_timed_out" | "offer_rescinded":
                self._end(session)

    def _begin(self, session: str, customer: str, *, accept: bool = False) -> None:
        self._end(session)
        self._heard_at[session] = monotonic()
        talk = self._talk(session, CustomerId(customer), accept=accept)
        self._talks[session] = asyncio.create_task(_calmly(talk, self._user))

    def _end(self, session: str) -> None:
        if task := self._talks.pop(session, None):
            task.cancel()

    # A talk.

    async def _talk(self, session: str, customer: CustomerId, *, accept: bool) -> None:
        if accept:
            await asyncio.sleep(self._chance.uniform(*ACCEPT_S))
            if not await self._ask("accept", session=session):
                return
        answered: object = None
        greeted = False
        while not self._is_over(session, performance := self._stage.of(customer)):
            await asyncio.sleep(LOOK_EVERY_S)
            if monotonic() - self._heard_at[session] < QUIET_S:
                continue
            if performance is None or performance.is_over:
                if not greeted and performance is None:
                    greeted = True
                    await self._say(session, GREETING)
            elif performance.turn is not None and performance.turn is not answered:
                answered = performance.turn
                for words in performance.turn.answers:
                    await self._say(session, words)
        await self._close(session, performance)

    def _is_over(self, session: str, performance: Performance | None) -> bool:
        silent_s = monotonic() - self._heard_at[session]
        if performance is not None and performance.is_over:
            return silent_s > self._chance.uniform(*CLOSE_S)
        return performance is None and silent_s > STAYS_S

    async def _say(self, session: str, words: str) -> None:
        await asyncio.sleep(self._chance.uniform(*READ_S) + len(words) / TYPED_PER_S)
        await self._ask("send", session=session, text=words)

    async def _close(self, session: str, performance: Performance | None) -> None:
        if performance is None or performance.story.goodbye:
            await self._say(session, FAREWELL)
        await self._ask("hang_up", session=session)
        await asyncio.sleep(self._chance.uniform(*CLOSE_S))
        disposition = performance.story.disposition if performance else "其他"
        await self._ask("wrap_up", session=session, disposition=disposition)

    # Everything else.

    async def _take_breaks(self) -> None:
        while True:
            await asyncio.sleep(self._chance.uniform(*BREAK_EVERY_S))
            reason = self._chance.choice(("restroom", "meal", "coaching"))
            await self._ask("set_presence", presence="break", reason=reason)
            await asyncio.sleep(self._chance.uniform(*BREAK_S))
            await self._ask("set_presence", presence="available")

    async def _ask(self, verb: str, **arguments: str) -> bool:
        """Whether the desk said yes; no answer counts as no."""
        if self._socket is None:
            return False
        command = str(next(self._ids))
        waiting = self._replies[command] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": command, "do": verb, **arguments})
        try:
            async with asyncio.timeout(REPLY_WITHIN_S):
                reply = await waiting
        except TimeoutError:
            return False
        finally:
            self._replies.pop(command, None)
        return bool(reply["ok"])


async def _calmly(talk: Coroutine[Any, Any, None], user: str) -> None:
    """A talk that breaks ends alone; the colleague works on."""
    try:
        await talk
    except (ClientError, OSError) as failure:
        log.info("a talk of the demo broke off", extra={"user": user, "reason": str(failure)})
