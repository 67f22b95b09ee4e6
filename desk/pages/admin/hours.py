"""Service hours: calendars with a week, and the days that differ from it."""

from typing import cast

from msgspec import Struct
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk.i18n import gettext_for, gettext_noop, language_of
from desk.pages.admin.fields import plain_text, refuse_unknown
from desk.pages.admin.frame import Form, Frame, StaleError, at_fields, fresh, known, now
from desk.pages.admin.opening_hours import NotHoursError, dates_between, read_spans, written
from desk.store.complaints import Complaint, SiteSettingsError
from desk.store.settings import stamp_of
from routing.hours import WEEK_DAYS, Calendar, Span, is_open, next_opening
from sessions.settings import Site

LIST = "/admin/hours"
WEEKDAYS = (
    gettext_noop("星期一"),
    gettext_noop("星期二"),
    gettext_noop("星期三"),
    gettext_noop("星期四"),
    gettext_noop("星期五"),
    gettext_noop("星期六"),
    gettext_noop("星期日"),
)
DATES_MAX = 300
OFFICE_WEEK: tuple[tuple[Span, ...], ...] = (((540, 1080),),) * 5 + ((), ())


class CalendarLine(Struct, frozen=True):
    """A calendar in the list, and how it stands now; `opens_at` is None where it is open, or never opens."""

    calendar: Calendar
    groups: list[str]
    is_open: bool
    opens_at: int | None
    special_days: int


class HourPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[BaseRoute]:
        frame = self._frame
        one = f"{LIST}/{{calendar}}"
        return [
            frame.reading(LIST, self.index),
            frame.changing(LIST, self.add),
            frame.reading(one, self.show),
            frame.changing(one, self.save),
            frame.changing(f"{one}/remove", self.remove),
        ]

    async def index(self, request: Request) -> Response:
        """All calendars, and a form for one more."""
        return await self._list(request)

    async def show(self, request: Request) -> Response:
        """One calendar: its week and its special days."""
        site = await self._frame.site()
        calendar = known(site.calendars.get(_name(request)))
        return await self._form(request, site, calendar, stamp_of(calendar), _typed(calendar))

    async def add(self, request: Request) -> Response:
        """One more calendar, with office hours to begin with."""
        form = await self._frame.form(request)
        refuse_unknown(form.fields, {"id", "name"})
        new = Calendar(id=form.text("id").strip(), name=form.text("name").strip(), week=OFFICE_WEEK)

        def change(site: Site) -> Site:
            if new.id in site.calendars:
                raise SiteSettingsError([Complaint(("calendars", new.id, "id"), "taken_twice", {"value": new.id})])
            return replace(site, calendars={**site.calendars, new.id: new})

        try:
            await self._frame.save(request, change)
        except SiteSettingsError as error:
            return await self._list(request, new, error.complaints)
        return self._frame.done(f"{LIST}/{new.id}")

    async def save(self, request: Request) -> Response:
        """The week and the special days, as the form has them."""
        form, name = await self._frame.form(request), _name(request)
        site = await self._frame.site()
        before = known(site.calendars.get(name))
        _refuse_unknown(form)
        typed = {field: plain_text(form.text(field)) for field in form.fields}
        calendar, complaints = _read(before, typed)
        if complaints:
            return await self._form(request, site, before, form.stamp, typed, complaints)

        def change(site: Site) -> Site:
            fresh(known(site.calendars.get(name)), form.stamp)
            return replace(site, calendars={**site.calendars, name: calendar})

        try:
            await self._frame.save(request, change)
        except SiteSettingsError as error:
            inside = [replace(each, path=("calendars", name, *_field(each))) for each in error.complaints]
            return await self._form(request, site, before, form.stamp, typed, inside)
        except StaleError:
            return await self._form(request, site, before, form.stamp, typed, stale=True)
        return self._frame.done(f"{LIST}/{name}")

    async def remove(self, request: Request) -> Response:
        """Takes a calendar away that no group works by."""
        name = _name(request)

        def change(site: Site) -> Site:
            known(site.calendars.get(name))
            return replace(site, calendars={each: one for each, one in site.calendars.items() if each != name})

        try:
            await self._frame.save(request, change)
        except SiteSettingsError as error:
            site = await self._frame.site()
            calendar = known(site.calendars.get(name))
            return await self._form(
                request, site, calendar, stamp_of(calendar), _typed(calendar), list(error.complaints)
            )
        return self._frame.done(LIST)

    async def _list(
        self, request: Request, new: Calendar | None = None, complaints: tuple[Complaint, ...] = ()
    ) -> Response:
        site, lang, at = await self._frame.site(), language_of(request), now()
        lines = []
        for calendar in site.calendars.values():
            opens_at = (
                next_opening(calendar, at, site.rules.utc_offset_min) if len(calendar.week) == WEEK_DAYS else None
            )
            lines.append(
                CalendarLine(
                    calendar=calendar,
                    groups=[group.name for group in site.groups.values() if group.calendar == calendar.id],
                    is_open=is_open(calendar, at, site.rules.utc_offset_min),
                    opens_at=opens_at,
                    special_days=len(calendar.dates),
                )
            )
        beside, elsewhere = at_fields(complaints, ("calendars", new.id), lang) if new else ({}, [])
        beside.setdefault("id", beside.get("", ""))
        status = 422 if complaints else 200
        return await self._frame.page(
            request, "hours.html", site, status=status, lines=lines, new=new, beside=beside, elsewhere=elsewhere
        )

    async def _form(
        self,
        request: Request,
        site: Site,
        calendar: Calendar,
        stamp: str,
        typed: dict[str, str],
        complaints: list[Complaint] | None = None,
        *,
        stale: bool = False,
    ) -> Response:
        lang = language_of(request)
        beside, elsewhere = at_fields(complaints or [], ("calendars", calendar.id), lang)
        say = gettext_for(lang)
        return await self._frame.form_page(
            request,
            "calendar.html",
            site,
            calendar=calendar,
            stamp=stamp,
            typed=typed,
            weekdays=[say(each) for each in WEEKDAYS],
            days=_days(typed),
            beside=beside,
            elsewhere=elsewhere,
            stale=stale,
            wrong=bool(complaints),
        )


