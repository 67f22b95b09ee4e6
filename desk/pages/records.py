"""A session that is not at this seat, to be read in place: what was said and how it ended.

For whoever may read its transcript. The archive is a moment behind; what it lacks this process still remembers.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from desk.arranging import page_of
from desk.auth import require_role
from desk.errors import UserError
from desk.history import PAGE_ITEMS, known_lines
from desk.hub import Hub
from desk.i18n import Language, gettext_for, gettext_noop, language_of
from desk.lines import shown_in_chat
from desk.names import STATES, customer_name, ending_words, group_name, initials
from desk.pages.asking import answer, clock, hub_of, position_asked, session_named, who_asks
from desk.pages.transcript import may_read
from desk.services import Services
from desk.session_marks import mark_of
from desk.store.archive import Transcript, find_session, session_segments
from desk.store.customers import remarks_of
from desk.store.engine import reading
from desk.store.models import ArchivedSession
from desk.web_session import Identity
from sessions.ids import AccountId, CustomerId, GroupId, SessionId

_STANDINGS: dict[str, str] = {
    "closed": gettext_noop("会话已结束，只能查看；客户再次来信会开始新的会话"),
    "bot": gettext_noop("客户在自助服务，只能查看"),
    "queued": gettext_noop("客户在排队，只能查看"),
    "offered": gettext_noop("正在为客户振铃，只能查看"),
}
_ELSEWHERE = gettext_noop("会话在同事那里，只能查看")


class Records:
    """Reads sessions for the desk page."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def routes(self) -> list[BaseRoute]:
        """What leads further back."""
        return [Route("/desk/sessions/{session}/record", require_role("agent")(self.earlier))]

    async def html(self, hub: Hub, identity: Identity, number: SessionId, lang: Language) -> str:
        """The record, ready to be put in the chat's place; empty where there is none, or none for this person."""
        session = await self._readable(hub, identity, number)
        if session is None:
            return ""
        site, customer = hub.floor.site, CustomerId(session.customer)
        live = hub.floor.sessions.get(number)
        state = live.state if live else "closed"
        remark = await self._remark_of(customer)
        account = site.accounts.get(AccountId(session.account))
        return self._services.templates.render(
            "desk/_record.html",
            lang,
            session=session,
            name=customer_name(customer, lang, remark),
            initials=initials(customer, remark),
            account=account.name if account else session.account,
            group=group_name(site, GroupId(session.skill_group), lang),
            state=gettext_for(lang)(STATES[state]),
            standing=gettext_for(lang)(_STANDINGS.get(state, _ELSEWHERE)),
            ended=ending_words(session.disposition, session.close_reason, lang),
            now=clock(),
            **await self._page(hub, number, None, lang),
        )

    async def earlier(self, request: Request) -> Response:
        """A page of older lines."""
        hub, number, lang = hub_of(self._services), session_named(request), language_of(request)
        if await self._readable(hub, who_asks(request), number) is None:
            raise UserError("not_your_session", "您只能查看与自己坐席或技能组有关的会话", status=403)
        context = await self._page(hub, number, position_asked(request, "before"), lang)
        return answer(hub.seq, self._services.templates.render("desk/_lines.html", lang, now=clock(), **context))

    async def _readable(self, hub: Hub, identity: Identity, number: SessionId) -> ArchivedSession | None:
        if self._services.database is None:
            return None
        async with reading(self._services.database) as sql:
            found = await find_session(sql, number)
            if found is None:
                return None
            segments = await session_segments(sql, number)
        return found if may_read(identity, Transcript(found, segments, [], []), hub.floor.site) else None

    async def _page(self, hub: Hub, number: SessionId, before: int | None, lang: Language) -> dict[str, Any]:
        known = await known_lines(hub.transcripts, self._services.database, number)
        page = page_of(
            (ready for line in known if (ready := shown_in_chat(line, hub.floor.site, lang))), PAGE_ITEMS, before
        )
        return {
            "chat": number,
            "items": page.items,
            "earlier": f"/desk/sessions/{number}/record?before={page.first_seq}" if page.more else "",
            "mark": None if page.more else mark_of(known, lang),
        }

    async def _remark_of(self, customer: CustomerId) -> str:
        if self._services.database is None:
            return ""
        async with reading(self._services.database) as sql:
            return (await remarks_of(sql, [customer])).get(customer, "")
