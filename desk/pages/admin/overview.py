"""What is set up, whether it is in force, and what changed last."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk.i18n import language_of
from desk.pages.admin.frame import Frame
from desk.pages.admin.telling import ToldChange, told_changes
from desk.store.checking import complaints_about
from desk.store.engine import reading
from desk.store.history import Version, versions
from sessions.settings import Site

LAST_CHANGES = 5


class OverviewPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[BaseRoute]:
        return [self._frame.reading("/admin", self.show), self._frame.reading("/admin/in-force", self.in_force)]

    async def show(self, request: Request) -> Response:
        """The first page of the settings."""
        site, lang = await self._frame.site(), language_of(request)
        async with reading(self._frame.database) as sql:
            last = await versions(sql, limit=LAST_CHANGES)
        told: list[tuple[Version, list[ToldChange]]] = [
            (line, told_changes(line.changes, site, lang, 3)) for line in last
        ]
        return await self._frame.page(
            request,
            "overview.html",
            site,
            counts=_counts(site),
            last=told,
            complaints=[complaint.line(lang) for complaint in complaints_about(site)],
        )

    async def in_force(self, request: Request) -> Response:
        """The badge that asks again by itself until the settings are in force."""
        return self._frame.fragment(request, "_in_force.html", force=self._frame.force(await self._frame.site()))


def _counts(site: Site) -> dict[str, int]:
    return {
        "groups": len(site.groups),
        "seats": len(site.seats),
        "unseated": sum(not seat.agent for seat in site.seats.values()),
        "calendars": len(site.calendars),
        "flows": len(site.flows),
        "keywords": sum(len(flow.keywords) for flow in site.flows.values()),
        "texts": len(site.texts),
    }
