"""Settings and archive: the first tables.

Nullable columns are instants that have not come yet, and names that an event may lack; everything else is there.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "archive_position",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "archived_event",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("session", sa.String(), nullable=True),
        sa.Column("customer", sa.String(), nullable=True),
        sa.Column("seat", sa.String(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("archived_event_at", "archived_event", ["at"])
    op.create_index(
        "archived_event_customer",
        "archived_event",
        ["customer", "seq"],
        sqlite_where=sa.text("session IS NULL AND customer IS NOT NULL"),
        postgresql_where=sa.text("session IS NULL AND customer IS NOT NULL"),
    )
    op.create_index("archived_event_session", "archived_event", ["session", "seq"])
    op.create_table(
        "message",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("session", sa.String(), nullable=True),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("seat", sa.String(), nullable=True),
        sa.Column("username", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("failure", sa.String(), nullable=False),
        sa.Column("failure_detail", sa.Text(), nullable=False),
        sa.Column("uncertain", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("message_customer", "message", ["customer", "seq"])
    op.create_index("message_session", "message", ["session", "seq"])
    op.create_table(
        "seat",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("soft_cap", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("soft_cap BETWEEN 1 AND 10", name="seat_soft_cap"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "segment",
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("seat", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("skill_group", sa.String(), nullable=False),
        sa.Column("waited_ms", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=False),
        sa.Column("to_group", sa.String(), nullable=True),
        sa.Column("to_seat", sa.String(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("session", "n"),
    )
    op.create_index("segment_seat", "segment", ["seat", "started_at"])
    op.create_index("segment_user", "segment", ["username", "started_at"])
    op.create_table(
        "session",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("skill_group", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("previous", sa.String(), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("first_enqueued_at", sa.BigInteger(), nullable=True),
        sa.Column("accepted_at", sa.BigInteger(), nullable=True),
        sa.Column("first_reply_at", sa.BigInteger(), nullable=True),
        sa.Column("hung_up_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("seat", sa.String(), nullable=True),
        sa.Column("username", sa.String(), nullable=True),
        sa.Column("close_reason", sa.String(), nullable=False),
        sa.Column("disposition", sa.String(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("offers", sa.Integer(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("customer_messages", sa.Integer(), nullable=False),
        sa.Column("seat_messages", sa.Integer(), nullable=False),
        sa.Column("notices", sa.Integer(), nullable=False),
        sa.Column("notes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("session_closed", "session", ["closed_at"])
    op.create_index("session_customer", "session", ["customer", "opened_at"])
    op.create_index("session_seat", "session", ["seat", "closed_at"])
    op.create_table(
        "setting",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "skill_group",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("required_level", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("app_id", sa.String(), nullable=False),
        sa.Column("original_id", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("default_group", sa.String(), nullable=False),
        sa.Column("sealed_app_secret", sa.Text(), nullable=False),
        sa.Column("sealed_token", sa.Text(), nullable=False),
        sa.Column("sealed_aes_key", sa.Text(), nullable=False),
        sa.Column("sealed_previous_aes_key", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["default_group"], ["skill_group.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "desk_user",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("seat", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["seat"], ["seat.id"]),
        sa.PrimaryKeyConstraint("username"),
        sa.UniqueConstraint("seat", name="desk_user_seat_once"),
        sa.CheckConstraint("role IN ('agent', 'supervisor', 'inspector', 'admin')", name="desk_user_role"),
    )
    op.create_table(
        "seat_skill",
        sa.Column("seat", sa.String(), nullable=False),
        sa.Column("skill_group", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["seat"], ["seat.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["skill_group"], ["skill_group.id"]),
        sa.PrimaryKeyConstraint("seat", "skill_group"),
    )
    op.execute("INSERT INTO archive_position (id, seq) VALUES (1, 0)")


def downgrade() -> None:
    op.drop_table("seat_skill")
    op.drop_table("desk_user")
    op.drop_table("account")
    op.drop_table("skill_group")
    op.drop_table("setting")
    op.drop_table("session")
    op.drop_table("segment")
    op.drop_table("seat")
    op.drop_table("message")
    op.drop_table("archived_event")
    op.drop_table("archive_position")
