"""Channels deliver at least once: whether something of a customer's has been heard before."""

from sessions.facts import Conversation
from sessions.floor import KEYS_KEPT
from sessions.ids import Millis


def is_repeat(conversation: Conversation, key: str, sent_at: Millis) -> bool:
    """Heard before; or older than everything remembered, so that nobody can tell: a replay."""
    keys = conversation.keys
    if key in keys:
        return True
    if len(keys) < KEYS_KEPT or sent_at >= next(iter(keys.values())):  # not older than the first: the usual way out
        return False
    return sent_at < min(keys.values())
