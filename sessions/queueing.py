"""Standing in line: where, how far forward, who is asked first, and what becomes of those for whom it is too long.

A session enters a line through one of three doors: `enqueue` for a customer who asks for a seat, with every check
before; `requeue` for one who has been in line already and keeps the place; `front_of_line` for one that woke.
"""

from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from routing.hours import closing_at, is_open, next_opening
from routing.line import POINTS_MAX, sort_key
from routing.terms import obstacle
from sessions import events as ev
from sessions.facts import Conversation, Seat, Session
from sessions.floor import Floor
from sessions.ids import AccountId, CustomerId, GroupId, Millis, SeatId, SessionId
from sessions.saying import Addressee, notice
from sessions.settings import Group, Site
from sessions.waits import estimate_for, line_length

NO_GROUP = GroupId("unassigned")
"""Where sessions wait whose account names no group; seen by supervisors."""
WOKEN_AHEAD_MS = 24 * 3_600_000
"""A woken session stands before everybody who came within a day of it: at the front, and woken ones in their order."""
LEAVE_MESSAGE_RING = 3


class Asking(Struct, frozen=True, kw_only=True):
    """A customer who asks for a seat, in a session that may be only just opened.

    `said` messages of the session have ids by now; `first_enqueued_at` is 0 for one who was in no line yet.
    """

    customer: CustomerId
    account: AccountId
    session: SessionId
    group: GroupId
    said: int
    points: int = 0
    first_enqueued_at: Millis = Millis(0)
    known_seat: SeatId | None = None
    """The seat that has the case already, whatever the sticky window says."""


def enqueue(
    floor: Floor, asking: Asking, at: Millis, cause: str, *, reason: ev.QueueReason = "opened"
) -> list[ev.Event]:
    """Into the line, or what the group's manners say where the line is too long, or nobody works."""
    group = floor.group(asking.group)
    to = Addressee(asking.customer, asking.session, asking.said)
    if sum(map(len, floor.lines.values())) >= floor.site.rules.queued_max:
        return turn_away(floor, asking, "system_busy", at, f"queued_max={floor.site.rules.queued_max}")
    if not is_open(floor.site.calendars.get(group.calendar), at, floor.site.rules.utc_offset_min):
        return begin_leaving_message(floor, to, asking.group, "after_hours", at, f"calendar={group.calendar}")
    full = _why_full(floor, group, at)
    if full:
        return _when_full(floor, asking, group, at, full)
    conversation = floor.conversations.get(asking.customer)
    points = min(asking.points + _customers_points(floor.site, conversation, at), POINTS_MAX)
    exclusive = _sticky_seat(floor, asking, group, conversation, at)
    first = asking.first_enqueued_at or at
    return [
        ev.SessionQueued(
            at=at,
            cause=cause,
            session=asking.session,
            group=asking.group,
            sort_key=sort_key(first, points),
            priority=points,
            reason=reason,
            first_enqueued_at=first,
            exclusive=exclusive,
            exclusive_why="sticky" if exclusive else "",
            exclusive_until=Millis(at + group.sticky_wait_s * 1000) if exclusive else Millis(0),
            widening=widening_of(group, 0, at, at),
            tell_at=_tell_at(group, at),
            wait_until=_wait_until(floor, group, at),
        )
    ]


def requeue(
    floor: Floor,
    session: Session,
    reason: ev.QueueReason,
    at: Millis,
    cause: str,
    *,
    site: Site | None = None,
    to_group: GroupId | None = None,
    excluded: SeatId | None = None,
    points: int = 0,
    note: str = "",
) -> ev.SessionQueued:
    """Back in line at the place it had; `points` move it forward. The circle is as wide as the wait is long."""
    site = site or floor.site
    marked = _customers_points(site, floor.conversations.get(session.customer), at)
    priority = min(max(session.priority, marked) + points, POINTS_MAX)
    name = to_group or group_now(site, session)
    group = site.groups.get(name) or floor.group(name)
    goes_on = reason in {"rejected", "offer_timeout", "rescinded"} and session.queue is not None
    since = session.enqueued_at if goes_on else at
    ring = ring_reached(group, since, at) if goes_on else 0
    return ev.SessionQueued(
        at=at,
        cause=cause,
        session=session.id,
        group=name,
        sort_key=sort_key(session.first_enqueued_at, priority),
        priority=priority,
        reason=reason,
        first_enqueued_at=session.first_enqueued_at,
        from_seat=session.seat,
        excluded=excluded,
        ring=ring,
        widening=widening_of(group, ring, since, at),
        tell_at=_not_before(session.queue.tell_at, at) if goes_on and session.queue else _tell_at(group, at),
        wait_until=_not_before(_wait_until(floor, group, since), at),
        note=note or (session.queue.note if goes_on and session.queue else ""),
    )


