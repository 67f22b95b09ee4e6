"""Taking back what was said.

Only who carries a message knows whether the channel has it: WeChat takes nothing back. So the seat asks, and the
courier answers, before it begins to send or not at all; what it has begun, is too late. A channel of our own takes a
message off the customer's page for a while after it arrived; there the core decides by itself.
"""

from sessions import commands as cmd
from sessions import events as ev
from sessions.facts import Sent, Session
from sessions.floor import Floor
from sessions.ids import CustomerId, MessageId, Millis, SessionId, account_of
from sessions.refusal import Refused
from sessions.saying import shown_at
from sessions.service import held_session, own_seat

RECALL_WITHIN_S = 120
"""Of a channel of our own, counted from when the message was sent."""
OWN_CHANNELS = frozenset({"webchat"})


def recall(floor: Floor, command: cmd.Recall, at: Millis, cause: str) -> list[ev.Event]:
    """The seat wants its words back."""
    seat = own_seat(floor, command.actor)
    session = held_session(floor, command.session, seat)
    sent = sent_message(session, command.message)
    if sent is None or sent.fate == "failed":
        raise Refused("recall_too_late", field="message", detail=command.message)
    if _is_ours(floor, session.customer):
        if at - sent.at > RECALL_WITHIN_S * 1000:
            raise Refused("recall_too_late", field="message", detail=command.message)
        return [_recalled(session, sent, at, cause)]
    if sent.recall_asked:
        return []
    asked = ev.RecallAsked(
        at=at,
        cause=cause,
        session=session.id,
        customer=session.customer,
        message=sent.message,
        seat=seat.id,
        user=command.actor.user,
    )
    return [asked]


def report_recalled(floor: Floor, command: cmd.ReportRecalled, at: Millis, cause: str) -> list[ev.Event]:
    """The courier had not begun to send it. What the customer waits for, they wait for again."""
    if command.session is None:
        return []
    session = floor.sessions.get(command.session)
    if session is None:  # it ended meanwhile
        recalled = ev.MessageRecalled(
            at=at, cause=cause, session=command.session, customer=command.customer, message=command.message
        )
        return [recalled]
    sent = sent_message(session, command.message)
    return [] if sent is None else [_recalled(session, sent, at, cause)]


def stays_recallable(floor: Floor, session_id: SessionId | None) -> bool:
    """Whether a message that the channel has just taken can be taken back yet."""
    session = floor.sessions.get(session_id) if session_id else None
    return session is not None and _is_ours(floor, session.customer)


def sent_message(session: Session, message: MessageId) -> Sent | None:
    """What is remembered of this message of the seat's."""
    return next((each for each in session.sent if each.message == message), None)


def _recalled(session: Session, sent: Sent, at: Millis, cause: str) -> ev.Event:
    """The wait that these words ended goes on, unless other words or another turn came since."""
    is_newest = session.sent[-1] is sent and session.turn_since == sent.at
    waits_again = is_newest and session.state == "active" and session.turn == "customer" and sent.waited_since > 0
    return ev.MessageRecalled(
        at=at,
        cause=cause,
        session=session.id,
        customer=session.customer,
        message=sent.message,
        seat=shown_at(session),
        seen=sent.fate == "delivered",
        turn_began=waits_again,
        since=sent.waited_since if waits_again else Millis(0),
        last_at=sent.waited_last_at if waits_again else Millis(0),
    )


def _is_ours(floor: Floor, customer: CustomerId) -> bool:
    account = floor.site.accounts.get(account_of(customer))
    return account is not None and account.channel in OWN_CHANNELS
