"""Where visitors of other sites write to us: the socket behind an embedded chat.

Visitors are strangers, so everything is checked: where the page is from, who the visitor is, how much they ask for.
A message is answered for when the inbox has it on disk; a page that never heard that says it again under the same
name, which takes effect once. A message of ours is reported as delivered when a page says that it has it.
"""

import asyncio
import logging
import time

from msgspec import Struct
from prometheus_client import Counter, Gauge
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from desk.channels.webchat import frames
from desk.channels.webchat.accounts import WebChatDirectory, may_embed
from desk.channels.webchat.credentials import Credentials
from desk.channels.webchat.receipts import Receipts
from desk.channels.webchat.saying import content_of, visible
from desk.channels.webchat.teller import Teller
from desk.channels.webchat.throttle import Throttle
from desk.channels.webchat.typing import follow_signs
from desk.channels.webchat.visitors import Bounds, Visitors, VisitorSocket
from desk.errors import UserError
from desk.hub import FAREWELL_S, Hub
from desk.i18n import gettext_noop
from desk.media import MediaStore
from desk.security import origin_allowed
from sessions import commands as cmd
from sessions.ids import AccountId, Millis, Seq, SessionId
from sessions.inbox import Inbox
from sessions.streams import Client, Keys

BAD_FRAMES, FORBIDDEN, UNKNOWN_ACCOUNT, TOO_MANY, BROKEN, TRY_LATER = 4400, 4403, 4404, 4429, 1011, 1013
HELLO_WITHIN_S = 10.0
BAD_FRAMES_MAX = 10
NO_SENSE = gettext_noop("请求无法识别，请刷新页面后重试")

SOCKETS = Gauge("desk_webchat_sockets", "Visitors' pages that are connected.")
MESSAGES = Counter("desk_webchat_messages", "Visitors' messages durably put into the inbox.", ["account"])
REFUSED = Counter("desk_webchat_refused", "What visitors asked for and did not get, by reason.", ["reason"])

log = logging.getLogger(__name__)


class Parts(Struct, frozen=True, kw_only=True):
    """What the web chats of a process work with."""

    accounts: WebChatDirectory
    redis: Client
    keys: Keys
    inbox: Inbox
    media: MediaStore
    credentials: Credentials
    throttle: Throttle
    receipts: Receipts
    database: AsyncEngine | None = None
    public_url: str | None = None
    bounds: Bounds = Bounds()


