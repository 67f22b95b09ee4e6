"""Everything that can have happened, in one vocabulary: the ledger's.

Each event says when (`at`) and because of what (`cause`: the inbox entry that asked for it, or the rule and the
threshold that did it, as `offer_timeout_s=20`). An event carries what the next reader needs to act without
asking anyone: the customer's name on a message, so that the courier can send it.
"""

from typing import Literal, TypeAlias, get_args

import msgspec

from routing.match import Candidate
from sessions.content import Content, CustomerEvent
from sessions.ids import (
    AccountId,
    CloseReason,
    ConnectionId,
    CustomerId,
    CustomerMark,
    GroupId,
    HubId,
    MediaKey,
    MessageId,
    Millis,
    Presence,
    SeatId,
    SessionId,
    SilenceStep,
    Stars,
    Turn,
    UserId,
)
from sessions.profile import Told
from sessions.records import Record
from sessions.settings import Site
from sessions.wording import snake_case

QueueReason = Literal[
    "opened",
    "rejected",
    "offer_timeout",
    "seat_lost",
    "transfer",
    "rescinded",
    "woken",
    "shift_end",
    "overflow",
    "callback",
    "stepped_in",
]
SegmentEnd = Literal["hung_up", "transferred", "seat_lost", "woken_elsewhere", "shift_end", "inherited", "silence"]
PresenceSetter = Literal["self", "system", "supervisor"]
RescindReason = Literal["seat_lost", "signed_out", "hung_up", "transferred", "customer_left", "parked"]
ParkReason = Literal["silence", "manual", "promise", "seat_lost", "shift_end"]
WakeReason = Literal["customer", "seat", "promise"]
MoveReason = Literal["shift_end", "inherited"]
LeaveReason = Literal["after_hours", "chosen", "queue_full", "waited_too_long", "closing_time"]
Exclusive = Literal["", "sticky", "woken"]
"""Why one seat alone is asked: the customer knows it, or it owns the session that woke."""


class Due(Record):
    """The next step of the silence ladder, and when. `since` is where the silence is counted from."""

    step: SilenceStep
    at: Millis
    since: Millis


class Allowance(Record):
    """What the channel still lets us send: so many messages, until then."""

    sends: int
    until: Millis


class Widening(Record):
    """The next ring of seats that will be asked, and when."""

    ring: int
    at: Millis


class _Event(Record, tag_field="type", tag=snake_case, gc=False):
    at: Millis
    cause: str


# The site.


class SiteConfigured(_Event):
    """New settings are in force. `last_session` is set where a new ledger goes on counting after an older one."""

    site: Site
    by: str
    last_session: SessionId | None = None


class HubBeat(_Event):
    """A web process is alive until `expires_at`, when its sockets count as gone."""

    hub: HubId
    expires_at: Millis


class HubLost(_Event):
    hub: HubId


# What customers do.


class SessionOpened(_Event):
    """A service case begins, or goes on. `previous` is the customer's session before, if we still know it.

    `case` is the first session of the case: its own number, or an earlier one when this continues it inside the
    merge window. `origin` is `callback` where we come back to a message that was left. `led_by` is the click or scan
    that led here, as `FlowAnswered.rule` names it. `unknown`: the floor knows no name of the customer; whoever keeps it
    brings it.
    """

    session: SessionId
    customer: CustomerId
    account: AccountId
    group: GroupId
    case: SessionId
    previous: SessionId | None = None
    origin: Literal["customer", "callback"] = "customer"
    unknown: bool = False
    led_by: str = ""


class MessageReceived(_Event):
    """`turn_began`: it is now the seat's move, where it was not before. `closing`: polite words that ask nothing.

    `allowance` is what the channel lets us send from here on; None where it sets no limit. `idle_at` is set while no
    seat is asked for: without another word the talk is over then. Polite words after a session belong to it, closed;
    within it they leave the ladder where it is, but for the hard end, which `silence` then tells anew.
    """

    session: SessionId
    customer: CustomerId
    message: MessageId
    content: Content
    key: str
    sent_at: Millis
    seat: SeatId | None = None
    turn_began: bool = False
    closing: bool = False
    allowance: Allowance | None = None
    idle_at: Millis = Millis(0)
    silence: Due | None = None


class MessageRefused(_Event):
    """The customer's message is over a limit: kept as it came, told to the customer, opens and changes nothing.

    But that they may be written to again: the channel counts every message, long or short.
    """

    customer: CustomerId
    message: MessageId
    content: Content
    key: str
    sent_at: Millis
    code: str
    limit: int
    session: SessionId | None = None
    seat: SeatId | None = None
    allowance: Allowance | None = None


