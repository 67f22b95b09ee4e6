"""What the desk says and understands: notices with their defaults, words that end a talk or leave the line."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk.i18n import gettext_for, gettext_noop, language_of
from desk.pages.admin.fields import Field, Filled, Section, lines_of, read, refuse_unknown, show
from desk.pages.admin.frame import Frame, StaleError, at_fields, fresh
from desk.store.complaints import Complaint, SiteSettingsError
from desk.store.settings import stamp_of
from sessions.notices import DEFAULT_TEXTS
from sessions.settings import Site

PATH = "/admin/words"
LISTS = (
    Field(
        name="closing_tokens",
        label=gettext_noop("结束语"),
        kind="area",
        hint=gettext_noop("只说这些话的客户不需要回复，不重新计时，也不唤醒挂起的会话。每行一个。"),
    ),
    Field(
        name="give_up_words",
        label=gettext_noop("退出排队用词"),
        kind="area",
        hint=gettext_noop("排队时回复其中之一即退出。每行一个。"),
    ),
    Field(
        name="leave_message_words",
        label=gettext_noop("留言用词"),
        kind="area",
        hint=gettext_noop("被问到是否留言时，回复其中之一即开始留言。每行一个。"),
    ),
)
KINDS = {
    "queue_next": gettext_noop("排队：下一位"),
    "queue_position": gettext_noop("排队：告知位置"),
    "queue_wait": gettext_noop("排队：告知位置和等待时间"),
    "queue_again": gettext_noop("排队：客服离开，重新排队"),
    "queue_left": gettext_noop("排队：客户退出"),
    "queue_timeout": gettext_noop("排队：超过时长上限"),
    "leave_message_offer": gettext_noop("留言：问是否留言"),
    "leave_message": gettext_noop("留言：请输入"),
    "after_hours": gettext_noop("留言：不在服务时间"),
    "message_left": gettext_noop("留言：已收到"),
    "system_busy": gettext_noop("系统正忙"),
    "silence_reminder": gettext_noop("静默：提醒"),
    "silence_end": gettext_noop("静默：结束"),
    "satisfaction_ask": gettext_noop("满意度：请打分"),
    "satisfaction_scale": gettext_noop("满意度：五个选项，每行一个，以数字开头"),
    "satisfaction_thanks": gettext_noop("满意度：感谢"),
    "satisfaction_over": gettext_noop("满意度：已截止"),
    "unmatched": gettext_noop("自助：听不懂"),
    "text_too_long": gettext_noop("拒收：文字过长"),
    "image_too_large": gettext_noop("拒收：图片过大"),
    "image_type_refused": gettext_noop("拒收：图片格式"),
    "voice_too_large": gettext_noop("拒收：语音过大"),
    "voice_too_long": gettext_noop("拒收：语音过长"),
    "voice_type_refused": gettext_noop("拒收：语音格式"),
    "media_too_large": gettext_noop("拒收：文件过大"),
    "media_type_refused": gettext_noop("拒收：文件类型"),
}
"""The occasions, in the order in which they are shown; one that is not named here is shown by its code."""
_PLACE = re.compile(r"\{(\w+)\}")
_STRAY = re.compile(r"[{}｛｝].{0,12}")


class WordPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[BaseRoute]:
        return [self._frame.reading(PATH, self.show), self._frame.changing(PATH, self.save)]

    async def show(self, request: Request) -> Response:
        """Every list and every text."""
        site = await self._frame.site()
        return await self._form(request, site, stamp_of(_part(site)))

    async def save(self, request: Request) -> Response:
        """The words, as the form has them; a text like the default is no text of the site's."""
        form = await self._frame.form(request)
        site = await self._frame.site()
        fields = [*LISTS, *(field for field in _text_fields(site))]
        refuse_unknown(form.fields, {field.name for field in fields})
        filled = read(fields, form.fields)
        complaints = [*filled.complaints, *_place_complaints(filled.values), *_brace_complaints(filled.values)]
        if complaints:
            return await self._form(request, site, form.stamp, filled, complaints)

        def change(site: Site) -> Site:
            fresh(_part(site), form.stamp)
            texts = {field.name.removeprefix("texts."): filled.values[field.name] for field in _text_fields(site)}
            return replace(
                site,
                texts={kind: text for kind, text in texts.items() if text != DEFAULT_TEXTS.get(kind, "")},
                **{field.name: lines_of(filled.values[field.name]) for field in LISTS},
            )

        try:
            await self._frame.save(request, change)
        except SiteSettingsError as error:
            return await self._form(request, site, form.stamp, filled, list(error.complaints))
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
        sections = (
            Section(title=gettext_noop("客户的话"), fields=LISTS),
            Section(
                title=gettext_noop("系统的话"),
                about=gettext_noop("按场合自动发给客户。清空即不发；花括号里的内容发送时替换。"),
                fields=tuple(_text_fields(site, gettext_for(lang))),
            ),
        )
        return await self._frame.form_page(
            request,
            "words.html",
            site,
            sections=show(sections, lang, _values(site), typed=filled.typed if filled else None, complaints=beside),
            stamp=stamp,
            stale=stale,
            elsewhere=elsewhere,
            wrong=bool(complaints),
        )


def _part(site: Site) -> object:
    return [site.texts, site.closing_tokens, site.give_up_words, site.leave_message_words]


def _text_fields(site: Site, say: Any = gettext_noop) -> list[Field]:
    kinds = [*KINDS, *(kind for kind in [*DEFAULT_TEXTS, *site.texts] if kind not in KINDS)]
    return [
        Field(
            name=f"texts.{kind}",
            label=KINDS.get(kind, kind),
            kind="area",
            hint=_hint(kind, site, say),
        )
        for kind in dict.fromkeys(kinds)
    ]


def _hint(kind: str, site: Site, say: Any) -> str:
    default = DEFAULT_TEXTS.get(kind, "")
    places = "、".join(f"{{{name}}}" for name in _PLACE.findall(default))
    said = [say("可用：%(places)s", places=places)] if places and say is not gettext_noop else []
    if kind in site.texts and say is not gettext_noop:
        said.append(say("默认：%(text)s", text=default or say("不发")))
    return " ".join(said)


def _values(site: Site) -> Mapping[str, Any]:
    texts = {
        field.name: site.texts.get(kind := field.name.removeprefix("texts."), DEFAULT_TEXTS.get(kind, ""))
        for field in _text_fields(site)
    }
    return {**texts, **{field.name: "\n".join(getattr(site, field.name)) for field in LISTS}}


def _place_complaints(values: Mapping[str, Any]) -> list[Complaint]:
    """A place in a text that nobody fills would be sent to the customer as it stands."""
    return [
        Complaint(("texts", name.removeprefix("texts.")), "no_such_place", {"value": f"{{{place}}}"})
        for name, text in values.items()
        if name.startswith("texts.")
        for place in _PLACE.findall(text)
        if place not in _PLACE.findall(DEFAULT_TEXTS.get(name.removeprefix("texts."), ""))
    ]


def _brace_complaints(values: Mapping[str, Any]) -> Iterator[Complaint]:
    """A brace that is no part of a place was to be one, and would be sent to the customer as it stands."""
    for name, text in values.items():
        kind = name.removeprefix("texts.")
        if kind != name and (stray := _STRAY.search(_PLACE.sub("", text))):
            if places := _PLACE.findall(DEFAULT_TEXTS.get(kind, "")):
                yield Complaint(("texts", kind), "stray_brace", {"value": stray[0], "example": f"{{{places[0]}}}"})
            else:
                yield Complaint(("texts", kind), "no_such_place", {"value": stray[0]})
