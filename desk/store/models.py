"""The tables: what is set up, and what has been archived.

Settings are edited by people and hold each other by foreign keys. The archive is a projection of the ledger
and has none: its order and integrity are the ledger's, and a constraint could only make it refuse a fact. Each
archive row is a value class that the folding and the pages use, and a table class that adds nothing to it but
its place in SQL: an instance of a table class costs ten times as much to make.

JSON lies in text columns: the archive keeps an event as the ledger spelled it, and PostgreSQL's jsonb refuses
some texts that people can send.
"""

from typing import Literal

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, Text, UniqueConstraint, column
from sqlmodel import Field, SQLModel

from sessions.ids import HARD_CAP

Instant = BigInteger
"""Milliseconds since 1970 in UTC, as everywhere."""

Position = BigInteger().with_variant(Integer, "sqlite")
"""A ledger position; on SQLite a plain integer key, which needs no index of its own."""


# What is set up.


class SkillGroup(SQLModel, table=True):
    __tablename__ = "skill_group"

    id: str = Field(primary_key=True)
    name: str
    name_en: str = ""
    required_level: int = 1


class Account(SQLModel, table=True):
    """An account that customers write to. The `sealed_…` columns hold ciphertext: see `desk.store.sealing`."""

    __tablename__ = "account"

    id: str = Field(primary_key=True)
    name: str
    channel: str = "wechat"
    app_id: str = ""
    original_id: str = ""
    mode: str = "compatible"
    default_group: str = Field(foreign_key="skill_group.id")
    sealed_app_secret: str = Field(default="", sa_type=Text)
    sealed_token: str = Field(default="", sa_type=Text)
    sealed_aes_key: str = Field(default="", sa_type=Text)
    sealed_previous_aes_key: str = Field(default="", sa_type=Text)
    active: bool = True


class Seat(SQLModel, table=True):
    """A place of work. Who sits there is told by the user: one at a time."""

    __tablename__ = "seat"
    __table_args__ = (CheckConstraint(f"soft_cap BETWEEN 1 AND {HARD_CAP}", name="seat_soft_cap"),)

    id: str = Field(primary_key=True)
    name: str
    soft_cap: int = 6
    active: bool = True


class SeatSkill(SQLModel, table=True):
    __tablename__ = "seat_skill"

    seat: str = Field(primary_key=True, foreign_key="seat.id", ondelete="CASCADE")
    skill_group: str = Field(primary_key=True, foreign_key="skill_group.id")
    level: int = 1


class User(SQLModel, table=True):
    """A person who works here. Agents have a seat. `language` is empty while they have chosen none."""

    __tablename__ = "desk_user"
    __table_args__ = (
        UniqueConstraint("seat", name="desk_user_seat_once"),
        CheckConstraint("role IN ('agent', 'supervisor', 'inspector', 'admin')", name="desk_user_role"),
    )

    username: str = Field(primary_key=True)
    name: str
    role: str
    password_hash: str
    seat: str | None = Field(default=None, foreign_key="seat.id")
    language: str = ""
    active: bool = True


class Setting(SQLModel, table=True):
    """One number of the rules (`rules.offer_timeout_s`) or one text (`texts.greeting`), as JSON."""

    __tablename__ = "setting"

    key: str = Field(primary_key=True)
    value: str = Field(sa_type=Text)


# What has been archived.

Direction = Literal["customer", "seat", "notice", "note"]
Delivery = Literal["received", "sending", "delivered", "failed", "refused"]


class ArchivedEvent(SQLModel):
    """An event of the ledger, word for word; the columns beside `body` are there to find it."""

    seq: int = Field(primary_key=True, sa_type=Position)
    at: int = Field(sa_type=Instant)
    type: str
    session: str | None = None
    customer: str | None = None
    seat: str | None = None
    body: str = Field(sa_type=Text)