def _name(request: Request) -> str:
    return cast(str, request.path_params["calendar"])[:40]


def _typed(calendar: Calendar) -> dict[str, str]:
    """The calendar as its form has it."""
    week = {f"week.{day}": written(spans) for day, spans in enumerate(calendar.week)}
    days: dict[str, str] = {}
    for place, (day, spans) in enumerate(sorted(calendar.dates.items())):
        days |= {f"day.{place}": day, f"hours.{place}": written(spans)}
    return {"name": calendar.name, **week, **days}


def _days(typed: dict[str, str]) -> list[tuple[int, str, str]]:
    """The special days of a form: place, date and hours."""
    places = sorted(int(name[4:]) for name in typed if name.startswith("day."))
    return [(place, typed[f"day.{place}"], typed.get(f"hours.{place}", "")) for place in places]


def _refuse_unknown(form: Form) -> None:
    places = {f"{name}.{place}" for name in ("day", "hours", "drop") for place in range(DATES_MAX)}
    week = {f"week.{day}" for day in range(WEEK_DAYS)}
    refuse_unknown(form.fields, {"name", "add.first", "add.last", "add.hours", *week, *places})


def _read(before: Calendar, typed: dict[str, str]) -> tuple[Calendar, list[Complaint]]:
    """The calendar that was typed; a day without a date, or one that was dropped, is none."""
    whole = ("calendars", before.id)
    complaints: list[Complaint] = []

    def spans(field: str) -> tuple[Span, ...]:
        try:
            return read_spans(typed.get(field, ""))
        except NotHoursError:
            complaints.append(Complaint((*whole, *field.split(".")), "not_hours", {"value": typed[field][:40]}))
            return ()

    week = tuple(spans(f"week.{day}") for day in range(WEEK_DAYS))
    dates: dict[str, tuple[Span, ...]] = {}
    for place, day, _ in _days(typed):
        if day and f"drop.{place}" not in typed:
            if day in dates:
                complaints.append(Complaint((*whole, "day", str(place)), "taken_twice", {"value": day[:40]}))
            dates[day] = spans(f"hours.{place}")
    if first := typed.get("add.first", ""):
        try:
            added = dates_between(first, typed.get("add.last", ""))
        except ValueError:
            complaints.append(Complaint((*whole, "add", "first"), "not_days", {"value": first[:40]}))
        else:
            dates |= dict.fromkeys(added, spans("add.hours"))
    if len(dates) > DATES_MAX:
        complaints.append(Complaint((*whole, "add", "first"), "too_many", {"most": DATES_MAX, "length": len(dates)}))
    return replace(before, name=typed.get("name", ""), week=week, dates=dict(sorted(dates.items()))), complaints


def _field(complaint: Complaint) -> tuple[str, ...]:
    """Where in the form a complaint about the stored calendar stands."""
    return complaint.path[2:]
