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
    GroupId,
    HubId,
    MediaKey,
    MessageId,
    Millis,
    Presence,
    SeatId,
    SessionId,
    UserId,
)
from sessions.records import Record
from sessions.settings import Site
from sessions.wording import snake_case

QueueReason = Literal["opened", "rejected", "offer_timeout", "seat_lost", "transfer", "rescinded", "woken"]
SegmentEnd = Literal["hung_up", "transferred", "seat_lost"]
PresenceSetter = Literal["self", "system", "supervisor"]
RescindReason = Literal["seat_lost", "signed_out", "hung_up", "transferred"]


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
    """A service case begins. `previous` is the customer's session before, if we still know it."""

    session: SessionId
    customer: CustomerId
    account: AccountId
    group: GroupId
    previous: SessionId | None = None


class MessageReceived(_Event):
    """`turn_began`: it is now the seat's move, where it was not before."""

    session: SessionId
    customer: CustomerId
    message: MessageId
    content: Content
    key: str
    sent_at: Millis
    seat: SeatId | None = None
    turn_began: bool = False


class MessageRefused(_Event):
    """The customer's message is over a limit: kept as it came, told to the customer, opens and changes nothing."""

    customer: CustomerId
    message: MessageId
    content: Content
    key: str
    sent_at: Millis
    code: str
    limit: int
    session: SessionId | None = None
    seat: SeatId | None = None


class CustomerEventRecorded(_Event):
    customer: CustomerId
    event: CustomerEvent
    key: str
    sent_at: Millis
    session: SessionId | None = None
    seat: SeatId | None = None


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


class SessionOffered(_Event):
    """It rings at a seat, whose slot is reserved, until `expires_at`.

    `candidates` are the best seats with their scores, the chosen first; `passed_over` counts the others by the rule
    that left them out. `from_seat` is set when a colleague is handing it over, and keeps it until it is accepted.
    """

    session: SessionId
    group: GroupId
    customer: CustomerId
    seat: SeatId
    expires_at: Millis
    waited_ms: int
    candidates: list[Candidate] = []
    passed_over: dict[str, int] = {}
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
    """Segment number `segment` begins. `waited_ms` runs from entering this group's line."""

    session: SessionId
    customer: CustomerId
    seat: SeatId
    user: UserId
    group: GroupId
    segment: int
    waited_ms: int
    from_seat: SeatId | None = None


# In service.


class MessageSent(_Event):
    """A seat's words, on their way to the customer; `MessageDelivered` or `MessageFailed` follows."""

    session: SessionId
    customer: CustomerId
    message: MessageId
    content: Content
    seat: SeatId
    user: UserId


class NoticeSent(_Event):
    """Automatic words to the customer; they end no turn. `kind` names the occasion."""

    customer: CustomerId
    message: MessageId
    kind: str
    content: Content
    session: SessionId | None = None
    seat: SeatId | None = None


class MessageDelivered(_Event):
    """The channel took it. WeChat gives no receipt of reading."""

    message: MessageId
    session: SessionId | None = None
    seat: SeatId | None = None
    attempts: int = 1


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
    """Final. A later message opens a new session."""

    session: SessionId
    customer: CustomerId
    group: GroupId
    reason: CloseReason
    seat: SeatId | None = None
    disposition: str = ""
    remark: str = ""


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
    | SessionQueued
    | SessionOffered
    | OfferRejected
    | OfferTimedOut
    | OfferRescinded
    | SessionAccepted
    | MessageSent
    | NoticeSent
    | MessageDelivered
    | MessageFailed
    | MediaStored
    | MediaRejected
    | NoteAdded
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