class CustomerEventRecorded(_Event):
    """`allowance` is what the channel lets us send for it, on top of what words allow; who unfollows ends both."""

    customer: CustomerId
    event: CustomerEvent
    key: str
    sent_at: Millis
    session: SessionId | None = None
    seat: SeatId | None = None
    allowance: Allowance | None = None


class CustomerMarked(_Event):
    """A mark that moves the customer forward in every line was set or lifted.

    `priority` is the session's from now on.
    """

    customer: CustomerId
    mark: CustomerMark
    on: bool
    user: UserId
    priority: int = 0
    session: SessionId | None = None
    seat: SeatId | None = None


class CustomerDescribed(_Event):
    """Somebody wrote down who the customer is. None and missing fields are as they were before this `revision`."""

    customer: CustomerId
    session: SessionId
    seat: SeatId
    user: UserId
    revision: int
    remark: str | None = None
    phone: str | None = None
    tags: tuple[str, ...] | None = None
    fields: dict[str, str] = {}

    @property
    def changed(self) -> list[str]:
        """The names under which changes are counted."""
        own = [name for name in ("remark", "phone", "tags") if getattr(self, name) is not None]
        return own + [f"field.{name}" for name in self.fields]


class CustomerRemembered(_Event):
    """What is kept of the customer is on the floor again, and what the channel tells of them is known."""

    customer: CustomerId
    remark: str = ""
    tags: tuple[str, ...] = ()
    revision: int = 0
    touched: tuple[tuple[str, int], ...] = ()
    told: Told | None = None
    session: SessionId | None = None
    seat: SeatId | None = None


class CustomersInherited(_Event):
    """The seat is no more: whoever knew it is known to this one from now on."""

    from_seat: SeatId
    to_seat: SeatId


class SatisfactionAsked(_Event):
    """The session is over, and its customer is asked to rate it; an answer counts until then. `seat` had it last."""

    session: SessionId
    customer: CustomerId
    case: SessionId
    seat: SeatId
    until: Millis


class SatisfactionRated(_Event):
    """The customer rated a session that is over; the last rating counts, `before` is the one that it replaces.

    It opens, wakes and restarts nothing. `key` is set where it came by a form: a message brings its own.
    """

    session: SessionId
    customer: CustomerId
    seat: SeatId
    stars: Stars
    before: int = 0
    comment: str = ""
    key: str = ""
    sent_at: Millis = Millis(0)


# Before the queue: self-service, and messages left.


class FlowAnswered(_Event):
    """Self-service had an answer, which `NoticeSent` says. `rule` names it: `keyword:limit`, `click:BILL`.

    `how` tells in which way the words matched; `menu` is the text menu that the customer's next words choose from.
    """

    customer: CustomerId
    rule: str
    how: str = ""
    menu: str = ""
    session: SessionId | None = None


class PhraseUnmatched(_Event):
    """Self-service had no answer to these words; they are counted, to be answered some day."""

    session: SessionId
    customer: CustomerId
    account: AccountId
    phrase: str


class IntentNoted(_Event):
    """What the customer clicked or scanned says where their next message belongs, until then."""

    customer: CustomerId
    group: GroupId
    priority: int
    until: Millis
    rule: str


class LeaveMessageBegun(_Event):
    """The customer is leaving a message; what they write until `idle_at` belongs to it. Nobody waits for it live."""

    session: SessionId
    customer: CustomerId
    group: GroupId
    reason: LeaveReason
    idle_at: Millis


class CallbackScheduled(_Event):
    """A message was left: at `due_at`, in working hours, a session opens to come back to it."""

    session: SessionId
    customer: CustomerId
    group: GroupId
    due_at: Millis


class CallbackCancelled(_Event):
    """The customer wrote before we came back to them."""

    customer: CustomerId


# The way to a seat.


class SessionQueued(_Event):
    """It stands in the group's line at `sort_key`; smaller is sooner. `first_enqueued_at` is never renewed."""

    session: SessionId
    group: GroupId
    sort_key: int
    priority: int
    reason: QueueReason
    first_enqueued_at: Millis
    from_seat: SeatId | None = None
    excluded: SeatId | None = None
    exclusive: SeatId | None = None
    exclusive_why: Exclusive = ""
    exclusive_until: Millis = Millis(0)
    ring: int = 0
    widening: Widening | None = None
    tell_at: Millis = Millis(0)
    wait_until: Millis = Millis(0)
    note: str = ""


