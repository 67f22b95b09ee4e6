"""The agent's desk page and the fragments it fetches.

Everything shown is read from the hub's live floor, in memory; only what is older than this process comes from SQL,
and never before the chat itself. Each answer says at which ledger position it was made: the browser puts later
events on top of it, so that nothing is missed between the page and its socket.
"""

from typing import Any
from zlib import crc32

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from desk.actions import bindings
from desk.arranging import page_of
from desk.auth import require_role
from desk.errors import UserError
from desk.history import PAGE_ITEMS, known_lines, session_before
from desk.hub import Hub
from desk.i18n import Language, language_of
from desk.lines import shown_in_chat
from desk.names import group_name, is_web_chat
from desk.offers import SHOWN_AFTERWARDS_MS, Ring, ring, taken
from desk.pages.asking import (
    SEQ_HEADER,
    answer,
    caught_up,
    clock,
    hub_of,
    position_asked,
    readable_session,
    seat_of,
    session_named,
    who_asks,
)
from desk.pages.records import Records
from desk.panes import consult_row, disposition_form, group_view, place, row, waiter
from desk.pieces import Pieces, consult_context, head_context, who_context
from desk.preferences import Preferences
from desk.response import LATE_S, WARNING_S
from desk.services import Services
from desk.session_marks import mark_of
from desk.store.archive import find_session
from desk.store.engine import reading
from desk.store.preferences import preferences_or_defaults
from desk.templating import static_version
from desk.transcripts import Line
from desk.verbs import TEXT_BYTES_MAX
from desk.views import queue_of
from desk.web_session import Identity
from sessions.facts import Seat, Session
from sessions.floor import Floor
from sessions.ids import CustomerId, GroupId, SeatId, SessionId, openid_of

STOP_POLLING = 286
"""The status by which htmx asks no more."""
WAITING_SHOWN = 50


def routes(services: Services) -> list[BaseRoute]:
    """`/desk` and what is fetched into it."""
    return DeskPages(services).routes()


