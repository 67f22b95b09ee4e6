"""What the customer thinks of a session: asked once a case when it is over, and answered by a tap, a digit or a form.

An answer is no question: it opens no session, wakes none and restarts no clock, whatever else is going on with the
customer by then. A tap names the session that it is about, so that it counts beside a new one; a bare digit counts only
while nobody is being served and no menu is open, where it could mean something else. All other words are words as
always. The last rating counts, and each stands in the ledger.
"""

import re
from typing import Literal, cast, get_args

from msgspec.structs import replace

from routing.words import trimmed
from sessions import commands as cmd
from sessions import events as ev
from sessions.content import Choice, Content, Menu, Text
from sessions.facts import Asked, Conversation, Session
from sessions.floor import Floor
from sessions.ids import CloseReason, CustomerId, MessageId, Millis, SessionId, Stars
from sessions.notices import notice_text
from sessions.repeats import is_repeat
from sessions.saying import Addressee, granted_by_message, loose_message_id, message_id, sends_left
from sessions.segments import close
from sessions.settings import Site

ASKED_AFTER: frozenset[CloseReason] = frozenset({"seat_end", "customer_end", "customer_idle"})
"""Ends of sessions in which somebody was served: nobody who gave up, was turned away or cut off is asked."""
SENDS_KEPT = 1
"""So many sends are left for whoever has to come back to the customer."""
COMMENT_LENGTH_MAX = 500

_TAP = "rate:"
_SPOKEN = re.compile(r"([1-5]) ?(?:分|星|颗星)?[.。!~]*")

Answer = Stars | Literal["late"]
"""A rating, or one that counts no more."""


def close_served(
    floor: Floor,
    session: Session,
    at: Millis,
    cause: str,
    *,
    reason: CloseReason,
    segment_end: ev.SegmentEnd = "hung_up",
    disposition: str = "",
    remark: str = "",
    merge_until: Millis | None = None,
    said: int = 0,
) -> list[ev.Event]:
    """End of a session that a seat has, after `said` parting words; its customer is asked what they think of it."""
    closed = close(
        session,
        at,
        cause,
        reason=reason,
        segment_end=segment_end,
        disposition=disposition,
        remark=remark,
        merge_until=merge_until,
    )
    return [*closed, *_ask(floor, session, reason, said, at)]


def asks_about(menu: Menu) -> SessionId | None:
    """The session that this menu of ours asks to rate; None for any other menu."""
    tap = menu.choices[0].id if menu.choices else ""
    return SessionId(tap.removeprefix(_TAP).rpartition(":")[0]) if tap.startswith(_TAP) else None


def rating_in(floor: Floor, conversation: Conversation | None, content: Content, at: Millis) -> Answer | None:
    """What these words rate the last session with; None for words like any other."""
    if not isinstance(content, Text):
        return None
    asked = conversation.asked if conversation else None
    if content.menu_id.startswith(_TAP):
        return _tapped(asked, content.menu_id, at)
    if conversation is None or asked is None or at >= asked.until:
        return None
    intent = conversation.intent
    if conversation.session or conversation.menu or (intent and at < intent.until):
        return None
    return _spoken(floor.site, content.text)


def rated_in_words(
    floor: Floor, conversation: Conversation, command: cmd.ReceiveMessage, stars: Stars, at: Millis, cause: str
) -> list[ev.Event]:
    """The customer's words were a rating: they belong to the session that they are about, and are thanked for."""
    asked = conversation.asked
    assert asked is not None, f"{command.customer} was asked nothing"
    heard = ev.MessageReceived(
        at=at,
        cause=cause,
        session=asked.session,
        customer=command.customer,
        message=_loose(floor, conversation, 1),
        content=command.content,
        key=command.key,
        sent_at=command.sent_at,
        closing=True,
        allowance=granted_by_message(floor, command.customer, at),
    )
    rated: list[ev.Event] = [heard, _rated(command.customer, asked, stars, at, cause)]
    thanks = notice_text(floor.site, "satisfaction_thanks")
    if thanks is None or stars == asked.stars:
        return rated
    return [
        *rated,
        ev.NoticeSent(
            at=at,
            cause=cause,
            customer=command.customer,
            message=_loose(floor, conversation, 2),
            kind="satisfaction_thanks",
            content=Text(text=thanks),
            session=asked.session,
            seat=asked.seat,
        ),
    ]


