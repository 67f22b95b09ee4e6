"""The agent's desk page and the fragments it fetches.

Everything shown is read from the hub's live floor, in memory; only what is older than this process comes from SQL,
and never before the chat itself. Each answer says at which ledger position it was made (`X-Desk-Seq`): the browser
puts later events on top of it, so that nothing is missed between the page and its socket.
"""

import asyncio
import time
from typing import Any, cast

from markupsafe import Markup
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from desk.auth import identity_of, require_role
from desk.errors import UserError
from desk.fragments import DISPOSITIONS, Fragments, head_context
from desk.history import PAGE_LINES, archived_lines, begins, session_before
from desk.hub import Hub
from desk.i18n import Language, gettext_for, language_of
from desk.lines import ShownLine, shown
from desk.panes import (
    BREAK_REASONS,
    PRESENCES,
    RESPONSE_LATE_S,
    RESPONSE_WARNING_S,
    customer_name,
    group_name,
    group_view,
    place,
    ring,
    row,
    waiter,
)
from desk.services import Services
from desk.store.archive import SessionCursor, customer_sessions, find_session
from desk.store.engine import reading
from desk.store.models import ArchivedSession
from desk.transcripts import Line
from desk.verbs import TEXT_BYTES_MAX
from desk.views import queue_of
from desk.web_session import Identity
from sessions.floor import Floor, Seat, Session
from sessions.ids import HARD_CAP, CustomerId, GroupId, Millis, Presence, SeatId, SessionId, openid_of

SEQ_HEADER = "x-desk-seq"
CATCH_UP_S = 1.0
"""So long a page waits for this process's floor to reach what the browser has seen elsewhere."""
CATCH_UP_STEP_S = 0.02
WAITING_SHOWN = 50
PREVIOUS_SHOWN = 10


class GroupTarget(Struct, frozen=True, kw_only=True):
    """A group that a session can be handed to; `obstacle` says why not."""

    id: GroupId
    name: str
    waiting: int
    open_seats: int
    obstacle: str


class SeatTarget(Struct, frozen=True, kw_only=True):
    """A colleague's seat that a session can be handed to; `obstacle` says why not."""

    seat: SeatId
    name: str
    user: str
    groups: str
    presence: Presence
    label: str
    load: int
    hard_cap: int
    obstacle: str


def routes(services: Services) -> list[BaseRoute]:
    """`/desk` and what is fetched into it."""
    return DeskPages(services).routes()


