"""What the composer fetches when it is first wanted: WeChat's emoji, and colleagues to name in a note."""

from functools import cache
from typing import NamedTuple

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from desk.auth import require_role
from desk.emoji import EMOJI, Emoji
from desk.i18n import language_of
from desk.pages.asking import answer, hub_of, seat_of
from desk.panes import place
from desk.services import Services
from desk.spelling import Spelling, as_typed
from desk.store.engine import reading
from desk.store.users import names_of
from routing.sound import syllables
from sessions.floor import Floor
from sessions.ids import SeatId

COLLEAGUES_SHOWN = 8


class Colleague(NamedTuple):
    """Somebody to be named: by their own name, or by their seat's where nobody knows it."""

    seat: SeatId
    name: str
    where: str
    presence: str
    label: str


def routes(services: Services) -> list[BaseRoute]:
    """`/desk/emoji`, and `/desk/colleagues?q=` with the best few."""

    @require_role("agent")
    async def emoji(request: Request) -> Response:
        hub = hub_of(services)
        html = services.templates.render("desk/_emoji.html", language_of(request), emoji=_emoji())
        return answer(hub.seq, html)

    @require_role("agent")
    async def colleagues(request: Request) -> Response:
        hub, lang = hub_of(services), language_of(request)
        people = await _people(services, hub.floor)
        everybody = []
        for plan in hub.floor.site.seats.values():
            if plan.id != seat_of(request) and (seat := hub.floor.seats.get(plan.id)):
                label, name = place(hub.floor, seat, lang).label, people.get(plan.agent, plan.name)
                everybody.append(Colleague(plan.id, name, plan.name, seat.presence, label))
        found = best(everybody, request.query_params.get("q", ""))
        return answer(hub.seq, services.templates.render("desk/_colleagues.html", lang, colleagues=found))

    return [Route("/desk/emoji", emoji), Route("/desk/colleagues", colleagues)]


def best(colleagues: list[Colleague], wanted: str) -> list[Colleague]:
    """Those who are meant by what was typed: who begins with it first, and of them who is at work."""
    typed = as_typed(wanted)
    ranked = []
    for each in colleagues:
        met = [meeting for words in (each.name, each.where) if (meeting := _spelling(words).met_by(typed))]
        if met or not typed:
            ranked.append(("start" not in met, each.presence == "offline", each.where, each))
    return [each for *_, each in sorted(ranked)][:COLLEAGUES_SHOWN]


@cache
def _emoji() -> list[tuple[Emoji, str]]:
    """All of them, each with the words that it is found by: its names, its pinyin and the initials of that."""
    found = []
    for each in EMOJI:
        sounds = syllables(each.zh.lower())
        initials = "".join(sound[:1] for sound in sounds)
        found.append((each, f"{each.zh} {each.en} {''.join(sounds)} {initials}".lower()))
    return found


@cache
def _spelling(words: str) -> Spelling:
    return Spelling(words)


async def _people(services: Services, floor: Floor) -> dict[str, str]:
    """What agents are called; without SQL they go by their seats."""
    if services.database is None:
        return {}
    try:
        async with reading(services.database) as sql:
            return await names_of(sql, {plan.agent for plan in floor.site.seats.values() if plan.agent})
    except (SQLAlchemyError, OSError):
        return {}