def rate_session(floor: Floor, command: cmd.RateSession, at: Millis, cause: str) -> list[ev.Event]:
    """The form is filled in; of a session that the customer was not asked about, or too long ago, it says nothing."""
    conversation = floor.conversations.get(command.customer)
    asked = conversation.asked if conversation else None
    if conversation is None or asked is None or asked.session != command.session or at >= asked.until:
        return []
    if is_repeat(conversation, command.key, command.sent_at):
        return []
    comment = command.comment.strip()[:COMMENT_LENGTH_MAX]
    rated = _rated(command.customer, asked, command.stars, at, cause)
    return [replace(rated, comment=comment, key=command.key, sent_at=command.sent_at)]


def _ask(floor: Floor, session: Session, reason: CloseReason, said: int, at: Millis) -> list[ev.Event]:
    """Once a case, after a session that somebody was served in, while the channel lets us say it and more."""
    rules, conversation = floor.group(session.group).satisfaction, floor.conversations[session.customer]
    if rules.ask == "off" or reason not in ASKED_AFTER or session.seat is None:
        return []
    if rules.ask == "answered" and session.reaction == "none":
        return []
    if conversation.asked and conversation.asked.case == session.case:
        return []
    left = sends_left(conversation, at)
    if left is not None and left - said <= SENDS_KEPT:
        return []
    text = notice_text(floor.site, "satisfaction_ask")
    if text is None:
        return []
    cause = f"satisfaction.ask={rules.ask}"
    return [
        ev.SatisfactionAsked(
            at=at,
            cause=cause,
            session=session.id,
            customer=session.customer,
            case=session.case,
            seat=session.seat,
            until=Millis(at + rules.valid_s * 1000),
        ),
        ev.NoticeSent(
            at=at,
            cause=cause,
            customer=session.customer,
            message=message_id(session, said + 1),
            kind="satisfaction_ask",
            content=Menu(text=text, choices=_choices(floor.site, session)),
            session=session.id,
            seat=session.seat,
        ),
    ]


def _choices(site: Site, session: Session) -> tuple[Choice, ...]:
    return tuple(Choice(id=f"{_TAP}{session.id}:{stars}", text=text) for stars, text in _scale(site).items())


def _scale(site: Site) -> dict[Stars, str]:
    """What each rating is called, the best first: the site's line that begins with its digit, or the digit."""
    lines = [line.strip() for line in (notice_text(site, "satisfaction_scale") or "").splitlines()]
    best_first: list[Stars] = sorted(get_args(Stars), reverse=True)
    return {stars: next((line for line in lines if line.startswith(str(stars))), str(stars)) for stars in best_first}


def _tapped(asked: Asked | None, tap: str, at: Millis) -> Answer:
    session, _, stars = tap.removeprefix(_TAP).rpartition(":")
    if asked is None or asked.session != session or at >= asked.until or stars not in {"1", "2", "3", "4", "5"}:
        return "late"
    return cast(Stars, int(stars))


def _spoken(site: Site, text: str) -> Stars | None:
    """A bare `5`, `5分`, or what a rating is called, with its digit or without."""
    said = trimmed(text)
    if found := _SPOKEN.fullmatch(said):
        return cast(Stars, int(found[1]))
    names = ((stars, trimmed(name)) for stars, name in _scale(site).items())
    return next((stars for stars, name in names if said in {name, name[1:].strip()}), None) if said else None


def _rated(customer: CustomerId, asked: Asked, stars: Stars, at: Millis, cause: str) -> ev.SatisfactionRated:
    return ev.SatisfactionRated(
        at=at,
        cause=cause,
        session=asked.session,
        customer=customer,
        seat=asked.seat,
        stars=stars,
        before=asked.stars,
    )


def _loose(floor: Floor, conversation: Conversation, nth: int) -> MessageId:
    """Of a message to or from somebody whose session is over, and counts no more."""
    return loose_message_id(floor, Addressee(conversation.customer), nth)
