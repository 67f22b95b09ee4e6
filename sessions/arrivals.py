"""A customer's first words: they continue a case, follow a click, talk to self-service, or ask for a seat."""

from datetime import UTC, datetime

from routing.selfservice import Route
from sessions import bot
from sessions import commands as cmd
from sessions import events as ev
from sessions.describing import is_unknown
from sessions.facts import Conversation, Intent
from sessions.floor import Floor
from sessions.ids import CustomerId, GroupId, MessageId, Millis, SessionId, account_of
from sessions.queueing import Asking, group_of
from sessions.saying import granted_by_message


def open_session(
    floor: Floor, command: cmd.ReceiveMessage, conversation: Conversation | None, at: Millis, cause: str
) -> list[ev.Event]:
    """The first message opens a session, and what it asks for follows."""
    account = account_of(command.customer)
    intent = intent_of(floor, conversation, at)
    continues = conversation is not None and intent is None and _goes_on(conversation, at)
    group = intent.group if intent else group_of(floor.site, account)
    if continues and conversation and conversation.previous_group in floor.site.groups:
        group = conversation.previous_group
    number = next_number(floor, at)
    asking = Asking(
        customer=command.customer,
        account=account,
        session=number,
        group=group,
        said=1,
        points=intent.priority if intent else 0,
        known_seat=conversation.last_seat if continues and conversation else None,
    )
    heard = None if continues or intent else bot.hear(floor, asking, 0, command.content, at, cause)
    heard = heard or bot.to_a_seat(floor, asking, at, cause)
    waits = any(isinstance(each, ev.SessionQueued) for each in heard.events)
    opened = ev.SessionOpened(
        at=at,
        cause=cause,
        session=number,
        customer=command.customer,
        account=account,
        group=group,
        case=conversation.case if continues and conversation and conversation.case else number,
        previous=conversation.previous if conversation else None,
        unknown=is_unknown(conversation),
        led_by=intent.rule if intent else "",
    )
    rules = floor.site.rules
    received = ev.MessageReceived(
        at=at,
        cause=cause,
        session=number,
        customer=command.customer,
        message=MessageId(f"{number}.1"),
        content=command.content,
        key=command.key,
        sent_at=command.sent_at,
        turn_began=waits,
        allowance=granted_by_message(floor, command.customer, at),
        idle_at=Millis(0) if heard.asks_for_seat else Millis(at + rules.bot_idle_s * 1000),
    )
    return [opened, *cancelled_callback(conversation, at, cause), received, *heard.events]


def open_by_click(
    floor: Floor, customer: CustomerId, action: Route, rule: str, at: Millis, cause: str
) -> list[ev.Event]:
    """A click or a scan asks for a seat: a session opens without a word."""
    account, conversation = account_of(customer), floor.conversations.get(customer)
    number = next_number(floor, at)
    group = GroupId(action.group) if action.group in floor.site.groups else group_of(floor.site, account)
    asking = Asking(customer=customer, account=account, session=number, group=group, said=0)
    opened = ev.SessionOpened(
        at=at,
        cause=cause,
        session=number,
        customer=customer,
        account=account,
        group=group,
        case=number,
        previous=conversation.previous if conversation else None,
        unknown=is_unknown(conversation),
        led_by=rule,
    )
    routed = bot.act(floor, asking, action, rule, at, cause)
    return [opened, *cancelled_callback(conversation, at, cause), *routed.events]


def intent_of(floor: Floor, conversation: Conversation | None, at: Millis) -> Intent | None:
    """Where a click or a scan said that the next message belongs, while that still holds."""
    intent = conversation.intent if conversation else None
    return intent if intent and at < intent.until and intent.group in floor.site.groups else None


def cancelled_callback(conversation: Conversation | None, at: Millis, cause: str) -> list[ev.Event]:
    """The customer is here by themselves: nobody needs to come back to them.

    Said only once their session is open: who is in no session and to be called back no more may be forgotten.
    """
    if conversation is None or conversation.callback is None:
        return []
    return [ev.CallbackCancelled(at=at, cause=cause, customer=conversation.customer)]


def _goes_on(conversation: Conversation, at: Millis) -> bool:
    """Whether words now continue the case that has ended softly; who opened a menu since has another matter."""
    return at < conversation.merge_until and not conversation.menu


def next_number(floor: Floor, at: Millis) -> SessionId:
    """The number of a session that opens now; one commit opens one session at most."""
    local = datetime.fromtimestamp(at // 1000 + floor.site.rules.utc_offset_min * 60, tz=UTC)
    today = f"{local.year}{local.month:02}{local.day:02}"  # strftime takes four times as long
    day = max(today, floor.facts.day)  # a site that moves west must not count the same day twice
    count = floor.facts.day_count + 1 if floor.facts.day == day else 1
    return SessionId(f"{day}-{count:04d}")
