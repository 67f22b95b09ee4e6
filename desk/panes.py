"""What the desk page shows of a session and of a seat, decided before a template sees it.

Rows, waiting entries and the strip are made of the live floor alone, so that the first render of the page, a fetched
piece and a pushed one cannot differ. What rings is in `desk.offers`, who talks with self-service in `desk.talks`.
"""

from typing import Literal

from msgspec import Struct

from desk.i18n import Language, gettext_for, gettext_noop
from desk.names import group_name, initials_of, is_web_chat, name_of, seat_name
from desk.standing import Mark, Standing, marks_of, standing
from desk.times import duration
from sessions.content import PREVIEW_LENGTH
from sessions.facts import Consulting, Seat, Session
from sessions.floor import Floor
from sessions.ids import HARD_CAP, GroupId, Millis, Presence, SeatId, SessionId

OURS_FIRST = 10**14
"""Above any instant in milliseconds: rows where it is the customer's turn stand below all others."""

LISTED_MAX = 12
"""A longer list of dispositions is searched by typing."""

BREAK_REASONS = {
    "meal": gettext_noop("用餐"),
    "restroom": gettext_noop("洗手间"),
    "training": gettext_noop("培训"),
    "meeting": gettext_noop("会议"),
    "coaching": gettext_noop("辅导"),
    "system": gettext_noop("系统故障"),
    "other": gettext_noop("其他"),
}
PRESENCES: dict[Presence, str] = {
    "available": gettext_noop("示闲"),
    "busy": gettext_noop("示忙"),
    "break": gettext_noop("小休"),
    "reconnecting": gettext_noop("重连中"),
    "offline": gettext_noop("未签入"),
}
_SYSTEM_REASONS = {"rona": gettext_noop("连续未应答")}
_KIND_MARKS = {
    "recalled": gettext_noop("[已撤回]"),
    "image": gettext_noop("[图片]"),
    "voice": gettext_noop("[语音]"),
    "video": gettext_noop("[视频]"),
    "location": gettext_noop("[位置]"),
    "link": gettext_noop("[链接]"),
    "miniprogram": gettext_noop("[小程序]"),
    "file": gettext_noop("[文件]"),
    "unknown": gettext_noop("[其他消息]"),
}


SaidBy = Literal["", "me", "colleague"]
"""Whose words a row shows: the customer's, this seat's, or a colleague's."""
Into = Literal["rows", "parked-rows"]
"""The list that a session of the seat's own stands in."""


class Row(Struct, frozen=True, kw_only=True):
    """A session in a list of the seat that has it; smaller `key` is higher up, or smaller `recent_key` by choice."""

    session: SessionId
    seat: SeatId
    name: str
    initials: str
    account: str
    channel: str
    into: Into
    key: int
    recent_key: int
    state: str
    ours: bool
    since: Millis
    preview: str
    said_by: SaidBy
    is_failed: bool
    unread: int
    transferring_to: str
    wrap_until: Millis
    transferred_in: bool
    web_chat: bool
    standing: Standing


class ConsultRow(Struct, frozen=True, kw_only=True):
    """A colleague's session that this seat is asked about."""

    session: SessionId
    seat: SeatId
    name: str
    initials: str
    asker: str
    began_at: Millis


class Waiter(Struct, frozen=True, kw_only=True):
    """Somebody in the line; never what they said. `kept_for` is the seat that alone is asked until now."""

    session: SessionId
    name: str
    group: GroupId
    since: Millis
    key: int
    marks: list[Mark]
    callback: bool
    ring: int
    kept_for: str


class DispositionForm(Struct, frozen=True):
    """What a session can have been about, value and words; `searched` where the list is too long to look through."""

    choices: list[tuple[str, str]]
    required: bool
    searched: bool


class GroupLine(Struct, frozen=True, kw_only=True):
    """A skill group, and how many wait in it."""

    group: GroupId
    name: str
    waiting: int


class Slots(Struct, frozen=True, kw_only=True):
    """What a seat's ten slots are taken by; `open` is how many of the free ones the line may still fill."""

    ours: int
    theirs: int
    wrapping: int
    ringing: int
    free: int
    open: int


class Place(Struct, frozen=True, kw_only=True):
    """My seat as the strip shows it. `rang_out`: the desk set it to busy, for nobody answered its rings.

    `many_accounts`: its customers write to more than one, so that rows tell which.
    """

    seat: SeatId
    name: str
    mine: bool
    occupied_by: str
    presence: Presence
    label: str
    reason: str
    rang_out: bool
    since: Millis
    pending: str
    load: int
    soft_cap: int
    hard_cap: int
    room: int
    slots: Slots
    many_accounts: bool


def row(floor: Floor, session: Session, lang: Language) -> Row:
    """The row of a session that a seat has."""
    assert session.seat is not None, f"{session.id} is at no seat"
    ours = session.turn == "seat" and session.state == "active"
    account = floor.site.accounts.get(session.account)
    return Row(
        session=session.id,
        seat=session.seat,
        name=name_of(floor, session.customer, lang),
        initials=initials_of(floor, session.customer),
        account=account.name if account else session.account,
        channel=account.channel if account else "",
        into=_list_of(session),
        key=_row_key(session, ours=ours),
        recent_key=-session.last_at,
        state=session.state,
        ours=ours,
        since=session.turn_since if ours else session.last_at,
        preview=preview(session, lang),
        said_by=_said_by(session),
        is_failed=_has_failed(session),
        unread=session.unread,
        transferring_to=seat_name(floor.site, session.offer.seat) if session.offer else "",
        wrap_until=session.wrap_until,
        transferred_in=session.hops > 0,
        web_chat=is_web_chat(floor.site, session.account),
        standing=standing(floor, session, lang),
    )


