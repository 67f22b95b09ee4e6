"""Skill groups: the list, and every setting of one."""

from collections.abc import Sequence
from typing import Any, cast

from msgspec import Struct
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk.errors import UserError
from desk.hub import Hub
from desk.i18n import Language, gettext_for, language_of
from desk.pages.admin.fields import Choice, Filled, read, refuse_unknown, show
from desk.pages.admin.frame import (
    Frame,
    StaleError,
    at_fields,
    choices_of,
    fresh,
    group_choices,
    known,
)
from desk.pages.admin.group_fields import FIELDS, POLICIES, SECTIONS, WHEN_FULL, WHEN_TO_ASK, group_with, values_of
from desk.store.complaints import Complaint, SiteSettingsError
from desk.store.settings import stamp_of
from sessions.ids import GroupId
from sessions.settings import Group, Site

LIST = "/admin/groups"
DEFAULTS = values_of(Group(id=GroupId("-"), name="-"))
NO_DEFAULT = frozenset({"name", "name_en", "calendar"})


class GroupLine(Struct, frozen=True):
    """A group in the list: what it is, who serves it, and how many wait in it now."""

    group: Group
    calendar: str
    policy: str
    seats: int
    waiting: int


class GroupPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[BaseRoute]:
        frame = self._frame
        one = f"{LIST}/{{group}}"
        return [
            frame.reading(LIST, self.index),
            frame.changing(LIST, self.add),
            frame.reading(one, self.show),
            frame.changing(one, self.save),
            frame.changing(f"{one}/remove", self.remove),
        ]

    async def index(self, request: Request) -> Response:
        """All groups, and a form for one more."""
        return await self._list(request, await self._frame.site())

    async def show(self, request: Request) -> Response:
        """Every setting of one group."""
        site = await self._frame.site()
        group = known(site.groups.get(_group_id(request)))
        return await self._form(request, site, group, stamp_of(group))

    async def add(self, request: Request) -> Response:
        """One more group, with everything at its default."""
        form = await self._frame.form(request)
        refuse_unknown(form.fields, {"id", "name"})
        group = Group(id=GroupId(form.text("id").strip()), name=form.text("name").strip())

        def change(site: Site) -> Site:
            if group.id in site.groups:
                raise SiteSettingsError([Complaint(("groups", group.id, "id"), "taken_twice", {"value": group.id})])
            return replace(site, groups={**site.groups, group.id: group})

        try:
            await self._frame.save(request, change)
        except SiteSettingsError as error:
            return await self._list(request, await self._frame.site(), group, error.complaints)
        return self._frame.done(f"{LIST}/{group.id}")

    async def save(self, request: Request) -> Response:
        """The settings of a group, as the form has them."""
        form, name, lang = await self._frame.form(request), _group_id(request), language_of(request)
        refuse_unknown(form.fields, {field.name for field in FIELDS})
        site = await self._frame.site()
        group = known(site.groups.get(name))
        filled = read(FIELDS, form.fields, _choices(site, group, lang))
        if filled.complaints:
            return await self._form(request, site, group, form.stamp, filled, filled.complaints)

        def change(site: Site) -> Site:
            changed = group_with(fresh(known(site.groups.get(name)), form.stamp), filled.values)
            return replace(site, groups={**site.groups, name: changed})

        try:
            await self._frame.save(request, change)
        except SiteSettingsError as error:
            return await self._form(request, site, group, form.stamp, filled, error.complaints)
        except StaleError:
            return await self._form(request, site, group, form.stamp, filled, stale=True)
        return self._frame.done(f"{LIST}/{name}")

    async def remove(self, request: Request) -> Response:
        """Takes a group away that nobody waits in and nothing refers to; seats give it up by themselves."""
        name, lang = _group_id(request), language_of(request)
        if waiting := self._waiting(name):
            raise UserError("group_in_use", "仍有 %(n)s 位客户在此组排队，请先处理", status=409, n=waiting)

        def change(site: Site) -> Site:
            known(site.groups.get(name))
            seats = {
                each: replace(seat, skills={group: level for group, level in seat.skills.items() if group != name})
                for each, seat in site.seats.items()
            }
            return replace(
                site, seats=seats, groups={each: group for each, group in site.groups.items() if each != name}
            )

        try:
            await self._frame.save(request, change)
        except SiteSettingsError as error:
            site = await self._frame.site()
            group = known(site.groups.get(name))
            lines = [complaint.line(lang) for complaint in error.complaints]
            return await self._form(request, site, group, stamp_of(group), lines=lines)
        return self._frame.done(LIST)

    async def _list(
        self, request: Request, site: Site, new: Group | None = None, complaints: tuple[Complaint, ...] = ()
    ) -> Response:
        lang = language_of(request)
        say = gettext_for(lang)
        lines = [
            GroupLine(
                group=group,
                calendar=_calendar_name(site, group.calendar, lang),
                policy=say(POLICIES[group.policy]),
                seats=sum(seat.skills.get(group.id, 0) >= group.required_level for seat in site.seats.values()),
                waiting=self._waiting(group.id),
            )
            for group in site.groups.values()
        ]
        beside, elsewhere = (
            at_fields(_without_namesakes(complaints, new.id), ("groups", new.id), lang) if new else ({}, [])
        )
        beside.setdefault("id", beside.get("", ""))
        status = 422 if complaints else 200
        return await self._frame.page(
            request, "groups.html", site, status=status, lines=lines, new=new, beside=beside, elsewhere=elsewhere
        )

    async def _form(
        self,
        request: Request,
        site: Site,
        group: Group,
        stamp: str,
        filled: Filled | None = None,
        complaints: tuple[Complaint, ...] | list[Complaint] = (),
        lines: list[str] | None = None,
        *,
        stale: bool = False,
    ) -> Response:
        lang = language_of(request)
        whole = ("groups", group.id)
        beside, elsewhere = at_fields(
            [
                each if each.path[:1] == ("groups",) else _within(whole, each)
                for each in _without_namesakes(complaints, group.id)
            ],
            whole,
            lang,
        )
        sections = show(
            SECTIONS,
            lang,
            values_of(group),
            typed=filled.typed if filled else None,
            complaints=beside,
            defaults={name: value for name, value in DEFAULTS.items() if name not in NO_DEFAULT},
            choices=_choices(site, group, lang),
        )
        return await self._frame.page(
            request,
            "group.html",
            site,
            status=409 if stale or lines else 422 if complaints else 200,
            group=group,
            sections=sections,
            stamp=stamp,
            stale=stale,
            elsewhere=[*elsewhere, *(lines or [])],
            wrong=bool(complaints),
        )

    def _waiting(self, group: GroupId) -> int:
        hub = cast(Hub | None, self._frame.services.hub)
        return len(hub.floor.lines.get(group, ())) if hub is not None and hub.is_ready else 0


