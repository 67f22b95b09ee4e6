"""Who is asking, and whether they may.

A middleware turns the cookie into `scope["identity"]`, for requests and sockets alike; `require_role` stands
before every page that is not for everybody. What may not be is answered in the asker's own way: a page for a
person who navigates, a status and JSON for a script.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TypeAlias
from urllib.parse import quote, urlsplit

from redis.exceptions import RedisError
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from desk.errors import UserError
from desk.on_staff import OnStaff
from desk.web_session import Identity, WebSessions
from sessions.ids import Role

SESSION_COOKIE = "desk_session"
SIGN_IN = "/sign-in"
TOKEN_LENGTH_MAX = 100

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


class Authentication:
    """Puts the signed-in `Identity`, or None, into the scope of each request and socket."""

    def __init__(self, app: ASGIApp, web_sessions: WebSessions, on_staff: OnStaff) -> None:
        self._app = app
        self._web_sessions = web_sessions
        self._on_staff = on_staff

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["identity"] = None
        if token := session_token(HTTPConnection(scope)):
            try:
                scope["identity"] = await self._find(token)
            except (RedisError, OSError):
                scope["identity_unknown"] = True
        await self._app(scope, receive, send)

    async def _find(self, token: str) -> Identity | None:
        identity = await self._web_sessions.find(token)
        if identity is None or await self._on_staff.still(identity):
            return identity
        await self._web_sessions.end(token)
        return None


def session_token(connection: HTTPConnection) -> str:
    """The token of the request's cookie, or empty."""
    token = connection.cookies.get(SESSION_COOKIE, "")
    return token if len(token) <= TOKEN_LENGTH_MAX else ""


def identity_of(connection: HTTPConnection) -> Identity | None:
    """Who is asking.

    Raises UserError `unavailable` where somebody claims to be signed in and Redis cannot be asked about it.
    """
    if connection.scope.get("identity_unknown"):
        raise UserError("unavailable", "系统暂时不可用，请稍候再试", status=503, retry_after_s=3)
    identity: Identity | None = connection.scope["identity"]
    return identity


def identity_of_websocket(websocket: WebSocket) -> Identity | None:
    """Who is at the other end of the socket; None also where that cannot be found out now."""
    identity: Identity | None = websocket.scope.get("identity")
    return identity


def require_role(*roles: Role) -> Callable[[Endpoint], Endpoint]:
    """Lets only these roles in, or everybody who is signed in where none is named.

    A stranger who navigates is shown to the sign-in and comes back; the rest get UserErrors `not_signed_in`
    (401) and `forbidden` (403).
    """

    def guarding(endpoint: Endpoint) -> Endpoint:
        @wraps(endpoint)
        async def guarded(request: Request) -> Response:
            identity = identity_of(request)
            if identity is None:
                return ask_to_sign_in(request)
            if roles and identity.role not in roles:
                raise UserError("forbidden", "您的角色无权访问此页面", status=403)
            return await endpoint(request)

        return guarded

    return guarding


def ask_to_sign_in(request: Request) -> Response:
    """The way to the sign-in page and back; raises UserError `not_signed_in` to a script."""
    if not is_navigation(request):
        raise UserError("not_signed_in", "登录已失效，请重新登录", status=401)
    query = f"?{request.url.query}" if request.url.query else ""
    # A form that was sent cannot be sent again by a redirect; its page can be shown again.
    back = request.url.path + query if request.method in {"GET", "HEAD"} else local_referrer(request)
    return RedirectResponse(sign_in_address(back), 303)


def sign_in_address(back: str) -> str:
    """The sign-in page that leads back to a local address."""
    return SIGN_IN if back in {"", "/"} else f"{SIGN_IN}?next={quote(back, safe='/')}"


def safe_next(address: str) -> str:
    """The address if it leads nowhere but into this desk, else empty. Browsers read a backslash as a slash."""
    hostile = not address.startswith("/") or address.startswith("//") or "\\" in address or not address.isprintable()
    return "" if hostile else address


def local_referrer(request: HTTPConnection) -> str:
    """The page that a request came from, if it was one of ours."""
    referrer = urlsplit(request.headers.get("referer", ""))
    if referrer.netloc != request.headers.get("host"):
        return ""
    return safe_next(referrer.path + (f"?{referrer.query}" if referrer.query else ""))


def is_navigation(request: HTTPConnection) -> bool:
    """Whether a person will look at the answer as a page; browsers say so, other tools want HTML unless they ask."""
    headers = request.headers
    if "hx-request" in headers or "x-csrf-token" in headers:  # only scripts set headers
        return False
    if mode := headers.get("sec-fetch-mode"):
        return mode == "navigate"
    accept = headers.get("accept", "")
    return "text/html" in accept or "json" not in accept + headers.get("content-type", "")
