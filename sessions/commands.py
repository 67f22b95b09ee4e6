"""Everything that anyone can ask of the desk. Reading this file tells what the desk does.

An edge (gateway, hub, courier, admin page) checks who is asking, builds one of these and appends it to the inbox;
the engine decides. People's commands carry an `Actor`, and are always answered by a `CommandAnswered` event.
"""

from typing import Any

import msgspec

from sessions.content import Content, CustomerEvent
from sessions.ids import (
    ConnectionId,
    CustomerId,
    CustomerMark,
    GroupId,
    HubId,
    MediaKey,
    MessageId,
    Millis,
    Presence,
    Role,
    SeatId,
    SessionId,
    Stars,
    Turn,
    UserId,
)
from sessions.profile import Told
from sessions.records import Record
from sessions.settings import Site
from sessions.wording import snake_case


class Actor(Record):
    """A person who works here. `request` is the idempotency key of the command: a repeated one takes effect once."""

    user: UserId
    role: Role
    request: str
    seat: SeatId | None = None


class _Command(Record, tag_field="do", tag=snake_case, gc=False):
    pass


# What a customer does, told by a channel.


class ReceiveMessage(_Command):
    """`key` is the channel's own identity of the message, by which repeats are known; `sent_at` is for display."""

    customer: CustomerId
    content: Content
    key: str
    sent_at: Millis


class RecordCustomerEvent(_Command):
    """Something that a customer did without writing: followed, scanned, clicked a menu."""

    customer: CustomerId
    event: CustomerEvent
    key: str
    sent_at: Millis


class RateSession(_Command):
    """The customer fills in the form with which an edge asks them to rate a session."""

    customer: CustomerId
    session: SessionId
    stars: Stars
    key: str
    sent_at: Millis
    comment: str = ""


# What an agent does.


class SignInSeat(_Command):
    actor: Actor
    presence: Presence = "available"


class SignOutSeat(_Command):
    """End of the shift. With `hand_over` everything the seat still has is distributed, each with its note."""

    actor: Actor
    hand_over: bool = False
    note: str = ""
    notes: dict[SessionId, str] = {}


class SetPresence(_Command):
    """`reason` belongs to a break: meal, restroom, training, meeting, coaching, system, other."""

    actor: Actor
    presence: Presence
    reason: str = ""


class Accept(_Command):
    actor: Actor
    session: SessionId


class StepIn(_Command):
    """Take a customer over from self-service who has not asked for a seat."""

    actor: Actor
    session: SessionId


class Reject(_Command):
    actor: Actor
    session: SessionId


class Send(_Command):
    """Say something to the customer; `canned` names the canned replies that its words were made of.

    `resends` names a message of ours that failed, which is said once more. The channel gets it after `hold_s`, so long
    it can be taken back without anybody having seen it.
    """

    actor: Actor
    session: SessionId
    content: Content
    canned: tuple[str, ...] = ()
    resends: MessageId | None = None
    hold_s: int = 0


class Recall(_Command):
    """Take back what was said: while it is still with us, and where the channel can, a little longer."""

    actor: Actor
    session: SessionId
    message: MessageId


class Note(_Command):
    """An internal remark on a session that the customer never sees; the colleagues it mentions are told of it."""

    actor: Actor
    session: SessionId
    text: str
    mentions: tuple[SeatId, ...] = ()


class Transfer(_Command):
    """To a group (cold: let go at once) or to a seat (kept until it is accepted); exactly one of the two."""

    actor: Actor
    session: SessionId
    to_group: GroupId | None = None
    to_seat: SeatId | None = None
    note: str = ""


class HangUp(_Command):
    actor: Actor
    session: SessionId


class Park(_Command):
    """The customer has gone quiet: free the slot, keep the session."""

    actor: Actor
    session: SessionId


class Promise(_Command):
    """Parked until an answer is due that the customer was promised. `text` is said to them first, where given."""

    actor: Actor
    session: SessionId
    due_at: Millis
    text: str = ""


class Resume(_Command):
    """Take a parked session back into service."""

    actor: Actor
    session: SessionId


class SetTurn(_Command):
    """The agent knows better whose move it is: a polite word that asks something, a question that does not."""

    actor: Actor
    session: SessionId
    turn: Turn


