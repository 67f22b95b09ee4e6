"""What a site wants to know of its customers beside name, tags and phone: fields of its own."""

from collections.abc import Iterable
from typing import Any

from msgspec.structs import asdict, replace
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk.i18n import Language, gettext_noop, language_of
from desk.pages.admin.fields import Choice, Field, Filled, Section, lines_of, read, refuse_unknown, show
from desk.pages.admin.frame import Frame, StaleError, at_fields, choices_of, fresh
from desk.store.complaints import Complaint, SiteSettingsError
from desk.store.ranges import CUSTOMER_FIELDS_MAX
from desk.store.settings import stamp_of
from sessions.settings import CustomerField, Site

PATH = "/admin/customers"
KINDS = {"text": gettext_noop("文字"), "select": gettext_noop("单选"), "date": gettext_noop("日期")}


class CustomerPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[BaseRoute]:
        return [self._frame.reading(PATH, self.show), self._frame.changing(PATH, self.save)]

    async def show(self, request: Request) -> Response:
        """Every field, and room for one more."""
        site = await self._frame.site()
        return await self._form(request, site, stamp_of(site.customer_fields))

    async def save(self, request: Request) -> Response:
        """The fields, as the form has them; one without an id and a name is none."""
        form, lang = await self._frame.form(request), language_of(request)
        site = await self._frame.site()
        asked = [field for n in range(_rows(form.fields)) for field in _fields_of(n)]
        refuse_unknown(form.fields, {field.name for field in asked})
        filled = read(asked, form.fields, {field.name: _kinds(lang) for field in asked if field.kind == "choice"})
        if filled.complaints:
            return await self._form(request, site, form.stamp, filled, filled.complaints)

        def change(site: Site) -> Site:
            fresh(site.customer_fields, form.stamp)
            return replace(site, customer_fields=tuple(_made(filled.values, _rows(form.fields))))

        try:
            await self._frame.save(request, change)
        except SiteSettingsError as error:
            rows = [n for n in range(_rows(form.fields)) if _is_filled(filled.values, n)]
            complaints = [_in_row(each, filled.values, rows) for each in error.complaints]
            return await self._form(request, site, form.stamp, filled, complaints)
        except StaleError:
            return await self._form(request, site, form.stamp, filled, stale=True)
        return self._frame.done(PATH)

    async def _form(
        self,
        request: Request,
        site: Site,
        stamp: str,
        filled: Filled | None = None,
        complaints: list[Complaint] | None = None,
        *,
        stale: bool = False,
    ) -> Response:
        lang = language_of(request)
        beside, elsewhere = at_fields(complaints or [], (), lang)
        known = site.customer_fields
        rows = max(min(len(known) + 1, CUSTOMER_FIELDS_MAX), _rows(filled.typed) if filled else 0)
        values = {
            f"{n}.{name}": "\n".join(value) if name == "options" else value
            for n, field in enumerate(known)
            for name, value in asdict(field).items()
        }
        return await self._frame.form_page(
            request,
            "customers.html",
            site,
            sections=show(
                [_section(n, known[n].label if n < len(known) else "") for n in range(rows)],
                lang,
                values,
                typed=filled.typed if filled else None,
                complaints=beside,
                choices={f"{n}.kind": _kinds(lang) for n in range(rows)},
            ),
            stamp=stamp,
            stale=stale,
            elsewhere=elsewhere,
            wrong=bool(complaints),
        )


def _section(n: int, label: str) -> Section:
    return Section(title=label or gettext_noop("新的一项"), fields=_fields_of(n))


def _fields_of(n: int) -> tuple[Field, ...]:
    return (
        Field(
            name=f"{n}.label", label=gettext_noop("名称"), kind="text", hint=gettext_noop("名称和编号都清空即删除。")
        ),
        Field(name=f"{n}.id", label=gettext_noop("编号"), kind="text", hint=gettext_noop("已填的内容按编号保存。")),
        Field(name=f"{n}.kind", label=gettext_noop("类型"), kind="choice"),
        Field(name=f"{n}.options", label=gettext_noop("单选的选项"), kind="area", hint=gettext_noop("每行一个。")),
    )


def _kinds(lang: Language) -> list[Choice]:
    return choices_of(KINDS, lang)


def _rows(fields: Iterable[str]) -> int:
    """How many rows the form has: those that a page of ours can have, whatever was sent."""
    numbers = [name.partition(".")[0] for name in fields]
    most = max((int(each) for each in numbers if each.isascii() and each.isdigit() and len(each) < 3), default=-1)
    return min(most, CUSTOMER_FIELDS_MAX - 1) + 1


def _is_filled(values: dict[str, Any], n: int) -> bool:
    return bool(values[f"{n}.id"] or values[f"{n}.label"])


def _made(values: dict[str, Any], rows: int) -> Iterable[CustomerField]:
    for n in range(rows):
        if _is_filled(values, n):
            yield CustomerField(
                id=values[f"{n}.id"],
                label=values[f"{n}.label"],
                kind=values[f"{n}.kind"],
                options=lines_of(values[f"{n}.options"]),
            )


def _in_row(complaint: Complaint, values: dict[str, Any], rows: list[int]) -> Complaint:
    """A complaint about a field, told at its row on the form; one that comes twice, at the last."""
    part, *way = complaint.path
    found = [n for n in rows if way and values[f"{n}.id"] == way[0]]
    if part != "customer_fields" or not found or len(way) < 2:
        return complaint
    return replace(complaint, path=(str(found[-1]), *way[1:]))
