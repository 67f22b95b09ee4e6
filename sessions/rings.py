"""How the circle widens with the wait: a level less is enough, then other groups, then the customer is asked.

Rings are counted from when the session entered this line. The last one asks the customer whether to leave a message,
and only who waits for a first seat: a talk that has begun is not put off.
"""

from sessions import events as ev
from sessions.facts import Session
from sessions.ids import Millis
from sessions.settings import Group

LEVEL_DOWN_RING, OVERFLOW_RING, LEAVE_MESSAGE_RING = 1, 2, 3


def may_be_asked(session: Session) -> bool:
    """Whether the customer may be asked to leave a message: they wrote, and have had no seat yet."""
    return not session.segment and session.origin == "customer"


def ring_reached(group: Group, since: Millis, at: Millis) -> int:
    """How wide the circle of seats is after that long."""
    reached = (ring for ring, after_s in _rings(group, asks=False) if at - since >= after_s * 1000)
    return max(reached, default=0)


def widening_of(group: Group, ring: int, since: Millis, at: Millis, *, asks: bool) -> ev.Widening | None:
    """The ring after this one, and when; None where it is the widest. `asks`: the last ring is for this session."""
    following = [each for each in _rings(group, asks=asks) if each[0] > ring]
    if not following:
        return None
    next_ring, after_s = min(following)
    return ev.Widening(ring=next_ring, at=max(Millis(at + 1), Millis(since + after_s * 1000)))


def _rings(group: Group, *, asks: bool) -> list[tuple[int, int]]:
    rings = group.rings
    found: list[tuple[int, int]] = []
    if rings.level_down_s is not None and group.required_level > 1:
        found.append((LEVEL_DOWN_RING, rings.level_down_s))
    if rings.overflow_s is not None and rings.overflow_groups:
        found.append((OVERFLOW_RING, rings.overflow_s))
    if rings.leave_message_s is not None and asks:
        found.append((LEAVE_MESSAGE_RING, rings.leave_message_s))
    return found