class MarkCustomer(_Command):
    """Set or lift a mark that moves the customer forward in every line: `vip`, `complaint`."""

    actor: Actor
    session: SessionId
    mark: CustomerMark
    on: bool = True


class DescribeCustomer(_Command):
    """Write down who the customer is. None and missing fields stay as they are; `revision` is what the writer saw."""

    actor: Actor
    session: SessionId
    revision: int
    remark: str | None = None
    phone: str | None = None
    tags: tuple[str, ...] | None = None
    fields: dict[str, str] = {}


class Consult(_Command):
    """Ask a colleague in a side thread that the customer never sees; takes no slot of theirs."""

    actor: Actor
    session: SessionId
    to_seat: SeatId
    text: str


class ConsultSay(_Command):
    """A line in the side thread, by either of the two."""

    actor: Actor
    session: SessionId
    text: str


class EndConsult(_Command):
    """The side thread is over, by either of the two."""

    actor: Actor
    session: SessionId


class WrapUp(_Command):
    """Close the books on a session that was hung up: what it was about."""

    actor: Actor
    session: SessionId
    disposition: str = ""
    remark: str = ""


# What our own processes report.


class ConnectSeat(_Command):
    """A browser of this seat has a socket at a hub."""

    hub: HubId
    seat: SeatId
    connection: ConnectionId


class DisconnectSeat(_Command):
    hub: HubId
    seat: SeatId
    connection: ConnectionId


class BeatHub(_Command):
    """A web process is alive, and its sockets with it."""

    hub: HubId


class CloseHub(_Command):
    """A web process is going down in good order; its sockets are gone."""

    hub: HubId


class ReportDelivered(_Command):
    """The channel took the message."""

    message: MessageId
    session: SessionId | None = None
    attempts: int = 1


class ReportFailed(_Command):
    """The channel did not take the message, finally. `uncertain`: it may have arrived all the same."""

    message: MessageId
    code: str
    session: SessionId | None = None
    detail: str = ""
    attempts: int = 1
    uncertain: bool = False


class ReportRecalled(_Command):
    """The message was taken back in time: the channel never got it."""

    message: MessageId
    customer: CustomerId
    session: SessionId | None = None


class ReportMediaStored(_Command):
    """The file of a customer's message lies in our store."""

    message: MessageId
    session: SessionId
    media: MediaKey
    mime: str
    size_bytes: int
    duration_ms: int = 0


class ReportMediaRejected(_Command):
    """The file of a customer's message is not to be had, or is over our limits; `code` says which."""

    message: MessageId
    session: SessionId
    code: str
    customer: CustomerId


class RememberCustomer(_Command):
    """What the archive keeps of a customer whom the floor does not know, and what the channel tells of them."""

    customer: CustomerId
    remark: str = ""
    tags: tuple[str, ...] = ()
    revision: int = 0
    touched: tuple[tuple[str, int], ...] = ()
    told: Told | None = None


class ConfigureSite(_Command):
    """New settings, whole; take effect at once. `last_session` is the newest number that the archive holds.

    A ledger that was lost and begun anew goes on counting from there.
    """

    site: Site
    by: str = "system"
    last_session: SessionId | None = None


class Tick(_Command):
    """Time has passed: whatever is due happens. Made by the engine itself, never sent through the inbox."""


AgentCommand = (
    SignInSeat
    | SignOutSeat
    | SetPresence
    | Accept
    | StepIn
    | Reject
    | Send
    | Recall
    | Note
    | Transfer
    | HangUp
    | WrapUp
    | Park
    | Promise
    | Resume
    | SetTurn
    | MarkCustomer
    | DescribeCustomer
    | Consult
    | ConsultSay
    | EndConsult
)
ProcessCommand = (
    ConnectSeat
    | DisconnectSeat
    | BeatHub
    | CloseHub
    | ReportDelivered
    | ReportFailed
    | ReportRecalled
    | ReportMediaStored
    | ReportMediaRejected
    | RememberCustomer
    | ConfigureSite
    | Tick
)
Command = ReceiveMessage | RecordCustomerEvent | RateSession | AgentCommand | ProcessCommand

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)


def encode(command: Command) -> bytes:
    """The command as it lies in the inbox: JSON, told apart by its `do`."""
    return _encoder.encode(command)


def decode(data: bytes | str) -> Any:
    """The command that `encode` wrote; raises `msgspec.ValidationError` for anything else."""
    return _decoder.decode(data)
