"""What an agent has at hand while writing to a customer: canned replies for `/`, suggestions, knowledge.

Each is a fragment at its session's address, for the seat that has the session alone; it is asked for beside the chat
and keeps nothing waiting. Texts come filled in, ready to be put at the caret. Nothing here sends anything.
"""

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from desk import replies
from desk.auth import require_role
from desk.errors import UserError
from desk.filling import Occasion, address_of, filled
from desk.history import archived_lines
from desk.hub import Hub
from desk.i18n import language_of
from desk.names import group_name, remark_of, seat_name
from desk.pages.asking import answer, clock, hub_of, own_session, seat_of, who_asks
from desk.services import Services
from desk.shelf import Shelf
from desk.store.engine import reading
from desk.store.folding import EVERYBODY
from desk.store.users import names_of
from desk.suggestions import suggestions, unanswered
from desk.transcripts import Line
from sessions.facts import Session
from sessions.ids import GroupId, SeatId

NOTHING_NEW = 204


def routes(services: Services) -> list[BaseRoute]:
    """The fragments, for agents with a seat."""
    return AtHand(services).routes()


class AtHand:
    """The fragments. Groups are those that the seat serves; what belongs to others is not found."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._templates = services.templates

    def routes(self) -> list[BaseRoute]:
        """The addresses."""
        session = "/desk/sessions/{session}"
        return [
            Route(f"{session}/replies", require_role("agent")(self.replies)),
            Route(f"{session}/suggestions", require_role("agent")(self.suggestions)),
            Route(f"{session}/knowledge", require_role("agent")(self.knowledge)),
            Route(f"{session}/knowledge/{{article}}", require_role("agent")(self.article)),
        ]

    async def replies(self, request: Request) -> Response:
        """The canned replies that `q` means, filled in."""
        hub, user = hub_of(self._services), who_asks(request).user
        session, groups = own_session(hub.floor, request), _groups_of(hub, seat_of(request))
        shared, personal = await self._shelf.shared(), await self._shelf.personal(user)
        usable = [each for each in shared.findable if replies.may_use(each.reply, user, groups)]
        found = replies.search(
            [*personal.findable, *usable],
            request.query_params.get("q", ""),
            await self._shelf.uses(user),
            await self._shelf.uses(EVERYBODY),
            session.group,
        )
        occasion, lang = self._occasion(hub, session, request), language_of(request)
        options = [
            (reply, filled(reply.text, occasion), group_name(hub.floor.site, GroupId(reply.owner), lang))
            for reply in found
        ]
        return answer(hub.seq, self._templates.render("desk/_reply_options.html", lang, options=options))

    async def suggestions(self, request: Request) -> Response:
        """What might be said to the customer's unanswered words; nothing, where that is not to be had now."""
        hub, user = hub_of(self._services), who_asks(request).user
        groups = _groups_of(hub, seat_of(request))
        try:
            session = own_session(hub.floor, request)
        except UserError:  # it has just gone to a colleague, and the page that asks is about to hear of it
            return Response(status_code=NOTHING_NEW)
        found = []
        if session.turn == "seat":
            flow = hub.floor.flow_of(session.account)
            try:
                shared, personal = await self._shelf.shared(), await self._shelf.personal(user)
                knowledge, lines = await self._shelf.knowledge(), await self._lines(hub, session)
            except (UserError, SQLAlchemyError, OSError):
                return Response(status_code=NOTHING_NEW)
            found = suggestions(
                unanswered(lines),
                matcher=flow[1] if flow else None,
                replies=[personal.cues, shared.cues],
                articles=knowledge.cues,
                library=knowledge.library,
                user=user,
                groups=groups,
            )
        occasion = self._occasion(hub, session, request)
        chips = [(each, filled(each.text, occasion) if each.source == "reply" else each.text) for each in found]
        html = self._templates.render("desk/_suggested.html", language_of(request), chips=chips)
        return answer(hub.seq, html)

    async def knowledge(self, request: Request) -> Response:
        """The articles about `q`."""
        hub = hub_of(self._services)
        session, groups = own_session(hub.floor, request), _groups_of(hub, seat_of(request))
        question = request.query_params.get("q", "")
        library = (await self._shelf.knowledge()).library
        html = self._templates.render(
            "desk/_found.html",
            language_of(request),
            session=session.id,
            asked=bool(question.strip()),
            found=library.search(question, groups),
        )
        return answer(hub.seq, html)

    async def article(self, request: Request) -> Response:
        """One article, whole."""
        hub = hub_of(self._services)
        own_session(hub.floor, request)
        library = (await self._shelf.knowledge()).library
        article = library.find(request.path_params["article"], _groups_of(hub, seat_of(request)))
        if article is None:
            raise UserError("article_unknown", "文章不存在或已停用", status=404)
        async with reading(self._database) as sql:
            names = await names_of(sql, {article.updated_by})
        html = self._templates.render(
            "desk/_article.html",
            language_of(request),
            article=article,
            updated_by=names.get(article.updated_by, article.updated_by),
        )
        return answer(hub.seq, html)

    @property
    def _shelf(self) -> Shelf:
        return self._services.shelf

    @property
    def _database(self) -> AsyncEngine:
        assert self._services.database is not None, "without SQL there are no such pages"
        return self._services.database

    async def _lines(self, hub: Hub, session: Session) -> list[Line]:
        """What was said here; a process that has just started has not heard it itself."""
        if live := hub.transcripts.lines(session.id):
            return live
        async with reading(self._database) as sql:
            return await archived_lines(sql, session.id)

    def _occasion(self, hub: Hub, session: Session, request: Request) -> Occasion:
        """What the variables of a reply stand for here."""
        site, identity = hub.floor.site, who_asks(request)
        account = site.accounts.get(session.account)
        return Occasion(
            customer=address_of(remark_of(hub.floor, session.customer)),
            agent=identity.name,
            seat=seat_name(site, seat_of(request)),
            group=group_name(site, session.group, "zh"),
            group_en=group_name(site, session.group, "en"),
            session=session.id,
            account=account.name if account else session.account,
            at=clock(),
            zone=self._services.settings.timezone,
        )


def _groups_of(hub: Hub, seat: SeatId) -> set[str]:
    plan = hub.floor.site.seats.get(seat)
    return set(plan.skills) if plan else set()
