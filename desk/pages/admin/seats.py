"""Seats and skills: a grid of seats by groups, filled in at once; and the way out for an agent who leaves."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import update
from sqlmodel import col, select
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk.errors import UserError
from desk.i18n import language_of
from desk.pages.admin.fields import Choice, Field, plain_text, read, refuse_unknown
from desk.pages.admin.frame import FIELDS_MAX, Form, Frame, StaleError, fresh, group_choices, known
from desk.store.complaints import Complaint, SiteSettingsError
from desk.store.engine import reading, writing
from desk.store.models import User
from desk.store.ranges import LEVEL_MAX, Range
from desk.store.settings import stamp_of
from sessions.ids import HARD_CAP, GroupId, SeatId, UserId
from sessions.settings import SeatPlan, Site

LIST = "/admin/seats"
SEATS_MAX = 25
"""So many seats on a page, or fewer where there are many groups: a form has a limit."""
_SEAT_FIELD = re.compile(r"seat\.([A-Za-z0-9_-]{1,32})\.(name|agent|soft_cap|skill\.[A-Za-z0-9_-]{1,32})")
_OTHER_FIELDS = frozenset({"pick", "batch.group", "batch.level", "batch.soft_cap"})


class SeatLine(Struct, frozen=True):
    """A seat in the grid, as it was typed; `skills` are levels by group, `beside` what is wrong with its fields."""

    id: str
    name: str
    agent: str
    soft_cap: str
    skills: dict[str, str]
    beside: dict[str, str]
    picked: bool = False


class SeatPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[BaseRoute]:
        frame = self._frame
        one = f"{LIST}/{{seat}}"
        return [
            frame.reading(LIST, self.show),
            frame.changing(LIST, self.save),
            frame.changing(f"{LIST}/new", self.add),
            frame.reading(f"{one}/retire", self.ask_to_retire),
            frame.changing(f"{one}/retire", self.retire),
        ]

    async def show(self, request: Request) -> Response:
        """A page of the grid: `?page=` of those who serve `?group=`."""
        site = await self._frame.site()
        seats = _on_page(site, request)
        return await self._grid(request, site, [_line(seat) for seat in seats], _stamp(seats))

    async def save(self, request: Request) -> Response:
        """The seats that the form has, and what is to be done with those that were picked."""
        form, lang = await self._frame.form(request), language_of(request)
        typed = _typed(form)
        site = await self._frame.site()
        complaints: list[Complaint] = []
        changed = {seat: _read(known(site.seats.get(seat)), fields, complaints) for seat, fields in typed.items()}
        changed = _apply_batch(changed, form, complaints)
        if not complaints:
            try:
                await self._frame.save(request, lambda site: _with_seats(site, changed, form.stamp))
            except SiteSettingsError as error:
                complaints = list(error.complaints)
            except StaleError:
                return await self._grid(request, site, _lines(form, typed, [], lang), form.stamp, stale=True)
            else:
                return self._frame.done(LIST, **dict(request.query_params))
        elsewhere = [each.line(lang) for each in complaints if each.path[:1] != ("seats",)]
        return await self._grid(
            request, site, _lines(form, typed, complaints, lang), form.stamp, wrong=True, elsewhere=elsewhere
        )

    async def add(self, request: Request) -> Response:
        """One more seat, with no skills yet."""
        form, lang = await self._frame.form(request), language_of(request)
        refuse_unknown(form.fields, {"id", "name"})
        seat = SeatPlan(id=SeatId(form.text("id").strip()), name=form.text("name").strip(), agent=UserId(""))

        def change(site: Site) -> Site:
            if seat.id in site.seats:
                raise SiteSettingsError([Complaint(("seats", seat.id), "taken_twice", {"value": seat.id})])
            heirs = {gone: heir for gone, heir in site.successors.items() if gone != seat.id}
            return replace(site, seats={**site.seats, seat.id: seat}, successors=heirs)

        try:
            await self._frame.save(request, change)
        except SiteSettingsError as error:
            site = await self._frame.site()
            seats = _on_page(site, request)
            lines = [complaint.line(lang) for complaint in error.complaints]
            return await self._grid(request, site, [_line(each) for each in seats], _stamp(seats), elsewhere=lines)
        return self._frame.done(LIST, page=str(len((await self._frame.site()).seats)))

    async def ask_to_retire(self, request: Request) -> Response:
        """Who inherits the customers of this seat."""
        site = await self._frame.site()
        return await self._farewell(request, site, known(site.seats.get(_seat_id(request))))

    async def retire(self, request: Request) -> Response:
        """Takes the seat out of use; its customers are known to the successor from now on."""
        form, name, lang = await self._frame.form(request), _seat_id(request), language_of(request)
        refuse_unknown(form.fields, {"successor", "close_user"})
        heir = SeatId(form.text("successor"))
        leaving = known((await self._frame.site()).seats.get(name))

        def change(site: Site) -> Site:
            fresh(known(site.seats.get(name)), form.stamp)
            heirs = dict(site.successors)
            if heir:
                heirs[name] = heir
            else:  # nobody inherits: what it had inherited itself is nobody's either
                heirs = {gone: each for gone, each in heirs.items() if each != name}
            return replace(
                site, seats={each: seat for each, seat in site.seats.items() if each != name}, successors=heirs
            )

        try:
            await self._frame.save(request, change)
        except SiteSettingsError as error:
            lines = [complaint.line(lang) for complaint in error.complaints]
            return await self._farewell(request, await self._frame.site(), leaving, elsewhere=lines)
        except StaleError:
            return await self._farewell(request, await self._frame.site(), leaving, stale=True)
        if form.text("close_user") == "on" and leaving.agent:
            await self._close_user(leaving.agent)
        return self._frame.done(LIST)

    async def _close_user(self, user: UserId) -> None:
        async with writing(self._frame.database) as sql:
            connection = await sql.connection()
            await connection.execute(update(User).where(col(User.username) == user).values(active=False))

    async def _farewell(
        self, request: Request, site: Site, seat: SeatPlan, *, stale: bool = False, elsewhere: list[str] | None = None
    ) -> Response:
        colleagues = [
            Choice(each.id, f"{each.name} {each.agent}".strip()) for each in site.seats.values() if each.id != seat.id
        ]
        return await self._frame.page(
            request,
            "retire.html",
            site,
            status=409 if stale or elsewhere else 200,
            seat=seat,
            stamp=stamp_of(seat),
            colleagues=colleagues,
            stale=stale,
            elsewhere=elsewhere or [],
        )

    async def _grid(
        self,
        request: Request,
        site: Site,
        lines: list[SeatLine],
        stamp: str,
        *,
        stale: bool = False,
        wrong: bool = False,
        elsewhere: list[str] | None = None,
    ) -> Response:
        async with reading(self._frame.database) as sql:
            agents = (await sql.exec(select(User).where(col(User.active), User.role == "agent"))).all()
        group = request.query_params.get("group", "")
        chosen = _serving(site, group)
        per_page = _per_page(site)
        pages = max(1, -(-len(chosen) // per_page))
        return await self._frame.page(
            request,
            "seats.html",
            site,
            status=409 if stale else 422 if wrong or elsewhere else 200,
            lines=lines,
            groups=group_choices(site, language_of(request)),
            agents=[(agent.username, agent.name) for agent in agents],
            names={agent.username: agent.name for agent in agents},
            stamp=stamp,
            stale=stale,
            wrong=wrong,
            elsewhere=elsewhere or [],
            group=group if group in site.groups else "",
            at=_page(request, pages),
            pages=pages,
            level_max=LEVEL_MAX,
            cap_max=HARD_CAP,
        )


# The page of the grid.


def _serving(site: Site, group: str) -> list[SeatPlan]:
    return [seat for seat in site.seats.values() if group not in site.groups or GroupId(group) in seat.skills]


def _per_page(site: Site) -> int:
    return max(5, min(SEATS_MAX, (FIELDS_MAX - 10) // (len(site.groups) + 4)))


def _page(request: Request, pages: int) -> int:
    wanted = request.query_params.get("page", "1")
    return min(pages, max(1, int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 7 else 1))


def _on_page(site: Site, request: Request) -> list[SeatPlan]:
    chosen, per_page = _serving(site, request.query_params.get("group", "")), _per_page(site)
    at = _page(request, max(1, -(-len(chosen) // per_page)))
    return chosen[(at - 1) * per_page : at * per_page]


def _line(seat: SeatPlan) -> SeatLine:
    skills = {str(group): str(level) for group, level in seat.skills.items()}
    return SeatLine(seat.id, seat.name, seat.agent, str(seat.soft_cap), skills, {})


def _stamp(seats: Iterable[SeatPlan]) -> str:
    return stamp_of(sorted(seats, key=lambda seat: seat.id))


def _seat_id(request: Request) -> SeatId:
    return SeatId(cast(str, request.path_params["seat"])[:40])


# What came back.


def _typed(form: Form) -> dict[SeatId, dict[str, str]]:
    """What was typed, by seat and field. Raises UserError for what is no field of the grid."""
    typed: dict[SeatId, dict[str, str]] = {}
    names = []
    for name in form.fields:
        if found := _SEAT_FIELD.fullmatch(name):
            typed.setdefault(SeatId(found[1]), {})[found[2]] = plain_text(form.text(name))
        else:
            names.append(name)
    refuse_unknown(names, _OTHER_FIELDS)
    return typed


def _read(seat: SeatPlan, typed: Mapping[str, str], complaints: list[Complaint]) -> SeatPlan:
    fields = [
        Field(name="soft_cap", label="", allowed=Range(1, HARD_CAP)),
        *(
            Field(name=name, label="", allowed=Range(0, LEVEL_MAX), optional=True)
            for name in typed
            if name.startswith("skill.")
        ),
    ]
    filled = read(fields, {name: [text] for name, text in typed.items()})
    complaints += [replace(each, path=("seats", seat.id, *each.path)) for each in filled.complaints]
    skills = {GroupId(name.removeprefix("skill.")): level for name, level in filled.values.items() if "." in name}
    return replace(
        seat,
        name=typed.get("name", seat.name),
        agent=UserId(typed.get("agent", seat.agent)),
        soft_cap=filled.values.get("soft_cap", seat.soft_cap),
        skills={group: level for group, level in {**seat.skills, **skills}.items() if level},
    )


def _apply_batch(seats: dict[SeatId, SeatPlan], form: Form, complaints: list[Complaint]) -> dict[SeatId, SeatPlan]:
    """The same level or soft cap for all that were picked; level 0 takes the skill away."""
    fields = (
        Field(name="batch.level", label="", allowed=Range(0, LEVEL_MAX), optional=True),
        Field(name="batch.soft_cap", label="", allowed=Range(1, HARD_CAP), optional=True),
    )
    filled = read(fields, form.fields)
    complaints += filled.complaints
    group, level = GroupId(form.text("batch.group")), filled.values.get("batch.level")
    cap = filled.values.get("batch.soft_cap")
    picked = [SeatId(name) for name in form.fields.get("pick", ()) if name in seats]
    if not picked and (level is not None or cap is not None):
        raise UserError("nobody_picked", "批量设置前请先勾选坐席", status=422, field="pick")
    changed = dict(seats)
    for name in picked:
        seat = changed[name]
        if level is not None and group:
            skills = {**seat.skills, group: level}
            seat = replace(seat, skills={each: known for each, known in skills.items() if known})
        changed[name] = replace(seat, soft_cap=cap if cap is not None else seat.soft_cap)
    return changed


def _with_seats(site: Site, changed: Mapping[SeatId, SeatPlan], stamp: str) -> Site:
    before = [known(site.seats.get(name)) for name in changed]
    if _stamp(before) != stamp:
        raise StaleError
    return replace(site, seats={name: changed.get(name, seat) for name, seat in site.seats.items()})


def _lines(
    form: Form, typed: Mapping[SeatId, Mapping[str, str]], complaints: Iterable[Complaint], lang: Any
) -> list[SeatLine]:
    """The grid as it was typed, with what is wrong beside it."""
    beside: dict[str, dict[str, str]] = {}
    for each in complaints:
        if each.path[:1] == ("seats",) and len(each.path) > 1:
            beside.setdefault(each.path[1], {})[".".join(each.path[2:])] = each.words(lang)
    picked = set(form.fields.get("pick", ()))
    return [
        SeatLine(
            id=seat,
            name=fields.get("name", ""),
            agent=fields.get("agent", ""),
            soft_cap=fields.get("soft_cap", ""),
            skills={name.removeprefix("skill."): text for name, text in fields.items() if name.startswith("skill.")},
            beside=beside.get(seat, {}),
            picked=seat in picked,
        )
        for seat, fields in typed.items()
    ]
