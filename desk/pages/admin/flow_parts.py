"""The parts of a flow, each on a page of its own: a keyword answer, a click or a scene, a text menu."""

from collections.abc import Callable
from typing import Any, Literal, cast

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk.i18n import gettext_noop, language_of
from desk.pages.admin.action_fields import ACTION_FIELDS, FormAction, fields_of, read_action, shown_action, typed_action
from desk.pages.admin.fields import plain_text, refuse_unknown
from desk.pages.admin.flows import LIST
from desk.pages.admin.frame import Form, Frame, StaleError, at_fields, group_choices, known
from desk.store.complaints import Complaint, SiteSettingsError
from desk.store.flow_checking import OPTIONS_MAX
from desk.store.settings import stamp_of
from routing.selfservice import Action, Flow, Keyword, Menu
from sessions.settings import Site

NEW = "new"
BLANK_OPTIONS = 3
Kind = Literal["clicks", "scenes"]
TITLES: dict[str, str] = {
    "keywords": gettext_noop("关键词答案"),
    "clicks": gettext_noop("菜单点击"),
    "scenes": gettext_noop("二维码"),
    "menus": gettext_noop("文字菜单"),
}


class FlowPartPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[BaseRoute]:
        frame, flow = self._frame, f"{LIST}/{{flow}}"
        return [
            frame.reading(f"{flow}/keywords/{{part}}", self.keyword),
            frame.changing(f"{flow}/keywords/{{part}}", self.save_keyword),
            frame.changing(f"{flow}/keywords/{{part}}/remove", self.remove_keyword),
            frame.reading(f"{flow}/menus/{{part}}", self.menu),
            frame.changing(f"{flow}/menus/{{part}}", self.save_menu),
            frame.changing(f"{flow}/menus/{{part}}/remove", self.remove_menu),
            frame.reading(f"{flow}/{{kind:str}}/entry", self.entry),
            frame.changing(f"{flow}/{{kind:str}}/entry", self.save_entry),
            frame.changing(f"{flow}/{{kind:str}}/entry/remove", self.remove_entry),
        ]

    # Keyword answers.

    async def keyword(self, request: Request) -> Response:
        """One keyword, or a new one for the phrases of the address."""
        site, flow = await self._flow(request)
        part = _part(request)
        keyword = None if part == NEW else known(_keyword(flow, part))
        if keyword is None:
            phrases = plain_text(request.query_params.get("phrases", "")[:2000])
            typed = {"id": "", "phrases": phrases, "fuzzy": "on"}
        else:
            typed = {"id": keyword.id, "phrases": "\n".join(keyword.phrases), "fuzzy": "on" if keyword.fuzzy else ""}
        action = shown_action(keyword.action if keyword else None)
        return await self._page(
            request, site, flow, "keyword.html", stamp_of(keyword), typed, action, new=keyword is None
        )

    async def save_keyword(self, request: Request) -> Response:
        """The keyword as the form has it; a new one without an id is given one."""
        form, part = await self._frame.form(request), _part(request)
        refuse_unknown(form.fields, {"id", "phrases", "fuzzy"} | fields_of())
        site, flow = await self._flow(request)
        typed = {name: plain_text(form.text(name)) for name in ("id", "phrases", "fuzzy")}
        name = typed["id"] or _free_id(flow) if part == NEW else part
        shown, complaints = typed_action(form, ""), list[Complaint]()
        action = read_action(shown, "", complaints)
        phrases = tuple(dict.fromkeys(line for each in typed["phrases"].splitlines() if (line := each.strip())))

        def change(flow: Flow) -> Flow:
            before = _keyword(flow, name)
            _check_stamp(before, form, new=part == NEW)
            assert action is not None, "complained about before"
            keyword = Keyword(id=name, phrases=phrases, action=action, fuzzy=typed["fuzzy"] == "on")
            others = [keyword if each.id == name else each for each in flow.keywords]
            return replace(flow, keywords=tuple(others if before else [*others, keyword]))

        return await self._save(
            request,
            site,
            flow,
            form,
            change,
            complaints,
            ("keywords", name),
            "keyword.html",
            typed,
            shown,
            new=part == NEW,
        )

    async def remove_keyword(self, request: Request) -> Response:
        """Takes a keyword away."""
        part = _part(request)
        return await self._remove(
            request, lambda flow: replace(flow, keywords=tuple(each for each in flow.keywords if each.id != part))
        )

    # Clicks and scenes.

    async def entry(self, request: Request) -> Response:
        """What a click or a scan leads to: `?key=`, or a new one."""
        site, flow = await self._flow(request)
        entries, key = getattr(flow, _kind(request)), request.query_params.get("key", "")
        action = known(entries.get(key)) if key else None
        return await self._page(
            request, site, flow, "entry.html", stamp_of(action), {"key": key}, shown_action(action), new=not key
        )

    async def save_entry(self, request: Request) -> Response:
        """The entry as the form has it."""
        form, kind, old = await self._frame.form(request), _kind(request), request.query_params.get("key", "")
        refuse_unknown(form.fields, {"key"} | fields_of())
        site, flow = await self._flow(request)
        typed = {"key": old or plain_text(form.text("key"))}
        shown, complaints = typed_action(form, ""), list[Complaint]()
        action = read_action(shown, "", complaints)

        def change(flow: Flow) -> Flow:
            entries: dict[str, Action] = getattr(flow, kind)
            _check_stamp(entries.get(typed["key"]), form, new=not old)
            assert action is not None, "complained about before"
            return replace(flow, **{kind: {**entries, typed["key"]: action}})

        return await self._save(
            request, site, flow, form, change, complaints, (kind, typed["key"]), "entry.html", typed, shown, new=not old
        )

    async def remove_entry(self, request: Request) -> Response:
        """Takes an entry away."""
        kind, key = _kind(request), request.query_params.get("key", "")
        return await self._remove(
            request,
            lambda flow: replace(
                flow, **{kind: {each: one for each, one in getattr(flow, kind).items() if each != key}}
            ),
        )

    # Text menus.

    async def menu(self, request: Request) -> Response:
        """One text menu with its options, and rows for more."""
        site, flow = await self._flow(request)
        part = _part(request)
        menu = None if part == NEW else known(flow.menus.get(part))
        options = [(key, shown_action(action)) for key, action in menu.options.items()] if menu else []
        typed = {"id": menu.id if menu else "", "text": menu.text if menu else ""}
        return await self._page(
            request,
            site,
            flow,
            "menu.html",
            stamp_of(menu),
            typed,
            None,
            new=menu is None,
            options=_with_blanks(options),
        )

    async def save_menu(self, request: Request) -> Response:
        """The menu as the form has it; a row without a key is no option."""
        form, part = await self._frame.form(request), _part(request)
        rows = range(OPTIONS_MAX + BLANK_OPTIONS)
        names = {name for row in rows for name in {f"option.{row}.key"} | fields_of(f"option.{row}.")}
        refuse_unknown(form.fields, {"id", "text"} | names)
        site, flow = await self._flow(request)
        typed = {"id": plain_text(form.text("id")) if part == NEW else part, "text": plain_text(form.text("text"))}
        complaints: list[Complaint] = []
        options: dict[str, Action] = {}
        shown: list[tuple[str, FormAction]] = []
        for row in rows:
            key = plain_text(form.text(f"option.{row}.key"))
            if not key:
                continue
            place = len(shown)
            typed_row = typed_action(form, f"option.{row}.")
            shown.append((key, typed_row))
            action = read_action(typed_row, f"option.{place}.", complaints)
            if key in options:
                complaints.append(Complaint((f"option.{place}.key",), "taken_twice", {"value": key[:40]}))
            elif action is not None:
                options[key] = action

        def change(flow: Flow) -> Flow:
            _check_stamp(flow.menus.get(typed["id"]), form, new=part == NEW)
            return replace(
                flow, menus={**flow.menus, typed["id"]: Menu(id=typed["id"], text=typed["text"], options=options)}
            )

        return await self._save(
            request,
            site,
            flow,
            form,
            change,
            complaints,
            ("menus", typed["id"]),
            "menu.html",
            typed,
            None,
            new=part == NEW,
            options=_with_blanks(shown),
            rows={key: f"option.{row}" for row, (key, _) in enumerate(shown)},
        )

    async def remove_menu(self, request: Request) -> Response:
        """Takes a text menu away that nothing opens."""
        part = _part(request)
        return await self._remove(
            request, lambda flow: replace(flow, menus={each: menu for each, menu in flow.menus.items() if each != part})
        )

    # All of them.

    async def _flow(self, request: Request) -> tuple[Site, Flow]:
        site = await self._frame.site()
        return site, known(site.flows.get(_flow_name(request)))

    async def _save(
        self,
        request: Request,
        site: Site,
        flow: Flow,
        form: Form,
        change: Callable[[Flow], Flow],
        complaints: list[Complaint],
        place: tuple[str, str],
        template: str,
        typed: dict[str, str],
        action: FormAction | None,
        *,
        new: bool,
        rows: dict[str, str] | None = None,
        **context: Any,
    ) -> Response:
        lang, stale = language_of(request), False
        if place[1] == NEW:  # the address of something new
            complaints.append(Complaint(("id",), "taken_twice", {"value": NEW}))
        beside, elsewhere = at_fields(complaints, (), lang)
        if not complaints:
            try:
                await self._frame.save(request, lambda site: _with_flow(site, _flow_name(request), change))
            except SiteSettingsError as error:
                beside, elsewhere = at_fields(error.complaints, ("flows", flow.id, *place), lang)
            except StaleError:
                stale = True
            else:
                return self._frame.done(f"{LIST}/{flow.id}")
        for key, row in (rows or {}).items():
            _move(beside, key, row)
        return await self._page(
            request,
            site,
            flow,
            template,
            form.stamp,
            typed,
            action,
            new=new,
            beside=beside,
            elsewhere=elsewhere,
            stale=stale,
            status=409 if stale else 422,
            **context,
        )

    async def _remove(self, request: Request, change: Callable[[Flow], Flow]) -> Response:
        lang = language_of(request)
        try:
            await self._frame.save(request, lambda site: _with_flow(site, _flow_name(request), change))
        except SiteSettingsError as error:
            site = await self._frame.site()
            lines = [complaint.line(lang) for complaint in error.complaints]
            return await self._frame.page(
                request, "refused.html", site, status=409, elsewhere=lines, back=_back(request)
            )
        return self._frame.done(f"{LIST}/{_flow_name(request)}")

    async def _page(
        self,
        request: Request,
        site: Site,
        flow: Flow,
        template: str,
        stamp: str,
        typed: dict[str, str],
        action: FormAction | None,
        *,
        new: bool,
        beside: dict[str, str] | None = None,
        elsewhere: list[str] | None = None,
        stale: bool = False,
        status: int = 200,
        **context: Any,
    ) -> Response:
        kind = request.path_params.get("kind") or request.url.path.split("/")[4]
        return await self._frame.page(
            request,
            template,
            site,
            status=status,
            flow=flow,
            kind=kind,
            title=TITLES[kind],
            stamp=stamp,
            typed=typed,
            action=action,
            groups=group_choices(site, language_of(request)),
            menus=list(flow.menus),
            new=new,
            beside=beside or {},
            elsewhere=elsewhere or [],
            stale=stale,
            wrong=bool(beside),
            **context,
        )


