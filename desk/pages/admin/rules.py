"""The numbers of the session rules."""

from typing import Any

from msgspec.structs import asdict, replace
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk.i18n import language_of
from desk.pages.admin.fields import Filled, read, refuse_unknown, show
from desk.pages.admin.frame import Frame, StaleError, at_fields, fresh
from desk.pages.admin.rule_fields import FIELDS, SECTIONS
from desk.store.complaints import Complaint, SiteSettingsError
from desk.store.settings import stamp_of
from sessions.settings import Rules, Site

PATH = "/admin/rules"


class RulePages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[BaseRoute]:
        return [self._frame.reading(PATH, self.show), self._frame.changing(PATH, self.save)]

    async def show(self, request: Request) -> Response:
        """Every number, with its default and its ends."""
        site = await self._frame.site()
        return await self._form(request, site, stamp_of(site.rules))

    async def save(self, request: Request) -> Response:
        """The numbers, as the form has them."""
        form = await self._frame.form(request)
        refuse_unknown(form.fields, {field.name for field in FIELDS})
        filled = read(FIELDS, form.fields)
        if filled.complaints:
            return await self._form(request, await self._frame.site(), form.stamp, filled, filled.complaints)

        def change(site: Site) -> Site:
            return replace(site, rules=replace(fresh(site.rules, form.stamp), **filled.values))

        try:
            await self._frame.save(request, change)
        except SiteSettingsError as error:
            complaints = [replace(each, path=each.path[1:]) for each in error.complaints if each.path[0] == "rules"]
            return await self._form(request, await self._frame.site(), form.stamp, filled, complaints)
        except StaleError:
            return await self._form(request, await self._frame.site(), form.stamp, filled, stale=True)
        return self._frame.done(PATH)

    async def _form(
        self,
        request: Request,
        site: Site,
        stamp: str,
        filled: Filled | None = None,
        complaints: list[Complaint] | None = None,
        *,
        stale: bool = False,
    ) -> Response:
        lang = language_of(request)
        beside, elsewhere = at_fields(complaints or [], (), lang)
        defaults: dict[str, Any] = asdict(Rules())
        sections = show(
            SECTIONS,
            lang,
            asdict(site.rules),
            typed=filled.typed if filled else None,
            complaints=beside,
            defaults=defaults,
        )
        return await self._frame.form_page(
            request,
            "rules.html",
            site,
            sections=sections,
            stamp=stamp,
            stale=stale,
            elsewhere=elsewhere,
            wrong=bool(complaints),
        )
