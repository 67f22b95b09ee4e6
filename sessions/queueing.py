"""Standing in line: where, how far forward, who is asked first, and what becomes of those for whom it is too long.

A session enters a line through one of four doors: `enqueue` for a customer who asks for a seat, with every check
before; `enqueue_callback` where we come back to one; `requeue` for one who has been in line already and keeps the
place; `front_of_line` for one that woke.
"""

from msgspec import Struct
from msgspec.structs import replace

from routing.hours import closing_at, is_open
from routing.line import POINTS_MAX, sort_key
from routing.terms import obstacle
from sessions import events as ev
from sessions.facts import Conversation, Seat, Session
from sessions.floor import Floor
from sessions.ids import AccountId, CustomerId, CustomerMark, GroupId, Millis, SeatId, SessionId
from sessions.leaving import begin_leaving_message
from sessions.rings import LEAVE_MESSAGE_RING, may_be_asked, ring_reached, widening_of
from sessions.saying import Addressee, notice
from sessions.settings import Group, Site
from sessions.waits import estimate_for, line_length

NO_GROUP = GroupId("unassigned")
"""Where sessions wait whose account names no group; seen by supervisors."""
WOKEN_AHEAD_MS = 24 * 3_600_000
"""A woken session stands before everybody who came within a day of it: at the front, and woken ones in their order."""
PAUSES_MAX = 8
"""So many short pauses of a group are looked over to find its closing time."""


class Asking(Struct, frozen=True, kw_only=True):
    """A customer who asks for a seat, in a session that may be only just opened.

    `said` messages of the session have ids by now.
    """

    customer: CustomerId
    account: AccountId
    session: SessionId
    group: GroupId
    said: int
    points: int = 0
    known_seat: SeatId | None = None
    """The seat that has the case already, whatever the sticky window says."""


def enqueue(
    floor: Floor, asking: Asking, at: Millis, cause: str, *, reason: ev.QueueReason = "opened"
) -> list[ev.Event]:
    """Into the line, or what the group's manners say where the line is too long, or nobody works."""
    group = floor.group(asking.group)
    to = Addressee(asking.customer, asking.session, asking.said)
    if _all_waiting(floor) >= floor.site.rules.queued_max:
        return turn_away(floor, asking, "system_busy", at, f"queued_max={floor.site.rules.queued_max}")
    if not is_open(floor.site.calendars.get(group.calendar), at, floor.site.rules.utc_offset_min):
        return begin_leaving_message(floor, to, asking.group, "after_hours", at, f"calendar={group.calendar}")
    full = _why_full(floor, group, at)
    if full:
        return _when_full(floor, asking, group, at, full)
    return [
        replace(
            _newcomer(floor, asking, reason, at, cause),
            widening=widening_of(group, 0, at, at, asks=True),
            tell_at=_tell_at(group, at),
            wait_until=wait_until(floor, group, at, at),
        )
    ]


def enqueue_callback(floor: Floor, asking: Asking, at: Millis, cause: str) -> ev.SessionQueued:
    """Into the line of a group that is open. Nobody waits at the other end, so nobody is told or asked anything."""
    widening = widening_of(floor.group(asking.group), 0, at, at, asks=False)
    return replace(_newcomer(floor, asking, "callback", at, cause), widening=widening)


def is_too_long(floor: Floor, group: GroupId, at: Millis) -> bool:
    """Whether the group's line takes nobody in now."""
    return _all_waiting(floor) >= floor.site.rules.queued_max or bool(_why_full(floor, floor.group(group), at))


def overflow_of(floor: Floor, group: Group, at: Millis) -> GroupId | None:
    """The first of its overflow groups that is open and takes somebody in; None where none does."""
    for name in group.rings.overflow_groups:
        other = floor.group(name)
        calendar = floor.site.calendars.get(other.calendar)
        if not _why_full(floor, other, at) and is_open(calendar, at, floor.site.rules.utc_offset_min):
            return name
    return None


