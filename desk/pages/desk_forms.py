"""What an agent is asked before something happens: where to, by when, of whom, what to pass on at the shift's end."""

from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from desk.auth import require_role
from desk.errors import UserError
from desk.i18n import Language, language_of
from desk.names import name_of
from desk.pages.asking import answer, clock, hub_of, own_session, seat_of
from desk.panes import Row, row
from desk.promises import promise_times
from desk.services import Services
from desk.standing import sends_of
from desk.store.engine import reading
from desk.store.users import names_of
from desk.targets import consult_targets, group_targets, seat_targets
from sessions.facts import Seat
from sessions.floor import Floor
from sessions.ids import Millis

STEP_MIN = 5
"""The time field begins at a round time."""


class HandOver(Struct, frozen=True):
    """What a seat leaves behind at the end of a shift."""

    active: list[Row]
    promised: list[Row]
    parked: list[Row]


def routes(services: Services) -> list[BaseRoute]:
    """The forms, each at its session's address, for agents with a seat."""
    return DeskForms(services).routes()


class DeskForms:
    """The forms, made of the floor as it is when they are opened."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._templates = services.templates

    def routes(self) -> list[BaseRoute]:
        """The addresses."""
        session = "/desk/sessions/{session}"
        return [
            Route(f"{session}/transfer", require_role("agent")(self.transfer)),
            Route(f"{session}/consult", require_role("agent")(self.consult)),
            Route(f"{session}/promise", require_role("agent")(self.promise)),
            Route("/desk/hand-over", require_role("agent")(self.hand_over)),
        ]

    async def transfer(self, request: Request) -> Response:
        """To hand a session over."""
        hub = hub_of(self._services)
        people = await self._people(hub.floor)
        session, lang = own_session(hub.floor, request), language_of(request)
        html = self._templates.render(
            "desk/_transfer.html",
            lang,
            session=session.id,
            name=name_of(hub.floor, session.customer, lang),
            note=session.untaken_note,
            groups=group_targets(hub.floor, session, lang),
            seats=seat_targets(hub.floor, session, people, lang),
        )
        return answer(hub.seq, html)

    async def consult(self, request: Request) -> Response:
        """To ask a colleague."""
        hub = hub_of(self._services)
        people = await self._people(hub.floor)
        session, lang = own_session(hub.floor, request), language_of(request)
        html = self._templates.render(
            "desk/_consult_form.html",
            lang,
            session=session.id,
            name=name_of(hub.floor, session.customer, lang),
            seats=consult_targets(hub.floor, session, people, lang),
        )
        return answer(hub.seq, html)

    async def promise(self, request: Request) -> Response:
        """To promise an answer."""
        hub = hub_of(self._services)
        floor, lang, now = hub.floor, language_of(request), clock()
        session = own_session(floor, request)
        sends = sends_of(floor.conversations.get(session.customer), floor.site.rules, now)
        until = sends.until if sends else Millis(0)
        here = datetime.fromtimestamp(now / 1000, self._services.settings.timezone)
        later = here + timedelta(hours=2)
        html = self._templates.render(
            "desk/_promise.html",
            lang,
            session=session.id,
            name=name_of(floor, session.customer, lang),
            times=promise_times(now, here.tzinfo or self._services.settings.timezone, until, lang),
            least=f"{here:%Y-%m-%dT%H:%M}",
            proposed=f"{later - timedelta(minutes=later.minute % STEP_MIN):%Y-%m-%dT%H:%M}",
            offset=here.isoformat()[-len("+08:00") :],
            until=until,
        )
        return answer(hub.seq, html)

    async def hand_over(self, request: Request) -> Response:
        """To end a shift with sessions left."""
        hub = hub_of(self._services)
        seat, lang = hub.floor.seats.get(seat_of(request)), language_of(request)
        if seat is None:
            raise UserError("no_seat", "您没有分配坐席，请联系管理员", status=403)
        left = hand_over(hub.floor, seat, lang)
        return answer(hub.seq, self._templates.render("desk/_hand_over.html", lang, left=left, now=clock()))

    async def _people(self, floor: Floor) -> dict[str, str]:
        """What those who are at work are called; without SQL they go by their user names."""
        if self._services.database is None:
            return {}
        try:
            async with reading(self._services.database) as sql:
                return await names_of(sql, {seat.user for seat in floor.seats.values() if seat.user})
        except (SQLAlchemyError, OSError):
            return {}


def hand_over(floor: Floor, seat: Seat, lang: Language) -> HandOver:
    """Everything that the seat still has, in the order of its lists."""
    kept = sorted((row(floor, floor.sessions[each], lang) for each in seat.parked), key=lambda each: each.key)
    return HandOver(
        active=sorted((row(floor, floor.sessions[each], lang) for each in seat.held), key=lambda each: each.key),
        promised=[each for each in kept if each.standing.promised_at],
        parked=[each for each in kept if not each.standing.promised_at],
    )
