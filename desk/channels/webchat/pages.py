"""The house for visitors of other sites: the script that they embed, the page in its frame, and their pictures.

Nothing here knows a cookie. The frame's page says in its headers who may embed it; everything else is as closed as
the rest of the desk.
"""

import time
from collections.abc import AsyncIterator
from typing import cast

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp

from desk.channels.webchat.accounts import WebChatAccount, ink_on
from desk.channels.webchat.gateway import WebChat
from desk.channels.webchat.words import frame_words, launcher_words, title_of, welcome_of
from desk.errors import UserError
from desk.i18n import HTML_LANGUAGE, LANGUAGES, Language, preferred
from desk.media import BYTES_MAX, too_large, type_of
from desk.media_types import Kind
from desk.minified import minified_in
from desk.pages import errors
from desk.security import SecurityHeaders, origin_allowed, security_headers
from desk.services import Services
from desk.templating import STATIC, static_version
from sessions.ids import AccountId, MediaKey

TOKEN_HEADER = "x-visitor-token"  # noqa: S105 - a name
UPLOAD_BYTES_MAX = 8 * 1024 * 1024
"""Of a whole request. What is above the limit but below this gets a proper answer."""
LAUNCHER_KEPT_S = 300
PICTURES: tuple[Kind, ...] = ("image",)


def house_for_visitors(services: Services, web_chat: WebChat) -> ASGIApp:
    """Everything below `/webchat`."""
    pages = _Pages(services, web_chat)
    routes: list[BaseRoute] = [
        WebSocketRoute("/{account}/ws", web_chat),
        Route("/{account}/media", pages.upload, methods=["POST"], max_body_size=UPLOAD_BYTES_MAX),
        Route("/{account}/media/{key}", pages.download),
        Route("/{account}.js", pages.launcher),
        Route("/{account}", pages.frame),
    ]
    if services.settings.demo:
        routes.insert(0, Route("/demo/{account}", pages.demo))
    house = Starlette(routes=routes, exception_handlers=errors.handlers(services.templates))
    return SecurityHeaders(house, services.settings.public_url)


class _Pages:
    def __init__(self, services: Services, web_chat: WebChat) -> None:
        self._services = services
        self._parts = web_chat.parts

    async def launcher(self, request: Request) -> Response:
        """The script that a site embeds: a button, and the frame that it opens."""
        chat = self._chat(request)
        settings = {
            "account": chat.key,
            "colour": chat.colour,
            "ink": ink_on(chat.colour),
            "words": {lang: launcher_words(chat, lang) for lang in LANGUAGES},
        }
        widget = minified_in(static_version(), STATIC / "webchat" / "widget.js")
        script = b"%s(%s);" % (widget.rstrip(b";\n"), msgspec.json.encode(settings))
        headers = {
            "cache-control": f"public, max-age={LAUNCHER_KEPT_S}",
            "cross-origin-resource-policy": "cross-origin",
        }
        return Response(script, media_type="text/javascript", headers=headers)

    async def frame(self, request: Request) -> Response:
        """The chat itself, for the frame; opened alone it is a whole page."""
        chat, lang = self._chat(request), _language(request)
        html = self._services.templates.render(
            "webchat/frame.html",
            lang,
            chat=chat,
            title=title_of(chat, lang),
            facts={
                "account": chat.key,
                "colour": chat.colour,
                "ink": ink_on(chat.colour),
                "lang": lang,
                "locale": HTML_LANGUAGE[lang],
                "welcome": welcome_of(chat, lang),
                "bytes_max": BYTES_MAX["image"],
                "words": frame_words(lang),
            },
        )
        headers = security_headers(self._services.settings.public_url, ("'self'", *chat.origins))
        return HTMLResponse(html, headers={**headers, "cache-control": "no-cache"})

    async def demo(self, request: Request) -> Response:
        """A small bank's site with the chat in it."""
        chat = self._chat(request)
        return HTMLResponse(self._services.templates.render("webchat/demo.html", _language(request), chat=chat))

    async def upload(self, request: Request) -> Response:
        """A visitor's picture; answers the key under which a message may name it."""
        chat = self._chat(request)
        if not origin_allowed(request.headers, self._parts.public_url):
            raise UserError("foreign_origin", "请求来自其他网站，已拒绝", status=403)
        account, token = AccountId(chat.key), request.headers.get(TOKEN_HEADER, "")
        visitor = self._parts.credentials.recognised(account, token, int(time.time()))
        if visitor is None:
            raise UserError("visitor_unknown", "请刷新页面后重试", status=401)
        address = request.client.host if request.client else "unknown"
        await self._parts.throttle.admit("upload", visitor.customer, address)
        try:
            stored = await self._parts.media.put(_bounded(request.stream()), kinds=PICTURES)
        except UserError as refused:
            if refused.code == "media_type_refused":
                raise UserError(refused.code, "只支持 jpg、png、gif、bmp 图片", status=415) from None
            raise
        return JSONResponse({"media": stored.media})

    async def download(self, request: Request) -> Response:
        """A picture or a voice of a conversation, for whoever was given its address."""
        chat, key = self._chat(request), MediaKey(cast(str, request.path_params["key"]))
        seal = request.query_params.get("seal", "")
        media_type = type_of(key)
        if media_type is None or not self._parts.credentials.may_fetch(AccountId(chat.key), key, seal):
            raise UserError("media_unknown", "文件不存在", status=404)
        path, mime = self._parts.media.existing_path(key), media_type.mime
        if request.query_params.get("as") == "playable":
            path, mime = await self._services.playables.path(key)
        return FileResponse(
            path,
            media_type=mime,
            filename=f"{key[:12]}{path.suffix}",
            content_disposition_type="inline",
            headers={"cache-control": "private, max-age=31536000, immutable"},
        )

    def _chat(self, request: Request) -> WebChatAccount:
        chat = self._parts.accounts.web_chat(request.path_params["account"])
        if chat is None:
            raise UserError("web_chat_unknown", "没有这个在线客服", status=404)
        return chat


async def _bounded(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The chunks of a picture. One too large is thrown away as it comes: were the connection closed under its sender,
    they would never read the answer."""
    received = 0
    async for chunk in chunks:
        received += len(chunk)
        if received <= BYTES_MAX["image"]:
            yield chunk
    if received > BYTES_MAX["image"]:
        raise too_large("image")


def _language(request: Request) -> Language:
    """What the embedding page asks for, else what the browser prefers."""
    wish = request.query_params.get("lang", "")
    return wish if wish in LANGUAGES else preferred(request.headers.get("accept-language", ""))
