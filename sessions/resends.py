"""Saying once more what did not get through.

A resend is a new message that names the failed one, so that nobody sends it a second time from another page, and a
reader of the ledger sees that the two are one. Unlike other words it is refused where the channel would surely not
take it: that is why the first one failed, often.
"""

from sessions.facts import Session
from sessions.floor import Floor
from sessions.ids import MessageId, Millis
from sessions.refusal import Refused
from sessions.saying import sends_left


def check_resend(floor: Floor, session: Session, message: MessageId, at: Millis) -> None:
    """Refuses where the message has not failed, was sent again, or could not get through now."""
    if not any(each.message == message and each.fate == "failed" for each in session.sent):
        raise Refused("resend_unneeded", field="resends", detail=message)
    conversation = floor.conversations.get(session.customer)
    if conversation is None or sends_left(conversation, at) != 0:
        return
    windows = (conversation.allowance, conversation.brief)
    is_open = any(each is not None and each.until > at for each in windows)
    raise Refused("quota_spent" if is_open else "window_shut")
