"""The command bar, the cheat sheet, and what makes itself heard: fetched when they are first opened."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from desk.actions import commands, key_sheet
from desk.auth import require_role
from desk.i18n import gettext_noop, language_of
from desk.pages.asking import who_asks
from desk.services import Services
from desk.store.preferences import preferences_or_defaults

SOUNDS = {
    "offer": gettext_noop("新会话振铃"),
    "message": gettext_noop("其他会话的新消息"),
    "due": gettext_noop("超时与承诺到期"),
    "colleague": gettext_noop("转接、咨询与交班"),
}
NOTIFICATIONS = {
    "off": gettext_noop("不显示"),
    "private": gettext_noop("只提示有新消息，不显示客户和内容"),
    "full": gettext_noop("显示客户和内容"),
}


def routes(services: Services) -> list[BaseRoute]:
    """`/desk/commands`, `/desk/keys` and `/desk/reminders`, for agents."""
    templates = services.templates

    @require_role("agent")
    async def command_bar(request: Request) -> Response:
        lang = language_of(request)
        return HTMLResponse(templates.render("desk/_commands.html", lang, places=commands(lang)))

    @require_role("agent")
    async def keys(request: Request) -> Response:
        lang = language_of(request)
        return HTMLResponse(templates.render("desk/_keys.html", lang, places=key_sheet(lang)))

    @require_role("agent")
    async def reminders(request: Request) -> Response:
        lang = language_of(request)
        preferences = await preferences_or_defaults(services.database, who_asks(request).user)
        html = templates.render(
            "desk/_reminders.html", lang, preferences=preferences, sounds=SOUNDS, notifications=NOTIFICATIONS
        )
        return HTMLResponse(html)

    return [
        Route("/desk/commands", command_bar),
        Route("/desk/keys", keys),
        Route("/desk/reminders", reminders),
    ]
