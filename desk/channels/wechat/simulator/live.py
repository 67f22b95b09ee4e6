"""The page's socket: phones and the platform's doings, live.

A page sends `{"watch": topic, "after": n}` for each phone it shows and gets at once everything after line `n`, then
each change as it happens; so a page that was cut off asks again and misses nothing. A page that does not read is
dropped with 1013 and does not hold up anyone.
"""

import asyncio
from typing import Any, Final

import msgspec
from msgspec import Struct
from starlette.websockets import WebSocket, WebSocketDisconnect

from desk.channels.wechat.simulator.control import account_shown, check_origin, pushes_shown
from desk.channels.wechat.simulator.errors import SimulatorError
from desk.channels.wechat.simulator.feed import Frame, Listener
from desk.channels.wechat.simulator.platform import PLATFORM_TOPIC, Platform, phone_frame

TOPICS_MAX: Final = 50

_TRY_AGAIN_LATER: Final = 1013
_POLICY_VIOLATION: Final = 1008


class _Wish(Struct, forbid_unknown_fields=True):
    """`watch` or `unwatch` a topic: "platform" or "account/openid"."""

    watch: str = ""
    unwatch: str = ""
    after: int = 0


async def serve_page(platform: Platform, socket: WebSocket) -> None:
    """Serves one page until it goes away."""
    try:
        check_origin(socket)
    except SimulatorError:
        await socket.close(_POLICY_VIOLATION)
        return
    await socket.accept()
    listener = Listener()
    speaking = asyncio.create_task(_speak(socket, listener))
    dropping = asyncio.create_task(_drop_when_lagging(socket, listener))
    try:
        await _listen(platform, socket, listener)
    except WebSocketDisconnect:
        pass
    finally:
        platform.feed.leave(listener)
        speaking.cancel()
        dropping.cancel()
        await asyncio.gather(speaking, dropping, return_exceptions=True)


async def _listen(platform: Platform, socket: WebSocket, listener: Listener) -> None:
    while True:
        text = await socket.receive_text()
        wish = _Wish()
        try:
            wish = msgspec.json.decode(text, type=_Wish)
            if wish.unwatch:
                platform.feed.unwatch(listener, wish.unwatch)
            elif wish.watch and len(listener.topics) < TOPICS_MAX:
                listener.put(_first_frame(platform, wish))
                platform.feed.watch(listener, wish.watch)
        except (msgspec.DecodeError, SimulatorError) as error:
            listener.put({"type": "error", "phone": wish.watch, "message": str(error)})


def _first_frame(platform: Platform, wish: _Wish) -> Frame:
    if wish.watch == PLATFORM_TOPIC:
        return platform_frame(platform)
    key, _, openid = wish.watch.partition("/")
    user = platform.user(key, openid)
    return phone_frame(key, platform.state(user), user.since(wish.after))


def platform_frame(platform: Platform) -> Frame:
    """All that a page shows beside the phones."""
    accounts: list[dict[str, Any]] = [account_shown(account) for account in platform.accounts.values()]
    faults = msgspec.to_builtins(platform.faults.all())
    clock = {"at": platform.now(), "ahead_ms": platform.clock_ahead_ms}
    return {"type": "platform", "accounts": accounts, "faults": faults, "clock": clock, **pushes_shown(platform)}


async def _speak(socket: WebSocket, listener: Listener) -> None:
    while True:
        frame = await listener.frames.get()
        await socket.send_text(msgspec.json.encode(frame).decode())


async def _drop_when_lagging(socket: WebSocket, listener: Listener) -> None:
    await listener.lagging.wait()
    await socket.close(_TRY_AGAIN_LATER)
