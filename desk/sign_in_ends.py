"""A socket is over with the sign-in it was opened with: when that runs out, and when SQL contradicts it."""

import asyncio
import time
from collections.abc import Sequence

from redis.exceptions import RedisError

from desk.hub import Hub
from desk.on_staff import OnStaff
from desk.socket import Socket
from desk.web_session import WebSessions
from sessions.waiting import set_within

LOOK_EVERY_S = 3.0
RUN_OUT_EVERY_S = 60.0


async def follow(on_staff: OnStaff, web_sessions: WebSessions, hub: Hub, stop: asyncio.Event) -> None:
    """Reads who works here, until `stop`, and closes the sockets of sign-ins that are over."""
    looked_at_s = time.monotonic()
    while not await set_within(stop, LOOK_EVERY_S):
        if await on_staff.look():
            _sign_out(hub, [each for each in hub.sockets if not on_staff.agrees(each.identity)])
        if time.monotonic() - looked_at_s > RUN_OUT_EVERY_S:
            looked_at_s = time.monotonic()
            _sign_out(hub, await _run_out(web_sessions, list(hub.sockets)))


async def _run_out(web_sessions: WebSessions, sockets: Sequence[Socket]) -> list[Socket]:
    """Those whose sign-in has run out: what somebody does through a socket keeps it, an open page alone does not."""
    used: dict[str, bool] = {}
    for socket in sockets:
        used[socket.token] = used.get(socket.token, False) or socket.was_used
        socket.was_used = False
    try:
        over = await web_sessions.over(used)
    except (RedisError, OSError):
        return []
    return [socket for socket in sockets if socket.token in over]


def _sign_out(hub: Hub, sockets: Sequence[Socket]) -> None:
    for sign_in_id in {socket.identity.sign_in_id for socket in sockets}:
        hub.sign_out(sign_in_id)