def _newcomer(floor: Floor, asking: Asking, reason: ev.QueueReason, at: Millis, cause: str) -> ev.SessionQueued:
    group = floor.group(asking.group)
    conversation = floor.conversations.get(asking.customer)
    points = min(asking.points + _customers_points(floor.site, conversation, at), POINTS_MAX)
    exclusive = _sticky_seat(floor, asking, group, conversation, at)
    return ev.SessionQueued(
        at=at,
        cause=cause,
        session=asking.session,
        group=asking.group,
        sort_key=sort_key(at, points),
        priority=points,
        reason=reason,
        first_enqueued_at=at,
        exclusive=exclusive,
        exclusive_why="sticky" if exclusive else "",
        exclusive_until=Millis(at + group.sticky_wait_s * 1000) if exclusive else Millis(0),
    )


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
    """Back in line at the place it had; `points` move it forward. The circle is as wide as the wait is long.

    What only rang in vain waits on as it did. Who is in another line or comes back from a seat waits anew.
    """
    site = site or floor.site
    marked = _customers_points(site, floor.conversations.get(session.customer), at)
    priority = min(max(session.priority, marked) + points, POINTS_MAX)
    name = to_group or group_now(site, session)
    group = site.groups.get(name) or floor.group(name)
    before = session.queue
    goes_on = before if reason in {"rejected", "offer_timeout", "rescinded"} else None
    since = session.enqueued_at if goes_on else at
    ring = ring_reached(group, since, at)
    if goes_on and goes_on.ring == LEAVE_MESSAGE_RING:
        ring = LEAVE_MESSAGE_RING
    place = sort_key(session.first_enqueued_at, priority)
    waits = session.origin == "customer" or session.segment > 0
    return ev.SessionQueued(
        at=at,
        cause=cause,
        session=session.id,
        group=name,
        sort_key=min(place, session.sort_key) if before else place,
        priority=priority,
        reason=reason,
        first_enqueued_at=session.first_enqueued_at,
        from_seat=session.seat,
        excluded=excluded,
        ring=ring,
        widening=widening_of(group, ring, since, at, asks=may_be_asked(session)),
        tell_at=_not_before(goes_on.tell_at, at) if goes_on else _tell_at(group, at) if waits else Millis(0),
        wait_until=_not_before(goes_on.wait_until, at) if goes_on else _patience(floor, session, group, at),
        note=note or (before.note if before else ""),
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
        widening=widening_of(group, 0, at, at, asks=False),
        tell_at=_tell_at(group, at) if told else Millis(0),
        wait_until=_patience(floor, session, group, at),
    )


def turn_away(floor: Floor, asking: Asking, kind: str, at: Millis, cause: str) -> list[ev.Event]:
    """An honest no: said to the customer, and the session is over."""
    to = Addressee(asking.customer, asking.session, asking.said)
    closed = ev.SessionClosed(
        at=at, cause=cause, session=asking.session, customer=asking.customer, group=asking.group, reason="overflow"
    )
    return [*notice(floor, to, 1, kind, at, cause), closed]


def wait_until(floor: Floor, group: Group, since: Millis, at: Millis) -> Millis:
    """When waiting here makes no sense any more: after the longest wait, or closing time and what is drained.

    A pause that is over before anybody would be sent away is no closing time. 0 where there is no end; who comes
    into the line of a closed group waits for it to open.
    """
    ends: list[int] = []
    if group.manners.wait_max_s:
        ends.append(since + group.manners.wait_max_s * 1000)
    calendar, offset_min = floor.site.calendars.get(group.calendar), floor.site.rules.utc_offset_min
    closes = closing_at(calendar, at, offset_min)
    for _ in range(PAUSES_MAX):
        if closes is None:
            break
        drained = closes + group.manners.drain_min * 60_000
        if not is_open(calendar, drained, offset_min):
            ends.append(drained)
            break
        closes = closing_at(calendar, drained, offset_min)
    return Millis(min(ends)) if ends else Millis(0)


def points_of_mark(site: Site, mark: CustomerMark) -> int:
    """How far the mark moves its customer forward."""
    return {"vip": site.rules.vip_points, "complaint": site.rules.complaint_points}[mark]


def group_now(site: Site, session: Session) -> GroupId:
    """Where the session queues: in its group, or in its account's own where that one is set up no longer."""
    return session.group if session.group in site.groups else group_of(site, session.account)


def group_of(site: Site, account: AccountId) -> GroupId:
    """The group that the account's customers go to."""
    known = site.accounts.get(account)
    return known.default_group if known else NO_GROUP


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
            other = overflow_of(floor, group, at)
            if other is not None:
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
    ended_at = conversation.previous_ended_at
    returning = ended_at and at - ended_at <= site.rules.returning_window_s * 1000
    points = sum(points_of_mark(site, mark) for mark in conversation.marks)
    return points + (site.rules.returning_points if returning else 0)


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


def _patience(floor: Floor, session: Session, group: Group, at: Millis) -> Millis:
    """Who was promised an answer, or to whom we come back, waits as long as it takes: overnight, too."""
    coming_back = session.origin == "callback" and not session.segment
    return Millis(0) if session.promise or coming_back else wait_until(floor, group, at, at)


def _all_waiting(floor: Floor) -> int:
    return sum(map(len, floor.lines.values()))


def _not_before(due_at: Millis, at: Millis) -> Millis:
    """What came due while it rang comes next; what is not due at all stays so."""
    return max(due_at, Millis(at + 1)) if due_at else due_at