class QueueWidened(_Event):
    """Nobody of the first circle had room in time: more seats are asked. `ring` 1 is a level less, 2 other groups.

    Ring 3 asks the customer whether to leave a message instead; `asked`: they were, for enough sends were left.
    `exclusive_over`: one seat alone was asked until now.
    """

    session: SessionId
    group: GroupId
    ring: int
    widening: Widening | None = None
    exclusive_over: bool = False
    asked: bool = False


class WaitEstimated(_Event):
    """How long the wait will be, and why: who is ahead, and how many seats each rule keeps from it.

    `low_s` and `high_s` are 0 where nobody can tell. `told`: the customer was. `wait_until` is set where the wait may
    go on longer than was thought: until then, or 0 for as long as it takes.
    """

    session: SessionId
    group: GroupId
    ahead: int
    low_s: int
    high_s: int
    passed_over: dict[str, int] = {}
    filtered: dict[str, list[SeatId]] = {}
    told: bool = False
    tell_at: Millis = Millis(0)
    wait_until: Millis | None = None


class SessionOffered(_Event):
    """It rings at a seat, whose slot is reserved, until `expires_at`.

    `candidates` are the best seats with their scores, the chosen first; `passed_over` counts the others by the rule
    that left them out, `filtered` names some of them. `policy` and `ring` say how it was chosen, `tie_break` what
    decided between equals, `config` is the version of the settings. `exclusive` says why no other seat was asked.
    Where a seat stepped in by itself nothing was chosen, and `policy` says `stepped_in`.
    `from_seat` is set when a colleague is handing it over, and keeps it until it is accepted.
    """

    session: SessionId
    group: GroupId
    customer: CustomerId
    seat: SeatId
    expires_at: Millis
    waited_ms: int
    candidates: list[Candidate] = []
    passed_over: dict[str, int] = {}
    filtered: dict[str, list[SeatId]] = {}
    policy: str = ""
    ring: int = 0
    tie_break: str = ""
    exclusive: Exclusive = ""
    config: int = 0
    from_seat: SeatId | None = None
    note: str = ""


class OfferRejected(_Event):
    session: SessionId
    seat: SeatId
    cooldown_until: Millis
    from_seat: SeatId | None = None


class OfferTimedOut(_Event):
    """Nobody answered the ring. `misses` counts the seat's timeouts in a row."""

    session: SessionId
    seat: SeatId
    misses: int
    from_seat: SeatId | None = None


class OfferRescinded(_Event):
    """The offer was taken back, by nobody's fault at the seat."""

    session: SessionId
    seat: SeatId
    reason: RescindReason
    from_seat: SeatId | None = None


class SessionAccepted(_Event):
    """Segment number `segment` begins. `waited_ms` runs from entering this group's line.

    `automatic`: nobody answered the ring, the group accepts by itself. `silence` is the next step of the ladder, where
    a colleague handed over a customer whose move it is: who has just got them is given as long as who takes one back.
    """

    session: SessionId
    customer: CustomerId
    seat: SeatId
    user: UserId
    group: GroupId
    segment: int
    waited_ms: int
    from_seat: SeatId | None = None
    automatic: bool = False
    silence: Due | None = None


# In service.


class MessageSent(_Event):
    """A seat's words, on their way to the customer; `MessageDelivered` or `MessageFailed` follows.

    `turn_ended`: they answer what the customer wrote `waited_ms` ago first and `waited_last_ms` ago last, counted from
    when this seat had the session. `silence` is the next step of the ladder, should the customer not answer. `canned`
    names the canned replies that the words were made of, `resends` the failed message that is said once more. The
    channel gets it no sooner than `held_until`.
    """

    session: SessionId
    customer: CustomerId
    message: MessageId
    content: Content
    seat: SeatId
    user: UserId
    turn_ended: bool = False
    waited_ms: int = 0
    waited_last_ms: int = 0
    silence: Due | None = None
    canned: tuple[str, ...] = ()
    resends: MessageId | None = None
    held_until: Millis = Millis(0)


class RecallAsked(_Event):
    """The seat wants its words back. Whether it gets them, who carries them knows: `MessageRecalled` follows if so."""

    session: SessionId
    customer: CustomerId
    message: MessageId
    seat: SeatId
    user: UserId


