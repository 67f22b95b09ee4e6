"""The customer beside the chat: who they are, to be edited in place; how they were served; what was noted about them.

For the seat that has the customer's session, and for nobody else. It is fetched after the chat, so that nothing waits
for SQL; where that is away, the pane says so and can be asked for again.
"""

import logging
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from desk.auth import require_role
from desk.customer_view import CustomerView, archived_note, brought_up_to_date, customer_view, live_note
from desk.hub import Hub
from desk.i18n import Language, language_of
from desk.pages.asking import answer, hub_of, own_session
from desk.services import Services
from desk.store.archive import SessionCursor, customer_sessions
from desk.store.customers import (
    NOTES_SHOWN,
    find_customer,
    last_words,
    linked_to,
    notes_of,
    remembered,
    tags_in_use,
)
from desk.store.engine import reading
from desk.store.users import names_of
from sessions.facts import Session
from sessions.inbox import InboxUnavailable
from sessions.profile import PHONE_LENGTH_MAX, REMARK_LENGTH_MAX, TAG_LENGTH_MAX, VALUE_LENGTH_MAX

PREVIOUS_SHOWN = 10
LIMITS = {"remark": REMARK_LENGTH_MAX, "phone": PHONE_LENGTH_MAX, "tag": TAG_LENGTH_MAX, "field": VALUE_LENGTH_MAX}

log = logging.getLogger(__name__)


def routes(services: Services) -> list[BaseRoute]:
    """`/desk/sessions/{session}/customer`."""
    pane = CustomerPane(services)
    return [Route("/desk/sessions/{session}/customer", require_role("agent")(pane.show))]


class CustomerPane:
    """What is known of a customer, for the seat that serves them."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def show(self, request: Request) -> Response:
        """The pane, whole."""
        hub, lang = hub_of(self._services), language_of(request)
        session = own_session(hub.floor, request)
        view: CustomerView | None = None
        if self._services.database is not None:
            try:
                view = await self._view(self._services.database, hub, session, lang)
            except (SQLAlchemyError, InboxUnavailable, OSError) as failure:
                log.warning("a customer cannot be shown now", extra={"reason": type(failure).__name__})
        context: dict[str, Any] = {"session": session, "view": view, "limits": LIMITS}
        return answer(hub.seq, self._services.templates.render("desk/_customer.html", lang, **context))

    async def _view(self, database: AsyncEngine, hub: Hub, session: Session, lang: Language) -> CustomerView:
        site, customer = hub.floor.site, session.customer
        async with reading(database) as sql:
            kept = await find_customer(sql, customer)
            cursor = SessionCursor(session.opened_at, session.id)
            sessions = await customer_sessions(sql, customer, cursor, PREVIOUS_SHOWN)
            said = await last_words(sql, sessions[0]) if sessions else None
            noted = await notes_of(sql, customer)
            linked = await linked_to(sql, kept) if kept else []
            offered = await tags_in_use(sql)
            users = {note.username for note in noted} | {kept.edited_by if kept else None}
            people = await names_of(sql, {user for user in users if user})
        conversation = hub.floor.conversations.get(customer)
        if conversation is not None and conversation.profile is None:
            await hub.tell(remembered(customer, kept))  # whoever may edit must know what there is
        lines = hub.transcripts.lines(session.id)
        archived_upto = max((note.seq for note in noted), default=0)
        notes = [live_note(line, site) for line in lines if line.by == "note" and line.seq > archived_upto]
        notes = [*reversed(notes), *(archived_note(note, site, people) for note in noted)][:NOTES_SHOWN]
        row = brought_up_to_date(customer, kept, lines, conversation.profile if conversation else None)
        return customer_view(row, sessions, said, notes, linked, offered, people, site, lang)