def front_of_line(
    floor: Floor, session: Session, owner: Seat, at: Millis, cause: str, *, told: bool
) -> ev.SessionQueued:
    """A woken session whose owner cannot take it now: first in line, the owner's alone where they may have room soon.

    An owner on a break, busy or gone has no say: anyone may take it at once. The customer is `told` of the wait
    where they wrote themselves.
    """
    group = floor.group(group_now(floor.site, session))
    may_come = owner.capacity.available or owner.presence == "reconnecting"
    return ev.SessionQueued(
        at=at,
        cause=cause,
        session=session.id,
        group=group_now(floor.site, session),
        sort_key=at - WOKEN_AHEAD_MS,
        priority=session.priority,
        reason="woken",
        first_enqueued_at=session.first_enqueued_at,
        from_seat=owner.id,
        exclusive=owner.id if may_come else None,
        exclusive_why="woken" if may_come else "",
        exclusive_until=Millis(at + group.wake_wait_s * 1000) if may_come else Millis(0),
        widening=widening_of(group, 0, at, at),
        tell_at=_tell_at(group, at) if told else Millis(0),
        wait_until=_wait_until(floor, group, at),
    )


def begin_leaving_message(
    floor: Floor, to: Addressee, group: GroupId, reason: ev.LeaveReason, at: Millis, cause: str
) -> list[ev.Event]:
    """From here on the customer's words are a message that we come back to."""
    assert to.session is not None, f"{to.customer} leaves a message in no session"
    kind = "after_hours" if reason in {"after_hours", "closing_time"} else "leave_message"
    when = spoken(floor.site, callback_due(floor, group, at))
    return [
        ev.LeaveMessageBegun(
            at=at,
            cause=cause,
            session=to.session,
            customer=to.customer,
            group=group,
            reason=reason,
            idle_at=Millis(at + floor.site.rules.leave_message_idle_s * 1000),
        ),
        *notice(floor, to, 1, kind, at, cause, time=when),
    ]


def turn_away(floor: Floor, asking: Asking, kind: str, at: Millis, cause: str) -> list[ev.Event]:
    """An honest no: said to the customer, and the session is over."""
    to = Addressee(asking.customer, asking.session, asking.said)
    closed = ev.SessionClosed(
        at=at, cause=cause, session=asking.session, customer=asking.customer, group=asking.group, reason="overflow"
    )
    return [*notice(floor, to, 1, kind, at, cause), closed]


def callback_due(floor: Floor, group: GroupId, at: Millis) -> Millis:
    """When we come back to a message that is left now: soon, or when the group opens again."""
    site = floor.site
    soon = Millis(at + site.rules.callback_after_s * 1000)
    calendar = site.calendars.get(floor.group(group).calendar)
    if is_open(calendar, soon, site.rules.utc_offset_min):
        return soon
    return Millis(next_opening(calendar, soon, site.rules.utc_offset_min) or soon)


