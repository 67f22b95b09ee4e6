"""What happens when a customer writes, or does something else that the channel tells us.

The customer never sees a session: the first message opens one, a burst goes into the same, a repeated delivery
changes nothing. Polite words that ask nothing neither wake a parked session nor start a response clock.
"""

from msgspec.structs import replace

from routing.selfservice import Route
from sessions import bot
from sessions import commands as cmd
from sessions import events as ev
from sessions.arrivals import intent_of, open_by_click, open_session
from sessions.content import Content, Text
from sessions.facts import Conversation, Session
from sessions.floor import Floor
from sessions.ids import GroupId, Millis, account_of
from sessions.in_line import words_in_line
from sessions.parking import wake_by_customer
from sessions.queueing import Asking, front_of_line, group_now
from sessions.repeats import is_repeat
from sessions.satisfaction import rated_in_words, rating_in
from sessions.saying import (
    Addressee,
    addressee,
    granted_by_event,
    granted_by_message,
    loose_message_id,
    message_id,
    notice,
    shown_at,
)
from sessions.segments import end_segment
from sessions.silence import hard_end_moved


def receive_message(floor: Floor, command: cmd.ReceiveMessage, at: Millis, cause: str) -> list[ev.Event]:
    """The customer's message joins their live session, or opens one; repeats and oversized ones open nothing."""
    conversation = floor.conversations.get(command.customer)
    if conversation and is_repeat(conversation, command.key, command.sent_at):
        return []
    session = floor.live_session_of(command.customer)
    if rating := rating_in(floor, conversation, command.content, at):
        if rating == "late" or conversation is None:
            return _refuse(floor, command, None, "satisfaction_over", 0, at, cause)
        return rated_in_words(floor, conversation, command, rating, at, cause)
    limit = floor.site.rules.text_length_max
    if isinstance(command.content, Text) and len(command.content.text) > limit:
        return _refuse(floor, command, session, "text_too_long", limit, at, cause)
    if session is None:
        if conversation and _is_farewell(floor, conversation, command.content, at):
            return [_said_after_the_end(floor, conversation, command, at, cause)]
        return open_session(floor, command, conversation, at, cause)
    if session.state == "bot":
        return _said_to_nobody(floor, session, command, at, cause)
    closing = session.turn != "seat" and _is_closing(floor, command.content)
    before = [] if closing else _roused(floor, session, at, cause)
    seat = None if any(isinstance(each, ev.SessionQueued) for each in before) else shown_at(session)
    allowance = granted_by_message(floor, command.customer, at)
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
        turn_began=session.turn != "seat" and not closing,
        closing=closing,
        allowance=allowance,
        silence=hard_end_moved(floor, session, allowance) if closing else None,
    )
    return [*before, message, *words_in_line(floor, session, command.content, at, cause)]


def record_customer_event(floor: Floor, command: cmd.RecordCustomerEvent, at: Millis, cause: str) -> list[ev.Event]:
    """What the customer did stands in the timeline; self-service may have an answer to it, and a seat if it says so."""
    conversation = floor.conversations.get(command.customer)
    if conversation and is_repeat(conversation, command.key, command.sent_at):
        return []
    session = floor.live_session_of(command.customer)
    recorded = ev.CustomerEventRecorded(
        at=at,
        cause=cause,
        customer=command.customer,
        event=command.event,
        key=command.key,
        sent_at=command.sent_at,
        session=session.id if session else None,
        seat=shown_at(session),
        allowance=granted_by_event(floor, command.customer, command.event, at),
    )
    if session is not None and (session.state != "bot" or (session.bot and session.bot.leaving)):
        return [recorded]
    reaction = bot.react(floor, account_of(command.customer), command.event)
    action, rule = reaction.action, reaction.rule
    if action is None:
        return [recorded]
    if session is not None:
        return [recorded, *bot.act(floor, _asking(floor, session, 0), action, rule, at, cause).events]
    if isinstance(action, Route) and action.at_once:
        return [recorded, *open_by_click(floor, command.customer, action, rule, at, cause)]
    return [recorded, *bot.act_without_session(floor, Addressee(command.customer), action, rule, at, cause)]


def _roused(floor: Floor, session: Session, at: Millis, cause: str) -> list[ev.Event]:
    """What the message does to a session that was not in service."""
    match session.state:
        case "parked":
            return wake_by_customer(floor, session, at, cause)
        case "wrap_up":
            return _resume(floor, session, at, cause)
        case _:
            return []


