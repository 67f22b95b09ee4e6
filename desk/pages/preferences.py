"""How people like their pages.

Language and theme are kept in a cookie, because a stranger at the sign-in page has them, too. Switching is a link and
not a form, so that it works from every page; nothing is lost when a foreign page causes it. All the rest is kept in
SQL for who is signed in.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from desk.auth import local_referrer, require_role, safe_next, session_token
from desk.errors import UserError
from desk.i18n import LANGUAGE_COOKIE, LANGUAGES
from desk.pages.asking import who_asks
from desk.preferences import BYTES_MAX
from desk.services import Services
from desk.store.preferences import change_preferences
from desk.templating import THEME_COOKIE, THEMES

KEPT_S = 365 * 24 * 3600
METHODS = ["GET", "POST"]


def routes(services: Services) -> list[BaseRoute]:
    """`/language?to=zh|en` and `/theme?to=light|dark|system`, each with `&next=/…`; `POST /preferences`."""

    async def language(request: Request) -> Response:
        wish = request.query_params.get("to", "")
        if wish not in LANGUAGES:
            raise UserError("bad_language", "没有这种语言", field="to")
        if token := session_token(request):
            await services.web_sessions.speak(token, wish)
        return _remember(_back(request), LANGUAGE_COOKIE, wish)

    async def theme(request: Request) -> Response:
        wish = request.query_params.get("to", "")
        if wish not in {*THEMES, "system"}:
            raise UserError("bad_theme", "没有这种配色", field="to")
        return _remember(_back(request), THEME_COOKIE, wish)

    @require_role()
    async def keep(request: Request) -> Response:
        if services.database is None:
            raise UserError("unavailable", "系统暂时不可用，请稍候再试", status=503)
        await change_preferences(services.database, who_asks(request).user, await request.body())
        return Response(status_code=204)

    return [
        Route("/language", language, methods=METHODS),
        Route("/theme", theme, methods=METHODS),
        Route("/preferences", keep, methods=["POST"], max_body_size=BYTES_MAX),
    ]


def _back(request: Request) -> Response:
    return RedirectResponse(safe_next(request.query_params.get("next", "")) or local_referrer(request) or "/", 303)


def _remember(response: Response, cookie: str, value: str) -> Response:
    response.set_cookie(cookie, value, max_age=KEPT_S, path="/", samesite="lax", httponly=True)
    return response
