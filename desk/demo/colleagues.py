"""The demo's colleagues: agents at seats that nobody sits at, over the same socket as everybody's browser.

They know the stories, take their time to read and to type, go on breaks, and close their books. Who writes without a
story is a person, and is left to the people who try the desk out; while none of them is free, a colleague stands in.
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

from desk.demo.people import free_person, rings_at_a_person
from desk.demo.stage import Performance, Stage
from desk.seed import DEMO_PASSWORD
from sessions.ids import CustomerId, SeatId, SessionId

LOOK_AT_RING_S = (0.3, 0.8)
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
STANDING_IN = (
    "您好，您的问题已收到，我请同事为您核实，请稍候。",
    "好的，已为您记下，同事核实后会在这里回复您。",
    "收到，请您稍等，同事看到后会尽快回复。",
)
"""What a colleague says who knows no answer."""
HANDED_OVER = "演示：客户由真人扮演，请您接待"
FAREWELL = "感谢您的咨询，祝您生活愉快！"
STAYS_S = 45.0
"""So long a seat keeps a talk that has stayed over from an earlier start."""

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
        asked: set[SeatId] = set()
        if accept and not await self._pick_up(session, customer, asked):
            return
        answered: object = None
        performance = None
        while not (self._is_over(session, customer, performance) and await self._close(session, performance)):
            await asyncio.sleep(LOOK_EVERY_S)
            performance = self._stage.of(customer)
            if monotonic() - self._heard_at[session] < QUIET_S:
                continue
            if performance is None:
                answered = await self._stand_in(session, customer, asked, answered)
            elif performance.turn is not None and performance.turn is not answered:
                answered = performance.turn
                for words in performance.turn.answers:
                    await self._say(session, words)

    async def _pick_up(self, session: str, customer: CustomerId, asked: set[SeatId]) -> bool:
        """Whether the colleague has it now; a person's goes to people first, unless one of them sent it."""
        await asyncio.sleep(self._chance.uniform(*LOOK_AT_RING_S))
        stage = self._stage
        there = stage.floor.sessions.get(SessionId(session))
        if there is not None and there.offer is not None and stage.is_person(customer):
            asked.update(there.excluded)
            if there.offer.from_seat is not None:
                asked.add(there.offer.from_seat)
            elif self._seat not in asked and rings_at_a_person(stage.floor, there, stage.robots, asked):
                await self._ask("reject", session=session)
                return False
        await asyncio.sleep(self._chance.uniform(*ACCEPT_S))
        return await self._ask("accept", session=session)

    async def _stand_in(self, session: str, customer: CustomerId, asked: set[SeatId], answered: object) -> object:
        """Hands it to a person who is free, asking each once; says a word to each burst. Returns which one had it."""
        stage = self._stage
        there = stage.floor.sessions.get(SessionId(session))
        if there is None or there.offer is not None:
            return answered
        seat = free_person(stage.floor, there, stage.robots, asked) if stage.is_person(customer) else None
        if seat is not None:
            asked.add(seat)
            if await self._ask("transfer", session=session, to_seat=seat, note=HANDED_OVER):
                return answered
        burst = there.turn_last_at
        if there.turn == "seat" and burst != answered:
            await self._say(session, self._chance.choice(STANDING_IN) if answered else STANDING_IN[0])
            return burst
        return answered

    def _is_over(self, session: str, customer: CustomerId, performance: Performance | None) -> bool:
        silent_s = monotonic() - self._heard_at[session]
        if performance is not None:
            return performance.is_over and silent_s > self._chance.uniform(*CLOSE_S)
        if self._stage.is_person(customer):  # who waits for a person is never sent away by a robot
            return False
        there = self._stage.floor.sessions.get(SessionId(session))
        return there is not None and there.turn == "customer" and silent_s > STAYS_S

    async def _say(self, session: str, words: str) -> None:
        await self._type(words)
        await self._ask("send", session=session, text=words)

    async def _type(self, words: str) -> None:
        await asyncio.sleep(self._chance.uniform(*READ_S) + len(words) / TYPED_PER_S)

    async def _close(self, session: str, performance: Performance | None) -> bool:
        """Whether the talk is closed: not when the customer said something meanwhile."""
        heard_at = self._heard_at[session]
        if performance is None or performance.story.goodbye:
            await self._type(FAREWELL)
            if self._heard_at[session] != heard_at:
                return False
            await self._ask("send", session=session, text=FAREWELL)
        await self._ask("hang_up", session=session)
        await asyncio.sleep(self._chance.uniform(*CLOSE_S))
        disposition = performance.story.disposition if performance else "其他"
        await self._ask("wrap_up", session=session, disposition=disposition)
        return True

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
