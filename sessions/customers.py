"""What happens when a customer writes, or does something else that the channel tells us.

The customer never sees a session: the first message opens one, a burst goes into the same, a repeated delivery
changes nothing.
"""

from datetime import UTC, datetime

from routing.line import sort_key
from sessions import commands as cmd
from sessions import events as ev
from sessions.content import Text
from sessions.floor import KEYS_KEPT, Conversation, Floor, Session
from sessions.ids import AccountId, CustomerId, GroupId, MessageId, Millis, SeatId, SessionId, account_of
from sessions.notices import notice_text
from sessions.settings import Site

NO_GROUP = GroupId("unassigned")
"""Where sessions wait whose account names no group; seen by supervisors."""


def receive_message(floor: Floor, command: cmd.ReceiveMessage, at: Millis, cause: str) -> list[ev.Event]:
    """The customer's message joins their live session, or opens one; repeats and oversized ones open nothing."""
    conversation = floor.conversations.get(command.customer)
    if conversation and _is_repeat(conversation, command.key, command.sent_at):
        return []
    session = floor.live_session_of(command.customer)
    limit = floor.site.rules.text_length_max
    if isinstance(command.content, Text) and len(command.content.text) > limit:
        return _refuse(floor, command, session, "text_too_long", limit, at, cause)
    if session is None:
        return _open(floor, command, conversation, at, cause)
    before = _resume(floor, session, at, cause) if session.state == "wrap_up" else []
    seat = None if any(isinstance(each, ev.SessionQueued) for each in before) else shown_at(session)
    message = ev.MessageReceived(
        at=at,
        cause=cause,
        session=session.id,
        customer=command.customer,
        message=message_id(session, 1),
        content=command.content,
        key=command.key,
        sent_at=command.sent_at,
        seat=seat,
        turn_began=session.turn != "seat",
    )
    return [*before, message]


def record_customer_event(floor: Floor, command: cmd.RecordCustomerEvent, at: Millis, cause: str) -> list[ev.Event]:
    """What the customer did stands in the timeline; it opens no session and changes nobody's turn."""
    conversation = floor.conversations.get(command.customer)
    if conversation and _is_repeat(conversation, command.key, command.sent_at):
        return []
    session = floor.live_session_of(command.customer)
    return [
        ev.CustomerEventRecorded(
            at=at,
            cause=cause,
            customer=command.customer,
            event=command.event,
            key=command.key,
            sent_at=command.sent_at,
            session=session.id if session else None,
            seat=shown_at(session),
        )
    ]


def group_now(site: Site, session: Session) -> GroupId:
    """Where the session queues: in its group, or in its account's own where that one is set up no longer."""
    return session.group if session.group in site.groups else _group_of(site, session.account)


def shown_at(session: Session | None) -> SeatId | None:
    """The seat that sees what the customer does: the session's own, or the one at which it rings."""
    if session is None:
        return None
    return session.seat or (session.offer.seat if session.offer else None)


def message_id(session: Session, nth: int) -> MessageId:
    """The id of the nth message from now in this session."""
    return MessageId(f"{session.id}.{session.messages + nth}")


def notice(
    floor: Floor,
    customer: CustomerId,
    session: Session | None,
    nth: int,
    kind: str,
    at: Millis,
    cause: str,
    **values: object,
) -> list[ev.Event]:
    """The desk's own words for this occasion, or nothing where it has none."""
    text = notice_text(floor.site, kind, **values)
    if text is None:
        return []
    return [
        ev.NoticeSent(
            at=at,
            cause=cause,
            customer=customer,
            message=_loose_message_id(floor, customer, session, nth),
            kind=kind,
            content=Text(text=text),
            session=session.id if session else None,
            seat=shown_at(session),
        )
    ]


def _is_repeat(conversation: Conversation, key: str, sent_at: Millis) -> bool:
    """Heard before; or older than everything remembered, so that nobody can tell: a replay."""
    keys = conversation.keys
    return key in keys or (len(keys) >= KEYS_KEPT and sent_at < min(keys.values()))


def _loose_message_id(floor: Floor, customer: CustomerId, session: Session | None, nth: int) -> MessageId:
    if session is not None:
        return message_id(session, nth)
    conversation = floor.conversations.get(customer)
    return MessageId(f"{customer}.{floor.at}.{(conversation.messages if conversation else 0) + nth}")


def _refuse(
    floor: Floor,
    command: cmd.ReceiveMessage,
    session: Session | None,
    code: str,
    limit: int,
    at: Millis,
    cause: str,
) -> list[ev.Event]:
    refused = ev.MessageRefused(
        at=at,
        cause=cause,
        customer=command.customer,
        message=_loose_message_id(floor, command.customer, session, 1),
        content=command.content,
        key=command.key,
        sent_at=command.sent_at,
        code=code,
        limit=limit,
        session=session.id if session else None,
        seat=shown_at(session),
    )
    return [refused, *notice(floor, command.customer, session, 2, code, at, cause, limit=limit)]


def _open(
    floor: Floor, command: cmd.ReceiveMessage, conversation: Conversation | None, at: Millis, cause: str
) -> list[ev.Event]:
    account = account_of(command.customer)
    group = _group_of(floor.site, account)
    number = _next_number(floor, at)
    return [
        ev.SessionOpened(
            at=at,
            cause=cause,
            session=number,
            customer=command.customer,
            account=account,
            group=group,
            previous=conversation.previous if conversation else None,
        ),
        ev.MessageReceived(
            at=at,
            cause=cause,
            session=number,
            customer=command.customer,
            message=MessageId(f"{number}.1"),
            content=command.content,
            key=command.key,
            sent_at=command.sent_at,
            turn_began=True,
        ),
        ev.SessionQueued(
            at=at,
            cause=cause,
            session=number,
            group=group,
            sort_key=sort_key(at, 0),
            priority=0,
            reason="opened",
            first_enqueued_at=at,
        ),
    ]


def _group_of(site: Site, account: AccountId) -> GroupId:
    known = site.accounts.get(account)
    return known.default_group if known else NO_GROUP


def _resume(floor: Floor, session: Session, at: Millis, cause: str) -> list[ev.Event]:
    """The customer writes during wrap-up: the same segment goes on, or the line when its seat has no room left."""
    assert session.seat is not None, f"{session.id} wraps up at no seat"
    seat = floor.seats[session.seat]
    if session.holds_slot or not seat.is_full:
        return [ev.SessionResumed(at=at, cause=cause, session=session.id, seat=seat.id)]
    return [
        ev.SegmentEnded(
            at=at,
            cause=cause,
            session=session.id,
            seat=seat.id,
            segment=session.segment,
            reason="hung_up",
            duration_ms=at - session.segment_began_at,
        ),
        ev.SessionQueued(
            at=at,
            cause=cause,
            session=session.id,
            group=group_now(floor.site, session),
            sort_key=sort_key(session.first_enqueued_at, session.priority),
            priority=session.priority,
            reason="woken",
            first_enqueued_at=session.first_enqueued_at,
            from_seat=seat.id,
        ),
    ]


def _next_number(floor: Floor, at: Millis) -> SessionId:
    local_s = at // 1000 + floor.site.rules.utc_offset_min * 60
    today = datetime.fromtimestamp(local_s, tz=UTC).strftime("%Y%m%d")
    day = max(today, floor.facts.day)  # a site that moves west must not count the same day twice
    count = floor.facts.day_count + 1 if floor.facts.day == day else 1
    return SessionId(f"{day}-{count:04d}")
