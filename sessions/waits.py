"""What is said about a wait: who is ahead, how long it will be, and why nobody has come yet."""

from routing.capacity import new_offer_cap
from routing.explain import why_waiting
from routing.hours import is_open
from routing.wait import Estimate, estimate
from sessions import events as ev
from sessions.facts import Session
from sessions.floor import Floor
from sessions.ids import GroupId, Millis, SeatId
from sessions.leaving import callback_due, spoken
from sessions.saying import addressee, may_spend, notice

HANDLE_TIME_S = 480
"""A session's usual time with a seat; only a floor under the measured pace, where little has been seen."""


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
    reserve_percent = floor.site.rules.wake_reserve_percent
    free = sum(max(0, new_offer_cap(seat, known.soft_cap, reserve_percent) - seat.load) for seat in staffed)
    return estimate(floor.group_facts_or_new(group).pace, ahead, free, slots / HANDLE_TIME_S * 0.5, at)


def tell_wait(floor: Floor, session: Session, at: Millis) -> list[ev.Event]:
    """Time to look at this wait: kept in the ledger with its reasons, and told to the customer where sends are left."""
    queue, manners = session.queue, floor.group(session.group).manners
    assert queue is not None, f"{session.id} does not queue"
    again = queue.told + 1 < manners.tell_max
    cause = (
        f"manners.tell_after={manners.tell_after_s}" if not queue.told else f"manners.tell_every={manners.tell_every_s}"
    )
    ahead, expected = _outlook(floor, session, at)
    overnight = _is_for_the_morning(floor, session, at)
    words: list[ev.Event] = []
    if may_spend(floor, session.customer, at) and not queue.asked:  # who was asked to leave a message knows
        words = _words(floor, session, ahead, expected, at, cause, overnight=overnight)
    again = again and not overnight
    tell_at = Millis(at + manners.tell_every_s * 1000) if again and manners.tell_every_s else Millis(0)
    return [_estimated(floor, session, at, cause, told=bool(words), tell_at=tell_at), *words]


def waits_on(floor: Floor, session: Session, until: Millis, at: Millis) -> ev.Event:
    """The wait was to end now, and goes on until then: the hours or the limits have changed."""
    queue = session.queue
    assert queue is not None, f"{session.id} does not queue"
    cause = f"config={floor.site.version}"
    return _estimated(floor, session, at, cause, tell_at=queue.tell_at, wait_until=until)


def _outlook(floor: Floor, session: Session, at: Millis) -> tuple[int, Estimate | None]:
    """Who is ahead, and how long it will be."""
    ahead = floor.lines[session.group].ahead_of(session.id)
    return ahead, estimate_for(floor, session.group, ahead, at)


def _is_for_the_morning(floor: Floor, session: Session, at: Millis) -> bool:
    """Whether it waits for a closed group to open."""
    calendar = floor.site.calendars.get(floor.group(session.group).calendar)
    has_end = session.queue is not None and session.queue.wait_until > 0
    return not has_end and not is_open(calendar, at, floor.site.rules.utc_offset_min)


def _estimated(
    floor: Floor,
    session: Session,
    at: Millis,
    cause: str,
    *,
    tell_at: Millis,
    told: bool = False,
    wait_until: Millis | None = None,
) -> ev.Event:
    ahead, expected = _outlook(floor, session, at)
    waiting = floor.lines[session.group][session.id]
    passed_over, filtered = why_waiting(floor.roster, session.group, waiting, at)
    return ev.WaitEstimated(
        at=at,
        cause=cause,
        session=session.id,
        group=session.group,
        ahead=ahead,
        low_s=expected.low_s if expected else 0,
        high_s=expected.high_s if expected else 0,
        passed_over=dict(passed_over),
        filtered={rule: [SeatId(seat) for seat in seats] for rule, seats in filtered.items()},
        told=told,
        tell_at=tell_at,
        wait_until=wait_until,
    )


def _words(
    floor: Floor, session: Session, ahead: int, expected: Estimate | None, at: Millis, cause: str, *, overnight: bool
) -> list[ev.Event]:
    """What is true for this customer; only who has had no seat yet is told how to leave the line."""
    to = addressee(session.customer, session)
    if overnight:
        when = spoken(floor.site, callback_due(floor, session.group, at))
        return notice(floor, to, 1, "after_hours", at, cause, time=when)
    if session.segment:
        return notice(floor, to, 1, "queue_again", at, cause)
    if ahead == 0:
        return notice(floor, to, 1, "queue_next", at, cause)
    if expected is None:
        return notice(floor, to, 1, "queue_position", at, cause, ahead=ahead)
    low, high = max(1, expected.low_s // 60), max(1, -(-expected.high_s // 60))
    return notice(floor, to, 1, "queue_wait", at, cause, ahead=ahead, low=low, high=high)
