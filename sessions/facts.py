"""What the floor is made of: the facts that a snapshot holds, and nothing that can be derived from them.

Only `apply` writes here. What most sessions lack lies in small structs of its own, so that a hundred thousand parked
ones stay cheap.
"""

from typing import Literal

from msgspec import Struct, field

from routing.attention import SitePace
from routing.capacity import SeatCapacity
from routing.wait import GroupPace
from sessions.events import Allowance, Due, Exclusive, Widening
from sessions.ids import (
    HARD_CAP,
    AccountId,
    CloseReason,
    ConnectionId,
    CustomerId,
    CustomerMark,
    GroupId,
    HubId,
    MessageId,
    Millis,
    Presence,
    SeatId,
    SessionId,
    SessionState,
    Turn,
    UserId,
)
from sessions.settings import Site


class Offer(Struct, frozen=True):
    """A session ringing at a seat. `from_seat` keeps it meanwhile, when a colleague is handing it over."""

    seat: SeatId
    made_at: Millis
    expires_at: Millis
    from_seat: SeatId | None = None
    note: str = ""


class Queueing(Struct, kw_only=True):
    """How a session waits: which circle of seats is asked, who alone is asked first, what the customer is told when."""

    ring: int = 0
    widening: Widening | None = None
    exclusive: SeatId | None = None
    exclusive_why: Exclusive = ""
    exclusive_until: Millis = Millis(0)
    asked: bool = False
    """Whether the customer was asked to leave a message instead."""
    tell_at: Millis = Millis(0)
    told: int = 0
    wait_until: Millis = Millis(0)
    overflowed: bool = False
    """Sent here from a line that was too long."""
    note: str = ""


class SelfService(Struct, kw_only=True):
    """A talk without a seat. `unmatched` texts had no answer in a row; `leaving`: a message is being left."""

    idle_at: Millis
    unmatched: int = 0
    leaving: bool = False


class Promised(Struct, kw_only=True):
    """An answer is due. The seat is warned, then the session is woken, then it is too late."""

    due_at: Millis
    warn_at: Millis
    wake_at: Millis
    warned: bool = False
    woken: bool = False


class Consulting(Struct, frozen=True):
    """A colleague who is asked in a side thread."""

    seat: SeatId
    began_at: Millis


class Sent(Struct, frozen=True, kw_only=True):
    """Words of a seat's that may yet be taken back, or be sent again because they failed."""

    message: MessageId
    at: Millis
    fate: Literal["sending", "delivered", "failed"] = "sending"
    recall_asked: bool = False
    paid_until: Millis = Millis(0)
    """The end of the window that they were taken from, which tells it from a later one."""
    waited_since: Millis = Millis(0)
    waited_last_at: Millis = Millis(0)
    """The wait that they ended; 0 where they ended none."""


class Session(Struct, kw_only=True):
    """A live service case. `turn_since` is the first unanswered message of the burst, `turn_last_at` the last.

    While it is the customer's move, both tell of the seat's words. `set_aside_at` is then the first of the customer's
    words since that were taken to ask nothing; 0 if there are none.
    """

    id: SessionId
    customer: CustomerId
    account: AccountId
    group: GroupId
    case: SessionId
    state: SessionState
    opened_at: Millis
    origin: Literal["customer", "callback"] = "customer"
    previous: SessionId | None = None
    first_enqueued_at: Millis = Millis(0)
    enqueued_at: Millis = Millis(0)
    priority: int = 0
    sort_key: int = 0
    excluded: tuple[SeatId, ...] = ()
    queue: Queueing | None = None
    bot: SelfService | None = None
    seat: SeatId | None = None
    offer: Offer | None = None
    segment: int = 0
    segment_began_at: Millis = Millis(0)
    holds_slot: bool = False
    hops: int = 0
    untaken_note: str = ""
    """What the seat wrote to the colleague who then did not take the session: it is not to be written twice."""
    reaction: Literal["none", "awaited", "had"] = "none"
    """Whether a seat has spoken in this session, and the customer after it."""
    turn: Turn | None = None
    turn_since: Millis = Millis(0)
    turn_last_at: Millis = Millis(0)
    set_aside_at: Millis = Millis(0)
    silence: Due | None = None
    parked_at: Millis = Millis(0)
    promise: Promised | None = None
    consult: Consulting | None = None
    messages: int = 0
    sent: tuple[Sent, ...] = ()
    unread: int = 0
    last_at: Millis = Millis(0)
    last_kind: str = ""
    last_text: str = ""
    last_by: Literal["customer", "seat", ""] = ""
    last_number: int = 0
    """Which message of the session is the last that somebody said; its file may still be on its way."""
    last_length_ms: int = 0
    led_by: str = ""
    """What self-service answered last, or the click or scan that led here: `click:BILL`, `keyword:limit`."""
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
    parked: dict[SessionId, None] = {}
    """Sessions it keeps without a slot; they stay its own while nobody sits there."""
    wrapping: dict[SessionId, None] = {}
    """Sessions whose form is still open though their slot is free."""
    offers: dict[SessionId, None] = {}
    consulting: dict[SessionId, None] = {}
    """Colleagues' sessions that it is asked about."""
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


