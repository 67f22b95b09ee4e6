"""Self-service: which account uses which flow, what is in a flow, and trying it out."""

from typing import cast

from msgspec import Struct
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk.i18n import Language, gettext_for, gettext_noop, language_of
from desk.pages.admin.action_fields import FormAction, fields_of, read_action, shown_action, told_action, typed_action
from desk.pages.admin.fields import Field, Filled, Section, read, refuse_unknown, show
from desk.pages.admin.frame import Frame, StaleError, at_fields, fresh, group_choices, known
from desk.pages.admin.unanswered import unanswered
from desk.store.complaints import Complaint, SiteSettingsError
from desk.store.engine import reading, writing
from desk.store.phrases import forget_phrases
from desk.store.ranges import FLOW_RANGES
from desk.store.settings import stamp_of
from routing.selfservice import Flow, Matcher, OpenMenu, outcome
from sessions.ids import AccountId, GroupId
from sessions.settings import Site

LIST = "/admin/flows"
HOW = {
    "exact": gettext_noop("完全一致"),
    "contained": gettext_noop("包含"),
    "typo": gettext_noop("容错：错字"),
    "sound": gettext_noop("容错：同音"),
}
BASIC = (
    Section(
        title=gettext_noop("基本"),
        fields=(
            Field(name="name", label=gettext_noop("名称"), kind="text"),
            Field(
                name="unmatched_max",
                label=gettext_noop("听不懂几次后转人工"),
                hint=gettext_noop("0 为第一次听不懂就转人工。"),
                unit=gettext_noop("次"),
                allowed=FLOW_RANGES["unmatched_max"],
            ),
            Field(
                name="answer_share",
                label=gettext_noop("自动回答所需占比"),
                hint=gettext_noop(
                    "客户的话里关键词至少占多少才自动回答，其余转人工；“请问”“多少”等不计入。0 为只要包含就回答。"
                ),
                unit="%",
                allowed=FLOW_RANGES["answer_share"],
            ),
            Field(
                name="unmatched_text",
                label=gettext_noop("听不懂时说"),
                kind="area",
                hint=gettext_noop("空白则用“用语”里的说法。"),
                optional=True,
            ),
        ),
    ),
)
BASIC_FIELDS = BASIC[0].fields


class Tried(Struct, frozen=True):
    """What a text comes to in a flow."""

    text: str
    rule: str = ""
    how: str = ""
    phrase: str = ""
    action: str = ""


class FlowPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[BaseRoute]:
        frame = self._frame
        one = f"{LIST}/{{flow}}"
        return [
            frame.reading(LIST, self.index),
            frame.changing(LIST, self.add),
            frame.changing("/admin/accounts", self.save_accounts),
            frame.reading(one, self.show),
            frame.changing(one, self.save),
            frame.changing(f"{one}/remove", self.remove),
            frame.reading(f"{one}/try", self.try_out),
            frame.changing(f"{one}/forget", self.forget),
        ]

    async def index(self, request: Request) -> Response:
        """All flows and the accounts that use them."""
        return await self._list(request)

    async def add(self, request: Request) -> Response:
        """One more flow, with nothing in it."""
        form = await self._frame.form(request)
        refuse_unknown(form.fields, {"id", "name"})
        new = Flow(id=form.text("id").strip(), name=form.text("name").strip())

        def change(site: Site) -> Site:
            if new.id in site.flows:
                raise SiteSettingsError([Complaint(("flows", new.id, "id"), "taken_twice", {"value": new.id})])
            return replace(site, flows={**site.flows, new.id: new})

        try:
            await self._frame.save(request, change)
        except SiteSettingsError as error:
            return await self._list(request, new, error.complaints)
        return self._frame.done(f"{LIST}/{new.id}")

    async def save_accounts(self, request: Request) -> Response:
        """Which flow and which group each account begins with."""
        form, lang = await self._frame.form(request), language_of(request)
        site = await self._frame.site()
        refuse_unknown(form.fields, {f"{name}.{account}" for account in site.accounts for name in ("flow", "group")})

        def change(site: Site) -> Site:
            accounts = fresh(site.accounts, form.stamp)
            return replace(
                site,
                accounts={
                    name: replace(
                        account, flow=form.text(f"flow.{name}"), default_group=GroupId(form.text(f"group.{name}"))
                    )
                    for name, account in accounts.items()
                },
            )

        try:
            await self._frame.save(request, change)
        except SiteSettingsError as error:
            return await self._list(request, lines=[complaint.line(lang) for complaint in error.complaints])
        except StaleError:
            return await self._list(request, stale=True)
        return self._frame.done(LIST)

    async def show(self, request: Request) -> Response:
        """Everything in one flow, and what it could not answer."""
        site = await self._frame.site()
        flow = known(site.flows.get(_name(request)))
        return await self._flow(request, site, flow, _stamp(flow))

    async def save(self, request: Request) -> Response:
        """The flow's name, its welcome and what it does with words that it does not know."""
        form, name = await self._frame.form(request), _name(request)
        refuse_unknown(form.fields, {field.name for field in BASIC_FIELDS} | fields_of("welcome."))
        site = await self._frame.site()
        flow = known(site.flows.get(name))
        filled = read(BASIC_FIELDS, form.fields)
        typed = typed_action(form, "welcome.", optional=True)
        welcome = read_action(typed, "welcome.", filled.complaints)
        if filled.complaints:
            return await self._flow(request, site, flow, form.stamp, filled, typed, filled.complaints)

        def change(site: Site) -> Site:
            before = known(site.flows.get(name))
            if _stamp(before) != form.stamp:
                raise StaleError
            return replace(site, flows={**site.flows, name: replace(before, **filled.values, welcome=welcome)})

        try:
            await self._frame.save(request, change)
        except SiteSettingsError as error:
            complaints = [replace(each, path=each.path[2:]) for each in error.complaints]
            return await self._flow(request, site, flow, form.stamp, filled, typed, complaints)
        except StaleError:
            return await self._flow(request, site, flow, form.stamp, filled, typed, stale=True)
        return self._frame.done(f"{LIST}/{name}")

    async def remove(self, request: Request) -> Response:
        """Takes a flow away that no account uses."""
        name, lang = _name(request), language_of(request)

        def change(site: Site) -> Site:
            known(site.flows.get(name))
            return replace(site, flows={each: flow for each, flow in site.flows.items() if each != name})

        try:
            await self._frame.save(request, change)
        except SiteSettingsError as error:
            return await self._list(request, lines=[complaint.line(lang) for complaint in error.complaints])
        return self._frame.done(LIST)

    async def try_out(self, request: Request) -> Response:
        """Which rule answers these words, and how they met."""
        site, lang = await self._frame.site(), language_of(request)
        flow = known(site.flows.get(_name(request)))
        text = request.query_params.get("text", "")[:600]
        menu = request.query_params.get("menu", "")
        return self._frame.fragment(request, "_tried.html", tried=tried(site, flow, menu, text, lang))

    async def forget(self, request: Request) -> Response:
        """Drops phrases from the list of those without an answer; they count from one again."""
        form, name = await self._frame.form(request), _name(request)
        refuse_unknown(form.fields, {"phrase"})
        site = await self._frame.site()
        known(site.flows.get(name))
        async with writing(self._frame.database) as sql:
            await forget_phrases(sql, _accounts_of(site, name), form.fields.get("phrase", []))
        return self._frame.done(f"{LIST}/{name}")

    async def _list(
        self,
        request: Request,
        new: Flow | None = None,
        complaints: tuple[Complaint, ...] = (),
        lines: list[str] | None = None,
        *,
        stale: bool = False,
    ) -> Response:
        site, lang = await self._frame.site(), language_of(request)
        beside, elsewhere = at_fields(complaints, ("flows", new.id), lang) if new else ({}, [])
        beside.setdefault("id", beside.get("", ""))
        return await self._frame.page(
            request,
            "flows.html",
            site,
            status=409 if stale or lines else 422 if complaints else 200,
            flows=list(site.flows.values()),
            accounts=list(site.accounts.values()),
            groups=group_choices(site, lang),
            stamp=stamp_of(site.accounts),
            new=new,
            beside=beside,
            elsewhere=[*elsewhere, *(lines or [])],
            stale=stale,
        )

    async def _flow(
        self,
        request: Request,
        site: Site,
        flow: Flow,
        stamp: str,
        filled: Filled | None = None,
        welcome: FormAction | None = None,
        complaints: list[Complaint] | None = None,
        *,
        stale: bool = False,
    ) -> Response:
        lang = language_of(request)
        beside, elsewhere = at_fields(complaints or [], (), lang)
        values = {field.name: getattr(flow, field.name) for field in BASIC_FIELDS}
        async with reading(self._frame.database) as sql:
            clusters = await unanswered(sql, flow, _accounts_of(site, flow.id))
        return await self._frame.form_page(
            request,
            "flow.html",
            site,
            flow=flow,
            sections=show(BASIC, lang, values, typed=filled.typed if filled else None, complaints=beside),
            welcome=welcome or shown_action(flow.welcome, optional=True),
            groups=group_choices(site, lang),
            keywords=[(each, told_action(each.action, site, lang)) for each in flow.keywords],
            clicks=[(key, told_action(action, site, lang)) for key, action in flow.clicks.items()],
            scenes=[(key, told_action(action, site, lang)) for key, action in flow.scenes.items()],
            menus=list(flow.menus.values()),
            accounts=[site.accounts[name].name for name in _accounts_of(site, flow.id)],
            clusters=clusters,
            beside=beside,
            stamp=stamp,
            stale=stale,
            wrong=bool(complaints),
            elsewhere=elsewhere if complaints and not beside else [],
            tried=None,
        )


def tried(site: Site, flow: Flow, menu: str, text: str, lang: Language) -> Tried:
    """What the text comes to, in words."""
    say, matcher = gettext_for(lang), Matcher(flow)
    result = outcome(flow, matcher, menu if menu in flow.menus else "", text)
    if result.action is None:
        return Tried(text)
    found = matcher.find(text) if result.rule.startswith("keyword:") else None
    action = told_action(result.action, site, lang)
    if isinstance(result.action, OpenMenu):
        action = f"{action}\n{flow.menus[result.action.menu].text}"
    return Tried(
        text,
        rule=result.rule,
        how=say(HOW[result.how]) if result.how in HOW else "",
        phrase=found.phrase if found else "",
        action=action,
    )


def _name(request: Request) -> str:
    return cast(str, request.path_params["flow"])[:40]


def _stamp(flow: Flow) -> str:
    """Of what the form on the flow's page has; keywords, clicks and menus have pages of their own."""
    return stamp_of([flow.name, flow.welcome, flow.unmatched_max, flow.unmatched_text, flow.answer_share])


def _accounts_of(site: Site, flow: str) -> list[AccountId]:
    return [name for name, account in site.accounts.items() if account.flow == flow]
