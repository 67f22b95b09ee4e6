"""The tables: what is set up, and what has been archived.

Settings are edited by people and hold each other by foreign keys. The archive is a projection of the ledger
and has none: its order and integrity are the ledger's, and a constraint could only make it refuse a fact. Each
archive row is a value class that the folding and the pages use, and a table class that adds nothing to it but
its place in SQL: an instance of a table class costs ten times as much to make.

JSON lies in text columns: the archive keeps an event as the ledger spelled it, and PostgreSQL's jsonb refuses
some texts that people can send.
"""

from typing import Literal, cast

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, Table, Text, UniqueConstraint, column
from sqlmodel import Field, SQLModel

from sessions.ids import HARD_CAP

Instant = BigInteger
"""Milliseconds since 1970 in UTC, as everywhere."""

Position = BigInteger().with_variant(Integer, "sqlite")
"""A ledger position; on SQLite a plain integer key, which needs no index of its own."""

ONLY_ON = "only_on"
"""What an index says of the one kind of database that has it."""


def table_of(model: type[SQLModel]) -> Table:
    """Where its rows lie, for statements that make no instances of it."""
    return cast(Table, model.__table__)  # type: ignore[attr-defined]


# What is set up.


class Calendar(SQLModel, table=True):
    """Hours that groups work. `week` and `dates` are JSON: spans of minutes, as `routing.hours` has them."""

    __tablename__ = "calendar"

    id: str = Field(primary_key=True)
    name: str
    week: str = Field(default="[]", sa_type=Text)
    dates: str = Field(default="{}", sa_type=Text)


class SkillGroup(SQLModel, table=True):
    """A skill group. `details` is JSON: whatever of `sessions.settings.Group` has no column and is not the default."""

    __tablename__ = "skill_group"
    __table_args__ = (CheckConstraint(f"soft_cap BETWEEN 1 AND {HARD_CAP}", name="skill_group_soft_cap"),)

    id: str = Field(primary_key=True)
    name: str
    name_en: str = ""
    required_level: int = 1
    soft_cap: int = HARD_CAP
    policy: str = "shortest_reply"
    calendar: str | None = Field(default=None, foreign_key="calendar.id")
    details: str = Field(default="{}", sa_type=Text)
    position: int = 0


class Flow(SQLModel, table=True):
    """Self-service that accounts share; what it knows is in the three tables below. `welcome` is an action or empty."""

    __tablename__ = "flow"

    id: str = Field(primary_key=True)
    name: str
    welcome: str = Field(default="", sa_type=Text)
    unmatched_max: int = 0
    unmatched_text: str = Field(default="", sa_type=Text)
    answer_share: int = Field(default=50, sa_column_kwargs={"server_default": "50"})


class Keyword(SQLModel, table=True):
    """A keyword answer; `phrases` is a JSON list, `action` is JSON as `routing.selfservice` has it, here and below."""

    __tablename__ = "keyword"

    flow: str = Field(primary_key=True, foreign_key="flow.id", ondelete="CASCADE")
    id: str = Field(primary_key=True)
    position: int = 0
    phrases: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    fuzzy: bool = True


class FlowEntry(SQLModel, table=True):
    """What a click in the account's menu or a scanned QR code leads to."""

    __tablename__ = "flow_entry"
    __table_args__ = (CheckConstraint("kind IN ('click', 'scene')", name="flow_entry_kind"),)

    flow: str = Field(primary_key=True, foreign_key="flow.id", ondelete="CASCADE")
    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    action: str = Field(sa_type=Text)


class TextMenu(SQLModel, table=True):
    """A menu of words; `options` is JSON, actions by what the customer types."""

    __tablename__ = "text_menu"

    flow: str = Field(primary_key=True, foreign_key="flow.id", ondelete="CASCADE")
    id: str = Field(primary_key=True)
    text: str = Field(sa_type=Text)
    options: str = Field(default="{}", sa_type=Text)


