"""What the desk shows of a customer beside the chat, decided before a template sees it.

The archive has who they are, what was noted and how they were served; what this process has seen since the archive was
written is put on top, so that what somebody has just written down is there when the pane is opened again.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from desk.i18n import Language, gettext_for, gettext_noop
from desk.names import customer_name, ending_words, is_web_chat, seat_name
from desk.panes import kind_mark
from desk.store.archive import content_of
from desk.store.customer_folding import CustomerEvent, fields_of, fold_customer, tags_of
from desk.store.customers import Linked
from desk.store.models import ArchivedCustomer, ArchivedMessage, ArchivedSession
from desk.transcripts import Line
from sessions import events as ev
from sessions.content import Text, preview
from sessions.facts import Profile
from sessions.ids import AccountId, CustomerId, Millis, SeatId, account_of
from sessions.settings import CustomerField, Site

SCENES = {
    "ADD_SCENE_SEARCH": gettext_noop("搜索公众号"),
    "ADD_SCENE_ACCOUNT_MIGRATION": gettext_noop("公众号迁移"),
    "ADD_SCENE_PROFILE_CARD": gettext_noop("名片分享"),
    "ADD_SCENE_QR_CODE": gettext_noop("扫描二维码"),
    "ADD_SCENE_PROFILE_LINK": gettext_noop("图文页内名称"),
    "ADD_SCENE_PROFILE_ITEM": gettext_noop("图文页菜单"),
    "ADD_SCENE_PAID": gettext_noop("支付后关注"),
    "ADD_SCENE_WECHAT_ADVERTISEMENT": gettext_noop("微信广告"),
    "ADD_SCENE_REPRINT": gettext_noop("他人转载"),
    "ADD_SCENE_LIVESTREAM": gettext_noop("视频号直播"),
    "ADD_SCENE_CHANNELS": gettext_noop("视频号"),
    "ADD_SCENE_OTHERS": gettext_noop("其他"),
}
"""How people come to follow an account, as WeChat names it."""
LANGUAGES = {"zh_CN": gettext_noop("简体中文"), "zh_TW": gettext_noop("繁体中文"), "en": gettext_noop("英文")}
"""What people have set their WeChat to, as it names it."""


class ShownField(Struct, frozen=True, kw_only=True):
    """One of the site's own fields; an option that is no more is kept while the customer has it."""

    id: str
    label: str
    kind: str
    value: str
    options: Sequence[str]


class ShownSession(Struct, frozen=True, kw_only=True):
    """A session before this one."""

    session: str
    at: Millis
    ended: str
    seat: str
    lasted_ms: int | None
    stars: int
    comment: str
    remark: str


class ShownNote(Struct, frozen=True, kw_only=True):
    """An internal note, on whichever session."""

    seq: int
    at: Millis
    session: str
    who: str
    text: str


class ShownLink(Struct, frozen=True, kw_only=True):
    """The same person in another account."""

    account: str
    name: str
    session: str
    at: Millis
    ended: str


class CustomerView(Struct, frozen=True, kw_only=True):
    """Everything but the chat. `revision` is the one that these values are of; `last_words` are of the last session."""

    customer: CustomerId
    revision: int
    remark: str
    phone: str
    tags: tuple[str, ...]
    fields: list[ShownField]
    follow: str
    follow_changed_at: Millis
    scene: str
    first_code: str
    last_code: str
    last_code_at: Millis
    language: str
    edited_at: Millis
    edited_by: str
    sessions: list[ShownSession]
    last_words: str
    last_words_by_seat: bool
    notes: list[ShownNote]
    linked: list[ShownLink]
    offered: list[str]


def brought_up_to_date(
    customer: CustomerId, kept: ArchivedCustomer | None, lines: Sequence[Line], profile: Profile | None
) -> ArchivedCustomer:
    """What is kept, and on top of it what has been written down and done since."""
    row = ArchivedCustomer(**kept.model_dump()) if kept else ArchivedCustomer(id=customer, account="")
    for line in lines:
        if isinstance(line.event, CustomerEvent) and _is_news(line.event, row):
            fold_customer({customer: row}, {}, line.event)
    if profile and profile.remark and not row.remark:
        row.remark = profile.remark  # the channel's, which is on its way into the archive
    return row


