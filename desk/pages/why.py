"""Why a session waits or waited, and why it rang where it did: for who has to do with it, live or long closed.

The events come from the archive, which is a moment behind, and from what this process remembers of the live ones.
"""

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from desk.auth import require_role
from desk.errors import UserError
from desk.hub import Hub
from desk.i18n import language_of
from desk.names import STATES
from desk.pages.asking import SEQ_HEADER, clock, hub_of, session_named, who_asks
from desk.pages.transcript import may_read
from desk.services import Services
from desk.store.archive import Transcript, find_session, session_events, session_segments
from desk.store.engine import reading
from desk.store.folding import Entry
from desk.store.settings import load_site
from desk.web_session import Identity
from desk.why import as_it_stands, why
from sessions.facts import Session
from sessions.floor import Floor
from sessions.ids import Seq, SessionId
from sessions.settings import Site


def routes(services: Services) -> list[BaseRoute]:
    """`GET /desk/sessions/{session}/why`."""
    return [Route("/desk/sessions/{session}/why", require_role()(WhyPage(services).page))]


class WhyPage:
    """The panel, or a page of its own where it is navigated to."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def page(self, request: Request) -> Response:
        """The story of the session's waits and offers."""
        identity, number, lang = who_asks(request), session_named(request), language_of(request)
        hub = hub_of(self._services) if self._services.hub else None
        session = hub.floor.sessions.get(number) if hub else None
        may = may_ask(identity, hub.floor, session) if hub and session else None
        site, entries = hub.floor.site if hub else Site(), dict[Seq, Entry]()
        if self._services.database is not None:
            async with reading(self._services.database) as sql:
                site = site if hub else await load_site(sql)
                archived = await _may_ask_of_archive(sql, identity, number, site)
                may = archived if may is None else may or bool(archived)
                entries = {entry[0]: entry for entry in await session_events(sql, number)}
        if may is None:
            raise UserError("session_unknown", "会话 %(session)s 不存在", status=404, session=number)
        if not may:
            raise UserError("not_your_session", "您只能查看与自己坐席或技能组有关的会话", status=403)
        entries |= _live(hub, number)
        told = why([event for _, (_seq, event) in sorted(entries.items())], site, lang)
        if hub and session:
            told = as_it_stands(told, hub.floor, session, lang, clock())
        return self._services.templates.page(
            request,
            "why/_why.html" if "hx-request" in request.headers else "why/page.html",
            headers={SEQ_HEADER: str(hub.seq)} if hub else None,
            number=number,
            state=STATES[session.state] if session else STATES["closed"],
            told=told,
            now=clock(),
        )


def may_ask(identity: Identity, floor: Floor, session: Session) -> bool:
    """Whether this live session concerns the person: at their seat, ringing there, asked about, or in their groups."""
    if identity.role != "agent":
        return True
    seat = floor.seats.get(identity.seat) if identity.seat else None
    if seat is None:
        return False
    concerned = {session.seat, session.offer and session.offer.seat, session.consult and session.consult.seat}
    return seat.id in concerned or session.group in seat.capacity.skills


async def _may_ask_of_archive(sql: AsyncSession, identity: Identity, number: SessionId, site: Site) -> bool | None:
    found = await find_session(sql, number)
    if found is None:
        return None
    return may_read(identity, Transcript(found, await session_segments(sql, number), [], []), site)


def _live(hub: Hub | None, number: SessionId) -> dict[Seq, Entry]:
    lines = hub.transcripts.lines(number) if hub else []
    return {line.seq: (line.seq, line.event) for line in lines if line.event is not None}
