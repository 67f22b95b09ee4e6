"""What browsers are told to refuse, and what we refuse from them.

Plain ASGI, and only around the pages for people: WeChat's pushes never come through here. A form must carry the
token of the sign-in that it was made for, as field `_csrf` or header `X-CSRF-Token`: a page from elsewhere can make
a browser send our cookie, but cannot read that token. Requests without an `Origin` are no browser's and pass that
check. File uploads carry the header; their bodies are not read here.
"""

import hmac
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.errors import UserError

CSRF_FIELD = "_csrf"
CSRF_HEADER = "x-csrf-token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
NO_TOKEN_PATHS = frozenset({"/sign-in"})
FIELDS_MAX = 1000
DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


class SecurityHeaders:
    """Adds to every answer what the browser must refuse. `private` pages are kept in no cache."""

    def __init__(self, app: ASGIApp, public_url: str | None = None, *, private: bool = False) -> None:
        self._app = app
        self._headers = [(name.encode(), value.encode()) for name, value in security_headers(public_url).items()]
        self._private = private

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}  # who knows better says so
                added = [(name, value) for name, value in self._headers if name not in given]
                headers = message["headers"] = [*message["headers"], *added]
                if self._private and not any(name == b"cache-control" for name, _ in headers):
                    headers.append((b"cache-control", b"no-store"))
            await send(message)

        await self._app(scope, receive, send_with_headers)


def security_headers(public_url: str | None, embedded_by: Iterable[str] = ()) -> dict[str, str]:
    """The headers; the public URL's socket is named beside 'self', which older browsers do not extend to sockets.

    `embedded_by` are the origins whose pages, beside ours, may have the answer in a frame; none where none is named.
    """
    public = urlsplit(public_url or "")
    secure = public.scheme == "https"
    socket = f" {'wss' if secure else 'ws'}://{public.netloc}" if public.netloc else ""
    policy = {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data: blob:",
        "media-src": "'self' blob:",
        "connect-src": f"'self'{socket}",
        "object-src": "'none'",
        "frame-ancestors": " ".join(ancestors) if (ancestors := tuple(embedded_by)) else "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
    }
    headers = {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "permissions-policy": "microphone=(self), camera=(), geolocation=(), payment=(), usb=()",
        "cross-origin-opener-policy": "same-origin",
    }
    return headers | ({"strict-transport-security": "max-age=31536000"} if secure else {})


class ForgeryGuard:
    """Refuses unsafe requests that a foreign page could have caused. Stands inside of Authentication."""

    def __init__(self, app: ASGIApp, public_url: str | None = None) -> None:
        self._app = app
        self._public_url = public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            headers = Headers(scope=scope)
            if not origin_allowed(headers, self._public_url):
                raise UserError("foreign_origin", "请求来自其他网站，已拒绝", status=403)
            identity = scope["identity"]
            if identity is not None and scope["path"] not in NO_TOKEN_PATHS:
                token = headers.get(CSRF_HEADER)
                if token is None and _is_plain_form(headers):
                    body = await _read_body(receive)
                    receive = _replay(body, receive)
                    token = _field(body, CSRF_FIELD)
                if not hmac.compare_digest((token or "").encode(), identity.csrf.encode()):
                    raise UserError("csrf_mismatch", "页面已过期，请刷新后重试", status=403)
        await self._app(scope, receive, send)


def origin_allowed(headers: Mapping[str, str], public_url: str | None = None) -> bool:
    """Whether a request or socket comes from one of our own pages, or from no browser at all.

    Ours are the host that was asked and the public URL: behind a proxy the two may differ.
    """
    origin = headers.get("origin")
    if origin is None:
        return True
    scheme = origin.partition("://")[0]  # a proxy may have taken TLS off: only the host is compared
    ours = {_host_and_port(f"{scheme}://{headers.get('host', '')}")}
    if public_url:
        ours.add(_host_and_port(public_url))
    return (asking := _host_and_port(origin)) is not None and asking in ours


def _host_and_port(url: str) -> tuple[str, int] | None:
    """None for what names no host, as the origin `null` of a sandboxed page."""
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname else None


def _is_plain_form(headers: Mapping[str, str]) -> bool:
    return headers.get("content-type", "").startswith("application/x-www-form-urlencoded")


async def _read_body(receive: Receive) -> bytes:
    """The whole body; the application around us bounds its size."""
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            break
    return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body once more, then what comes after it."""
    left: Iterable[Message] = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive_again() -> Message:
        for message in left:
            return message
        return await receive()

    return receive_again


def _field(body: bytes, name: str) -> str | None:
    try:
        values = parse_qs(body.decode("latin-1"), max_num_fields=FIELDS_MAX).get(name)
    except ValueError:  # more fields than any form of ours has
        return None
    return values[0] if values else None
