"""Talks without a seat that come to an end, and coming back to the messages that were left."""

from sessions import events as ev
from sessions.arrivals import next_number
from sessions.describing import is_unknown
from sessions.facts import Conversation, Session
from sessions.floor import Floor
from sessions.ids import GroupId, Millis, account_of
from sessions.leaving import callback_due, spoken
from sessions.queueing import Asking, enqueue_callback, group_of, is_too_long
from sessions.saying import addressee, may_spend, notice
from sessions.segments import close


def talk_is_over(floor: Floor, session: Session, at: Millis) -> list[ev.Event]:
    """Nobody has said more for a while: self-service has done its job, or the message is complete."""
    talk = session.bot
    assert talk is not None, f"{session.id} is no talk without a seat"
    rules = floor.site.rules
    if not talk.leaving:
        return close(session, at, f"bot_idle_s={rules.bot_idle_s}", reason="self_service")
    cause = f"leave_message_idle_s={rules.leave_message_idle_s}"
    due_at = callback_due(floor, session.group, at)
    scheduled = ev.CallbackScheduled(
        at=at, cause=cause, session=session.id, customer=session.customer, group=session.group, due_at=due_at
    )
    to = addressee(session.customer, session)
    told = may_spend(floor, session.customer, at)
    words = notice(floor, to, 1, "message_left", at, cause, time=spoken(floor.site, due_at)) if told else []
    return [*words, scheduled, *close(session, at, cause, reason="leave_message")]


def call_back(floor: Floor, conversation: Conversation, at: Millis) -> list[ev.Event]:
    """It is time to come back to the message: a session opens and queues. One who is being served needs none.

    Nobody is waiting: while the group is closed after all, or its line is too long, we come back later.
    """
    callback = conversation.callback
    assert callback is not None, f"{conversation.customer} left no message"
    if conversation.session is not None:
        cause = f"session={conversation.session}"
        return [ev.CallbackCancelled(at=at, cause=cause, customer=conversation.customer)]
    cause = f"callback_of={callback.session}"
    number, account = next_number(floor, at), account_of(conversation.customer)
    group = callback.group if callback.group in floor.site.groups else group_of(floor.site, account)
    due_at = _not_before(floor, group, at)
    if due_at > at:
        return [
            ev.CallbackScheduled(
                at=at,
                cause=cause,
                session=callback.session,
                customer=conversation.customer,
                group=group,
                due_at=due_at,
            )
        ]
    asking = Asking(customer=conversation.customer, account=account, session=number, group=group, said=0)
    return [
        ev.SessionOpened(
            at=at,
            cause=cause,
            session=number,
            customer=conversation.customer,
            account=account,
            group=group,
            case=conversation.case or number,
            previous=conversation.previous,
            origin="callback",
            unknown=is_unknown(conversation),
        ),
        enqueue_callback(floor, asking, at, cause),
    ]


def _not_before(floor: Floor, group: GroupId, at: Millis) -> Millis:
    """Now, or when the group is open and its line takes somebody in. One that never opens has its callbacks in line."""
    if is_too_long(floor, group, at):
        return callback_due(floor, group, at)
    return callback_due(floor, group, Millis(at - floor.site.rules.callback_after_s * 1000))
