"""Who changed what and when; an older version can be looked at and brought back."""

from typing import cast

from msgspec import json
from msgspec.structs import replace
from sqlmodel import col, select
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk.i18n import language_of
from desk.names import version_name
from desk.pages.admin.frame import Frame, known
from desk.pages.admin.telling import told_changes
from desk.store.changes import changes_between
from desk.store.complaints import SiteSettingsError
from desk.store.engine import reading
from desk.store.history import PAGE_VERSIONS, site_at, versions
from desk.store.models import User
from sessions.ids import UserId
from sessions.settings import Site

LIST = "/admin/history"
SHOWN_IN_LIST = 6


class HistoryPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[BaseRoute]:
        frame = self._frame
        one = f"{LIST}/{{n:int}}"
        return [
            frame.reading(LIST, self.index),
            frame.reading(one, self.show),
            frame.changing(f"{one}/restore", self.restore),
        ]

    async def index(self, request: Request) -> Response:
        """A page of the history, newest first."""
        site, lang = await self._frame.site(), language_of(request)
        before = request.query_params.get("before", "")
        async with reading(self._frame.database) as sql:
            lines = await versions(
                sql, int(before) if before.isascii() and before.isdigit() and len(before) < 9 else None
            )
        return await self._frame.page(
            request,
            "history.html",
            site,
            lines=[
                (line, version_name(line.version), told_changes(line.changes, site, lang, SHOWN_IN_LIST))
                for line in lines
            ],
            earlier=lines[-1].n if len(lines) == PAGE_VERSIONS else None,
        )

    async def show(self, request: Request) -> Response:
        """One version: what it changed, how it differs from now, and the whole of it."""
        return await self._version(request)

    async def restore(self, request: Request) -> Response:
        """Sets everything up as it was then; accounts and people that came since stay."""
        await self._frame.form(request)
        async with reading(self._frame.database) as sql:
            _, then = known(await site_at(sql, _number(request)))
            agents = select(User.username).where(col(User.active), User.role == "agent")
            at_work = set((await sql.exec(agents)).all())
        try:
            await self._frame.save(request, lambda now: _as_then(then, now, at_work))
        except SiteSettingsError as error:
            lang = language_of(request)
            return await self._version(request, [complaint.line(lang) for complaint in error.complaints])
        return self._frame.done(LIST)

    async def _version(self, request: Request, lines: list[str] | None = None) -> Response:
        site, lang = await self._frame.site(), language_of(request)
        async with reading(self._frame.database) as sql:
            line, then = known(await site_at(sql, _number(request)))
        return await self._frame.page(
            request,
            "version.html",
            site,
            status=409 if lines else 200,
            line=line,
            version=version_name(line.version),
            changes=told_changes(line.changes, then, lang),
            since=told_changes(changes_between(then, site), site, lang),
            whole=json.format(json.encode(then), indent=2).decode(),
            elsewhere=lines or [],
        )


def _number(request: Request) -> int:
    return min(cast(int, request.path_params["n"]), 2**31 - 1)


def _as_then(then: Site, now: Site, at_work: set[str]) -> Site:
    accounts = {
        name: replace(account, default_group=then.accounts[name].default_group, flow=then.accounts[name].flow)
        if name in then.accounts
        else account
        for name, account in now.accounts.items()
    }
    seats = {
        name: seat if seat.agent in at_work else replace(seat, agent=UserId("")) for name, seat in then.seats.items()
    }
    return replace(then, accounts=accounts, seats=seats)
