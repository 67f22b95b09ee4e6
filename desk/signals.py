"""What a browser tells the hub that is no command: what is being written, and that somebody writes.

Neither is a fact, so neither goes to the inbox. A draft is kept aside for its writer's other pages, a sign of typing
is passed on and forgotten. Only the seat that has a session may say either about it.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Mapping

import msgspec
from redis.exceptions import RedisError

from desk import frames
from desk.drafts import NOTHING, Draft, Drafted, Drafts
from desk.errors import UserError
from desk.socket import Socket
from desk.sockets import Sockets
from desk.typing_signs import TypingSigns
from sessions import events as ev
from sessions.facts import Session
from sessions.floor import Floor
from sessions.ids import Millis, SessionId, UserId
from sessions.streams import Client, Keys

Signal = frames.Draft | frames.Typing
DRAFT_LENGTH_MAX = 8_000
"""Characters; four times what can be sent. What is longer stays in its own tab."""

log = logging.getLogger(__name__)


class Signals:
    """The signals of one hub's browsers."""

    def __init__(self, redis: Client, keys: Keys) -> None:
        self._drafts = Drafts(redis, keys)
        self._typing = TypingSigns(redis, keys)
        self._tidying: set[asyncio.Task[None]] = set()

    async def take(self, socket: Socket, signal: Signal, floor: Floor, now: Millis) -> None:
        """Act on it; raises UserErrors `not_your_session`, `text_too_long`, `unavailable`."""
        session = _own(floor, socket, SessionId(signal.session))
        match signal:
            case frames.Typing():
                await self._typing.give(session, floor.site.rules, now, on=signal.on)
            case frames.Draft():
                await self._keep(socket, session.id, signal, now)

    async def greet(self, socket: Socket, floor: Floor) -> None:
        """All drafts of the person who has come, for sessions that are still there."""
        if not _writes(socket):
            return
        user = socket.identity.user
        with contextlib.suppress(RedisError, OSError):  # the page has its own copy, and asks again
            drafts = await self._drafts.of(user)
            await self._drafts.forget(user, *(session for session in drafts if session not in floor.sessions))
            kept = {session: draft for session, draft in drafts.items() if session in floor.sessions}
            socket.put(_frame(kept, whole=True))

    async def follow(self, sockets: Sockets, stop: asyncio.Event) -> None:
        """Show what is drafted in one tab in the writer's others, wherever they are."""

        def told(news: Drafted) -> None:
            frame = ""
            for socket in sockets:
                if socket.identity.user == news.user and socket.connection != news.origin and _writes(socket):
                    frame = frame or _frame({news.session: news.draft})
                    socket.put(frame)

        await self._drafts.follow(told, stop)

    def heard(self, event: ev.Event, sockets: Sockets) -> None:
        """Drop the drafts of who is here, where this ends what they were for."""
        match event:
            case ev.SessionClosed(session=session, seat=seat) if seat:
                for user in _users(sockets.at(seat)):
                    self._tidy(user, session)
            case ev.SeatSignedOut(seat=seat, user=user, set_by="self"):
                if sockets.at(seat):
                    self._tidy(user)
            case _:
                pass

    async def _keep(self, socket: Socket, session: SessionId, signal: frames.Draft, now: Millis) -> None:
        if len(signal.text) > DRAFT_LENGTH_MAX:
            raise UserError("text_too_long", "草稿过长，只保存在本窗口", field="text")
        draft = Draft(signal.text, signal.mode, signal.rev, signal.base, signal.after, now)
        try:
            await self._drafts.keep(socket.identity.user, session, draft, socket.connection)
        except (RedisError, OSError) as failure:
            raise UserError("unavailable", "系统暂时不可用，请稍候再试", status=503) from failure

    def _tidy(self, user: UserId, session: SessionId | None = None) -> None:
        task = asyncio.create_task(self._forget(user, session))
        self._tidying.add(task)
        task.add_done_callback(self._tidying.discard)

    async def _forget(self, user: UserId, session: SessionId | None) -> None:
        with contextlib.suppress(RedisError, OSError):  # they run out by themselves
            if session is None:
                await self._drafts.forget_all(user)
            else:
                await self._drafts.keep(user, session, NOTHING)


def _own(floor: Floor, socket: Socket, session_id: SessionId) -> Session:
    session, seat = floor.sessions.get(session_id), socket.identity.seat
    if session is None or seat is None or session.seat != seat or socket.identity.role != "agent":
        raise UserError("not_your_session", "该会话不在您的坐席，无法操作", status=403)
    return session


def _writes(socket: Socket) -> bool:
    """Whether it is a page on which its person writes to customers."""
    return socket.html and socket.identity.role == "agent" and socket.identity.seat is not None


def _users(sockets: Iterable[Socket]) -> set[UserId]:
    return {socket.identity.user for socket in sockets}


def _frame(drafts: Mapping[SessionId, Draft], *, whole: bool = False) -> str:
    """`whole`: these are all, there are no others."""
    return msgspec.json.encode({"drafts": drafts, "whole": whole}).decode()
