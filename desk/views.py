"""What a browser is shown of the floor: sessions, seats and the first frame, as plain structs.

Views are made of the floor alone, so a page and a frame made at the same event say the same.
"""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct
from msgspec.structs import asdict

from desk.scope import OVERSEERS
from desk.web_session import Identity
from routing.line import WaitingLine
from sessions.events import Allowance, Due, Exclusive
from sessions.facts import Consulting, Offer, Queueing, Seat, Session
from sessions.floor import Floor
from sessions.ids import HARD_CAP, CustomerMark, GroupId, Millis, Presence, SeatId, SessionId, SessionState, Turn

QUEUE_SHOWN_MAX = 200


class LastView(Struct, frozen=True):
    kind: str
    text: str
    at: Millis
    by: Literal["customer", "seat", ""]


class PromiseView(Struct, frozen=True):
    """An answer that is due; `warned`: soon."""

    due_at: Millis
    warned: bool


class WaitView(Struct, frozen=True):
    """How a session waits: the circle of seats that is asked, the next one, and who alone is asked until then."""

    ring: int
    widens_at: Millis
    exclusive: SeatId | None
    exclusive_why: Exclusive
    exclusive_until: Millis


class SessionView(Struct, frozen=True, kw_only=True):
    """`silence` is the ladder's next step; `allowance`, what the channel still lets us send: None: no limit."""

    session: SessionId
    customer: str
    remark: str
    tags: list[str]
    account: str
    group: GroupId
    state: SessionState
    seat: SeatId | None
    opened_at: Millis
    enqueued_at: Millis
    segment_began_at: Millis
    turn: Turn | None
    turn_since: Millis
    unread: int
    messages: int
    last: LastView
    offer: Offer | None
    slot_until: Millis
    wrap_until: Millis
    hops: int
    previous: SessionId | None
    case: SessionId
    origin: Literal["customer", "callback"]
    turn_last_at: Millis
    set_aside_at: Millis
    parked_at: Millis
    silence: Due | None
    promise: PromiseView | None
    consult: Consulting | None
    wait: WaitView | None
    allowance: Allowance | None
    marks: list[CustomerMark]


class SeatView(Struct, frozen=True, kw_only=True):
    seat: SeatId
    name: str
    user: str | None
    presence: Presence
    reason: str
    since: Millis
    pending: Presence | None
    load: int
    soft_cap: int
    hard_cap: int
    parked: int
    consulting: int
    groups: list[str]


class GroupView(Struct, frozen=True):
    id: GroupId
    name: str
    name_en: str
    waiting: int


class MeView(Struct, frozen=True):
    user: str
    name: str
    role: str
    seat: SeatId | None
    lang: str


class Snapshot(Struct, frozen=True, kw_only=True):
    """The first frame: what this person may see, as it is now."""

    now: Millis
    me: MeView
    seat: SeatView | None
    seats: list[SeatView]
    groups: list[GroupView]
    sessions: list[SessionView]
    consulting: list[SessionView]
    queue: list[SessionView]
    rules: dict[str, int]


def snapshot(floor: Floor, identity: Identity, now: Millis) -> Snapshot:
    """What this person sees first; events bring it up to date from there."""
    seat = floor.seats.get(identity.seat) if identity.seat else None
    mine = sessions_at(floor, seat) if seat else []
    return Snapshot(
        now=now,
        me=MeView(identity.user, identity.name, identity.role, identity.seat, identity.lang),
        seat=seat_view(floor, seat) if seat else None,
        seats=[seat_view(floor, each) for each in floor.seats.values()],
        groups=[group_view(floor, each) for each in floor.site.groups],
        sessions=[session_view(floor, each) for each in mine],
        consulting=[session_view(floor, floor.sessions[each]) for each in seat.consulting] if seat else [],
        queue=[
            session_view(floor, each, words=identity.role in OVERSEERS)
            for each in queue_of(floor, groups_seen(floor, identity))
        ],
        rules=asdict(floor.site.rules),  # whole: on the ledger, defaults are left out
    )


