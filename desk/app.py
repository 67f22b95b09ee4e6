"""The whole web application on one screen.

Three houses under one roof. Machines (WeChat's pushes, health, static files) are served bare: a push costs what its
handler costs. People get the house with locks: sign-in, roles, forgery guard, security headers, error pages. Visitors
of other sites have a house of their own: no cookie is read in it, and its pages may stand in theirs.
Everything here is given in `Services`; nothing is opened or closed.
"""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from desk import health
from desk.auth import Authentication
from desk.channels.webchat.pages import house_for_visitors
from desk.pages import (
    admin,
    at_hand,
    composer,
    customer,
    desk,
    desk_forms,
    desk_keys,
    errors,
    lists,
    media,
    preferences,
    replies,
    search,
    sign_in,
    transcript,
    why,
)
from desk.security import ForgeryGuard, SecurityHeaders
from desk.services import Services
from desk.templating import Static

FORM_BYTES_MAX = 1024 * 1024
"""The largest request body of a page; uploads have a limit of their own."""


def create_app(services: Services) -> Starlette:
    """The application of one web process, for any ASGI server."""
    public_url = services.settings.public_url
    routes: list[BaseRoute] = [*health.routes(services.redis, services.checks, services.concerns)]
    if services.gateway:
        routes.insert(0, Route("/wechat/{account}", services.gateway))
    if services.web_chat:
        routes.append(Mount("/webchat", house_for_visitors(services, services.web_chat)))
    if services.simulator:
        routes.append(Mount("/sim", SecurityHeaders(services.simulator, public_url)))
    static = SecurityHeaders(Static(), public_url)
    routes += [
        Mount("/static/v-{version}", static),
        Mount("/static", static),
        Mount("/", SecurityHeaders(_house_for_people(services), public_url, private=True)),
    ]
    return Starlette(routes=routes)


def _house_for_people(services: Services) -> Starlette:
    error_handlers = errors.handlers(services.templates)
    refusals = {kind: handler for kind, handler in error_handlers.items() if kind is not Exception}
    routes: list[BaseRoute] = [
        *sign_in.routes(services),
        *preferences.routes(services),
        *media.routes(services),
        *transcript.routes(services),
        *why.routes(services),
    ]
    if services.database:
        routes += [*admin.routes(services), *replies.routes(services)]
    if services.hub and services.database:
        routes += at_hand.routes(services)
    if services.hub:
        routes += [
            *desk.routes(services),
            *desk_forms.routes(services),
            *customer.routes(services),
            *desk_keys.routes(services),
            *composer.routes(services),
            *lists.routes(services),
            *search.routes(services),
            WebSocketRoute("/ws", services.hub),
        ]
    return Starlette(
        routes=routes,
        middleware=[
            Middleware(ExceptionMiddleware, handlers=refusals),  # for what the next two refuse
            Middleware(Authentication, web_sessions=services.web_sessions, on_staff=services.on_staff),
            Middleware(ForgeryGuard, public_url=services.settings.public_url),
        ],
        exception_handlers=error_handlers,
        max_body_size=FORM_BYTES_MAX,
    )
