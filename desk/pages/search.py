"""`GET /desk/search?q=`: customers and sessions by number, openid or words of today, as a fragment.

For agents with a seat, among what they may read. A command bar, a dialog or anything else can ask for it.
"""

import logging
from typing import Literal

from markupsafe import Markup, escape
from msgspec import Struct
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from desk.auth import require_role
from desk.i18n import Language, gettext_for, language_of
from desk.names import STATES, customer_name, group_name, initials
from desk.pages.asking import answer, clock, hub_of, seat_of, who_asks
from desk.services import Services
from desk.store.customers import remarks_of
from desk.store.engine import reading
from desk.store.search import FOUND_MAX, Found, Reader, by_customer, by_name, by_number, by_words, wanted
from desk.times import midnight_before
from sessions.floor import Floor
from sessions.ids import CustomerId, GroupId, Millis, SeatId, SessionId

AROUND = 24
"""Characters shown on either side of the words that were found."""

Status = Literal["nothing_asked", "found", "nothing_found", "away"]

log = logging.getLogger(__name__)


class FoundRow(Struct, frozen=True, kw_only=True):
    """A session in the result. `mine`: it is live at this seat; `words` have the match marked."""

    session: SessionId
    name: str
    initials: str
    group: str
    state: str
    mine: bool
    opened_at: Millis
    words: Markup


def routes(services: Services) -> list[BaseRoute]:
    """`/desk/search`."""

    @require_role("agent")
    async def search(request: Request) -> Response:
        hub, lang, seat = hub_of(services), language_of(request), seat_of(request)
        text = wanted(request.query_params.get("q", ""))
        status: Status = "nothing_asked"
        found: list[Found] = []
        remarks: dict[str, str] = {}
        if text:
            try:
                found, remarks = await _search(services, hub.floor, request, seat, text)
                status = "found" if found else "nothing_found"
            except (SQLAlchemyError, OSError):
                log.warning("nothing can be searched: SQL is away")
                status = "away"
        rows = [_row(hub.floor, each, remarks.get(each.session.customer, ""), seat, text, lang) for each in found]
        html = services.templates.render(
            "desk/_search_found.html", lang, rows=rows, status=status, text=text, most=FOUND_MAX
        )
        return answer(hub.seq, html)

    return [Route("/desk/search", search)]


async def _search(
    services: Services, floor: Floor, request: Request, seat: SeatId, text: str
) -> tuple[list[Found], dict[str, str]]:
    """What is found, and the names of those customers who have one."""
    if services.database is None:
        raise OSError("there is no SQL here")
    known, now = floor.seats.get(seat), clock()
    groups = [GroupId(group) for group in known.capacity.skills] if known else []
    reader = Reader(user=who_asks(request).user, seat=seat, groups=groups)
    today = midnight_before(now, services.settings.timezone)
    async with reading(services.database) as sql:
        found = [
            *await by_number(sql, reader, text, floor.facts.day),
            *await by_customer(sql, reader, text, floor.site.accounts, now),
            *await by_name(sql, reader, text, now),
            *await by_words(sql, reader, text, today),
        ]
        once: dict[str, Found] = {}
        for each in found:
            once.setdefault(each.session.id, each)
        shown = list(once.values())[:FOUND_MAX]
        return shown, await remarks_of(sql, [each.session.customer for each in shown])


def _row(floor: Floor, found: Found, remark: str, seat: SeatId, text: str, lang: Language) -> FoundRow:
    session = found.session
    live = floor.sessions.get(SessionId(session.id))
    state = live.state if live else session.state if session.closed_at is None else "closed"
    customer = CustomerId(session.customer)
    return FoundRow(
        session=SessionId(session.id),
        name=customer_name(customer, lang, remark),
        initials=initials(customer, remark),
        group=group_name(floor.site, GroupId(session.skill_group), lang),
        state=gettext_for(lang)(STATES[state]) if state in STATES else state,
        mine=live is not None and live.seat == seat,
        opened_at=Millis(session.opened_at),
        words=marked(found.words, text),
    )


def marked(words: str, text: str) -> Markup:
    """The words around what was looked for, which is marked; nothing where it is not in them."""
    words = " ".join(words.split())
    at = words.casefold().find(text.casefold())
    if at < 0 or len(words.casefold()) != len(words):  # letters that grow when folded would move the mark
        return escape(words[: 2 * AROUND])
    end = at + len(text)
    before = ("…" if at > AROUND else "") + words[max(0, at - AROUND) : at]
    after = words[end : end + AROUND] + ("…" if len(words) > end + AROUND else "")
    return escape(before) + Markup("<mark>%s</mark>") % words[at:end] + escape(after)
