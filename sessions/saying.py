"""What the desk itself says to a customer, and whether the channel still lets us say it.

Automatic words never end a turn, and stop before they would spend the last sends: those are the seat's.
"""

from msgspec import Struct

from sessions import events as ev
from sessions.content import CustomerEvent, Followed, MenuClicked, Scanned, Text, Unfollowed
from sessions.facts import Conversation, Session
from sessions.floor import Floor
from sessions.ids import CustomerId, MessageId, Millis, SeatId, SessionId, account_of
from sessions.notices import notice_text


class Addressee(Struct, frozen=True):
    """A customer to be told something: in a session where there is one; `said` messages of it have ids already."""

    customer: CustomerId
    session: SessionId | None = None
    said: int = 0
    seat: SeatId | None = None


def addressee(customer: CustomerId, session: Session | None) -> Addressee:
    """The customer, in their session as it is now."""
    if session is None:
        return Addressee(customer)
    return Addressee(customer, session.id, session.messages, shown_at(session))


def shown_at(session: Session | None) -> SeatId | None:
    """The seat that sees what the customer does: the session's own, or the one at which it rings."""
    if session is None:
        return None
    return session.seat or (session.offer.seat if session.offer else None)


def message_id(session: Session, nth: int) -> MessageId:
    """The id of the nth message from now in this session."""
    return MessageId(f"{session.id}.{session.messages + nth}")


def loose_message_id(floor: Floor, to: Addressee, nth: int) -> MessageId:
    """The id of the nth message from now, in the session or beside any."""
    if to.session is not None:
        return MessageId(f"{to.session}.{to.said + nth}")
    conversation = floor.conversations.get(to.customer)
    return MessageId(f"{to.customer}.{floor.at}.{(conversation.messages if conversation else 0) + nth}")


def notice(
    floor: Floor, to: Addressee, nth: int, kind: str, at: Millis, cause: str, **values: object
) -> list[ev.Event]:
    """The desk's own words for this occasion, or nothing where it has none."""
    text = notice_text(floor.site, kind, **values)
    return [] if text is None else [say(floor, to, nth, kind, text, at, cause)]


def say(floor: Floor, to: Addressee, nth: int, kind: str, text: str, at: Millis, cause: str) -> ev.Event:
    """These words, on their way to the customer; `kind` names the occasion."""
    return ev.NoticeSent(
        at=at,
        cause=cause,
        customer=to.customer,
        message=loose_message_id(floor, to, nth),
        kind=kind,
        content=Text(text=text),
        session=to.session,
        seat=to.seat,
    )


def sends_left(conversation: Conversation | None, at: Millis) -> int | None:
    """How much the channel still lets us send; None where it sets no limit that we know of."""
    if conversation is None or (conversation.allowance is None and conversation.brief is None):
        return None
    both = (conversation.allowance, conversation.brief)
    return sum(each.sends for each in both if each is not None and each.until > at)


def may_spend(floor: Floor, customer: CustomerId, at: Millis) -> bool:
    """Whether an automatic word leaves enough for the seat."""
    left = sends_left(floor.conversations.get(customer), at)
    return left is None or left > floor.site.rules.quota_reserve


def granted_by_message(floor: Floor, customer: CustomerId, at: Millis) -> ev.Allowance | None:
    """What a message from the customer lets us send; None where the channel sets no limit."""
    if not is_limited(floor, customer):
        return None
    rules = floor.site.rules
    return ev.Allowance(sends=rules.send_quota, until=Millis(at + rules.send_window_s * 1000))


def granted_by_event(floor: Floor, customer: CustomerId, event: CustomerEvent, at: Millis) -> ev.Allowance | None:
    """What a click, a scan or a follow lets us send on top; nothing more at all to who follows no longer.

    None where it changes nothing: nothing else that customers do opens or shuts anything.
    """
    if not isinstance(event, MenuClicked | Scanned | Followed | Unfollowed) or not is_limited(floor, customer):
        return None
    if isinstance(event, Unfollowed):
        return ev.Allowance(sends=0, until=at)
    rules = floor.site.rules
    return ev.Allowance(sends=rules.event_quota, until=Millis(at + rules.event_window_s * 1000))


def is_limited(floor: Floor, customer: CustomerId) -> bool:
    """Whether the customer's channel limits what may be sent to them, and until when; an unknown one is taken to."""
    account = floor.site.accounts.get(account_of(customer))
    return account is None or account.channel == "wechat"
