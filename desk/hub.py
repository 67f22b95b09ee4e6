"""The hub: a live floor in this web process, and the browsers that look at it.

It tails the ledger, folds it, and passes each event to the sockets that may see it, encoded once for all. What
browsers ask for goes to the inbox as commands; their answers come back as events like everything else. A socket
begins with a snapshot, or resumes with exactly the events it missed.
"""

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import msgspec
from redis.exceptions import RedisError
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from desk import frames, talk_news, verbs
from desk.attendance import Attendance
from desk.auth import identity_of_websocket, session_token
from desk.errors import UserError
from desk.i18n import Language
from desk.media import MediaStore
from desk.refusals import refusal_words
from desk.scope import OVERSEERS
from desk.security import origin_allowed
from desk.signals import Signal, Signals
from desk.socket import GOING_AWAY, QUEUE_MAX, Socket
from desk.sockets import Sockets
from desk.talk_news import Draw, TalkNews
from desk.talks import Talks
from desk.transcripts import Transcripts
from desk.views import snapshot
from desk.web_session import Identity
from sessions import commands as cmd
from sessions import events as ev
from sessions.floor import Floor
from sessions.ids import ConnectionId, HubId, Millis, SeatId, Seq, SessionId, UserId
from sessions.inbox import Inbox, InboxUnavailable
from sessions.ledger import Ledger, LedgerTrimmed
from sessions.replica import Replica, restore
from sessions.waiting import set_within

SUBPROTOCOL = "desk.v1"
BEAT_EVERY_S = 5.0
GATHER_S = 0.002
"""A pause after a small read, as the engine's: a busy ledger comes by the handful."""
GATHER_BELOW = 64
PENDING_MAX = 200
"""So many commands of one browser may be under way at once."""
BAD_FRAMES_MAX = 20
RESUME_MAX = 20_000
"""A browser that missed more of the ledger than this begins anew from a snapshot."""
NOTHING_LIVE = Seq(2**63)
"""A socket that is beginning is given no live events yet."""
HELD_BACK_S = 0.3
"""What a browser has sent behind a command that was not taken is not taken either: it asks again, in order."""
RETRY_S = 0.5
FAREWELL_S = 2.0
"""How long a browser that is dropped is given to take the close code."""
NOT_SIGNED_IN, SOMEBODY_ELSE, FORBIDDEN, BAD_FRAMES, BROKEN, TRY_LATER = 4401, 4402, 4403, 4400, 1011, 1013

_SEQ = re.compile(r"[0-9]{1,18}")

Render = Callable[[ev.Event, Floor, Transcripts, Language], str | None]
"""The fragments of an event in a language; None where it changes nothing on a page."""

Introduction = ev.SessionAccepted | ev.SessionMoved | ev.ConsultBegun
"""Events by which a seat sees a session for the first time."""

log = logging.getLogger(__name__)


class Watcher(Protocol):
    """Another room of this process that lives by the ledger; it is told each event once the floor has it."""

    def begin(self) -> None:
        """Everything is told anew, from as far back as the ledger goes; the floor is ahead until it is all told."""
        ...

    def take(self, seq: Seq, event: ev.Event) -> None:
        """The next event."""
        ...