class DeskPages:
    """The page and its fragments, for agents with a seat; the fragments are for nobody else."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._templates = services.templates
        self._records = Records(services)

    def routes(self) -> list[BaseRoute]:
        """The addresses."""
        session = "/desk/sessions/{session}"
        return [
            Route("/desk", require_role()(self.page)),
            Route(f"{session}/pieces", require_role("agent")(self.pieces)),
            Route(f"{session}/chat", require_role("agent")(self.chat)),
            Route(f"{session}/lines", require_role("agent")(self.lines)),
            Route(f"{session}/said", require_role("agent")(self.said)),
            *self._records.routes(),
        ]

    async def page(self, request: Request) -> Response:
        """The whole page, with the session of `?session=` open."""
        identity = who_asks(request)
        if identity.role != "agent" or identity.seat is None:
            return self._templates.page(request, "desk/read_only.html", role=identity.role)
        hub = await caught_up(self._services, request)
        floor, lang = hub.floor, language_of(request)
        seat = floor.seats.get(identity.seat)
        if seat is None:
            return self._templates.page(request, "desk/read_only.html", role=identity.role)
        preferences = await preferences_or_defaults(self._services.database, identity.user)
        seq = hub.seq
        chosen = SessionId(request.query_params.get("session", "")[:40])
        chat = await self._chat(hub, identity, chosen, lang) if chosen else ""
        return self._templates.page(
            request,
            "desk/page.html",
            headers={SEQ_HEADER: str(seq)},
            chat=Markup(chat),  # noqa: S704 - made by our own template
            chosen=chosen if chat else "",
            facts=self._facts(identity, seq, preferences),
            preferences=preferences,
            now=clock(),
            **_list_context(hub, seat, preferences, lang),
        )

    async def pieces(self, request: Request) -> Response:
        """What this seat may read of one session, whole."""
        hub = await caught_up(self._services, request)
        pieces = Pieces(self._templates, hub.floor, hub.transcripts, language_of(request))
        return answer(hub.seq, pieces.for_seat(session_named(request), seat_of(request)))

    async def chat(self, request: Request) -> Response:
        """The chat of a session and what is known beside it; the record of one that is not at this seat."""
        hub = await caught_up(self._services, request)
        lang, seq = language_of(request), hub.seq
        seat_of(request)
        seen = position_asked(request, "seen")
        html = await self._chat(hub, who_asks(request), session_named(request), lang, seen)
        return answer(seq, html or self._templates.render("desk/_gone.html", lang, number=session_named(request)))

    async def said(self, request: Request) -> Response:
        """The last lines of a colleague's session, for the seat that is asked about it: its events go to the owner.

        The page looks again and again; it is told to stop when the consultation is over.
        """
        hub, lang = hub_of(self._services), language_of(request)
        try:
            session = readable_session(hub.floor, request)
        except UserError:
            return Response(status_code=STOP_POLLING, headers={"HX-Reswap": "none"})
        known = await known_lines(hub.transcripts, self._services.database, session.id)
        context = await self._page_of_lines(hub, session, session.id, known, lang)
        html = self._templates.render("desk/_lines.html", lang, now=clock(), **context)
        mark = f"{crc32(html.encode()):x}"
        if request.query_params.get("mark") == mark:
            return Response(status_code=204)  # nothing to put on the page: what is played or read there stays
        return answer(hub.seq, html + self._templates.render("desk/_asking.html", lang, session=session, mark=mark))

    async def lines(self, request: Request) -> Response:
        """A page of older lines: `of` a session of the same customer, `before` a place in the ledger."""
        hub = hub_of(self._services)
        session = readable_session(hub.floor, request)
        of = SessionId(request.query_params.get("of", session.id))
        if of != session.id and not await self._same_customer(of, session.customer):
            raise UserError("not_your_session", "该会话不在您的坐席，无法操作", status=403)
        known = await known_lines(hub.transcripts, self._services.database, of)
        lang, before = language_of(request), position_asked(request, "before")
        context = await self._page_of_lines(hub, session, of, known, lang, before=before)
        return answer(hub.seq, self._templates.render("desk/_lines.html", lang, now=clock(), **context))

    def _facts(self, identity: Identity, seq: int, preferences: Preferences) -> dict[str, Any]:
        """What the scripts of the page begin with."""
        return {
            "user": identity.user,
            "sign_in": identity.sign_in_id,
            "version": static_version(),
            "seat": identity.seat,
            "seq": str(seq),
            "preferences": {name: getattr(preferences, name) for name in preferences.__struct_fields__},
            "actions": bindings(),
            "now": clock(),
            "zone": self._services.settings.timezone.key,
            "warning_s": WARNING_S,
            "late_s": LATE_S,
            "text_bytes_max": TEXT_BYTES_MAX,
        }

    # The chat and its lines.

    async def _chat(
        self, hub: Hub, identity: Identity, number: SessionId, lang: Language, seen: int | None = None
    ) -> str:
        """The chat of a session, or its record where it is elsewhere or over; nothing for who may not read it."""
        session = hub.floor.sessions.get(number)
        html = await self._open(hub, session, identity.seat, lang, seen) if session and identity.seat else ""
        return html or await self._records.html(hub, identity, number, lang)

    async def _open(self, hub: Hub, session: Session, seat: SeatId, lang: Language, seen: int | None = None) -> str:
        """The chat at the seat that has the session, its words at the one that is asked about it; else nothing."""
        consult = session.consult
        if session.seat != seat and (consult is None or consult.seat != seat):
            return ""
        account = hub.floor.site.accounts.get(session.account)
        known = await known_lines(hub.transcripts, self._services.database, session.id)
        context = {
            **await self._page_of_lines(hub, session, session.id, known, lang, seen=seen),
            **consult_context(hub.floor, session, known, lang),
            "account_name": account.name if account else session.account,
            "openid": openid_of(session.customer),
            "web_chat": is_web_chat(hub.floor.site, session.account),
            "now": clock(),
        }
        if session.seat != seat and consult is not None:
            return self._templates.render(
                "desk/_consulted.html",
                lang,
                consult=consult_row(hub.floor, session, consult, lang),
                group_name=group_name(hub.floor.site, session.group, lang),
                **context,
            )
        return self._templates.render(
            "desk/_chat.html",
            lang,
            **(context | head_context(hub.floor, session, lang) | who_context(hub.floor, session, lang)),
            waited_ms=max(0, session.segment_began_at - session.first_enqueued_at) if session.segment == 1 else None,
            wrapping=disposition_form(hub.floor, session, lang),
        )

    async def _page_of_lines(
        self,
        hub: Hub,
        session: Session,
        of: SessionId,
        known: list[Line],
        lang: Language,
        *,
        before: int | None = None,
        seen: int | None = None,
    ) -> dict[str, Any]:
        """The last lines before a place, and where those before them are: in this session, then in the one before."""
        told = (ready for line in known if (ready := shown_in_chat(line, hub.floor.site, lang)))
        page = page_of(told, PAGE_ITEMS, before, seen)
        earlier_of = of if page.more else await self._previous_of(hub.floor, session, of)
        address = f"/desk/sessions/{session.id}/lines?of={earlier_of}" if earlier_of else ""
        return {
            "chat": session.id,
            "items": page.items,
            "earlier": f"{address}&before={page.first_seq}" if page.more else address,
            "mark": None if page.more else mark_of(known, lang),
        }

    async def _previous_of(self, floor: Floor, session: Session, of: SessionId) -> SessionId | None:
        if of == session.id:
            return session.previous
        if self._services.database is None:
            return None
        async with reading(self._services.database) as sql:
            return await session_before(sql, of)

    async def _same_customer(self, of: SessionId, customer: CustomerId) -> bool:
        if self._services.database is None:
            return False
        async with reading(self._services.database) as sql:
            found = await find_session(sql, of)
        return found is not None and found.customer == customer


def _list_context(hub: Hub, seat: Seat, preferences: Preferences, lang: Language) -> dict[str, Any]:
    floor = hub.floor
    own = [row(floor, floor.sessions[each], lang) for each in [*seat.held, *seat.wrapping, *seat.parked]]
    own.sort(key=lambda each: each.recent_key if preferences.sort == "recent" else each.key)
    groups = [group_view(floor, GroupId(group), lang) for group in seat.capacity.skills]
    return {
        "place": place(floor, seat, lang),
        "rows": [each for each in own if each.into == "rows"],
        "parked": [each for each in own if each.into == "parked-rows"],
        "consults": [
            consult_row(floor, session, session.consult, lang)
            for session in map(floor.sessions.__getitem__, seat.consulting)
            if session.consult and session.seat
        ],
        "rings": _rings(hub, seat, lang),
        "lines_of_groups": [
            (group, [waiter(floor, each, lang) for each in queue_of(floor, [group.group])[:WAITING_SHOWN]])
            for group in groups
        ],
        "waiting_total": sum(group.waiting for group in groups),
        "talks": {group.group: hub.talks.count(group.group) for group in groups},
    }


def _rings(hub: Hub, seat: Seat, lang: Language) -> list[Ring]:
    """What rings at the seat, and what it has just accepted by itself."""
    floor = hub.floor
    ringing = [floor.sessions[each] for each in seat.offers]
    cards = [ring(floor, session, session.offer, lang) for session in ringing if session.offer]
    for each in seat.held:
        if floor.sessions[each].segment_began_at + SHOWN_AFTERWARDS_MS > floor.at:
            card = taken(floor, floor.sessions[each], hub.transcripts.lines(each), lang)
            cards += [card] if card else []
    return cards
