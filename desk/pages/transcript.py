"""The transcript of a session: who had it, what was said, what happened.

Read from the archive, which is a moment behind the ledger; a session that is still alive is shown as far as it has got.
An agent sees what they served and what belongs to the groups of their seat; those who oversee see everything.
"""

import re
import time
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from desk.auth import identity_of, require_role
from desk.errors import UserError
from desk.i18n import language_of
from desk.pages.transcript_view import transcript_view
from desk.services import Services
from desk.store.archive import Transcript, session_transcript
from desk.store.customers import find_customer
from desk.store.engine import reading
from desk.store.settings import load_site
from desk.store.users import names_of
from desk.web_session import Identity
from sessions.ids import CustomerId, GroupId, Millis, Seq
from sessions.settings import Site

LINES_MAX = 1_000
"""Lines on one page; it leads to those before."""

_NUMBER = re.compile(r"[0-9]{8}-[0-9]{4,12}")
_SEQ = re.compile(r"[0-9]{1,18}")


def routes(services: Services) -> list[BaseRoute]:
    """`GET /sessions/{session}`, and `GET /sessions?number=` for who has the number on paper."""
    database = services.database
    if database is None:
        return []

    @require_role()
    async def transcript(request: Request) -> Response:
        identity = identity_of(request)
        assert identity is not None, "require_role lets nobody else in"
        number = request.path_params["session"]
        async with reading(database) as sql:
            found = (
                await session_transcript(sql, number, _before(request), LINES_MAX)
                if _NUMBER.fullmatch(number)
                else None
            )
            if found is None:
                raise UserError(
                    "transcript_unknown",
                    "没有找到会话 %(session)s。请核对编号（形如 20261123-0042）；刚开始的会话请过几秒再刷新。",
                    status=404,
                    session=number[:40],
                )
            site = await load_site(sql)
            if not may_read(identity, found, site):
                raise UserError(
                    "transcript_forbidden",
                    "您只能查看自己接待过的、或属于您技能组的会话。需要查看会话 %(session)s，请联系班长。",
                    status=403,
                    session=number,
                )
            people = await names_of(sql, {each.username for each in found.segments})
            customer = await find_customer(sql, CustomerId(found.session.customer))
        view = transcript_view(
            found,
            site,
            people,
            language_of(request),
            services.settings.timezone,
            Millis(time.time_ns() // 1_000_000),
            customer.remark if customer else "",
        )
        return services.templates.page(request, "transcript/page.html", view=view)

    @require_role()
    async def by_number(request: Request) -> Response:
        wanted = request.query_params.get("number", "").strip()[:40]
        return RedirectResponse(f"/sessions/{quote(wanted, safe='')}" if wanted else "/", 303)

    return [Route("/sessions", by_number), Route("/sessions/{session:path}", transcript)]  # some type slashes


def may_read(identity: Identity, transcript: Transcript, site: Site) -> bool:
    """Whether this person may see what was said."""
    if identity.role != "agent":
        return True
    if any(identity.user == each.username or identity.seat == each.seat for each in transcript.segments):
        return True
    plan = site.seats.get(identity.seat) if identity.seat else None
    return plan is not None and GroupId(transcript.session.skill_group) in plan.skills


def _before(request: Request) -> Seq | None:
    given = request.query_params.get("before", "")
    return Seq(int(given)) if _SEQ.fullmatch(given) else None
