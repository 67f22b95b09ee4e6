"""In and out.

The one form without a token: there is no sign-in yet that a token could belong to. Its origin is checked like any
other's, and signing in always begins a new session, so nobody can be made to use one that others know.
"""

import time
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from desk.auth import SESSION_COOKIE, SIGN_IN, identity_of, safe_next, session_token
from desk.errors import UserError
from desk.i18n import LANGUAGE_COOKIE, LANGUAGES, Language, language_of
from desk.navigation import home_of
from desk.services import Services
from desk.sign_in import StaffMember
from sessions.ids import Millis, Role

SIGN_OUT = "/sign-out"
DEMO_USERS: tuple[tuple[str, Role], ...] = (
    ("agent1", "agent"),
    ("agent2", "agent"),
    ("agent3", "agent"),
    ("supervisor", "supervisor"),
    ("inspector", "inspector"),
    ("admin", "admin"),
)
DEMO_PASSWORD = "demo"  # noqa: S105 (known to all, in the demo only)


def routes(services: Services) -> list[BaseRoute]:
    """`/`, `/sign-in` and `/sign-out`."""
    secure_cookies = (services.settings.public_url or "").startswith("https:")

    async def home(request: Request) -> Response:
        identity = identity_of(request)
        return RedirectResponse(home_of(identity.role) if identity else SIGN_IN, 303)

    async def show(request: Request) -> Response:
        if identity := identity_of(request):
            return RedirectResponse(_after(request.query_params.get("next", ""), identity.role), 303)
        return _form(request, back=request.query_params.get("next", ""))

    async def sign_in(request: Request) -> Response:
        form = await request.form()
        name, password = str(form.get("username", "")), str(form.get("password", ""))
        back = str(form.get("next", "")) or request.query_params.get("next", "")
        address = request.client.host if request.client else "unknown"
        try:
            staff = await services.sign_in.check(name, password, address)
        except UserError as error:
            return _form(request, back=back, name=name, error=error)
        await leave(request)
        token, _ = await services.web_sessions.begin(
            staff.user, staff.name, staff.role, staff.seat, _language(request, staff), Millis(int(time.time() * 1000))
        )
        response = RedirectResponse(_after(back, staff.role), 303)
        response.set_cookie(SESSION_COOKIE, token, path="/", httponly=True, samesite="lax", secure=secure_cookies)
        return response

    async def sign_out(request: Request) -> Response:
        await leave(request)
        response = RedirectResponse(SIGN_IN, 303)
        response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=secure_cookies)
        return response

    async def leave(request: Request) -> None:
        if (token := session_token(request)) and (ended := await services.web_sessions.end(token)) and services.hub:
            services.hub.sign_out(ended.sign_in_id)

    def _form(request: Request, *, back: str, name: str = "", error: UserError | None = None) -> Response:
        return services.templates.page(
            request,
            "sign_in/page.html",
            status=error.status if error else 200,
            headers=error.headers() if error else None,
            message=error.message(language_of(request)) if error else "",
            name=name[:64],
            next=safe_next(back),
            demo_users=DEMO_USERS if services.settings.demo else (),
            demo_password=DEMO_PASSWORD,
        )

    return [
        Route("/", home),
        Route(SIGN_IN, show),
        Route(SIGN_IN, sign_in, methods=["POST"]),
        Route(SIGN_OUT, sign_out, methods=["POST"]),
    ]


def _after(back: str, role: Role) -> str:
    """Where to go once inside: where they wanted to be, unless that is the door itself."""
    wish = safe_next(back)
    return wish if wish and urlsplit(wish).path not in {SIGN_IN, SIGN_OUT} else home_of(role)


def _language(request: Request, staff: StaffMember) -> Language:
    """What they have just chosen on the sign-in page, else what they always speak."""
    for wish in (request.cookies.get(LANGUAGE_COOKIE), staff.lang):
        if wish in LANGUAGES:
            return wish
    return language_of(request)
