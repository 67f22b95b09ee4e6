"""Lists of the desk that are fetched when somebody looks at them: talks with self-service, what was closed today.

Both are kept up by pushed pieces from there. What comes from SQL says how far the archive had come, so that the browser
puts every later event on top of it.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from desk.auth import require_role
from desk.closings import archived_row
from desk.errors import UserError
from desk.i18n import language_of
from desk.pages.asking import answer, archived_for, caught_up, clock, hub_of, position_asked, seat_of
from desk.services import Services
from desk.store.archive import SessionCursor, closed_by_seat, closed_count
from desk.store.customers import remarks_of
from desk.store.engine import reading
from desk.talks import talk_rows
from desk.times import midnight_before
from sessions.ids import GroupId, Millis, SessionId

PAGE = 30


def routes(services: Services) -> list[BaseRoute]:
    """`/desk/talks` and `/desk/closed`, for agents with a seat."""
    lists = Lists(services)
    return [
        Route("/desk/talks", require_role("agent")(lists.talks)),
        Route("/desk/closed", require_role("agent")(lists.closed)),
    ]


class Lists:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._templates = services.templates

    async def talks(self, request: Request) -> Response:
        """Who talks with the self-service of this seat's groups."""
        hub, lang = await caught_up(self._services, request), language_of(request)
        seat = hub.floor.seats.get(seat_of(request))
        groups = [GroupId(group) for group in seat.capacity.skills] if seat else []
        counts = {group: hub.talks.count(group) for group in groups}
        rows = talk_rows(hub.floor, hub.talks, groups, lang)
        html = self._templates.render("desk/_talks.html", lang, talks=rows, counts=counts, now=hub.floor.at)
        return answer(hub.seq, html)

    async def closed(self, request: Request) -> Response:
        """What this seat has closed today, a page of it: the first with the number of all, or that alone."""
        hub, lang, seat = hub_of(self._services), language_of(request), seat_of(request)
        database = self._services.database
        if database is None:
            raise UserError("unavailable", "系统暂时不可用，请稍候再试", status=503)
        after = _after(request)
        since = midnight_before(clock(), self._services.settings.timezone)
        seq = min(await archived_for(database, request), hub.seq)
        async with reading(database) as sql:
            wanted = request.query_params.get("rows") != "no"
            found = await closed_by_seat(sql, seat, since, after, PAGE + 1) if wanted else []
            remarks = await remarks_of(sql, [each.customer for each in found])
            total = await closed_count(sql, seat, since) if after is None else None
        rows = [archived_row(each, remarks.get(each.customer, ""), lang) for each in found[:PAGE]]
        last = found[PAGE - 1] if len(found) > PAGE else None
        return answer(
            seq,
            self._templates.render(
                "desk/_closed.html" if after is None else "desk/_closed_rows.html",
                lang,
                rows=rows,
                total=total,
                more=f"/desk/closed?before={last.closed_at}&session={last.id}" if last else "",
            ),
        )


def _after(request: Request) -> SessionCursor | None:
    """Where the page begins: after this row."""
    before = position_asked(request, "before")
    return (
        SessionCursor(Millis(before), SessionId(request.query_params.get("session", "")[:40]))
        if before is not None
        else None
    )
