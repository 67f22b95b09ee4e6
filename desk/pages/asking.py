"""Who asks for a piece of the desk, about which session, and whether the floor knows it yet.

Each answer says at which ledger position it was made (`X-Desk-Seq`): the browser puts later events on top of it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import cast

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from desk.auth import identity_of
from desk.errors import UserError
from desk.hub import Hub
from desk.services import Services
from desk.store.batches import archived_position
from desk.web_session import Identity
from sessions.facts import Session
from sessions.floor import Floor
from sessions.ids import Millis, SeatId, Seq, SessionId

SEQ_HEADER = "x-desk-seq"
CATCH_UP_S = 1.0
"""So long a page waits for this process's floor, or the archive, to reach what the browser has seen already."""
CATCH_UP_STEP_S = 0.02


def hub_of(services: Services) -> Hub:
    """The hub, once it can tell anything; raises UserError `unavailable`."""
    hub = cast(Hub | None, services.hub)
    if hub is None or not hub.is_ready:
        raise UserError("unavailable", "系统暂时不可用，请稍候再试", status=503, retry_after_s=3)
    return hub


async def caught_up(services: Services, request: Request) -> Hub:
    """The hub, as far as the browser that asks has seen already."""
    hub = hub_of(services)

    async def position() -> Seq:
        return hub.seq

    await _reached(request, position)
    return hub


async def archived_for(database: AsyncEngine, request: Request) -> Seq:
    """How far the archive has come: as far as the browser that asks has seen, if that is within `CATCH_UP_S`."""
    return await _reached(request, lambda: archived_position(database))


async def _reached(request: Request, position: Callable[[], Awaitable[Seq]]) -> Seq:
    """Where it stands once it has come to what the browser has seen, at the latest after `CATCH_UP_S`."""
    seen = position_asked(request, "seq") or 0
    until = time.monotonic() + CATCH_UP_S
    while (reached := await position()) < seen and time.monotonic() < until:  # noqa: ASYNC110 - nobody tells; it is rare
        await asyncio.sleep(CATCH_UP_STEP_S)
    return reached


def position_asked(request: Request, name: str) -> int | None:
    """The place in the ledger, or the instant, that the query names; None where it names none."""
    return position_in(request.query_params.get(name, ""))


def position_in(text: str) -> int | None:
    """The number that SQL and the ledger can count to, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def who_asks(request: Request) -> Identity:
    """The person, where `require_role` lets nobody else in."""
    identity = identity_of(request)
    assert identity is not None, "require_role lets nobody else in"
    return identity


def seat_of(request: Request) -> SeatId:
    """Their seat; raises UserError `no_seat`."""
    seat = who_asks(request).seat
    if seat is None:
        raise UserError("no_seat", "您没有分配坐席，请联系管理员", status=403)
    return seat


def session_named(request: Request) -> SessionId:
    """The session that the address names."""
    return SessionId(cast(str, request.path_params["session"])[:40])


def own_session(floor: Floor, request: Request) -> Session:
    """The session of the address, at the seat of who asks; raises UserError `not_your_session`."""
    session = floor.sessions.get(session_named(request))
    if session is None or session.seat != seat_of(request):
        raise UserError("not_your_session", "该会话不在您的坐席，无法操作", status=403)
    return session


def readable_session(floor: Floor, request: Request) -> Session:
    """The same, or a colleague's about which this seat is asked."""
    session = floor.sessions.get(session_named(request))
    if session is not None and session.consult and session.consult.seat == seat_of(request):
        return session
    return own_session(floor, request)


def answer(seq: int, html: str) -> Response:
    """A fragment, with its place in the ledger."""
    return HTMLResponse(html, headers={SEQ_HEADER: str(seq)})


def clock() -> Millis:
    """This process's clock."""
    return Millis(time.time_ns() // 1_000_000)
