"""What a browser may ask for, frame by frame: the shape of each command on the socket.

Fields have the commands' plain names. Here is only what makes sense; whether it may be, `desk.verbs` and the core say.
"""

from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

from sessions.ids import CustomerMark, Presence, Turn

ID_LENGTH_MAX = 64
MEDIA_LENGTH_MAX = 100
MESSAGE_LENGTH_MAX = 200
HOLD_MAX_S = 10
"""So long a message may be kept from the channel, in case it is wanted back."""
NOTES_MAX = 500
"""A note for each session that is handed over at the end of a shift; the rest share the one for all."""
CANNED_MAX = 8
"""Canned replies that one text was made of."""
INSTANT_MAX = 10**14
MENTIONS_MAX = 10
WORDS_LENGTH_MAX = 1000
"""Of what is written down about a customer; the core's limits are narrower, and say which."""
TAGS_ASKED_MAX, FIELDS_MAX = 100, 50

Id = Annotated[str, Meta(max_length=ID_LENGTH_MAX)]
Mark = Annotated[str, Meta(max_length=32)]
CannedId = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{1,32}\Z")]
Words = Annotated[str, Meta(max_length=WORDS_LENGTH_MAX)]


class _Frame(Struct, tag_field="do", forbid_unknown_fields=True, kw_only=True):
    id: Id


class SignInSeat(_Frame, tag="sign_in_seat"):
    presence: Presence = "available"


class SignOutSeat(_Frame, tag="sign_out_seat"):
    hand_over: bool = False
    note: str = ""
    notes: Annotated[dict[Id, str], Meta(max_length=NOTES_MAX)] = {}


class SetPresence(_Frame, tag="set_presence", kw_only=True):
    presence: Presence
    reason: str = ""


class Accept(_Frame, tag="accept", kw_only=True):
    session: Id


class StepIn(_Frame, tag="step_in", kw_only=True):
    session: Id


class Reject(_Frame, tag="reject", kw_only=True):
    session: Id


class Send(_Frame, tag="send", kw_only=True):
    session: Id
    text: str = ""
    media: Annotated[str, Meta(max_length=MEDIA_LENGTH_MAX)] = ""
    canned: Annotated[tuple[CannedId, ...], Meta(max_length=CANNED_MAX)] = ()
    resends: Annotated[str, Meta(max_length=MESSAGE_LENGTH_MAX)] = ""
    hold_s: Annotated[int, Meta(ge=0, le=HOLD_MAX_S)] = 0


class Recall(_Frame, tag="recall", kw_only=True):
    session: Id
    message: Annotated[str, Meta(max_length=MESSAGE_LENGTH_MAX)]


class Note(_Frame, tag="note", kw_only=True):
    session: Id
    text: str
    mentions: Annotated[list[Id], Meta(max_length=MENTIONS_MAX)] = []


class Transfer(_Frame, tag="transfer", kw_only=True):
    session: Id
    to_group: Id | None = None
    to_seat: Id | None = None
    note: str = ""


class HangUp(_Frame, tag="hang_up", kw_only=True):
    session: Id


class Park(_Frame, tag="park", kw_only=True):
    session: Id


class Promise(_Frame, tag="promise", kw_only=True):
    session: Id
    due_at: Annotated[int, Meta(ge=0, le=INSTANT_MAX)]
    text: str = ""


class Resume(_Frame, tag="resume", kw_only=True):
    session: Id


class SetTurn(_Frame, tag="set_turn", kw_only=True):
    session: Id
    turn: Turn


class MarkCustomer(_Frame, tag="mark_customer", kw_only=True):
    session: Id
    mark: CustomerMark
    on: bool = True


class DescribeCustomer(_Frame, tag="describe_customer", kw_only=True):
    session: Id
    revision: Annotated[int, Meta(ge=0, le=INSTANT_MAX)]
    remark: Words | None = None
    phone: Words | None = None
    tags: Annotated[tuple[Words, ...], Meta(max_length=TAGS_ASKED_MAX)] | None = None
    fields: Annotated[dict[Id, Words], Meta(max_length=FIELDS_MAX)] = {}


class Consult(_Frame, tag="consult", kw_only=True):
    session: Id
    to_seat: Id
    text: str


class ConsultSay(_Frame, tag="consult_say", kw_only=True):
    session: Id
    text: str


class EndConsult(_Frame, tag="end_consult", kw_only=True):
    session: Id


class WrapUp(_Frame, tag="wrap_up", kw_only=True):
    session: Id
    disposition: str = ""
    remark: str = ""


class Draft(_Frame, tag="draft", kw_only=True):
    """What is in the composer now: kept aside for the writer's other pages, no command."""

    session: Id
    text: str = ""
    mode: Literal["reply", "note"] = "reply"
    rev: Mark = ""
    base: Mark = ""
    after: Mark = ""


class Typing(_Frame, tag="typing", kw_only=True):
    """A reply is being written, or no longer: shown to the customer and forgotten, no command."""

    session: Id
    on: bool = True


class Look(_Frame, tag="look", kw_only=True):
    """Which of the lists that only who looks is told about this browser has before it; empty for none."""

    at: Literal["", "talks"]


class Ping(_Frame, tag="ping"):
    """Is the line alive, and what time is it there."""


Frame = (
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
    | Park
    | Promise
    | Resume
    | SetTurn
    | MarkCustomer
    | DescribeCustomer
    | Consult
    | ConsultSay
    | EndConsult
    | WrapUp
    | Draft
    | Typing
    | Look
    | Ping
)
VERBS: frozenset[str] = frozenset(kind.__struct_config__.tag for kind in get_args(Frame))
"""The names of them all, as `do` says them."""