class MessageRecalled(_Event):
    """The seat's words are taken back. `seen`: they had reached the customer, and were taken off their page.

    `turn_began`: what they had answered waits again, since `since` and `last_at`.
    """

    session: SessionId
    customer: CustomerId
    message: MessageId
    seat: SeatId | None = None
    seen: bool = False
    turn_began: bool = False
    since: Millis = Millis(0)
    last_at: Millis = Millis(0)


class TurnSet(_Event):
    """The agent said whose move it is, against what the words seemed to say.

    Where it is the seat's, `since` and `last_at` tell of the customer's first and last words that need an answer.
    """

    session: SessionId
    seat: SeatId
    user: UserId
    turn: Turn
    since: Millis
    last_at: Millis
    silence: Due | None = None


class CustomerReminded(_Event):
    """The first step of the ladder. `told` is false where the customer spoke last, or too few sends were left."""

    session: SessionId
    customer: CustomerId
    seat: SeatId
    told: bool
    silence: Due | None = None


class SessionParked(_Event):
    """The slot is free, the seat keeps the session. `silence` is the next step of the ladder."""

    session: SessionId
    customer: CustomerId
    seat: SeatId
    reason: ParkReason
    silence: Due | None = None


class SessionWoken(_Event):
    """Back in service at the seat that kept it, after `parked_ms`. `turn_began`: it is now the seat's move.

    `silence` is the next step of the ladder, which begins anew where the seat took it back without a word.
    """

    session: SessionId
    customer: CustomerId
    seat: SeatId
    reason: WakeReason
    parked_ms: int
    turn_began: bool = False
    silence: Due | None = None


class SessionMoved(_Event):
    """A parked session has another owner; their segment, number `segment`, begins."""

    session: SessionId
    customer: CustomerId
    from_seat: SeatId
    to_seat: SeatId
    segment: int
    reason: MoveReason
    note: str = ""


class PromiseMade(_Event):
    """The customer was promised an answer by `due_at`; the seat is warned and the session woken before."""

    session: SessionId
    seat: SeatId
    user: UserId
    due_at: Millis
    warn_at: Millis
    wake_at: Millis


class PromiseWarned(_Event):
    session: SessionId
    due_at: Millis
    seat: SeatId | None = None


class PromiseKept(_Event):
    """Answered in time."""

    session: SessionId
    due_at: Millis
    seat: SeatId


class PromiseBroken(_Event):
    """The time came without an answer, or the session ended before it.

    `silence` is the next step of the ladder, which stood still while the promise was open.
    """

    session: SessionId
    due_at: Millis
    seat: SeatId | None = None
    silence: Due | None = None


class ConsultBegun(_Event):
    """A side thread with a colleague, invisible to the customer."""

    session: SessionId
    seat: SeatId
    user: UserId
    to_seat: SeatId
    text: str


class ConsultSaid(_Event):
    session: SessionId
    seat: SeatId
    to_seat: SeatId
    by_seat: SeatId
    user: UserId
    text: str


class ConsultEnded(_Event):
    session: SessionId
    seat: SeatId
    to_seat: SeatId


class NoticeSent(_Event):
    """Automatic words to the customer; they end no turn. `kind` names the occasion."""

    customer: CustomerId
    message: MessageId
    kind: str
    content: Content
    session: SessionId | None = None
    seat: SeatId | None = None


class MessageDelivered(_Event):
    """The channel took it; of a web chat, the visitor's page has it. WeChat gives no receipt of reading.

    `recallable`: it can be taken back for a while yet.
    """

    message: MessageId
    session: SessionId | None = None
    seat: SeatId | None = None
    attempts: int = 1
    recallable: bool = False


class MessageFailed(_Event):
    """The channel did not take it, finally; `code` is the channel's or ours. `uncertain`: it may have arrived."""

    message: MessageId
    code: str
    session: SessionId | None = None
    seat: SeatId | None = None
    detail: str = ""
    attempts: int = 1
    uncertain: bool = False


class MediaStored(_Event):
    message: MessageId
    session: SessionId
    media: MediaKey
    mime: str
    size_bytes: int
    seat: SeatId | None = None
    duration_ms: int = 0


class MediaRejected(_Event):
    message: MessageId
    session: SessionId
    code: str
    seat: SeatId | None = None


class NoteAdded(_Event):
    session: SessionId
    user: UserId
    text: str
    seat: SeatId | None = None
    mentions: tuple[SeatId, ...] = ()


class SeatMentioned(_Event):
    """A note of the seat `by_seat` mentions this one. What was written is not theirs to read, so it is not said."""

    session: SessionId
    seat: SeatId
    by_seat: SeatId
    user: UserId


