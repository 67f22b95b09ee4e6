"""What is said about a wait: who is ahead, how long it will be, and why nobody has come yet."""

from routing.explain import why_waiting
from routing.wait import Estimate, estimate
from sessions import events as ev
from sessions.facts import Session
from sessions.floor import Floor
from sessions.ids import GroupId, Millis, SeatId
from sessions.saying import addressee, may_spend, notice

HANDLE_TIME_S = 480
"""A session's usual time with a seat; only a floor under the measured pace, where little has been seen."""
TOLD_AGAIN: frozenset[str] = frozenset({"seat_lost", "shift_end"})


def line_length(floor: Floor, group: GroupId) -> int:
    """How many wait in the group."""
    line = floor.lines.get(group)
    return len(line) if line else 0


def estimate_for(floor: Floor, group: GroupId, ahead: int, at: Millis) -> Estimate | None:
    """How long one with so many ahead waits in this group; None where nobody can tell, or nobody is at work."""
    known = floor.group(group)
    members = floor.roster.members(group)
    staffed = [seat for seat in members if seat.available]
    if not staffed:
        return None
    slots = sum(min(seat.soft_cap, known.soft_cap) for seat in staffed)
    free = sum(max(0, min(seat.soft_cap, known.soft_cap) - seat.load) for seat in staffed)
    return estimate(floor.group_facts_or_new(group).pace, ahead, free, slots / HANDLE_TIME_S * 0.5, at)


def tell_wait(floor: Floor, session: Session, at: Millis) -> list[ev.Event]:
    """Time to look at this wait: kept in the ledger with its reasons, and told to the customer where sends are left."""
    queue, group = session.queue, floor.group(session.group)
    assert queue is not None, f"{session.id} does not queue"
    manners = group.manners
    line = floor.lines[session.group]
    ahead = line.ahead_of(session.id)
    expected = estimate_for(floor, session.group, ahead, at)
    passed_over, filtered = why_waiting(floor.roster, session.group, line[session.id], at)
    again = queue.told + 1 < manners.tell_max
    cause = (
        f"manners.tell_after={manners.tell_after_s}" if not queue.told else f"manners.tell_every={manners.tell_every_s}"
    )
    words = _words(floor, session, ahead, expected, at, cause) if may_spend(floor, session.customer, at) else []
    estimated = ev.WaitEstimated(
        at=at,
        cause=cause,
        session=session.id,
        group=session.group,
        ahead=ahead,
        low_s=expected.low_s if expected else 0,
        high_s=expected.high_s if expected else 0,
        passed_over=dict(passed_over),
        filtered={rule: [SeatId(seat) for seat in seats] for rule, seats in filtered.items()},
        told=bool(words),
        tell_at=Millis(at + manners.tell_every_s * 1000) if again and manners.tell_every_s else Millis(0),
    )
    return [estimated, *words]


def _words(
    floor: Floor, session: Session, ahead: int, expected: Estimate | None, at: Millis, cause: str
) -> list[ev.Event]:
    to = addressee(session.customer, session)
    if session.segment and session.queue and not session.queue.told:
        return notice(floor, to, 1, "queue_again", at, cause)
    if expected is None:
        return notice(floor, to, 1, "queue_position", at, cause, ahead=ahead)
    low, high = max(1, expected.low_s // 60), max(1, -(-expected.high_s // 60))
    return notice(floor, to, 1, "queue_wait", at, cause, ahead=ahead, low=low, high=high)
