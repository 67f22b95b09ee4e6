"""The live state of a site: sessions, seats, conversations, and what is due when.

A pure fold of the ledger: nobody but `apply` writes here, and whoever folds the same events (engine, hub, standby,
replay) has the same floor. What can be derived (waiting lines, group members, the timer heap) is kept beside the
facts for speed, left out of snapshots and rebuilt from the facts on restore.
"""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from itertools import chain
from typing import Literal

import msgspec
from msgspec import Struct, field

from routing.capacity import SeatCapacity
from routing.line import Waiting, WaitingLine
from routing.match import GroupDemand
from sessions.ids import (
    HARD_CAP,
    AccountId,
    CloseReason,
    ConnectionId,
    CustomerId,
    GroupId,
    HubId,
    Millis,
    Presence,
    SeatId,
    SessionId,
    SessionState,
    Turn,
    UserId,
)
from sessions.settings import Site

TimerKind = Literal["offer", "slot", "wrap", "cooldown", "grace", "hub"]
Timer = tuple[Millis, TimerKind, str]
"""Due time, what is due, and whose: a session's number, a seat, a hub."""

KEYS_KEPT = 128
"""So many message identities a conversation remembers, to know repeats by."""
STALE_TIMERS_KEPT = 1_000
"""So many timers that stand for nothing any more may lie in the heap before it is made anew."""
ANSWERS_KEPT = 256
"""So many answered requests are remembered for each person."""


class Offer(Struct, frozen=True):
    """A session ringing at a seat. `from_seat` keeps it meanwhile, when a colleague is handing it over."""

    seat: SeatId
    made_at: Millis
    expires_at: Millis
    from_seat: SeatId | None = None
    note: str = ""


class Session(Struct, kw_only=True):
    """A live service case. `turn_since` is the first unanswered message of the burst, `turn_last_at` the last."""

    id: SessionId
    customer: CustomerId
    account: AccountId
    group: GroupId
    state: SessionState
    opened_at: Millis
    previous: SessionId | None = None
    first_enqueued_at: Millis = Millis(0)
    enqueued_at: Millis = Millis(0)
    priority: int = 0
    sort_key: int = 0
    excluded: list[SeatId] = []
    seat: SeatId | None = None
    offer: Offer | None = None
    segment: int = 0
    segment_began_at: Millis = Millis(0)
    holds_slot: bool = False
    hops: int = 0
    turn: Turn | None = None
    turn_since: Millis = Millis(0)
    turn_last_at: Millis = Millis(0)
    messages: int = 0
    unread: int = 0
    last_at: Millis = Millis(0)
    last_kind: str = ""
    last_text: str = ""
    last_by: Literal["customer", "seat", ""] = ""
    close_reason: CloseReason | None = None
    slot_until: Millis = Millis(0)
    wrap_until: Millis = Millis(0)


class Seat(Struct, kw_only=True):
    """A place of work, in service or not. `held` are the sessions whose slots it fills, in the order they came."""

    id: SeatId
    capacity: SeatCapacity
    user: UserId | None = None
    presence: Presence = "offline"
    reason: str = ""
    presence_since: Millis = Millis(0)
    presence_before: Presence | None = None
    """What a reconnecting seat returns to."""
    reason_before: str = ""
    pending_presence: Presence | None = None
    pending_reason: str = ""
    connections: dict[ConnectionId, HubId] = {}
    held: dict[SessionId, None] = {}
    wrapping: dict[SessionId, None] = {}
    """Sessions whose form is still open though their slot is free."""
    offers: dict[SessionId, None] = {}
    misses: int = 0
    grace_until: Millis = Millis(0)

    @property
    def load(self) -> int:
        """Slots taken: sessions held and offers ringing."""
        return len(self.held) + len(self.offers)

    @property
    def is_full(self) -> bool:
        """Nothing more fits, whoever asks."""
        return self.load >= HARD_CAP


class Conversation(Struct, kw_only=True):
    """Everything with one customer that outlives a session: the live one, the one before, and what was heard."""

    customer: CustomerId
    session: SessionId | None = None
    previous: SessionId | None = None
    last_seat: SeatId | None = None
    last_at: Millis = Millis(0)
    messages: int = 0
    keys: dict[str, Millis] = {}


class Answer(Struct, frozen=True):
    """What a person's command came to; repeated requests get it again."""

    ok: bool
    code: str = ""
    field: str = ""
    detail: str = ""


class Facts(Struct, kw_only=True):
    """The part of the floor that a snapshot holds."""

    at: Millis = Millis(0)
    site: Site = field(default_factory=Site)
    sessions: dict[SessionId, Session] = {}
    seats: dict[SeatId, Seat] = {}
    conversations: dict[CustomerId, Conversation] = {}
    hubs: dict[HubId, Millis] = {}
    answers: dict[UserId, dict[str, Answer]] = {}
    day: str = ""
    day_count: int = 0


