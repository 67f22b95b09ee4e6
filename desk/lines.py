"""A line of a transcript as it is shown: bubble, note, side thread, notice, or what happened.

Failures speak human words: the channel's codes are looked up, ours are told here. Where nobody can know whether a
message arrived, the line says so instead of pretending either.
"""

from typing import Literal

from msgspec import Struct

from desk.channels.wechat.errcodes import reason_of
from desk.happenings import happening, instant_of, is_routine, note_of
from desk.i18n import Language, gettext_for, gettext_noop
from desk.names import is_web_chat, seat_name
from desk.places import map_address
from desk.transcripts import Line, Speaker
from sessions import events as ev
from sessions.content import Content, Link, Location, kind_of
from sessions.ids import MediaKey, Millis, SessionId
from sessions.settings import Site

_OUR_REASONS = {
    "uncertain": gettext_noop("没有收到微信的答复，消息可能已送达。重发前请先向客户确认，以免重复。"),
    "unknown_account": gettext_noop("这个公众号没有接通，请联系管理员。"),
    "unreachable": gettext_noop("暂时连不上微信，多次重试未成功，请稍后重发。"),
    "media_unavailable": gettext_noop("文件取不到：可能已过期，请客户重新发送。"),
    "media_too_large": gettext_noop("文件超过大小限制，未能接收。"),
    "media_type_refused": gettext_noop("不支持这种文件，未能接收。"),
    "image_too_large": gettext_noop("图片超过 2 MB，未能接收，已提示客户。"),
    "image_type_refused": gettext_noop("不支持这种图片格式，未能接收，已提示客户。"),
    "voice_too_large": gettext_noop("语音超过 5 MB，未能接收，已提示客户。"),
    "voice_too_long": gettext_noop("语音超过 60 秒，未能接收，已提示客户。"),
    "voice_type_refused": gettext_noop("不支持这种语音格式，未能接收，已提示客户。"),
    "satisfaction_over": gettext_noop("评价已截止，未计入，已提示客户。"),
    "text_too_long": gettext_noop("客户的消息超过字数上限，未受理，已提示客户。"),
}


Recall = Literal["", "asked", "late", "unseen", "seen"]
"""Wanted back; too late for that; taken back before the customer had it, or after."""


class ShownLine(Struct, frozen=True, kw_only=True):
    """What a template needs. `words` are the sentence of a system line, or the reason of a failure.

    `under_way` and `arrived` say in words what it is between us and the customer, as their channel has it.
    `about` is the instant that the sentence ends with, 0 where it names none; `to`, who is spoken to in a side thread.
    A `routine` line tells how the desk went its way, and may be folded with others; a `joined` one goes on with the
    burst of the line before it. `recall` says how far the wish to have it back got.
    """

    id: str
    seq: int
    session: SessionId
    at: Millis
    by: Speaker
    who: str
    to: str
    kind: str
    content: Content | None
    media: MediaKey
    link: str
    delivery: str
    under_way: str
    arrived: str
    words: str
    about: Millis
    note: str
    uncertain: bool
    closing: bool
    resent: bool
    recall: Recall
    held_until: Millis
    routine: bool
    joined: bool = False


def shown(line: Line, site: Site, lang: Language) -> ShownLine | None:
    """The line, ready for its template; None for what another line tells already."""
    words = happening(line.event, site, lang) if line.event else failure_words(line, lang)
    if line.event and not words:
        return None
    under_way, arrived = _stretches(line, site, lang)
    return ShownLine(
        id=line.id,
        seq=line.seq,
        session=line.session,
        at=line.at,
        by=line.by,
        who=_who(line, site, lang),
        to=seat_name(site, line.to_seat) if line.to_seat else "",
        kind=kind_of(line.content) if line.content else "",
        content=line.content,
        media=getattr(line.content, "media", MediaKey("")),
        link=_leads_to(line.content),
        delivery=line.delivery,
        under_way=under_way,
        arrived=arrived,
        words=words,
        about=instant_of(line.event) if line.event else Millis(0),
        note=note_of(line.event) if line.event else "",
        uncertain=line.uncertain,
        closing=line.closing,
        resent=line.resent,
        recall=_recall(line),
        held_until=line.held_until if line.delivery == "sending" else Millis(0),
        routine=is_routine(line.event) if line.event else False,
    )


def shown_in_chat(line: Line, site: Site, lang: Language) -> ShownLine | None:
    """The line for the chat: the mark of a session tells how it began, and the customer's profile stands beside it."""
    told_elsewhere = isinstance(line.event, ev.SessionOpened | ev.CustomerDescribed)
    return None if told_elsewhere else shown(line, site, lang)


def failure_words(line: Line, lang: Language) -> str:
    """Why a message failed or was refused, and what can be done; empty where nothing is wrong."""
    code = line.failure_code
    if line.delivery not in {"failed", "refused"} or not code:
        return ""
    _ = gettext_for(lang)
    if line.uncertain:
        return _(_OUR_REASONS["uncertain"])
    if code in _OUR_REASONS:
        return _(_OUR_REASONS[code])
    if code.lstrip("-").isdecimal():
        reason = reason_of(int(code))
        return reason.en if lang == "en" else reason.zh
    return _("未能送达（%(code)s），请稍后重发；反复出现请联系管理员。", code=code)


def _stretches(line: Line, site: Site, lang: Language) -> tuple[str, str]:
    """WeChat takes a message off our hands; a visitor's page comes for it, and says so."""
    _ = gettext_for(lang)
    if is_web_chat(site, line.account):
        return _("等访客的页面来取"), _("访客已收到")
    return _("发送中"), _("已送达微信")


def _leads_to(content: Content | None) -> str:
    match content:
        case Link(url=url):
            return safe_link(url)
        case Location(latitude=latitude, longitude=longitude):
            return map_address(latitude, longitude)
        case _:
            return ""


def _recall(line: Line) -> Recall:
    if line.delivery == "recalled":
        return "seen" if line.seen else "unseen"
    if not line.recall_asked:
        return ""
    return "asked" if line.delivery == "sending" else "late"


def safe_link(url: str) -> str:
    """The address if a browser may be led there, else empty: customers choose what stands in a link."""
    return url if url.lower().startswith(("http://", "https://")) else ""


def _who(line: Line, site: Site, lang: Language) -> str:
    _ = gettext_for(lang)
    if line.by == "notice":
        return _("自动消息")
    return seat_name(site, line.seat) if line.seat and line.by in {"seat", "note", "consult"} else ""