class SegmentEnded(_Event):
    """A seat lets go of a session; its slot is free unless wrap-up keeps it."""

    session: SessionId
    seat: SeatId
    segment: int
    reason: SegmentEnd
    duration_ms: int
    to_group: GroupId | None = None
    to_seat: SeatId | None = None
    note: str = ""


class SessionHungUp(_Event):
    """Wrap-up begins: the slot is kept until `slot_until`, the form may stay open until `wrap_until`."""

    session: SessionId
    customer: CustomerId
    seat: SeatId
    reason: CloseReason
    slot_until: Millis
    wrap_until: Millis


class SlotReleased(_Event):
    """The form is still open, the slot is not held any longer."""

    session: SessionId
    seat: SeatId


class SessionResumed(_Event):
    """The customer wrote during wrap-up: the same segment goes on."""

    session: SessionId
    seat: SeatId


class SessionClosed(_Event):
    """Final. A later message opens a new session; before `merge_until` it continues the case."""

    session: SessionId
    customer: CustomerId
    group: GroupId
    reason: CloseReason
    seat: SeatId | None = None
    disposition: str = ""
    remark: str = ""
    merge_until: Millis = Millis(0)


# Seats.


class SeatSignedIn(_Event):
    seat: SeatId
    user: UserId
    presence: Presence


class SeatSignedOut(_Event):
    seat: SeatId
    user: UserId
    set_by: PresenceSetter


class PresenceChanged(_Event):
    """`pending` is what the presence becomes once the seat's load is 0; until then no new offers."""

    seat: SeatId
    presence: Presence
    reason: str = ""
    pending: Presence | None = None
    pending_reason: str = ""
    set_by: PresenceSetter = "self"


class SeatConnected(_Event):
    seat: SeatId
    hub: HubId
    connection: ConnectionId


class SeatDisconnected(_Event):
    """`grace_until` is set when it was the seat's last socket: until then it keeps everything it has."""

    seat: SeatId
    connection: ConnectionId
    grace_until: Millis | None = None


# The answer to a person's command.


class CommandAnswered(_Event):
    """Every person's command gets one; `code` says why not. A repeated request is answered again, `repeated`."""

    user: UserId
    request: str
    ok: bool
    code: str = ""
    field: str = ""
    detail: str = ""
    repeated: bool = False


Event: TypeAlias = (
    SiteConfigured
    | HubBeat
    | HubLost
    | SessionOpened
    | MessageReceived
    | MessageRefused
    | CustomerEventRecorded
    | CustomerMarked
    | CustomerDescribed
    | CustomerRemembered
    | CustomersInherited
    | SatisfactionAsked
    | SatisfactionRated
    | FlowAnswered
    | PhraseUnmatched
    | IntentNoted
    | LeaveMessageBegun
    | CallbackScheduled
    | CallbackCancelled
    | SessionQueued
    | QueueWidened
    | WaitEstimated
    | SessionOffered
    | OfferRejected
    | OfferTimedOut
    | OfferRescinded
    | SessionAccepted
    | MessageSent
    | RecallAsked
    | MessageRecalled
    | TurnSet
    | CustomerReminded
    | SessionParked
    | SessionWoken
    | SessionMoved
    | PromiseMade
    | PromiseWarned
    | PromiseKept
    | PromiseBroken
    | ConsultBegun
    | ConsultSaid
    | ConsultEnded
    | NoticeSent
    | MessageDelivered
    | MessageFailed
    | MediaStored
    | MediaRejected
    | NoteAdded
    | SeatMentioned
    | SegmentEnded
    | SessionHungUp
    | SlotReleased
    | SessionResumed
    | SessionClosed
    | SeatSignedIn
    | SeatSignedOut
    | PresenceChanged
    | SeatConnected
    | SeatDisconnected
    | CommandAnswered
)
EVENT_TYPES: tuple[type[Event], ...] = get_args(Event)

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def encode(event: Event) -> bytes:
    """The event as it lies in the ledger: JSON, told apart by its `type`."""
    return _encoder.encode(event)


def decode(data: bytes | str) -> Event:
    """The event that `encode` wrote; raises `msgspec.ValidationError` for anything else."""
    return _decoder.decode(data)


def type_of(event: Event) -> str:
    """The event's name on the wire."""
    return _NAMES[type(event)]


_NAMES = {kind: snake_case(kind.__name__) for kind in EVENT_TYPES}