class Floor:
    """The facts, and the indices derived from them."""

    __slots__ = ("_timers_max", "clock", "facts", "fading", "lines", "members", "timers")

    def __init__(self, facts: Facts | None = None) -> None:
        self.facts = facts or Facts()
        self.clock = self.facts.at  # how far time was told here, also when nothing happened: `step` keeps it
        self.lines: dict[GroupId, WaitingLine] = {}
        self.members: dict[GroupId, list[SeatCapacity]] = {}
        self.timers: list[Timer] = []
        self.fading: list[tuple[Millis, CustomerId]] = []
        self._rebuild()

    # Reading.

    @property
    def at(self) -> Millis:
        """The instant of the last event."""
        return self.facts.at

    @property
    def site(self) -> Site:
        """The settings in force."""
        return self.facts.site

    @property
    def sessions(self) -> dict[SessionId, Session]:
        """Every session that is not closed."""
        return self.facts.sessions

    @property
    def seats(self) -> dict[SeatId, Seat]:
        """Every seat of the settings, signed in or not."""
        return self.facts.seats

    @property
    def conversations(self) -> dict[CustomerId, Conversation]:
        """Customers heard of lately."""
        return self.facts.conversations

    def live_session_of(self, customer: CustomerId) -> Session | None:
        """The customer's session that is not closed, if there is one."""
        conversation = self.facts.conversations.get(customer)
        return self.facts.sessions[conversation.session] if conversation and conversation.session else None

    def demand(self, group: GroupId) -> GroupDemand | None:
        """The group as the router sees it, or None when nobody waits there."""
        line = self.lines.get(group)
        if not line:
            return None
        known = self.site.groups.get(group)
        required_level = known.required_level if known else 1
        return GroupDemand(group, required_level, line, self.members.get(group, []))

    def next_due_at(self) -> Millis | None:
        """When the next timer may be due; a stale one may stand before it, never the other way round."""
        return self.timers[0][0] if self.timers else None

    def due(self, now: Millis) -> Iterator[Timer]:
        """Timers due by `now`, oldest first, each once. Stale ones are dropped on the way."""
        while self.timers and self.timers[0][0] <= now:
            timer = heappop(self.timers)
            if self._stands(timer):
                yield timer

    # Writing: for `apply` alone.

    def arm(self, due_at: Millis, kind: TimerKind, whose: str) -> None:
        """Remember that something is due; the fact it stands for is set already. Disarmed by changing that fact.

        A floor that only follows the ledger fires nothing, so stale timers are swept out here too.
        """
        heappush(self.timers, (due_at, kind, whose))
        if len(self.timers) > self._timers_max:
            self._rebuild_timers()

    def enter_line(self, session: Session) -> None:
        """Stand in the group's waiting line."""
        waiting = Waiting(session.sort_key, session.id, tuple(session.excluded))
        self.lines.setdefault(session.group, WaitingLine()).add(waiting)

    def leave_line(self, session: Session) -> None:
        """Leave the group's waiting line."""
        self.lines[session.group].remove(session.id)

    def refresh_members(self) -> None:
        """Recompute which seats serve which group, after a change of settings."""
        self.members = {}
        for seat in self.facts.seats.values():
            for group in seat.capacity.skills:
                self.members.setdefault(GroupId(group), []).append(seat.capacity)

    def forget_faded(self) -> None:
        """Drop conversations with nobody heard from for so long that nothing depends on them any more."""
        horizon = self.facts.at - self.site.rules.conversation_kept_s * 1000
        while self.fading and self.fading[0][0] <= horizon:
            was_at, customer = heappop(self.fading)
            conversation = self.facts.conversations.get(customer)
            if conversation is None or conversation.session is not None:
                continue
            if conversation.last_at > was_at:
                heappush(self.fading, (conversation.last_at, customer))
            else:
                del self.facts.conversations[customer]

    def _stands(self, timer: Timer) -> bool:
        due_at, kind, whose = timer
        match kind:
            case "offer":
                session = self.sessions.get(SessionId(whose))
                return session is not None and session.offer is not None and session.offer.expires_at == due_at
            case "slot":
                session = self.sessions.get(SessionId(whose))
                return session is not None and session.holds_slot and session.slot_until == due_at
            case "wrap":
                session = self.sessions.get(SessionId(whose))
                return session is not None and session.state == "wrap_up" and session.wrap_until == due_at
            case "cooldown":
                seat = self.seats.get(SeatId(whose))
                return seat is not None and seat.capacity.cooldown_until == due_at
            case "grace":
                seat = self.seats.get(SeatId(whose))
                return seat is not None and seat.grace_until == due_at
            case "hub":
                return self.facts.hubs.get(HubId(whose)) == due_at

    def _rebuild(self) -> None:
        self.refresh_members()
        for session in self.sessions.values():
            if session.state == "queued":
                self.enter_line(session)
        self._rebuild_timers()
        self.fading = [(each.last_at, each.customer) for each in self.conversations.values() if each.session is None]
        heapify(self.fading)

    def _rebuild_timers(self) -> None:
        self.timers = list(chain(self._session_timers(), self._seat_timers()))
        self.timers += [(expires_at, "hub", hub) for hub, expires_at in self.facts.hubs.items()]
        heapify(self.timers)
        self._timers_max = 2 * len(self.timers) + STALE_TIMERS_KEPT

    def _session_timers(self) -> Iterator[Timer]:
        for session in self.sessions.values():
            if session.offer:
                yield session.offer.expires_at, "offer", session.id
            if session.state == "wrap_up":
                yield session.wrap_until, "wrap", session.id
                if session.holds_slot:
                    yield session.slot_until, "slot", session.id

    def _seat_timers(self) -> Iterator[Timer]:
        for seat in self.seats.values():
            if seat.capacity.cooldown_until > self.at:
                yield Millis(seat.capacity.cooldown_until), "cooldown", seat.id
            if seat.grace_until:
                yield seat.grace_until, "grace", seat.id


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Facts)


def freeze(floor: Floor) -> bytes:
    """The floor as a snapshot."""
    return _encoder.encode(floor.facts)


def thaw(snapshot: bytes) -> Floor:
    """The floor that `freeze` wrote; raises `msgspec.ValidationError` for anything else."""
    return Floor(_decoder.decode(snapshot))