class DeskPages:
    """The page and its fragments, for agents with a seat; the fragments are for nobody else."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._templates = services.templates

    def routes(self) -> list[BaseRoute]:
        """The addresses."""
        session = "/desk/sessions/{session}"
        return [
            Route("/desk", require_role()(self.page)),
            Route(f"{session}/pieces", require_role("agent")(self.pieces)),
            Route(f"{session}/chat", require_role("agent")(self.chat)),
            Route(f"{session}/lines", require_role("agent")(self.lines)),
            Route(f"{session}/transfer", require_role("agent")(self.transfer)),
            Route(f"{session}/previous", require_role("agent")(self.previous)),
        ]

    async def page(self, request: Request) -> Response:
        """The whole page, with the session of `?session=` open."""
        identity = _identity(request)
        if identity.role != "agent" or identity.seat is None:
            return self._templates.page(request, "desk/read_only.html", role=identity.role)
        hub = await self._caught_up(request)
        floor, lang = hub.floor, language_of(request)
        seat = floor.seats.get(identity.seat)
        if seat is None:
            return self._templates.page(request, "desk/read_only.html", role=identity.role)
        seq = hub.seq
        chosen = floor.sessions.get(SessionId(request.query_params.get("session", "")))
        chat = await self._chat(hub, chosen, lang) if chosen and chosen.seat == seat.id else ""
        return self._templates.page(
            request,
            "desk/page.html",
            headers={SEQ_HEADER: str(seq)},
            chat=Markup(chat),  # noqa: S704 - made by our own template
            chosen=chosen.id if chat and chosen else "",
            facts=self._facts(identity, seq),
            now=_now(),
            **_list_context(floor, seat, lang),
        )

    async def pieces(self, request: Request) -> Response:
        """What this seat may read of one session, whole."""
        hub = await self._caught_up(request)
        fragments = Fragments(self._templates, hub.floor, hub.transcripts, language_of(request))
        return self._answer(hub.seq, fragments.for_seat(_session_id(request), _seat(request)))

    async def chat(self, request: Request) -> Response:
        """The chat of a session and what is known beside it."""
        hub = await self._caught_up(request)
        session = hub.floor.sessions.get(_session_id(request))
        lang, seq = language_of(request), hub.seq
        if session is None or session.seat != _seat(request):
            return self._answer(seq, self._templates.render("desk/_gone.html", lang, number=_session_id(request)))
        return self._answer(seq, await self._chat(hub, session, lang))

    async def lines(self, request: Request) -> Response:
        """A page of older lines: `of` a session of the same customer, `before` a place in the ledger."""
        hub = self._hub()
        session = self._own(hub.floor, request)
        of = SessionId(request.query_params.get("of", session.id))
        if of != session.id and not await self._same_customer(of, session.customer):
            raise UserError("not_your_session", "该会话不在您的坐席，无法操作", status=403)
        known = await self._known_lines(hub, of)
        context = await self._page_of_lines(hub, session, of, known, _before(request), language_of(request))
        return self._answer(hub.seq, self._templates.render("desk/_lines.html", language_of(request), **context))

    async def transfer(self, request: Request) -> Response:
        """The form to hand a session over."""
        hub = self._hub()
        session, lang = self._own(hub.floor, request), language_of(request)
        html = self._templates.render(
            "desk/_transfer.html",
            lang,
            session=session.id,
            name=customer_name(session.customer, lang),
            groups=group_targets(hub.floor, session, lang),
            seats=seat_targets(hub.floor, session, lang),
        )
        return self._answer(hub.seq, html)

    async def previous(self, request: Request) -> Response:
        """The customer's sessions before this one."""
        hub = self._hub()
        session = self._own(hub.floor, request)
        found: list[ArchivedSession] = []
        if self._services.database is not None:
            async with reading(self._services.database) as sql:
                cursor = SessionCursor(session.opened_at, session.id)
                found = await customer_sessions(sql, session.customer, cursor, PREVIOUS_SHOWN)
        html = self._templates.render("desk/_previous.html", language_of(request), sessions=found)
        return self._answer(hub.seq, html)

    def _hub(self) -> Hub:
        hub = cast(Hub | None, self._services.hub)
        if hub is None or not hub.is_ready:
            raise UserError("unavailable", "系统暂时不可用，请稍候再试", status=503, retry_after_s=3)
        return hub

    async def _caught_up(self, request: Request) -> Hub:
        hub = self._hub()
        wanted = request.query_params.get("seq", "")
        until = time.monotonic() + CATCH_UP_S
        seen = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else 0
        while hub.seq < seen and time.monotonic() < until:  # noqa: ASYNC110 - the hub tells nobody; rare and bounded
            await asyncio.sleep(CATCH_UP_STEP_S)
        return hub

    def _own(self, floor: Floor, request: Request) -> Session:
        session = floor.sessions.get(_session_id(request))
        if session is None or session.seat != _seat(request):
            raise UserError("not_your_session", "该会话不在您的坐席，无法操作", status=403)
        return session

    def _answer(self, seq: int, html: str) -> Response:
        return HTMLResponse(html, headers={SEQ_HEADER: str(seq)})

    def _facts(self, identity: Identity, seq: int) -> dict[str, Any]:
        """What the scripts of the page begin with."""
        return {
            "seat": identity.seat,
            "seq": str(seq),
            "now": _now(),
            "warning_s": RESPONSE_WARNING_S,
            "late_s": RESPONSE_LATE_S,
            "text_bytes_max": TEXT_BYTES_MAX,
        }

    # The chat and its lines.

    async def _chat(self, hub: Hub, session: Session, lang: Language) -> str:
        account = hub.floor.site.accounts.get(session.account)
        known = await self._known_lines(hub, session.id)
        return self._templates.render(
            "desk/_chat.html",
            lang,
            **head_context(hub.floor, session, lang),
            **await self._page_of_lines(hub, session, session.id, known, None, lang),
            account_name=account.name if account else session.account,
            openid=openid_of(session.customer),
            waited_ms=max(0, session.segment_began_at - session.first_enqueued_at) if session.segment == 1 else None,
            dispositions=DISPOSITIONS,
            now=_now(),
        )

    async def _known_lines(self, hub: Hub, session: SessionId) -> list[Line]:
        """Everything said in a session: what the archive has, and what came since."""
        live = hub.transcripts.lines(session)
        if begins(live) or self._services.database is None:
            return live
        async with reading(self._services.database) as sql:
            archived = await archived_lines(sql, session)
        live = hub.transcripts.lines(session)  # reading took a while
        since = live[0].seq if live else None
        return [line for line in archived if since is None or line.seq < since] + live

    async def _page_of_lines(
        self, hub: Hub, session: Session, of: SessionId, known: list[Line], before: int | None, lang: Language
    ) -> dict[str, Any]:
        """The last lines before a place, and where those before them are: in this session, then in the one before."""
        told = [ready for line in known if (ready := shown(line, hub.floor.site, lang))]
        told = [line for line in told if before is None or line.seq < before]
        lines, more = told[-PAGE_LINES:], len(told) > PAGE_LINES
        earlier_of = of if more else await self._previous_of(hub.floor, session, of)
        address = f"/desk/sessions/{session.id}/lines?of={earlier_of}" if earlier_of else ""
        return {
            "lines": lines,
            "earlier": f"{address}&before={_first_seq(lines)}" if more else address,
            "complete": not earlier_of,
            "begins": not more and of != session.id,
            "of": of,
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


def group_targets(floor: Floor, session: Session, lang: Language) -> list[GroupTarget]:
    """Groups a session can go to, with their lines and how many seats would take it now."""
    _ = gettext_for(lang)
    targets = []
    for group in floor.site.groups:
        members = floor.members.get(group, [])
        open_seats = sum(each.available and each.load < each.soft_cap and each.seat != session.seat for each in members)
        known = group_view(floor, group, lang)
        targets.append(
            GroupTarget(
                id=group,
                name=known.name,
                waiting=known.waiting,
                open_seats=open_seats,
                obstacle="" if members else _("没有坐席服务此组"),
            )
        )
    return targets


def seat_targets(floor: Floor, session: Session, lang: Language) -> list[SeatTarget]:
    """Colleagues a session can go to: who can take it first, those not signed in left out."""
    _ = gettext_for(lang)
    targets = [
        SeatTarget(
            seat=seat.id,
            name=(shown_place := place(floor, seat, lang)).name,
            user=seat.user or "",
            groups=" · ".join(group_name(floor.site, GroupId(group), lang) for group in seat.capacity.skills),
            presence=seat.presence,
            label=shown_place.label,
            load=seat.load,
            hard_cap=HARD_CAP,
            obstacle=_("已满") if seat.is_full else "" if seat.capacity.available else _away(seat, lang),
        )
        for seat in floor.seats.values()
        if seat.id != session.seat and seat.user is not None
    ]
    return sorted(targets, key=lambda target: (bool(target.obstacle), target.load, target.name))


def _away(seat: Seat, lang: Language) -> str:
    _ = gettext_for(lang)
    if seat.pending_presence:
        return _("待%(label)s", label=_(PRESENCES[seat.pending_presence]))
    reason = BREAK_REASONS.get(seat.reason)
    return _(PRESENCES[seat.presence]) + (f" · {_(reason)}" if reason else "")


def _list_context(floor: Floor, seat: Seat, lang: Language) -> dict[str, Any]:
    mine = [floor.sessions[each] for each in [*seat.held, *seat.wrapping]]
    ringing = [floor.sessions[each] for each in seat.offers]
    groups = [group_view(floor, GroupId(group), lang) for group in seat.capacity.skills]
    return {
        "place": place(floor, seat, lang),
        "rows": sorted((row(floor, session, lang) for session in mine), key=lambda each: each.key),
        "rings": [ring(floor, session, session.offer, lang) for session in ringing if session.offer],
        "lines_of_groups": [
            (group, [waiter(floor, each, lang) for each in queue_of(floor, [group.group])[:WAITING_SHOWN]])
            for group in groups
        ],
        "waiting_total": sum(group.waiting for group in groups),
    }


def _identity(request: Request) -> Identity:
    identity = identity_of(request)
    assert identity is not None, "require_role lets nobody else in"
    return identity


def _seat(request: Request) -> SeatId:
    seat = _identity(request).seat
    if seat is None:
        raise UserError("no_seat", "您没有分配坐席，请联系管理员", status=403)
    return seat


def _session_id(request: Request) -> SessionId:
    return SessionId(cast(str, request.path_params["session"])[:40])


def _before(request: Request) -> int | None:
    before = request.query_params.get("before", "")
    return int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None


def _first_seq(lines: list[ShownLine]) -> int:
    return lines[0].seq


def _now() -> Millis:
    return Millis(time.time_ns() // 1_000_000)
