"""What the pages of `/admin` share: who may read and who may change, saving, and whether what was saved is in force.

Everything shown is read from SQL, what is in force from the hub's live floor. A form carries the stamp of the part
that it changes; when somebody else has changed that part meanwhile, the second save is refused, and says so.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import wraps
from typing import Any, Literal, TypeVar, cast
from urllib.parse import urlencode

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from desk.auth import identity_of, require_role
from desk.errors import UserError
from desk.hub import Hub
from desk.i18n import Language, gettext_for, gettext_noop, language_of
from desk.names import version_name
from desk.pages.admin.fields import Choice
from desk.services import Services
from desk.store.complaints import Complaint, SiteSettingsError
from desk.store.engine import reading
from desk.store.saving import Saved, change_site
from desk.store.settings import read_site, set_up_rows, stamp_of
from sessions.ids import Millis, Role
from sessions.settings import Site

READERS: tuple[Role, ...] = ("admin", "supervisor")
IN_FORCE_WITHIN_S = 2.0
"""So long a save waits for the engine; then the page goes on asking by itself."""
LOOK_S = 0.05
FIELDS_MAX = 950
"""Fields of one form; the forgery guard reads a thousand."""

Endpoint = Callable[[Request], Awaitable[Response]]
_Part = TypeVar("_Part")


class Place(Struct, frozen=True):
    """A page of the settings; `label` is translated where it is shown."""

    path: str
    label: str


PLACES = (
    Place("/admin", gettext_noop("概览")),
    Place("/admin/groups", gettext_noop("技能分组")),
    Place("/admin/seats", gettext_noop("坐席与技能")),
    Place("/admin/hours", gettext_noop("服务时间")),
    Place("/admin/flows", gettext_noop("自助服务")),
    Place("/admin/customers", gettext_noop("客户资料项")),
    Place("/admin/words", gettext_noop("用语")),
    Place("/admin/replies", gettext_noop("快捷回复")),
    Place("/admin/knowledge", gettext_noop("知识库")),
    Place("/admin/rules", gettext_noop("规则")),
    Place("/admin/history", gettext_noop("历史")),
)


class Force(Struct, frozen=True):
    """Whether what is set up is what the desk works by: `unknown` where this process has no live floor."""

    state: Literal["in_force", "pending", "unknown"]
    version: str


class StaleError(Exception):
    """The form was made for a part of the settings that is another by now."""


class Form(Struct, frozen=True):
    """What a browser sent: each field's values in their order."""

    fields: dict[str, list[str]]

    def text(self, name: str) -> str:
        """The last value of this field, or empty."""
        return (self.fields.get(name) or [""])[-1]

    @property
    def stamp(self) -> str:
        return self.text("stamp")