class Intent(Struct, frozen=True):
    """What the customer clicked or scanned: where their next message belongs, until then."""

    group: GroupId
    priority: int
    until: Millis
    rule: str = ""


class Callback(Struct, frozen=True):
    """A message was left in this session; `due_at`, we come back to it."""

    session: SessionId
    group: GroupId
    due_at: Millis


class Asked(Struct, frozen=True, kw_only=True):
    """The customer was asked to rate this session of the seat's; until then an answer counts. `stars` 0: none yet."""

    session: SessionId
    case: SessionId
    seat: SeatId
    until: Millis
    stars: int = 0


class Profile(Struct, frozen=True, kw_only=True, gc=False):
    """What people call the customer; the archive keeps the rest. `touched`: in which revision a field changed last."""

    remark: str = ""
    tags: tuple[str, ...] = ()
    revision: int = 0
    touched: tuple[tuple[str, int], ...] = ()


class Conversation(Struct, kw_only=True):
    """Everything with one customer that outlives a session: the live one, the one before, and what was heard."""

    customer: CustomerId
    session: SessionId | None = None
    previous: SessionId | None = None
    previous_group: GroupId | None = None
    previous_ended_at: Millis = Millis(0)
    case: SessionId | None = None
    merge_until: Millis = Millis(0)
    last_seat: SeatId | None = None
    last_seat_at: Millis = Millis(0)
    last_at: Millis = Millis(0)
    messages: int = 0
    allowance: Allowance | None = None
    """What the customer's last message lets us send."""
    brief: Allowance | None = None
    """What a click, a scan or a follow lets us send on top."""
    marks: tuple[CustomerMark, ...] = ()
    menu: str = ""
    """The text menu that the next words choose from."""
    intent: Intent | None = None
    """Where the next message belongs; gone when it has got there."""
    callback: Callback | None = None
    asked: Asked | None = None
    profile: Profile | None = None
    """None: nobody has brought it from the archive yet."""
    keys: dict[str, Millis] = {}


class Answer(Struct, frozen=True):
    """What a person's command came to; repeated requests get it again."""

    ok: bool
    code: str = ""
    field: str = ""
    detail: str = ""


class GroupFacts(Struct, kw_only=True):
    """What a group's past tells of its near future: who was assigned last, how fast slots come free."""

    last_seat: SeatId | None = None
    pace: GroupPace = field(default_factory=GroupPace)


class Facts(Struct, kw_only=True):
    """The part of the floor that a snapshot holds."""

    at: Millis = Millis(0)
    site: Site = field(default_factory=Site)
    sessions: dict[SessionId, Session] = {}
    seats: dict[SeatId, Seat] = {}
    groups: dict[GroupId, GroupFacts] = {}
    pace: SitePace = field(default_factory=SitePace)
    conversations: dict[CustomerId, Conversation] = {}
    hubs: dict[HubId, Millis] = {}
    answers: dict[UserId, dict[str, Answer]] = {}
    day: str = ""
    day_count: int = 0