class WebChat:
    """The web chats of one web process; an ASGI endpoint for `/webchat/{account}/ws`."""

    def __init__(self, hub: Hub, parts: Parts) -> None:
        self.parts = parts
        self._hub = hub
        self._visitors = Visitors(parts.bounds)
        self._teller = Teller(hub, parts.accounts, self._visitors, parts.credentials, parts.database)

    async def run(self, stop: asyncio.Event) -> None:
        """Look after the pages that are connected until told to stop; then they connect elsewhere."""
        await asyncio.gather(
            self._teller.run(stop), follow_signs(self.parts.redis, self.parts.keys, self._teller.show_typing, stop)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The whole life of one socket."""
        websocket = WebSocket(scope, receive, send)
        account = AccountId(websocket.path_params["account"])
        address = websocket.client.host if websocket.client else "unknown"
        await websocket.accept()  # a handshake that is refused shows a browser no code
        if code := self._why_not(websocket, account, address):
            REFUSED.labels(str(code)).inc()
            await websocket.close(code)
            return
        socket = VisitorSocket(websocket, account, address)
        self._visitors.enter(socket)
        SOCKETS.set(len(self._visitors))
        writer = asyncio.create_task(socket.write())
        tasks = [asyncio.create_task(each) for each in (socket.dropped.wait(), self._converse(websocket, socket))]
        try:
            await asyncio.wait([writer, *tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._visitors.leave(socket)
            SOCKETS.set(len(self._visitors))
            for task in tasks:
                task.cancel()
            if socket.dropped.is_set():  # it is told why, if it still takes anything
                await asyncio.wait([writer], timeout=FAREWELL_S)
            writer.cancel()

    def _why_not(self, websocket: WebSocket, account: AccountId, address: str) -> int:
        """The code with which this socket is turned away; 0 for welcome."""
        chat = self.parts.accounts.web_chat(account)
        if chat is None:
            return UNKNOWN_ACCOUNT
        origin = websocket.headers.get("origin")
        if origin is None or not (origin_allowed(websocket.headers, self.parts.public_url) or may_embed(chat, origin)):
            return FORBIDDEN
        if self._visitors.is_crowded(address):
            return TOO_MANY
        return TRY_LATER if self._visitors.is_full or not self._hub.is_ready else 0

    async def _converse(self, websocket: WebSocket, socket: VisitorSocket) -> None:
        bad, deadline = 0, time.monotonic() + HELLO_WITHIN_S
        while not socket.dropped.is_set():
            try:
                async with asyncio.timeout(None if socket.customer else max(0.0, deadline - time.monotonic())):
                    message = await websocket.receive()
            except TimeoutError:
                socket.drop(BAD_FRAMES)
                return
            if message["type"] == "websocket.disconnect":
                return
            if not socket.may_speak():
                REFUSED.labels("flood").inc()
                socket.drop(TOO_MANY)
                return
            bad += await self._hear(socket, message.get("text"))
            if bad > BAD_FRAMES_MAX:
                socket.drop(BAD_FRAMES)

    async def _hear(self, socket: VisitorSocket, text: str | None) -> int:
        """Do what a frame asks for, or say why not; 1 for one that made no sense."""
        try:
            await self._do(socket, frames.parse(text))
        except UserError as wrong:
            REFUSED.labels(wrong.code).inc()
            socket.refuse(frames.id_in(text), wrong)
            if not socket.customer:
                socket.drop(TOO_MANY if wrong.code == "too_fast" else BAD_FRAMES)
            return int(wrong.code == "bad_frame")
        except (RedisError, OSError) as failure:  # an `InboxUnavailable` is one
            log.warning("a visitor cannot be served now", extra={"reason": type(failure).__name__})
            REFUSED.labels("unavailable").inc()
            socket.refuse(frames.id_in(text), UserError("unavailable", "系统暂时不可用，请稍候再试", retry_after_s=3))
            if not socket.customer:
                socket.drop(TRY_LATER)
        except Exception:
            log.exception("a frame broke its socket")
            socket.drop(BROKEN)
        return 0

    async def _do(self, socket: VisitorSocket, frame: frames.Frame) -> None:
        if isinstance(frame, frames.Hello) == bool(socket.customer):  # the first frame, and only that, says who it is
            raise UserError("bad_frame", NO_SENSE)
        match frame:
            case frames.Hello():
                await self._welcome(socket, frame)
            case frames.Say():
                await self._say(socket, frame)
            case frames.Seen():
                await self._seen(socket, frame)
            case frames.Earlier():
                await self.parts.throttle.admit("read", socket.customer, socket.address)
                socket.tell(earlier=await self._teller.page(socket, Seq(frame.before)))
            case frames.Rate():
                await self._rate(socket, frame)
            case frames.Ping():
                socket.tell(now=_now())

    async def _welcome(self, socket: VisitorSocket, hello: frames.Hello) -> None:
        socket.lang = hello.lang
        now_s = int(time.time())
        known = self.parts.credentials.recognised(socket.account, hello.token, now_s)
        await self.parts.throttle.admit("arrive", known.customer if known else "", socket.address)
        visitor = known or self.parts.credentials.newcomer(socket.account, now_s)
        if not self._visitors.know(socket, visitor.customer):
            socket.drop(TOO_MANY)
            return
        page = await self._teller.page(socket) if known else {"lines": [], "more": False}
        socket.stage = self._teller.stage(visitor.customer)
        text_max = self._hub.floor.site.rules.text_length_max
        socket.begin(
            welcome={"token": visitor.token, "now": _now(), "text_max": text_max, "stage": socket.stage, **page}
        )

    async def _say(self, socket: VisitorSocket, said: frames.Say) -> None:
        if self.parts.accounts.web_chat(socket.account) is None:
            socket.drop(UNKNOWN_ACCOUNT)
            return
        content = content_of(said, self.parts.media, self._hub.floor.site.rules.text_length_max)
        await self.parts.throttle.admit("say", socket.customer, socket.address)
        await self.parts.inbox.append(
            cmd.ReceiveMessage(customer=socket.customer, content=content, key=said.id, sent_at=_now())
        )
        MESSAGES.labels(socket.account).inc()
        socket.tell(reply=said.id, ok=True)

    async def _rate(self, socket: VisitorSocket, rated: frames.Rate) -> None:
        asked = self._teller.stage(socket.customer).get("asked")
        if asked is None or asked["session"] != rated.session:
            raise UserError("rating_over", "评价已截止，谢谢您的支持", field="session")
        await self.parts.throttle.admit("say", socket.customer, socket.address)
        await self.parts.inbox.append(
            cmd.RateSession(
                customer=socket.customer,
                session=SessionId(rated.session),
                stars=rated.stars,
                key=rated.id,
                sent_at=_now(),
                comment=visible(rated.comment),
            )
        )
        socket.tell(reply=rated.id, ok=True)

    async def _seen(self, socket: VisitorSocket, seen: frames.Seen) -> None:
        if lines := socket.awaited(seen.lines):
            await self.parts.receipts.report(socket.customer, lines)
            for page in self._visitors.pages_of(socket.customer):
                page.settle(lines)


def _now() -> Millis:
    return Millis(time.time_ns() // 1_000_000)