class Hub:
    """The hub of one web process."""

    def __init__(
        self,
        ledger: Ledger,
        inbox: Inbox,
        media: MediaStore,
        render: Render | None = None,
        *,
        signals: Signals,
        draw_talks: Draw | None = None,
        public_url: str | None = None,
        version: Callable[[], str] | None = None,
    ) -> None:
        self.id = HubId(secrets.token_hex(6))
        self.transcripts = Transcripts()
        self._ledger = ledger
        self._inbox = inbox
        self._media = media
        self._render = render
        self._signals = signals
        self._public_url = public_url
        self._version = version
        self._replica = Replica(Floor(), Seq(0))
        self._ready = asyncio.Event()
        self.talks = Talks(self._replica.floor)
        self._sockets = Sockets()
        self._talk_news = TalkNews(self._sockets, draw_talks)
        self._attendance = Attendance(self.id, inbox)
        self._given_up = asyncio.Event()
        self._waiting: dict[tuple[UserId, str], list[tuple[Socket, str]]] = {}
        self._is_over = False
        self.watchers: list[Watcher] = []

    # The floor.

    @property
    def floor(self) -> Floor:
        """The live state, to be read only."""
        return self._replica.floor

    @property
    def seq(self) -> Seq:
        """The last event in it."""
        return self._replica.seq

    @property
    def is_ready(self) -> bool:
        """Whether the floor has caught up with the ledger once."""
        return self._ready.is_set()

    @property
    def socket_count(self) -> int:
        """Browsers connected here."""
        return len(self._sockets)

    async def run(self, stop: asyncio.Event) -> None:
        """Follow the ledger and tell it that we are alive, until told to stop; raises what neither can get over."""
        work = (
            self._follow_always(),
            self._beat(),
            self._tell_of_talks(),
            self._signals.follow(self._sockets, stop),
            stop.wait(),
        )
        tasks = [asyncio.create_task(each) for each in work]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        self._is_over = True  # said beside the cancelling, which the Redis client may swallow (wait_for, Python 3.11)
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        self._sockets.drop(GOING_AWAY)
        await self._attendance.closing()
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome

    async def _follow_always(self) -> None:
        while not self._is_over:
            try:
                await self._follow()
            except LedgerTrimmed:
                log.warning("the hub fell behind the ledger: it begins anew from a snapshot")
                self._ready.clear()
                self._sockets.drop(GOING_AWAY)
            except (RedisError, OSError) as failure:
                log.warning("the hub cannot reach redis", extra={"reason": str(failure)})
                await asyncio.sleep(RETRY_S)

    async def _follow(self) -> None:
        if not self._ready.is_set():
            self._replica = await restore(self._ledger)
            self.transcripts = await self._restore_transcripts()
            self.talks = Talks(self.floor)
            self._ready.set()
        while not self._is_over:
            entries = await self._ledger.read(self._replica.seq, count=500, block_ms=1000)
            for seq, event in entries:
                self._replica.fold([(seq, event)])
                self.transcripts.fold(seq, event)
                self.talks.fold(event, self.floor)
                self._pass_on(seq, event)
                self._let_watch(seq, event)
            await asyncio.sleep(GATHER_S if len(entries) < GATHER_BELOW else 0)

    async def _restore_transcripts(self) -> Transcripts:
        """What the ledger still has of what was said, so that it begins no later than where the archive may end."""
        transcripts, upto = Transcripts(self.floor.sessions), await self._ledger.beginning()
        for watcher in self.watchers:
            watcher.begin()
        while upto < self.seq:
            found = await self._ledger.read(upto, count=min(2_000, self.seq - upto), block_ms=1)
            for seq, event in found:
                transcripts.fold(seq, event)
                self._let_watch(seq, event)
            upto = found[-1][0] if found else self.seq
        return transcripts

    def _let_watch(self, seq: Seq, event: ev.Event) -> None:
        """A room that stumbles must not stop the events for everybody."""
        for watcher in self.watchers:
            try:
                watcher.take(seq, event)
            except Exception:
                log.exception("an event could not be taken in", extra={"event": ev.type_of(event)})

    async def _beat(self) -> None:
        while not self._is_over:
            await self._attendance.alive()
            if await set_within(self._given_up, BEAT_EVERY_S):
                self._given_up.clear()
                await self._attendance.live_on(self._sockets)
            for socket in self._sockets:
                socket.drop_if_stuck(time.monotonic())
            if self._ready.is_set():
                await self._attendance.put_right(self.floor, self._sockets)

    async def _tell_of_talks(self) -> None:
        while not self._is_over:
            await asyncio.sleep(talk_news.EVERY_S)
            self._talk_news.tell(self.floor, self.talks)

    # Fan-out.

    def _pass_on(self, seq: Seq, event: ev.Event) -> None:
        match event:
            case ev.CommandAnswered():
                self._answer(event)
            case ev.HubLost(hub=hub) if hub == self.id:
                self._given_up.set()
            case _:
                self._signals.heard(event, self._sockets)
                self._show(seq, event, self._sockets.seeing(event, self.floor))

    def _show(self, seq: Seq, event: ev.Event, sockets: Iterable[Socket]) -> None:
        plain = said = ""
        html: dict[Language, str] = {}
        for socket in sockets:
            if seq <= socket.sent_seq:
                continue
            socket.sent_seq = seq
            plain = plain or f'{{"seq":"{seq}","event":{ev.encode(event).decode()}'
            frame = plain
            if isinstance(event, Introduction) and _may_read(socket.identity, _newcomer(event)):
                said = said or self._said_before(seq, event.session)
                frame += said
            if socket.html and self._render:
                lang = socket.identity.lang
                if lang not in html:
                    html[lang] = self._fragments(event, lang)
                frame += html[lang]
            socket.put(frame + "}")

    def _said_before(self, seq: Seq, session: SessionId) -> str:
        """What was said in the session before this event: for a seat that has not seen it."""
        lines = self.transcripts.lines(session)
        return f',"lines":{_json([line for line in lines if line.content is not None and line.seq < seq])}'

    def _fragments(self, event: ev.Event, lang: Language) -> str:
        """The event's fragments; one that cannot be drawn must not stop the events for everybody."""
        assert self._render is not None, "asked for fragments without a renderer"
        try:
            html = self._render(event, self.floor, self.transcripts, lang)
        except Exception:
            log.exception("an event cannot be shown", extra={"event": ev.type_of(event)})
            html = None
        return f',"html":{_json(html)}' if html else ""

    def _answer(self, event: ev.CommandAnswered) -> None:
        for socket, client_id in self._waiting.pop((event.user, event.request), ()):
            socket.under_way -= 1
            if event.ok:
                socket.put(_json({"reply": client_id, "ok": True}))
            else:
                words = refusal_words(event.code, event.detail, socket.identity.lang)
                socket.put(_refusal(client_id, event.code, words, event.field))

    # One browser.

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The hub as the ASGI endpoint of `/ws`."""
        await self.serve(WebSocket(scope, receive, send))

    async def serve(self, websocket: WebSocket) -> None:
        """The whole life of one socket."""
        identity = identity_of_websocket(websocket)
        if not origin_allowed(websocket.headers, self._public_url):
            await _turn_away(websocket, FORBIDDEN)
            return
        if websocket.scope.get("identity_unknown") or not self._ready.is_set():
            await _turn_away(websocket, TRY_LATER)
            return
        if identity is None:
            await _turn_away(websocket, NOT_SIGNED_IN)
            return
        if websocket.query_params.get("as", identity.sign_in_id) != identity.sign_in_id:
            await _turn_away(websocket, SOMEBODY_ELSE)  # a page of an earlier sign-in: its words are not this person's
            return
        await websocket.accept(SUBPROTOCOL if SUBPROTOCOL in websocket.scope["subprotocols"] else None)
        if not self._ready.is_set():  # fell behind meanwhile, and dropped its sockets before this one was among them
            await websocket.close(TRY_LATER)
            return
        html = websocket.query_params.get("html") == "1"
        connection = ConnectionId(f"{self.id}:{secrets.token_hex(6)}")
        socket = Socket(websocket, identity, session_token(websocket), connection, html=html)
        socket.sent_seq = NOTHING_LIVE
        self._sockets.enter(socket)
        writer = asyncio.create_task(socket.write())
        tasks = [writer, asyncio.create_task(socket.dropped.wait())]
        try:
            await self._begin(socket, websocket.query_params.get("after", ""))
            await self._attendance.came(socket)
            await self._signals.greet(socket, self.floor)
            tasks.append(asyncio.create_task(self._listen(websocket, socket)))
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._leave(socket)
            for task in tasks[1:]:
                task.cancel()
            await self._attendance.left(socket)
            if socket.dropped.is_set():  # it is told why, if it still takes anything
                await asyncio.wait([writer], timeout=FAREWELL_S)
            writer.cancel()

    async def _begin(self, socket: Socket, after: str) -> None:
        """Send what the browser missed, or a snapshot where it is new or the events are gone."""
        since = Seq(int(after)) if _SEQ.fullmatch(after) else None
        missed = await self._missed(socket, since) if since is not None else None
        if since is None or missed is None:
            first: dict[str, Any] = {"snapshot": snapshot(self.floor, socket.identity, now())}
        else:
            first = {"resumed": True, "now": now()}
        if socket.html and self._version:
            first["version"] = self._version()
        socket.put(_json({"seq": str(self.seq), **first}))
        socket.sent_seq = since or self.seq
        for seq, event in missed or ():
            self._show(seq, event, [socket])
        socket.sent_seq = self.seq
        if missed is not None:
            self._talk_news.tell_anew(socket, self.floor, self.talks)

    async def _missed(self, socket: Socket, since: Seq) -> list[tuple[Seq, ev.Event]] | None:
        """What this socket should have seen after `since` and up to now; None when that cannot be said.

        The end moves while we read; nothing is awaited between reaching it and the answer.
        """
        missed: list[tuple[Seq, ev.Event]] = []
        upto = since
        try:
            while upto < self.seq:
                found = await self._ledger.read(upto, count=500, block_ms=1)
                found = [each for each in found if each[0] <= self.seq]
                if not found or found[-1][0] - since > RESUME_MAX:
                    return None
                missed += [each for each in found if socket in self._sockets.seeing(each[1], self.floor)]
                upto = found[-1][0]
        except (LedgerTrimmed, RedisError, OSError):
            return None
        return missed if upto == self.seq and len(missed) < QUEUE_MAX // 2 else None

    async def _listen(self, websocket: WebSocket, socket: Socket) -> None:
        bad = 0
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            try:
                if text is None:
                    raise UserError("text_frames_only", "只接受文本帧，请发送 JSON 文本")
                await self._take(socket, text)
            except UserError as wrong:
                lang = socket.identity.lang
                socket.put(_refusal(verbs.client_id(text or ""), wrong.code, wrong.message(lang), wrong.field))
                bad += wrong.code in {"text_frames_only", "bad_frame", "verb_unknown", "argument_invalid"}
                if bad > BAD_FRAMES_MAX:
                    socket.drop(BAD_FRAMES)
            except Exception:
                log.exception("a frame broke its socket")
                socket.drop(BROKEN)

    async def _take(self, socket: Socket, text: str) -> None:
        frame = verbs.parse(text)
        if isinstance(frame, frames.Ping):
            socket.put(_json({"reply": frame.id, "ok": True, "now": now(), "seq": str(self.seq)}))
            return
        if isinstance(frame, frames.Look):
            socket.looks_at = frame.at
            socket.put(_json({"reply": frame.id, "ok": True}))
            return
        if isinstance(frame, Signal):
            await self._signals.take(socket, frame, self.floor, now())
            socket.put(_json({"reply": frame.id, "ok": True}))
            return
        socket.was_used = True
        request = verbs.request_key(socket.identity, frame)
        command = verbs.to_command(frame, socket.identity, request, self._media)
        if socket.under_way >= PENDING_MAX:
            raise UserError("too_many_requests", "操作过于频繁，请稍候再试", status=429)
        if time.monotonic() < socket.held_back_until_s:
            raise _unavailable()
        key = (socket.identity.user, request)
        self._waiting.setdefault(key, []).append((socket, frame.id))
        socket.under_way += 1
        try:
            await self._inbox.append(command)
        except InboxUnavailable as failure:
            if (socket, frame.id) in self._waiting.get(key, ()):  # else it was taken after all, and is answered
                self._wait_no_more(key, socket, frame.id)
                socket.held_back_until_s = time.monotonic() + HELD_BACK_S
                raise _unavailable() from failure

    def _wait_no_more(self, key: tuple[UserId, str], socket: Socket, client_id: str) -> None:
        socket.under_way -= 1
        self._waiting[key].remove((socket, client_id))
        if not self._waiting[key]:
            del self._waiting[key]

    def _leave(self, socket: Socket) -> None:
        self._sockets.leave(socket)
        for key, waiting in list(self._waiting.items()):
            self._waiting[key] = [each for each in waiting if each[0] is not socket]
            if not self._waiting[key]:
                del self._waiting[key]

    async def tell(self, command: cmd.ProcessCommand) -> None:
        """What a page found out and the floor should know. Raises `InboxUnavailable`."""
        await self._inbox.append(command)

    @property
    def sockets(self) -> Iterator[Socket]:
        """The browsers that are here now."""
        return iter(self._sockets)

    def sign_out(self, sign_in_id: str) -> None:
        """The sign-in is over: its sockets here close."""
        self._sockets.drop(NOT_SIGNED_IN, sign_in_id)


def now() -> Millis:
    """This process's clock, for browsers to set theirs by."""
    return Millis(time.time_ns() // 1_000_000)


def _unavailable() -> UserError:
    return UserError("unavailable", "系统暂时不可用，请稍候再试", status=503)


def _newcomer(event: Introduction) -> SeatId:
    return event.seat if isinstance(event, ev.SessionAccepted) else event.to_seat


def _may_read(identity: Identity, seat: SeatId) -> bool:
    """Whether this person may read what is said at the seat."""
    return identity.seat == seat or identity.role in OVERSEERS


async def _turn_away(websocket: WebSocket, code: int) -> None:
    """Say why before closing: a handshake that is refused shows a browser no code."""
    await websocket.accept(SUBPROTOCOL if SUBPROTOCOL in websocket.scope["subprotocols"] else None)
    await websocket.close(code)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _refusal(client_id: str | None, code: str, words: str, field: str) -> str:
    error = {"code": code, "message": words, **({"field": field} if field else {})}
    return _json({"reply": client_id, "ok": False, "error": error})
