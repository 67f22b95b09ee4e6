"""The card of a session that rings: who it is, what led them here, why this seat, and what became of the ring.

A card is shown while it rings; for some seconds more where nobody was asked, because the group accepts by itself, and
where it came to nothing, so that it does not just vanish. Those two are made from the events, the first from the floor.
"""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from desk.happenings import rule_words
from desk.i18n import Language, gettext_for, gettext_noop
from desk.names import group_name, initials_of, is_web_chat, name_of, seat_name, tags_of
from desk.panes import SaidBy, preview, waits_since
from desk.standing import Mark, marks_of
from desk.transcripts import Line
from sessions import events as ev
from sessions.facts import Conversation, Offer, Session
from sessions.floor import Floor
from sessions.ids import Millis, SeatId, SessionId

SHOWN_AFTERWARDS_MS = 8_000
"""So long a card stands that nobody has to answer any more."""

Ringing = ev.OfferTimedOut | ev.OfferRescinded

_CHOSEN_BECAUSE = {
    "shortest_reply": gettext_noop("您预计最快回复"),
    "least_loaded": gettext_noop("您手上会话最少"),
    "longest_idle": gettext_noop("您空闲最久"),
    "round_robin": gettext_noop("轮到您了"),
    "random": gettext_noop("随机派给您"),
    "two_choices": gettext_noop("随机两席中您较空闲"),
}
_TAKEN_BACK: dict[ev.RescindReason, str] = {
    "customer_left": gettext_noop("客户已离开"),
    "hung_up": gettext_noop("同事已挂断，转接收回"),
    "transferred": gettext_noop("同事已转给其他坐席"),
    "parked": gettext_noop("同事已挂起，转接收回"),
}
"""Why a ring ended before it was answered; where the seat itself went, it needs no word."""


class Ring(Struct, frozen=True, kw_only=True):
    """A session that rings at a seat, or was accepted there by itself.

    `from_seat` is the colleague who hands it over, if one does; `note`, what the one before wrote for whoever takes it;
    `why`, why this seat is asked; `led_by`, what the customer clicked, scanned or asked before. An automatic one is
    shown until `gone_at`.
    """

    session: SessionId
    seat: SeatId
    name: str
    initials: str
    group: str
    preview: str
    enqueued_at: Millis
    made_at: Millis
    expires_at: Millis
    from_seat: str
    transferred_in: bool
    note: str
    messages: int
    unread: int
    said_by: SaidBy
    marks: list[Mark]
    tags: tuple[str, ...]
    web_chat: bool
    callback: bool
    returning: bool
    led_by: str
    why: str
    gone_at: Millis


class Over(Struct, frozen=True, kw_only=True):
    """A ring that came to nothing, shown until `gone_at` where it rang; `kind` is how it ended."""

    session: SessionId
    seat: SeatId
    name: str
    initials: str
    kind: Literal["missed", "taken_back"]
    words: str
    key: int
    gone_at: Millis


def ring(floor: Floor, session: Session, offer: Offer, lang: Language) -> Ring:
    """The card of a session that rings."""
    queue = session.queue
    alone = queue.exclusive_why if queue and queue.exclusive == offer.seat else ""
    why = why_this_seat(floor, session, offer, alone, queue.ring if queue else 0, lang)
    return _card(floor, session, offer, "" if offer.from_seat else why, Millis(0), lang)


def taken(floor: Floor, session: Session, lines: Sequence[Line], lang: Language) -> Ring | None:
    """The card of a session that was accepted by itself a moment ago; None for every other."""
    found = [line.event for line in lines if isinstance(line.event, ev.SessionOffered | ev.SessionAccepted)]
    if len(found) < 2:
        return None
    offered, accepted = found[-2:]
    if not isinstance(offered, ev.SessionOffered) or not isinstance(accepted, ev.SessionAccepted):
        return None
    gone_at = Millis(accepted.at + SHOWN_AFTERWARDS_MS)
    if not accepted.automatic or session.seat != accepted.seat or floor.at >= gone_at:
        return None
    offer = Offer(offered.seat, offered.at, offered.expires_at, None, offered.note)
    why = why_this_seat(floor, session, offer, offered.exclusive, offered.ring, lang)
    return _card(floor, session, offer, why, gone_at, lang)


def over(floor: Floor, session: Session, event: Ringing, lang: Language) -> Over | None:
    """The card of a ring that just ended; None where there is nothing to say."""
    _ = gettext_for(lang)
    match event:
        case ev.OfferTimedOut(from_seat=source) if source:
            words = _("未应答，已退回 %(seat)s", seat=seat_name(floor.site, source))
        case ev.OfferTimedOut():
            words = _("未应答，已回到排队")
        case ev.OfferRescinded(reason=reason) if reason in _TAKEN_BACK:
            words = _(_TAKEN_BACK[reason])
        case _:
            return None
    return Over(
        session=session.id,
        seat=event.seat,
        name=name_of(floor, session.customer, lang),
        initials=initials_of(floor, session.customer),
        kind="missed" if isinstance(event, ev.OfferTimedOut) else "taken_back",
        words=words,
        key=event.at - floor.site.rules.offer_timeout_s * 1000,
        gone_at=Millis(event.at + SHOWN_AFTERWARDS_MS),
    )


def why_this_seat(
    floor: Floor, session: Session, offer: Offer, alone: ev.Exclusive, circle: int, lang: Language
) -> str:
    """In a few words, why it rings here of all seats."""
    _ = gettext_for(lang)
    conversation = floor.conversations.get(session.customer)
    if alone == "woken":
        return _("您挂起的会话，客户回来了")
    served_at = conversation.last_seat_at if conversation and conversation.last_seat == offer.seat else offer.made_at
    if alone == "sticky" or served_at < offer.made_at:
        return _("熟客：上次由您接待")
    if circle >= 2:
        return _("等待较久，请您协助%(group)s", group=group_name(floor.site, session.group, lang))
    if circle == 1:
        return _("等待较久，扩大到您")
    return _(_CHOSEN_BECAUSE[floor.group(session.group).policy])


def _card(floor: Floor, session: Session, offer: Offer, why: str, gone_at: Millis, lang: Language) -> Ring:
    conversation = floor.conversations.get(session.customer)
    return Ring(
        session=session.id,
        seat=offer.seat,
        name=name_of(floor, session.customer, lang),
        initials=initials_of(floor, session.customer),
        group=group_name(floor.site, session.group, lang),
        preview=preview(session, lang),
        enqueued_at=waits_since(session),
        made_at=offer.made_at,
        expires_at=offer.expires_at,
        from_seat=seat_name(floor.site, offer.from_seat) if offer.from_seat else "",
        transferred_in=session.hops > 0,
        note=offer.note,
        messages=session.messages,
        unread=session.unread,
        said_by="colleague" if session.last_by == "seat" else "",
        marks=marks_of(conversation, lang),
        tags=tags_of(floor, session.customer),
        web_chat=is_web_chat(floor.site, session.account),
        callback=session.origin == "callback",
        returning=_is_returning(floor, conversation),
        led_by=rule_words(session.led_by, floor.site, lang) if session.led_by else "",
        why=why,
        gone_at=gone_at,
    )


def _is_returning(floor: Floor, conversation: Conversation | None) -> bool:
    """Whether the customer was here not long ago, for which the line has moved them forward."""
    ended_at = conversation.previous_ended_at if conversation else 0
    return bool(ended_at) and floor.at - ended_at <= floor.site.rules.returning_window_s * 1000