def spoken(site: Site, at: Millis) -> str:
    """An instant as it is said to a customer, on the site's clock."""
    local = datetime.fromtimestamp(at // 1000 + site.rules.utc_offset_min * 60, tz=UTC)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def group_now(site: Site, session: Session) -> GroupId:
    """Where the session queues: in its group, or in its account's own where that one is set up no longer."""
    return session.group if session.group in site.groups else group_of(site, session.account)


def group_of(site: Site, account: AccountId) -> GroupId:
    """The group that the account's customers go to."""
    known = site.accounts.get(account)
    return known.default_group if known else NO_GROUP


def ring_reached(group: Group, since: Millis, at: Millis) -> int:
    """How wide the circle is after that long."""
    return max((ring for ring, after_s in _rings(group) if at - since >= after_s * 1000), default=0)


def widening_of(group: Group, ring: int, since: Millis, at: Millis) -> ev.Widening | None:
    """The ring after this one, and when; None where it is the widest."""
    following = [(ring_, after_s) for ring_, after_s in _rings(group) if ring_ > ring]
    if not following:
        return None
    next_ring, after_s = min(following)
    return ev.Widening(ring=next_ring, at=max(at, Millis(since + after_s * 1000)))


def _rings(group: Group) -> list[tuple[int, int]]:
    rings = group.rings
    found: list[tuple[int, int]] = []
    if rings.level_down_s is not None and group.required_level > 1:
        found.append((1, rings.level_down_s))
    if rings.overflow_s is not None and rings.overflow_groups:
        found.append((2, rings.overflow_s))
    if rings.leave_message_s is not None:
        found.append((LEAVE_MESSAGE_RING, rings.leave_message_s))
    return found


def _why_full(floor: Floor, group: Group, at: Millis) -> str:
    manners = group.manners
    if manners.length_max and line_length(floor, group.id) >= manners.length_max:
        return f"length_max={manners.length_max}"
    expected = estimate_for(floor, group.id, line_length(floor, group.id), at) if manners.wait_max_s else None
    if expected and expected.low_s > manners.wait_max_s:
        return f"wait_max_s={manners.wait_max_s}"
    return ""


def _when_full(floor: Floor, asking: Asking, group: Group, at: Millis, cause: str) -> list[ev.Event]:
    match group.manners.when_full:
        case "overflow":
            for other in group.rings.overflow_groups:
                known = floor.group(other)
                calendar = floor.site.calendars.get(known.calendar)
                if not _why_full(floor, known, at) and is_open(calendar, at, floor.site.rules.utc_offset_min):
                    return enqueue(floor, replace(asking, group=other), at, cause, reason="overflow")
            return turn_away(floor, asking, "system_busy", at, cause)
        case "leave_message":
            to = Addressee(asking.customer, asking.session, asking.said)
            return begin_leaving_message(floor, to, asking.group, "queue_full", at, cause)
        case "busy":
            return turn_away(floor, asking, "system_busy", at, cause)


def _customers_points(site: Site, conversation: Conversation | None, at: Millis) -> int:
    if conversation is None:
        return 0
    rules = site.rules
    points = rules.vip_points * ("vip" in conversation.marks) + rules.complaint_points * (
        "complaint" in conversation.marks
    )
    ended_at = conversation.previous_ended_at
    returning = ended_at and at - ended_at <= rules.returning_window_s * 1000
    return points + (rules.returning_points if returning else 0)


def _sticky_seat(
    floor: Floor, asking: Asking, group: Group, conversation: Conversation | None, at: Millis
) -> SeatId | None:
    """The seat that the customer knows, where it has room now; else nobody is waited for."""
    name = asking.known_seat
    if name is None and conversation and conversation.last_seat:
        known_ms = at - conversation.last_seat_at
        name = conversation.last_seat if known_ms <= group.sticky_window_s * 1000 else None
    seat = floor.seats.get(name) if name else None
    if seat is None or not group.sticky_wait_s:
        return None
    hindered = obstacle(seat.capacity, floor.roster.circle(asking.group).terms, floor.roster.limits, at)
    return None if hindered else seat.id


def _tell_at(group: Group, at: Millis) -> Millis:
    manners = group.manners
    return Millis(at + manners.tell_after_s * 1000) if manners.tell_after_s and manners.tell_max else Millis(0)


def _wait_until(floor: Floor, group: Group, since: Millis) -> Millis:
    """When waiting here makes no sense any more: after the longest wait, or closing time and what is drained."""
    ends: list[int] = []
    if group.manners.wait_max_s:
        ends.append(since + group.manners.wait_max_s * 1000)
    calendar = floor.site.calendars.get(group.calendar)
    closes = closing_at(calendar, since, floor.site.rules.utc_offset_min)
    if closes is not None:
        ends.append(closes + group.manners.drain_min * 60_000)
    return Millis(min(ends)) if ends else Millis(0)


def _not_before(due_at: Millis, at: Millis) -> Millis:
    """What came due while it rang comes next; what is not due at all stays so."""
    return max(due_at, Millis(at + 1)) if due_at else due_at