def _without_namesakes(complaints: Sequence[Complaint], group: GroupId) -> Sequence[Complaint]:
    """Of two groups with the same name both are wrong; on the page of one of them it is said once, at its name."""
    own = {each.path[-1] for each in complaints if each.code == "name_taken" and each.path[1] == group}
    return [
        each for each in complaints if each.code != "name_taken" or each.path[1] == group or each.path[-1] not in own
    ]


def _within(whole: tuple[str, ...], complaint: Complaint) -> Complaint:
    """A complaint of the form itself, told from the site down like the others."""
    return replace(complaint, path=(*whole, *complaint.path))


def _group_id(request: Request) -> GroupId:
    return GroupId(cast(str, request.path_params["group"])[:40])


def _calendar_name(site: Site, calendar: str, lang: Language) -> str:
    found = site.calendars.get(calendar)
    return found.name if found else gettext_for(lang)("不限（全天）")


def _choices(site: Site, group: Group, lang: Language) -> dict[str, Any]:
    say = gettext_for(lang)
    return {
        "policy": choices_of(POLICIES, lang),
        "manners.when_full": choices_of(WHEN_FULL, lang),
        "satisfaction.ask": choices_of(WHEN_TO_ASK, lang),
        "calendar": [
            Choice("", say("不限（全天）")),
            *(Choice(each.id, each.name) for each in site.calendars.values()),
        ],
        "rings.overflow_groups": [each for each in group_choices(site, lang) if each.value != group.id],
    }