def sessions_at(floor: Floor, seat: Seat) -> list[Session]:
    """What the seat holds, what rings at it, what it still has a form open for, and what it keeps parked."""
    return [floor.sessions[each] for each in [*seat.offers, *seat.held, *seat.wrapping, *seat.parked]]


def groups_seen(floor: Floor, identity: Identity) -> list[GroupId]:
    """The groups whose queues this person sees: a seat's own, or all for those who oversee."""
    if identity.role in OVERSEERS:
        return [*floor.site.groups, *(group for group in floor.lines if group not in floor.site.groups)]
    seat = floor.seats.get(identity.seat) if identity.seat else None
    return [GroupId(group) for group in seat.capacity.skills] if seat else []


def queue_of(floor: Floor, groups: Iterable[GroupId]) -> list[Session]:
    """Sessions waiting in these groups, soonest served first, as many as a list can show."""
    waiting = [waiting for group in groups for waiting in floor.lines.get(group, WaitingLine())]
    return [floor.sessions[SessionId(each.session)] for each in sorted(waiting)[:QUEUE_SHOWN_MAX]]


def session_view(floor: Floor, session: Session, *, words: bool = True) -> SessionView:
    """A live session as the desk shows it; without `words` to those who see that it waits, not what was said."""
    conversation = floor.conversations.get(session.customer)
    promise = session.promise
    profile = conversation.profile if conversation else None
    return SessionView(
        session=session.id,
        customer=session.customer,
        remark=profile.remark if profile else "",
        tags=list(profile.tags) if profile else [],
        account=session.account,
        group=session.group,
        state=session.state,
        seat=session.seat,
        opened_at=session.opened_at,
        enqueued_at=session.enqueued_at,
        segment_began_at=session.segment_began_at,
        turn=session.turn,
        turn_since=session.turn_since,
        unread=session.unread,
        messages=session.messages,
        last=LastView(session.last_kind, session.last_text if words else "", session.last_at, session.last_by),
        offer=session.offer,
        slot_until=session.slot_until,
        wrap_until=session.wrap_until,
        hops=session.hops,
        previous=session.previous,
        case=session.case,
        origin=session.origin,
        turn_last_at=session.turn_last_at,
        set_aside_at=session.set_aside_at,
        parked_at=session.parked_at,
        silence=session.silence,
        promise=PromiseView(promise.due_at, promise.warned) if promise else None,
        consult=session.consult,
        wait=_wait_view(session.queue) if session.queue else None,
        allowance=conversation.allowance if conversation else None,
        marks=list(conversation.marks) if conversation else [],
    )


def _wait_view(queue: Queueing) -> WaitView:
    return WaitView(
        ring=queue.ring,
        widens_at=queue.widening.at if queue.widening else Millis(0),
        exclusive=queue.exclusive,
        exclusive_why=queue.exclusive_why,
        exclusive_until=queue.exclusive_until,
    )


def seat_view(floor: Floor, seat: Seat) -> SeatView:
    """A seat as colleagues see it."""
    plan = floor.site.seats.get(seat.id)
    return SeatView(
        seat=seat.id,
        name=plan.name if plan else seat.id,
        user=seat.user,
        presence=seat.presence,
        reason=seat.reason,
        since=seat.presence_since,
        pending=seat.pending_presence,
        load=seat.load,
        soft_cap=seat.capacity.soft_cap,
        hard_cap=HARD_CAP,
        parked=len(seat.parked),
        consulting=len(seat.consulting),
        groups=list(seat.capacity.skills),
    )


def group_view(floor: Floor, group: GroupId) -> GroupView:
    """A skill group and how many wait in it."""
    known = floor.site.groups.get(group)
    line = floor.lines.get(group)
    return GroupView(group, known.name if known else group, known.name_en if known else group, len(line) if line else 0)