def _is_news(event: CustomerEvent, row: ArchivedCustomer) -> bool:
    """Whether the row was kept before this happened."""
    match event:
        case ev.CustomerDescribed(revision=revision):
            return revision > row.revision
        case ev.CustomerEventRecorded(at=at):
            return at > max(row.follow_changed_at or 0, row.last_code_at or 0)
        case ev.CustomerRemembered():
            return False  # its name comes with the profile


def customer_view(
    row: ArchivedCustomer,
    sessions: Sequence[ArchivedSession],
    said: ArchivedMessage | None,
    notes: Sequence[ShownNote],
    linked: Sequence[Linked],
    offered: Sequence[str],
    people: Mapping[str, str],
    site: Site,
    lang: Language,
) -> CustomerView:
    """The pane of this customer; `said` are the last words of the newest of the sessions."""
    return CustomerView(
        customer=CustomerId(row.id),
        revision=row.revision,
        remark=row.remark,
        phone=row.phone,
        tags=tags_of(row),
        fields=[_field(field, fields_of(row)) for field in site.customer_fields],
        follow="" if is_web_chat(site, account_of(CustomerId(row.id))) else follow_words(lang, follows=row.follows),
        follow_changed_at=Millis(row.follow_changed_at or 0),
        scene=_in_words(row.scene, SCENES, lang),
        first_code=row.first_code,
        last_code=row.last_code if row.last_code != row.first_code else "",
        last_code_at=Millis(row.last_code_at or 0),
        language=_in_words(row.language, LANGUAGES, lang),
        edited_at=Millis(row.edited_at or 0),
        edited_by=people.get(row.edited_by or "", row.edited_by or ""),
        sessions=[_session(each, site, lang) for each in sessions],
        last_words=_words(said, lang) if said else "",
        last_words_by_seat=said is not None and said.direction == "seat",
        notes=list(notes),
        linked=[_link(each, site, lang) for each in linked],
        offered=list(offered),
    )


def _in_words(code: str, words: Mapping[str, str], lang: Language) -> str:
    """What WeChat's code stands for; one that is new to us stays as it is."""
    return gettext_for(lang)(words[code]) if code in words else code


def archived_note(note: ArchivedMessage, site: Site, people: Mapping[str, str]) -> ShownNote:
    """A note as the archive has it."""
    content = content_of(note)
    return ShownNote(
        seq=note.seq,
        at=Millis(note.at),
        session=note.session or "",
        who=people.get(note.username or "") or (seat_name(site, SeatId(note.seat)) if note.seat else ""),
        text=content.text if isinstance(content, Text) else "",
    )


def live_note(line: Line, site: Site) -> ShownNote:
    """A note that was added just now."""
    return ShownNote(
        seq=line.seq,
        at=line.at,
        session=line.session,
        who=seat_name(site, line.seat) if line.seat else "",
        text=line.content.text if isinstance(line.content, Text) else "",
    )


def _field(field: CustomerField, values: Mapping[str, str]) -> ShownField:
    value = values.get(field.id, "")
    options = (*field.options, value) if value and value not in field.options else field.options
    return ShownField(id=field.id, label=field.label, kind=field.kind, value=value, options=options)


def follow_words(lang: Language, *, follows: bool | None) -> str:
    """Whether they follow the account; nobody may have told us yet."""
    _ = gettext_for(lang)
    if follows is None:
        return "–"
    return _("已关注") if follows else _("未关注")


def _session(session: ArchivedSession, site: Site, lang: Language) -> ShownSession:
    began_at, ended_at = session.accepted_at, session.hung_up_at or session.closed_at
    return ShownSession(
        session=session.id,
        at=Millis(session.opened_at),
        ended=ending_words(session.disposition, session.close_reason, lang),
        seat=seat_name(site, SeatId(session.seat)) if session.seat else "",
        lasted_ms=max(0, ended_at - began_at) if began_at and ended_at else None,
        stars=session.stars or 0,
        comment=session.comment,
        remark=session.remark,
    )


def _link(linked: Linked, site: Site, lang: Language) -> ShownLink:
    customer, session = linked.customer, linked.session
    account = site.accounts.get(AccountId(customer.account))
    return ShownLink(
        account=account.name if account else customer.account,
        name=customer_name(CustomerId(customer.id), lang, customer.remark),
        session=session.id if session else "",
        at=Millis(session.opened_at if session else 0),
        ended=ending_words(session.disposition, session.close_reason, lang) if session else "",
    )


def _words(said: ArchivedMessage, lang: Language) -> str:
    content = content_of(said)
    return f"{kind_mark(said.kind, lang)} {preview(content)}".strip()