class Account(SQLModel, table=True):
    """An account that customers write to. The `sealed_…` columns hold ciphertext: see `desk.store.sealing`.

    `details` is JSON: what is set up of a web chat.
    """

    __tablename__ = "account"

    id: str = Field(primary_key=True)
    name: str
    channel: str = "wechat"
    app_id: str = ""
    original_id: str = ""
    mode: str = "compatible"
    default_group: str = Field(foreign_key="skill_group.id")
    flow: str | None = Field(default=None, foreign_key="flow.id")
    sealed_app_secret: str = Field(default="", sa_type=Text)
    sealed_token: str = Field(default="", sa_type=Text)
    sealed_aes_key: str = Field(default="", sa_type=Text)
    sealed_previous_aes_key: str = Field(default="", sa_type=Text)
    details: str = Field(default="{}", sa_type=Text)
    active: bool = True


class Seat(SQLModel, table=True):
    """A place of work. Who sits there is told by the user: one at a time.

    `successor` is set when it is no more: the seat that inherits its customers.
    """

    __tablename__ = "seat"
    __table_args__ = (CheckConstraint(f"soft_cap BETWEEN 1 AND {HARD_CAP}", name="seat_soft_cap"),)

    id: str = Field(primary_key=True)
    name: str
    soft_cap: int = 6
    active: bool = True
    successor: str | None = None


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


class Preference(SQLModel, table=True):
    """What somebody chose for their own desk, as JSON: see `desk.preferences`."""

    __tablename__ = "preference"

    username: str = Field(primary_key=True, foreign_key="desk_user.username", ondelete="CASCADE")
    body: str = Field(default="{}", sa_type=Text)


class CannedReply(SQLModel, table=True):
    """A canned reply, as `desk.replies` has it; `keywords` is a JSON list."""

    __tablename__ = "canned_reply"
    __table_args__ = (
        CheckConstraint("scope IN ('personal', 'group', 'site')", name="canned_reply_scope"),
        Index("canned_reply_owner", "scope", "owner"),
    )

    id: str = Field(primary_key=True)
    scope: str
    owner: str = ""
    title: str
    text: str = Field(sa_type=Text)
    shortcut: str = ""
    keywords: str = Field(default="[]", sa_type=Text)
    category: str = ""
    position: int = 0
    updated_at: int = Field(default=0, sa_type=Instant)
    updated_by: str = ""


class Article(SQLModel, table=True):
    """An article of the knowledge base, as `desk.knowledge` has it; `keywords` and `groups` are JSON lists."""

    __tablename__ = "article"

    id: str = Field(primary_key=True)
    title: str
    body: str = Field(sa_type=Text)
    keywords: str = Field(default="[]", sa_type=Text)
    groups: str = Field(default="[]", sa_type=Text)
    active: bool = True
    updated_at: int = Field(default=0, sa_type=Instant)
    updated_by: str = ""


class Setting(SQLModel, table=True):
    """A number (`rules.offer_timeout_s`), a text (`texts.closed`) or words (`words.give_up_words`), as JSON."""

    __tablename__ = "setting"

    key: str = Field(primary_key=True)
    value: str = Field(sa_type=Text)


class SettingsVersion(SQLModel, table=True):
    """The whole site as it was set up from then on, as JSON; `changes` are those of `desk.store.changes`."""

    __tablename__ = "settings_version"

    n: int | None = Field(default=None, primary_key=True)
    version: int = Field(sa_type=BigInteger)
    at: int = Field(sa_type=Instant)
    changed_by: str
    changes: str = Field(default="[]", sa_type=Text)
    body: str = Field(sa_type=Text)


# What has been archived.

