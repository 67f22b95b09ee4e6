"""The names of things: one `NewType` for each identifier and unit that crosses a module.

They cost nothing at run time and keep a seat from being passed where a session is meant.
"""

from typing import Literal, NewType

from routing import capacity

AccountId = NewType("AccountId", str)
"""Key of an account that customers write to, as in its callback address."""
CustomerId = NewType("CustomerId", str)
"""A person in one account: `account:openid`."""
SessionId = NewType("SessionId", str)
"""Readable number of a session: local date and a counter, `20261123-0042`."""
MessageId = NewType("MessageId", str)
"""A message or notice: the session's number and an ordinal, `20261123-0042.7`."""
SeatId = NewType("SeatId", str)
GroupId = NewType("GroupId", str)
UserId = NewType("UserId", str)
"""Sign-in name of a person who works here."""
HubId = NewType("HubId", str)
"""One running web process."""
ConnectionId = NewType("ConnectionId", str)
"""One browser socket at a hub."""
MediaKey = NewType("MediaKey", str)
"""Name of a stored file in our own media store."""
Millis = NewType("Millis", int)
"""An instant: milliseconds since 1970-01-01 UTC. Durations are plain ints named `_ms` or `_s`."""
Seq = NewType("Seq", int)
"""Position of an event in the ledger; grows by one with each event."""

Role = Literal["agent", "supervisor", "inspector", "admin"]
SessionState = Literal["bot", "queued", "offered", "active", "parked", "wrap_up", "closed"]
Presence = Literal["available", "busy", "break", "reconnecting", "offline"]
Turn = Literal["seat", "customer"]
"""Whose move it is."""
CustomerMark = Literal["vip", "complaint"]
"""What moves a customer forward in every line."""
Stars = Literal[1, 2, 3, 4, 5]
"""How a customer rates a session; five is best."""
SilenceStep = Literal["remind", "park", "soft_end", "hard_end"]
"""The steps of the silence ladder, in order."""

CloseReason = Literal[
    "seat_end",
    "customer_end",
    "customer_idle",
    "silent_abandon",
    "queue_abandon",
    "queue_timeout",
    "overflow",
    "after_hours",
    "leave_message",
    "supervisor_force",
    "kf_window",
    "kf_ended",
    "transferred_out",
    "self_service",
    "seat_lost",
    "system",
]

HARD_CAP = capacity.HARD_CAP
"""No seat ever holds more sessions than this, whoever asks."""


def customer_id(account: str, openid: str) -> CustomerId:
    """The customer's name across the desk; openids hold no colon, accounts neither."""
    return CustomerId(f"{account}:{openid}")


def account_of(customer: CustomerId) -> AccountId:
    """The account that this customer writes to."""
    return AccountId(customer.split(":", 1)[0])


def openid_of(customer: CustomerId) -> str:
    """The customer's id as their channel knows it."""
    return customer.split(":", 1)[1]