class EventTable(ArchivedEvent, table=True):
    __tablename__ = "archived_event"
    __table_args__ = (
        Index("archived_event_at", "at"),
        Index("archived_event_session", "session", "seq"),
        Index(  # what customers did outside sessions: the rest of a customer's history is found by session
            "archived_event_customer",
            "customer",
            "seq",
            sqlite_where=column("session").is_(None) & column("customer").is_not(None),
            postgresql_where=column("session").is_(None) & column("customer").is_not(None),
        ),
    )


class ArchivedSession(SQLModel):
    """A service case, as far as the ledger has told. Instants are None until they have come.

    `seat` and `username` are the last that held it; wrap-up runs from `hung_up_at` to `closed_at`.
    """

    id: str = Field(primary_key=True)
    customer: str
    account: str
    skill_group: str
    state: str = "queued"
    previous: str | None = None
    opened_at: int = Field(sa_type=Instant)
    first_enqueued_at: int | None = Field(default=None, sa_type=Instant)
    accepted_at: int | None = Field(default=None, sa_type=Instant)
    first_reply_at: int | None = Field(default=None, sa_type=Instant)
    hung_up_at: int | None = Field(default=None, sa_type=Instant)
    closed_at: int | None = Field(default=None, sa_type=Instant)
    seat: str | None = None
    username: str | None = None
    close_reason: str = ""
    disposition: str = ""
    remark: str = Field(default="", sa_type=Text)
    offers: int = 0
    segments: int = 0
    customer_messages: int = 0
    seat_messages: int = 0
    notices: int = 0
    notes: int = 0


class SessionTable(ArchivedSession, table=True):
    __tablename__ = "session"
    __table_args__ = (
        Index("session_customer", "customer", "opened_at"),
        Index("session_closed", "closed_at"),
        Index("session_seat", "seat", "closed_at"),
    )


class ArchivedSegment(SQLModel):
    """The part of a session that one seat held; `n` counts from 1."""

    session: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    seat: str
    username: str
    skill_group: str
    waited_ms: int = Field(default=0, sa_type=BigInteger)
    started_at: int = Field(sa_type=Instant)
    ended_at: int | None = Field(default=None, sa_type=Instant)
    end_reason: str = ""
    to_group: str | None = None
    to_seat: str | None = None
    note: str = Field(default="", sa_type=Text)


class SegmentTable(ArchivedSegment, table=True):
    __tablename__ = "segment"
    __table_args__ = (Index("segment_seat", "seat", "started_at"), Index("segment_user", "username", "started_at"))


class ArchivedMessage(SQLModel):
    """Something said: by the customer, a seat, the desk itself (notice), or among colleagues (note).

    `seq` is its place in the order of things; `sent_at` is the sender's clock, for display. `occasion` is why a
    notice was sent. `failure` is a code: why it was not delivered, was refused, or why its file is missing.
    """

    id: str = Field(primary_key=True)
    seq: int = Field(sa_type=BigInteger)
    session: str | None = None
    customer: str
    direction: Direction = Field(sa_type=Text)
    seat: str | None = None
    username: str | None = None
    kind: str
    occasion: str = ""
    content: str = Field(sa_type=Text)
    at: int = Field(sa_type=Instant)
    sent_at: int = Field(sa_type=Instant)
    delivery: Delivery = Field(sa_type=Text)
    failure: str = ""
    failure_detail: str = Field(default="", sa_type=Text)
    uncertain: bool = False
    attempts: int = 0


class MessageTable(ArchivedMessage, table=True):
    __tablename__ = "message"
    __table_args__ = (Index("message_session", "session", "seq"), Index("message_customer", "customer", "seq"))


class ArchivePosition(SQLModel, table=True):
    """The one row that says how far the archive has come; its lock lets one archivist in at a time."""

    __tablename__ = "archive_position"

    id: int = Field(default=1, primary_key=True)
    seq: int = Field(sa_type=BigInteger)