def _said_to_nobody(
    floor: Floor, session: Session, command: cmd.ReceiveMessage, at: Millis, cause: str
) -> list[ev.Event]:
    """Words in a talk without a seat: to self-service, or a message that is being left."""
    talk, rules = session.bot, floor.site.rules
    leaving = talk is not None and talk.leaving
    closing = not leaving and _is_closing(floor, command.content)
    heard = None if leaving else _heard(floor, session, command.content, at, cause, closing=closing)
    idle_s = rules.leave_message_idle_s if leaving else rules.bot_idle_s
    stays = heard is None or not heard.asks_for_seat
    received = ev.MessageReceived(
        at=at,
        cause=cause,
        session=session.id,
        customer=command.customer,
        message=message_id(session, 1),
        content=command.content,
        key=command.key,
        sent_at=command.sent_at,
        turn_began=heard is not None and any(isinstance(each, ev.SessionQueued) for each in heard.events),
        closing=closing and heard is bot.NOTHING_TO_SAY,
        allowance=granted_by_message(floor, command.customer, at),
        idle_at=Millis(at + idle_s * 1000) if stays else Millis(0),
    )
    return [received, *(heard.events if heard else [])]


def _heard(floor: Floor, session: Session, content: Content, at: Millis, cause: str, *, closing: bool) -> bot.Heard:
    """What comes of words in a talk with self-service: an answer, or a seat."""
    intent = intent_of(floor, floor.conversations.get(session.customer), at)
    asking = _asking(floor, session, 1)
    if intent:
        if closing:
            return bot.NOTHING_TO_SAY
        return bot.to_a_seat(floor, replace(asking, group=intent.group, points=intent.priority), at, cause)
    unmatched = session.bot.unmatched if session.bot else 0
    answered = bot.hear(floor, asking, unmatched, content, at, cause, closing=closing)
    return answered or bot.to_a_seat(floor, asking, at, cause)


def _asking(floor: Floor, session: Session, heard: int) -> Asking:
    """The customer of a talk with self-service, should they ask for a seat; `heard` messages are only just coming."""
    return Asking(
        customer=session.customer,
        account=session.account,
        session=session.id,
        group=group_now(floor.site, session),
        said=session.messages + heard,
    )


def _is_closing(floor: Floor, content: Content) -> bool:
    return isinstance(content, Text) and floor.closing_words.is_closing(content.text)


def _is_farewell(floor: Floor, conversation: Conversation, content: Content, at: Millis) -> bool:
    """Polite words soon after the end of a session, where we spoke last: they ask for nobody."""
    if conversation.previous is None or conversation.menu or conversation.intent:
        return False
    group = floor.group(conversation.previous_group or GroupId(""))
    recent = at - conversation.previous_ended_at <= group.merge_window_s * 1000
    return recent and _is_closing(floor, content)


def _said_after_the_end(
    floor: Floor, conversation: Conversation, command: cmd.ReceiveMessage, at: Millis, cause: str
) -> ev.Event:
    assert conversation.previous is not None, f"{command.customer} had no session"
    return ev.MessageReceived(
        at=at,
        cause=cause,
        session=conversation.previous,
        customer=command.customer,
        message=loose_message_id(floor, addressee(command.customer, None), 1),
        content=command.content,
        key=command.key,
        sent_at=command.sent_at,
        closing=True,
        allowance=granted_by_message(floor, command.customer, at),
    )


def _refuse(
    floor: Floor,
    command: cmd.ReceiveMessage,
    session: Session | None,
    code: str,
    limit: int,
    at: Millis,
    cause: str,
) -> list[ev.Event]:
    to = addressee(command.customer, session)
    refused = ev.MessageRefused(
        at=at,
        cause=cause,
        customer=command.customer,
        message=loose_message_id(floor, to, 1),
        content=command.content,
        key=command.key,
        sent_at=command.sent_at,
        code=code,
        limit=limit,
        session=to.session,
        seat=to.seat,
        allowance=granted_by_message(floor, command.customer, at),
    )
    return [refused, *notice(floor, to, 2, code, at, cause, limit=limit)]


def _resume(floor: Floor, session: Session, at: Millis, cause: str) -> list[ev.Event]:
    """The customer writes during wrap-up: the same segment goes on, or the line when its seat has no room left.

    With only the form left to do a seat may have gone on its break: it is not called back.
    """
    assert session.seat is not None, f"{session.id} wraps up at no seat"
    seat = floor.seats[session.seat]
    if session.holds_slot or (not seat.is_full and seat.presence in {"available", "busy"}):
        return [ev.SessionResumed(at=at, cause=cause, session=session.id, seat=seat.id)]
    return [
        *end_segment(session, "woken_elsewhere", at, cause),
        front_of_line(floor, session, seat, at, cause, told=True),
    ]