def consult_row(floor: Floor, session: Session, consult: Consulting, lang: Language) -> ConsultRow:
    """The row of a session at the seat that is asked about it."""
    assert session.seat is not None, f"{session.id} is at no seat"
    return ConsultRow(
        session=session.id,
        seat=consult.seat,
        name=name_of(floor, session.customer, lang),
        initials=initials_of(floor, session.customer),
        asker=seat_name(floor.site, session.seat),
        began_at=consult.began_at,
    )


def waiter(floor: Floor, session: Session, lang: Language) -> Waiter:
    """The entry of a session that waits in a line."""
    queue = session.queue
    return Waiter(
        session=session.id,
        name=name_of(floor, session.customer, lang),
        group=session.group,
        since=waits_since(session),
        key=session.sort_key,
        marks=marks_of(floor.conversations.get(session.customer), lang),
        callback=session.origin == "callback",
        ring=queue.ring if queue else 0,
        kept_for=seat_name(floor.site, queue.exclusive) if queue and queue.exclusive else "",
    )


def disposition_form(floor: Floor, session: Session, lang: Language) -> DispositionForm:
    """What wrap-up asks in the session's group."""
    say, asked = gettext_for(lang), floor.group(session.group).dispositions
    choices = [(choice, say(choice)) for choice in asked.choices]
    return DispositionForm(choices, asked.required, len(choices) > LISTED_MAX)


def group_view(floor: Floor, group: GroupId, lang: Language) -> GroupLine:
    """The group and its line."""
    line = floor.lines.get(group)
    return GroupLine(group=group, name=group_name(floor.site, group, lang), waiting=len(line) if line else 0)


def place(floor: Floor, seat: Seat, lang: Language) -> Place:
    """The seat, its presence and its room."""
    _ = gettext_for(lang)
    plan = floor.site.seats.get(seat.id)
    return Place(
        seat=seat.id,
        name=plan.name if plan else seat.id,
        mine=seat.user is not None and (plan is None or plan.agent == seat.user),
        occupied_by=seat.user or "",
        presence=seat.presence,
        label=_(PRESENCES[seat.presence]),
        reason=reason_words(seat.reason, lang),
        rang_out=seat.presence == "busy" and seat.reason == "rona",
        since=seat.presence_since,
        pending=_(PRESENCES[seat.pending_presence]) if seat.pending_presence else "",
        load=seat.load,
        soft_cap=seat.capacity.soft_cap,
        hard_cap=HARD_CAP,
        room=max(0, seat.capacity.soft_cap - seat.load) if seat.capacity.available else 0,
        slots=_slots(floor, seat),
        many_accounts=_has_many_accounts(floor, seat),
    )


def reason_words(reason: str, lang: Language) -> str:
    """Why a seat takes a break, or was set to busy."""
    known = BREAK_REASONS.get(reason) or _SYSTEM_REASONS.get(reason)
    return gettext_for(lang)(known) if known else reason


def preview(session: Session, lang: Language) -> str:
    """The last message in one line, with a mark for what is not text."""
    mark = kind_mark(session.last_kind, lang, session.last_length_ms)
    text = " ".join(session.last_text.split())[:PREVIEW_LENGTH]
    return f"{mark} {text}".strip()


def _said_by(session: Session) -> SaidBy:
    if session.last_by != "seat":
        return ""
    return "me" if session.last_at >= session.segment_began_at else "colleague"


def _has_failed(session: Session) -> bool:
    """Whether the customer never got what was said last."""
    last = session.sent[-1] if session.sent and session.last_by == "seat" else None
    return last is not None and last.at == session.last_at and last.fate == "failed"


def kind_mark(kind: str, lang: Language, length_ms: int = 0) -> str:
    """[图片], [语音 0:12]…; empty for text."""
    _ = gettext_for(lang)
    if kind == "voice" and length_ms:
        return _("[语音 %(length)s]", length=duration(length_ms))
    return _(_KIND_MARKS[kind]) if kind in _KIND_MARKS else ""


def waits_since(session: Session) -> Millis:
    """When this wait began: who was at a seat already does not wait since the first time."""
    return session.enqueued_at if session.segment else session.first_enqueued_at


def _list_of(session: Session) -> Into:
    """What is parked is out of the way, until the seat is warned that what it promised is due."""
    due = session.promise is not None and session.promise.warned
    return "parked-rows" if session.state == "parked" and not due else "rows"


def _slots(floor: Floor, seat: Seat) -> Slots:
    held = [floor.sessions[each] for each in seat.held]
    ours = sum(each.state == "active" and each.turn == "seat" for each in held)
    wrapping = sum(each.state == "wrap_up" for each in held)
    return Slots(
        ours=ours,
        theirs=len(held) - ours - wrapping,
        wrapping=wrapping,
        ringing=len(seat.offers),
        free=HARD_CAP - seat.load,
        open=max(0, min(seat.capacity.soft_cap, HARD_CAP) - seat.load),
    )


def _has_many_accounts(floor: Floor, seat: Seat) -> bool:
    served = {each.id for each in floor.site.accounts.values() if each.default_group in seat.capacity.skills}
    return len(served | {floor.sessions[each].account for each in seat.held}) > 1


def _row_key(session: Session, *, ours: bool) -> int:
    """In service: who waits for us longest, then who spoke last. Parked: what was promised soonest, then the newest."""
    if session.state == "parked":
        return session.promise.due_at if session.promise else 2 * OURS_FIRST - session.parked_at
    return session.turn_since if ours else 2 * OURS_FIRST - session.last_at
