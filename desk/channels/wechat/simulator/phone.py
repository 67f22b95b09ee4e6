"""The phone page: people chat on it as simulated users.

The server renders the frame and its words; everything that moves comes over the socket. Templates are chosen by
account and users here, so that they only show.
"""

from pathlib import Path
from typing import Any, Final

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from desk.channels.wechat.simulator.errors import SimulatorError
from desk.channels.wechat.simulator.platform import Platform, phone_topic
from desk.channels.wechat.simulator.words import LANGUAGES, WORDS, Language, preferred

PHONES_IN_A_STRIP: Final = 4
"""On a wide screen; the page shows fewer where they do not fit."""
POLICY: Final = (
    "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'; object-src 'none'"
)
HTML_LANGUAGE: Final[dict[Language, str]] = {"zh": "zh-CN", "en": "en"}
_YEAR_S: Final = 365 * 86_400


class PhonePages:
    """The endpoints of the two pages."""

    def __init__(self, platform: Platform, templates: Path) -> None:
        self._platform = platform
        self._templates = Environment(
            loader=FileSystemLoader(templates),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    async def strip(self, request: Request) -> Response:
        """Several phones side by side; the page remembers whose."""
        account = next(iter(self._platform.accounts.values()), None)
        if account is None:
            return PlainTextResponse("There is no account yet: PUT one to control/accounts/{key}.", 404)
        first = [phone_topic(account.key, user.openid) for user in account.users.search("", PHONES_IN_A_STRIP)]
        return self._page(request, first, remembered=True)

    async def single(self, request: Request) -> Response:
        """The phone of one user."""
        key, openid = request.path_params["account"], request.path_params["openid"]
        try:
            self._platform.user(key, openid)
        except SimulatorError as error:
            return PlainTextResponse(str(error), 404)
        return self._page(request, [phone_topic(key, openid)], remembered=False)

    def _page(self, request: Request, phones: list[str], *, remembered: bool) -> Response:
        language = _language(request)
        config: dict[str, Any] = {
            "base": request.scope.get("root_path", ""),
            "phones": phones,
            "slots": PHONES_IN_A_STRIP if remembered else 1,
            "remembered": remembered,
            "words": WORDS[language],
        }
        html = self._templates.get_template("phone.html").render(
            words=WORDS[language],
            html_lang=HTML_LANGUAGE[language],
            other_language="zh" if language == "en" else "en",
            config=msgspec.json.encode(config).decode(),
        )
        response = HTMLResponse(html, headers={"content-security-policy": POLICY, "cache-control": "no-store"})
        if "lang" in request.query_params:
            response.set_cookie("lang", language, max_age=_YEAR_S, samesite="lax")
        return response


def _language(request: Request) -> Language:
    """The one asked for, or asked for before; else the browser's."""
    for wanted in (request.query_params.get("lang"), request.cookies.get("lang")):
        if wanted in LANGUAGES:
            return LANGUAGES[wanted]
    return preferred(request.headers.get("accept-language", ""))