def _with_flow(site: Site, name: str, change: Callable[[Flow], Flow]) -> Site:
    return replace(site, flows={**site.flows, name: change(known(site.flows.get(name)))})


def _check_stamp(before: object, form: Form, *, new: bool) -> None:
    """Raises `StaleError`; a new part must not take the place of one that somebody else has just made."""
    if form.stamp != stamp_of(before) or (new and before is not None):
        raise StaleError


def _keyword(flow: Flow, name: str) -> Keyword | None:
    return next((each for each in flow.keywords if each.id == name), None)


def _move(beside: dict[str, str], key: str, row: str) -> None:
    """What is said of an option stands at its row: rows have numbers, options the words that customers type."""
    for inside in ("key", *ACTION_FIELDS):
        found = beside.pop(key if inside == "key" else f"{key}.{inside}", None)
        if found is not None:
            beside.setdefault(f"{row}.{inside}", found)


def _free_id(flow: Flow) -> str:
    taken = {each.id for each in flow.keywords}
    return next(name for n in range(1, len(taken) + 2) if (name := f"answer-{n}") not in taken)


def _with_blanks(options: list[tuple[str, FormAction]]) -> list[tuple[str, FormAction]]:
    blanks = min(BLANK_OPTIONS, max(0, OPTIONS_MAX - len(options)))
    return [*options, *[("", FormAction())] * blanks]


def _flow_name(request: Request) -> str:
    return cast(str, request.path_params["flow"])[:40]


def _part(request: Request) -> str:
    return cast(str, request.path_params["part"])[:40]


def _kind(request: Request) -> Kind:
    kind = request.path_params["kind"]
    return cast(Kind, known(kind if kind in {"clicks", "scenes"} else None))


def _back(request: Request) -> str:
    return f"{LIST}/{_flow_name(request)}"