class Frame:
    """The common part of every page."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._templates = services.templates
        self._site = Site()
        self._made_of: list[list[tuple[Any, ...]]] = []

    # Who may.

    def reading(self, path: str, endpoint: Endpoint) -> Route:
        """A page that admins and supervisors may look at."""
        return Route(path, require_role(*READERS)(self._telling(endpoint)), methods=["GET"])

    def changing(self, path: str, endpoint: Endpoint) -> Route:
        """What admins alone may do."""
        return Route(path, require_role("admin")(self._telling(endpoint)), methods=["POST"])

    def _telling(self, endpoint: Endpoint) -> Endpoint:
        """Settings that cannot even be read are told as they are: nobody can mend what they are not shown."""

        @wraps(endpoint)
        async def told(request: Request) -> Response:
            try:
                return await endpoint(request)
            except SiteSettingsError as error:
                lang = language_of(request)
                lines = [complaint.line(lang) for complaint in error.complaints]
                return await self.page(request, "broken.html", None, status=409, lines=lines)

        return told

    # Showing.

    async def site(self) -> Site:
        """The settings as they are in SQL, good or bad. Raises `SiteSettingsError` where they cannot be read.

        They are made anew only if their rows are others than before: with a thousand seats that takes 0.1 s or more.
        """
        async with reading(self.database) as sql:
            rows = await set_up_rows(sql)
            if rows != self._made_of:
                self._site = await read_site(sql)
                self._made_of = rows
            return self._site

    async def page(
        self, request: Request, name: str, site: Site | None, *, status: int = 200, **context: Any
    ) -> Response:
        """A page of the settings, with its place marked."""
        identity = identity_of(request)
        saved = "saved" in request.query_params and status == 200
        return self._templates.page(
            request,
            f"admin/{name}",
            status=status,
            admin_places=PLACES,
            may_edit=identity is not None and identity.role == "admin",
            force=self.force(site) if site else None,
            saved=saved,
            **context,
        )

    async def form_page(
        self, request: Request, name: str, site: Site, *, stamp: str, stale: bool, wrong: bool, **context: Any
    ) -> Response:
        """A page that is one form: as the settings are, with what is wrong in it, or made of settings that are gone."""
        status = 409 if stale else 422 if wrong else 200
        return await self.page(request, name, site, status=status, stamp=stamp, stale=stale, wrong=wrong, **context)

    def fragment(self, request: Request, name: str, **context: Any) -> Response:
        """A piece of a page, for htmx."""
        return HTMLResponse(self._templates.render(f"admin/{name}", language_of(request), **context))

    # Saving.

    async def form(self, request: Request) -> Form:
        """What was sent. Raises UserError for more fields than any form of ours has."""
        sent = await request.form(max_fields=FIELDS_MAX, max_files=0)
        fields: dict[str, list[str]] = {}
        for name, value in sent.multi_items():
            fields.setdefault(name, []).append(value if isinstance(value, str) else "")
        return Form(fields)

    async def save(self, request: Request, change: Callable[[Site], Site]) -> Saved:
        """Makes the change and brings it into force. Raises `SiteSettingsError`, `StaleError`."""
        identity = identity_of(request)
        assert identity is not None, "changing() lets nobody else in"
        saved = await change_site(self.database, change, identity.user, now())
        if saved.changes:
            await self.bring_into_force(saved.site)
        return saved

    async def bring_into_force(self, site: Site) -> None:
        """Tells the engine at once, and gives it a moment to take it."""
        if self.services.directory is not None:
            await self.services.directory.refresh()
        until = time.monotonic() + IN_FORCE_WITHIN_S
        while self.force(site).state == "pending" and time.monotonic() < until:  # noqa: ASYNC110 - rare and bounded
            await asyncio.sleep(LOOK_S)

    def done(self, path: str, **query: str) -> Response:
        """Back to the page, which says that it was saved."""
        return RedirectResponse(f"{path}?{urlencode({**query, 'saved': '1'})}", 303)

    def force(self, site: Site) -> Force:
        """Whether the live floor works by these settings."""
        version = version_name(site.version)
        hub = cast(Hub | None, self.services.hub)
        if hub is None or not hub.is_ready:
            return Force("unknown", version)
        return Force("in_force" if hub.floor.site.version == site.version else "pending", version)

    @property
    def database(self) -> AsyncEngine:
        """SQL, without which there are no settings."""
        if self.services.database is None:
            raise UserError("unavailable", "系统暂时不可用，请稍候再试", status=503, retry_after_s=3)
        return self.services.database


def fresh(part: _Part, stamp: str) -> _Part:
    """The part, if the form was made for it as it is. Raises `StaleError`."""
    if stamp_of(part) != stamp:
        raise StaleError
    return part


def known(part: _Part | None) -> _Part:
    """The thing that the address names. Raises UserError `not_found`."""
    if part is None:
        raise UserError("not_found", "页面不存在", status=404)
    return part


def at_fields(
    complaints: Iterable[Complaint], prefix: tuple[str, ...], lang: Language
) -> tuple[dict[str, str], list[str]]:
    """The complaints by the name of their field, and, as whole lines, those about anything outside of this form."""
    beside: dict[str, str] = {}
    elsewhere = []
    for complaint in complaints:
        if complaint.path[: len(prefix)] == prefix:
            beside.setdefault(".".join(complaint.path[len(prefix) :]), complaint.words(lang))
        else:
            elsewhere.append(complaint.line(lang))
    return beside, elsewhere


def choices_of(labels: Mapping[str, str], lang: Language) -> list[Choice]:
    """Options of ours, in the reader's language."""
    say = gettext_for(lang)
    return [Choice(value, say(label)) for value, label in labels.items()]


def group_choices(site: Site, lang: Language) -> list[Choice]:
    """The skill groups by their names."""
    return [Choice(group.id, (group.name_en if lang == "en" else "") or group.name) for group in site.groups.values()]


def now() -> Millis:
    return Millis(time.time_ns() // 1_000_000)
