"""`/admin/knowledge`: the articles that agents look up."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from desk.i18n import language_of
from desk.knowledge import Article, Library
from desk.pages.admin.fields import plain_text, refuse_unknown
from desk.pages.admin.frame import Frame, group_choices, known, now
from desk.pages.asking import who_asks
from desk.pages.reply_form import ReplyForm, complained, split_words, stamp_in
from desk.store.complaints import OutdatedError, SiteSettingsError
from desk.store.engine import reading, writing
from desk.store.knowledge import articles, find_article, remove_article, save_article
from desk.store.reply_checking import BODY_LENGTH_MAX

PATH = "/admin/knowledge"
NEW = "new"
FIELDS = ("title", "keywords", "body", "active", "stamp")


class KnowledgePages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[BaseRoute]:
        frame = self._frame
        return [
            frame.reading(PATH, self.show),
            frame.reading(f"{PATH}/{{article}}", self.edit),
            frame.changing(f"{PATH}/{{article}}", self.save),
            frame.changing(f"{PATH}/{{article}}/remove", self.remove),
        ]

    async def show(self, request: Request) -> Response:
        """All articles, or what `q` finds among those in use, as an agent of every group would find it."""
        site, question = await self._frame.site(), request.query_params.get("q", "")
        async with reading(self._frame.database) as sql:
            shown = await articles(sql)
        total = len(shown)
        if question.strip():
            found = Library(shown).search(question, list(site.groups), most=total)
            shown = [each.article for each in found]
        return await self._frame.page(
            request,
            "knowledge.html",
            None,
            shown=shown,
            total=total,
            names=dict(group_choices(site, language_of(request))),
            question=question,
            done=request.query_params.get("done", ""),
        )

    async def edit(self, request: Request) -> Response:
        """One article, or an empty form."""
        article = await self._article(request)
        typed = dict.fromkeys(FIELDS, "")
        if article:
            typed |= {"title": article.title, "keywords": "、".join(article.keywords), "body": article.body}
        typed["active"] = "on" if article is None or article.active else ""
        return await self._form(request, ReplyForm(typed), article.groups if article else (), article)

    async def save(self, request: Request) -> Response:
        """The article as the form has it."""
        article, site = await self._article(request), await self._frame.site()
        fields = (await self._frame.form(request)).fields
        form, groups = _typed(fields), tuple(dict.fromkeys(fields.get("groups", ())))
        wanted = Article(
            id=article.id if article else "",
            title=" ".join(form.typed["title"].split()),
            body=form.typed["body"],
            keywords=split_words(form.typed["keywords"]),
            groups=groups,
            active=form.typed["active"] == "on",
            updated_at=stamp_in(form),
        )
        try:
            async with writing(self._frame.database) as sql:
                await save_article(sql, wanted, site.groups, who_asks(request).user, now())
        except SiteSettingsError as error:
            form = complained(form, error.complaints, language_of(request))
            return await self._form(request, form, groups, article)
        except OutdatedError:
            form.outdated = True
            return await self._form(request, form, groups, article)
        self._frame.services.shelf.changed()
        return _back("saved")

    async def remove(self, request: Request) -> Response:
        """The article is no more."""
        article = known(await self._article(request))
        async with writing(self._frame.database) as sql:
            await remove_article(sql, article.id)
        self._frame.services.shelf.changed()
        return _back("removed")

    async def _article(self, request: Request) -> Article | None:
        """The article that the address names; none for a new one."""
        name = request.path_params["article"]
        if name == NEW:
            return None
        async with reading(self._frame.database) as sql:
            return known(await find_article(sql, name))

    async def _form(
        self, request: Request, form: ReplyForm, groups: tuple[str, ...], article: Article | None
    ) -> Response:
        site = await self._frame.site()
        return await self._frame.page(
            request,
            "article.html",
            None,
            status=409 if form.outdated else 422 if form.wrong else 200,
            article=article,
            form=form,
            chosen=groups,
            stamp=form.typed["stamp"] or (article.updated_at if article else 0),
            groups=group_choices(site, language_of(request)),
            body_length_max=BODY_LENGTH_MAX,
        )


def _typed(fields: Mapping[str, list[str]]) -> ReplyForm:
    refuse_unknown(fields, {*FIELDS, "groups"})
    return ReplyForm({name: plain_text((fields.get(name) or [""])[-1]) for name in FIELDS})


def _back(done: str) -> Response:
    return RedirectResponse(f"{PATH}?done={done}", 303)