Direction = Literal["customer", "seat", "notice", "note"]
Delivery = Literal["received", "sending", "delivered", "failed", "refused", "recalled"]


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

    `seat` and `username` are the last that held it; wrap-up runs from `hung_up_at` to `closed_at`. `case_id` is the
    first session of the case. `parked_at` is set while it is parked, `parked_ms` sums up the times before it.
    `merge_until` is how long a message continues the case after its end. `left_because` says why a message was left.
    `stars` and `comment` are the customer's, as they rated it last.
    """

    id: str = Field(primary_key=True)
    customer: str
    account: str
    skill_group: str
    state: str = "queued"
    case_id: str = ""
    origin: str = "customer"
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
    flow_answers: int = 0
    reminders: int = 0
    parks: int = 0
    wakes: int = 0
    parked_ms: int = Field(default=0, sa_type=BigInteger)
    parked_at: int | None = Field(default=None, sa_type=Instant)
    promises_made: int = 0
    promises_kept: int = 0
    promises_broken: int = 0
    merge_until: int | None = Field(default=None, sa_type=Instant)
    left_because: str = ""
    callback_at: int | None = Field(default=None, sa_type=Instant)
    satisfaction_asked_at: int | None = Field(default=None, sa_type=Instant)
    stars: int | None = None
    rated_at: int | None = Field(default=None, sa_type=Instant)
    comment: str = Field(default="", sa_type=Text)


class SessionTable(ArchivedSession, table=True):
    __tablename__ = "session"
    __table_args__ = (
        Index("session_customer", "customer", "opened_at"),
        Index("session_closed", "closed_at"),
        Index("session_seat", "seat", "closed_at"),
        Index("session_group", "skill_group", "opened_at"),
        Index("session_case", "case_id"),
        # The key itself lies in the order of whichever language the database was made for; SQLite knows no other.
        Index("session_number", "id", postgresql_ops={"id": "varchar_pattern_ops"}, info={ONLY_ON: "postgresql"}),
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
    __table_args__ = (
        Index("message_session", "session", "seq"),
        Index("message_customer", "customer", "seq"),
        Index(
            "message_note",
            "customer",
            "seq",
            sqlite_where=column("direction") == "note",
            postgresql_where=column("direction") == "note",
        ),
    )


class ArchivedCustomer(SQLModel):
    """Who a customer is: what people here wrote down, what the channel tells, what the customer did.

    `tags`, `fields` and `touched` are JSON: a list, values by field, and the revision in which each changed last.
    `first_code` and `last_code` are the QR codes that led here; `told_at` is when the channel was asked.
    """

    id: str = Field(primary_key=True)
    account: str
    remark: str = ""
    tags: str = Field(default="[]", sa_type=Text)
    phone: str = ""
    fields: str = Field(default="{}", sa_type=Text)
    revision: int = 0
    touched: str = Field(default="[]", sa_type=Text)
    edited_at: int | None = Field(default=None, sa_type=Instant)
    edited_by: str | None = None
    follows: bool | None = None
    follow_changed_at: int | None = Field(default=None, sa_type=Instant)
    first_code: str = ""
    last_code: str = ""
    last_code_at: int | None = Field(default=None, sa_type=Instant)
    scene: str = ""
    unionid: str = ""
    language: str = ""
    told_at: int | None = Field(default=None, sa_type=Instant)


class CustomerTable(ArchivedCustomer, table=True):
    __tablename__ = "customer"
    __table_args__ = (
        Index(
            "customer_unionid",
            "unionid",
            sqlite_where=column("unionid") != "",
            postgresql_where=column("unionid") != "",
        ),
    )


class TagCount(SQLModel):
    """How many customers bear a tag."""

    tag: str = Field(primary_key=True)
    customers: int = 0


class TagTable(TagCount, table=True):
    __tablename__ = "customer_tag"


class UnmatchedPhrase(SQLModel):
    """Words that self-service had no answer to, in plain form, and how often an account's customers wrote them."""

    account: str = Field(primary_key=True)
    phrase: str = Field(primary_key=True)
    count: int = 0
    first_at: int = Field(sa_type=Instant)
    last_at: int = Field(sa_type=Instant)


class UnmatchedPhraseTable(UnmatchedPhrase, table=True):
    __tablename__ = "unmatched_phrase"


class ReplyUse(SQLModel):
    """How often somebody sent a canned reply; the row of nobody (`""`) counts everybody's."""

    username: str = Field(primary_key=True)
    reply: str = Field(primary_key=True)
    count: int = 0
    last_at: int = Field(sa_type=Instant)


class ReplyUseTable(ReplyUse, table=True):
    __tablename__ = "reply_use"


class ArchivePosition(SQLModel, table=True):
    """The one row that says how far the archive has come; its lock lets one archivist in at a time."""

    __tablename__ = "archive_position"

    id: int = Field(default=1, primary_key=True)
    seq: int = Field(sa_type=BigInteger)
