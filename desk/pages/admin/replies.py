"""`/admin/replies`: the canned replies of the site and of its groups, with how often each was sent."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from desk import replies
from desk.i18n import language_of
from desk.pages.admin.frame import Frame, group_choices, known, now
from desk.pages.asking import who_asks
from desk.pages.reply_form import ReplyForm, blank, complained, form_context, form_of, read_typed, reply_from, stamp_in
from desk.replies import Reply
from desk.store.complaints import OutdatedError, SiteSettingsError
from desk.store.engine import reading, writing
from desk.store.replies import find_reply, remove_reply, save_reply, uses

PATH = "/admin/replies"
NEW = "new"


class ReplyPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[BaseRoute]:
        frame = self._frame
        return [
            frame.reading(PATH, self.show),
            frame.reading(f"{PATH}/{{reply}}", self.edit),
            frame.changing(f"{PATH}/{{reply}}", self.save),
            frame.changing(f"{PATH}/{{reply}}/remove", self.remove),
        ]

    async def show(self, request: Request) -> Response:
        """All, or those of one owner, or those that `q` means."""
        site, lang = await self._frame.site(), language_of(request)
        owner, question = request.query_params.get("owner", ""), request.query_params.get("q", "")
        everything = (await self._frame.services.shelf.shared()).findable
        async with reading(self._frame.database) as sql:
            used = await uses(sql)
        wanted = [each for each in everything if owner in {"", each.reply.owner or "site"}]
        found = replies.search(wanted, question, {}, used, most=len(wanted))
        if not question.strip():
            found.sort(key=lambda each: (each.scope == "group", each.owner, each.category, *replies.standing(each)))
        groups = group_choices(site, lang)
        return await self._frame.page(
            request,
            "replies.html",
            None,
            found=found,
            total=len(everything),
            used=used,
            groups=groups,
            names=dict(groups),
            owner=owner,
            question=question,
            done=request.query_params.get("done", ""),
        )

    async def edit(self, request: Request) -> Response:
        """One reply, or an empty form."""
        reply = await self._reply(request)
        form = form_of(reply) if reply else blank()
        form.typed["owner"] = reply.owner if reply else request.query_params.get("owner", "")
        return await self._form(request, form, reply)

    async def save(self, request: Request) -> Response:
        """The reply as the form has it."""
        reply, site = await self._reply(request), await self._frame.site()
        form = read_typed((await self._frame.form(request)).fields, ("stamp", "owner"))
        owner = form.typed["owner"]
        wanted = reply_from(
            form,
            scope="group" if owner else "site",
            owner=owner,
            reply=reply.id if reply else "",
            updated_at=stamp_in(form),
        )
        try:
            async with writing(self._frame.database) as sql:
                await save_reply(sql, wanted, site.groups, who_asks(request).user, now())
        except SiteSettingsError as error:
            return await self._form(request, complained(form, error.complaints, language_of(request)), reply)
        except OutdatedError:
            form.outdated = True
            return await self._form(request, form, reply)
        self._frame.services.shelf.changed()
        return _back("saved")

    async def remove(self, request: Request) -> Response:
        """The reply is no more."""
        reply = known(await self._reply(request))
        async with writing(self._frame.database) as sql:
            await remove_reply(sql, reply.id)
        self._frame.services.shelf.changed()
        return _back("removed")

    async def _reply(self, request: Request) -> Reply | None:
        """The reply that the address names; none for a new one. Nobody's own are here."""
        name = request.path_params["reply"]
        if name == NEW:
            return None
        async with reading(self._frame.database) as sql:
            reply = await find_reply(sql, name)
        return known(reply if reply and reply.scope != "personal" else None)

    async def _form(self, request: Request, form: ReplyForm, reply: Reply | None) -> Response:
        site = await self._frame.site()
        shared = (await self._frame.services.shelf.shared()).findable
        return await self._frame.page(
            request,
            "reply.html",
            None,
            status=409 if form.outdated else 422 if form.wrong else 200,
            reply=reply,
            stamp=form.typed.get("stamp") or (reply.updated_at if reply else 0),
            groups=group_choices(site, language_of(request)),
            **form_context(form, (each.reply.category for each in shared)),
        )


def _back(done: str) -> Response:
    return RedirectResponse(f"{PATH}?done={done}", 303)
