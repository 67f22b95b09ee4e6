"""`/replies`: an agent's own canned replies to write, change and throw out, and those of others that they may use.

The same form opens as a dialog on the desk. Whose a reply is, the address never says: what is not one's own is not
there.
"""

import json

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from desk import replies
from desk.auth import require_role
from desk.errors import UserError
from desk.i18n import gettext_for, language_of
from desk.names import group_name
from desk.pages.asking import SEQ_HEADER, clock, who_asks
from desk.pages.reply_form import (
    ReplyForm,
    blank,
    complained,
    form_context,
    form_of,
    preview,
    read_typed,
    reply_from,
    stamp_in,
)
from desk.replies import SCOPES, Reply
from desk.services import Services
from desk.store.complaints import OutdatedError, SiteSettingsError
from desk.store.engine import reading, writing
from desk.store.models import SeatSkill
from desk.store.replies import find_reply, remove_reply, save_reply, uses
from desk.store.reply_checking import REPLIES_MAX
from sessions.ids import GroupId

PATH = "/replies"
FIELDS_MAX = 20


def routes(services: Services) -> list[BaseRoute]:
    """The page, its form, and the preview that every form of a reply shows."""
    return ReplyPages(services).routes()


class ReplyPages:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._templates = services.templates

    def routes(self) -> list[BaseRoute]:
        agent = require_role("agent")
        return [
            Route(PATH, agent(self.show), methods=["GET"]),
            Route(PATH, agent(self.add), methods=["POST"]),
            Route(f"{PATH}/preview", require_role("agent", "supervisor", "admin")(self.preview), methods=["POST"]),
            Route(f"{PATH}/dialog", agent(self.dialog), methods=["GET"]),
            Route(f"{PATH}/dialog", agent(self.keep), methods=["POST"]),
            Route(f"{PATH}/{{reply}}", agent(self.edit), methods=["GET"]),
            Route(f"{PATH}/{{reply}}", agent(self.change), methods=["POST"]),
            Route(f"{PATH}/{{reply}}/remove", agent(self.remove), methods=["POST"]),
        ]

    # The page.

    async def show(self, request: Request) -> Response:
        """What I may use, of one scope, and an empty form; with `from`, another's reply to make one's own of."""
        form = blank()
        if source := request.query_params.get("from", ""):
            usable = await self._usable(request)
            form = next((form_of(each.reply) for each in usable if each.reply.id == source), form)
            form.typed["shortcut"] = ""
        return await self._page(request, form)

    async def edit(self, request: Request) -> Response:
        """One of mine in the form."""
        reply = await self._own(request)
        return await self._page(request, form_of(reply), reply)

    async def add(self, request: Request) -> Response:
        """A new one of mine."""
        form = await self._typed(request)
        form = await self._save(request, form, reply_from(form, scope="personal", owner=who_asks(request).user))
        return await self._page(request, form) if form.wrong else _back()

    async def change(self, request: Request) -> Response:
        """One of mine is another now."""
        reply, form = await self._own(request), await self._typed(request)
        wanted = reply_from(form, scope="personal", owner=reply.owner, reply=reply.id, updated_at=stamp_in(form))
        form = await self._save(request, form, wanted)
        return await self._page(request, form, reply) if form.wrong or form.outdated else _back()

    async def remove(self, request: Request) -> Response:
        """One of mine is no more."""
        reply = await self._own(request)
        async with writing(self._database) as sql:
            await remove_reply(sql, reply.id)
        self._services.shelf.changed()
        return _back("removed")

    async def preview(self, request: Request) -> Response:
        """What the customer would read."""
        sent = await request.form(max_fields=FIELDS_MAX, max_files=0)
        text = sent.get("text", "")
        lang = language_of(request)
        shown = preview(self._services, text if isinstance(text, str) else "", lang, clock())
        return HTMLResponse(self._templates.render("replies/_preview.html", lang, **shown))

    # The dialog on the desk.

    async def dialog(self, request: Request) -> Response:
        """The form, to keep what was written. It shows nothing of the floor: it is as new as what the desk has seen."""
        response = await self._dialog(request, blank())
        response.headers[SEQ_HEADER] = (
            seen if (seen := request.query_params.get("seq", "")).isdecimal() and seen.isascii() else "0"
        )
        return response

    async def keep(self, request: Request) -> Response:
        """Keeps it, and tells the desk so; or shows the form again, with what is wrong."""
        form = await self._typed(request)
        form = await self._save(request, form, reply_from(form, scope="personal", owner=who_asks(request).user))
        if form.wrong:
            return await self._dialog(request, form)
        said = gettext_for(language_of(request))("已存为快捷回复，输入 / 即可使用")
        return Response(status_code=204, headers={"HX-Trigger": json.dumps({"desk:kept": {"words": said}})})

    async def _dialog(self, request: Request, form: ReplyForm) -> Response:
        own = (await self._services.shelf.personal(who_asks(request).user)).findable
        context = form_context(form, (each.reply.category for each in own))
        return HTMLResponse(self._templates.render("replies/_dialog.html", language_of(request), **context))

    # What they share.

    async def _page(self, request: Request, form: ReplyForm, editing: Reply | None = None) -> Response:
        user, lang = who_asks(request).user, language_of(request)
        usable = await self._usable(request)
        scope = next((each for each in SCOPES if each == request.query_params.get("scope")), "personal")
        question = request.query_params.get("q", "")
        async with reading(self._database) as sql:
            mine, everybody = await uses(sql, user), await uses(sql)
        found = replies.search(
            (each for each in usable if each.reply.scope == scope), question, mine, everybody, most=len(usable)
        )
        if not question.strip():
            found.sort(key=lambda each: (each.category, *replies.standing(each)))
        directory = self._services.directory
        return self._templates.page(
            request,
            "replies/page.html",
            status=409 if form.outdated else 422 if form.wrong else 200,
            scope=scope,
            counts={each: sum(one.reply.scope == each for one in usable) for each in SCOPES},
            most=REPLIES_MAX["personal"],
            question=question,
            found=[
                (reply, group_name(directory.site, GroupId(reply.owner), lang) if directory else reply.owner)
                for reply in found
            ],
            mine=mine,
            everybody=everybody,
            editing=editing,
            done=next((each for each in ("saved", "removed") if each in request.query_params), ""),
            **form_context(form, (each.reply.category for each in usable if each.reply.scope == "personal")),
        )

    async def _usable(self, request: Request) -> list[replies.Findable]:
        identity, shelf = who_asks(request), self._services.shelf
        async with reading(self._database) as sql:
            served = select(SeatSkill.skill_group).where(col(SeatSkill.seat) == identity.seat)
            groups = set((await sql.exec(served)).all()) if identity.seat else set()
        shared = (await shelf.shared()).findable
        own = (await shelf.personal(identity.user)).findable
        return [*own, *(each for each in shared if replies.may_use(each.reply, identity.user, groups))]

    async def _own(self, request: Request) -> Reply:
        async with reading(self._database) as sql:
            reply = await find_reply(sql, request.path_params["reply"])
        if reply is None or reply.scope != "personal" or reply.owner != who_asks(request).user:
            raise UserError("not_found", "页面不存在", status=404)
        return reply

    async def _typed(self, request: Request) -> ReplyForm:
        sent = await request.form(max_fields=FIELDS_MAX, max_files=0)
        fields: dict[str, list[str]] = {}
        for name, value in sent.multi_items():
            fields.setdefault(name, []).append(value if isinstance(value, str) else "")
        return read_typed(fields, ("stamp",))

    async def _save(self, request: Request, form: ReplyForm, reply: Reply) -> ReplyForm:
        """The form as it came, or with what is wrong with it."""
        try:
            async with writing(self._database) as sql:
                await save_reply(sql, reply, (), who_asks(request).user, clock())
        except SiteSettingsError as error:
            return complained(form, error.complaints, language_of(request))
        except OutdatedError:
            form.outdated = True
            return form
        self._services.shelf.changed()
        return form

    @property
    def _database(self) -> AsyncEngine:
        assert self._services.database is not None, "without SQL there are no such pages"
        return self._services.database


def _back(done: str = "saved") -> Response:
    return RedirectResponse(f"{PATH}?{done}=1", 303)
