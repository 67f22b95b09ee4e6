"""Routing and the bridge: hours, self-service, every setting of a group, the history of settings; the archive's share.

Columns that are new in old tables begin with what the desk did before, or with nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SESSION_COUNTS = (
    *("flow_answers", "reminders", "parks", "wakes"),
    *("promises_made", "promises_kept", "promises_broken"),
)


def upgrade() -> None:
    _hours_and_groups()
    _self_service()
    _history()
    _archive()


def _hours_and_groups() -> None:
    op.create_table(
        "calendar",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("dates", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    _add(
        "skill_group",
        "soft_cap INTEGER NOT NULL DEFAULT 10 CONSTRAINT skill_group_soft_cap CHECK (soft_cap BETWEEN 1 AND 10)",
    )
    _add("skill_group", "policy VARCHAR NOT NULL DEFAULT 'shortest_reply'")
    _add("skill_group", "calendar VARCHAR REFERENCES calendar (id)")
    _add("skill_group", "details TEXT NOT NULL DEFAULT '{}'")
    _add("skill_group", "position INTEGER NOT NULL DEFAULT 0")
    _add("seat", "successor VARCHAR")


def _self_service() -> None:
    op.create_table(
        "flow",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("welcome", sa.Text(), nullable=False),
        sa.Column("unmatched_max", sa.Integer(), nullable=False),
        sa.Column("unmatched_text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "keyword",
        sa.Column("flow", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("phrases", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("fuzzy", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["flow"], ["flow.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("flow", "id"),
    )
    op.create_table(
        "flow_entry",
        sa.Column("flow", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('click', 'scene')", name="flow_entry_kind"),
        sa.ForeignKeyConstraint(["flow"], ["flow.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("flow", "kind", "key"),
    )
    op.create_table(
        "text_menu",
        sa.Column("flow", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["flow"], ["flow.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("flow", "id"),
    )
    _add("account", "flow VARCHAR REFERENCES flow (id)")


def _history() -> None:
    op.create_table(
        "settings_version",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("n"),
    )


def _archive() -> None:
    _add("session", "case_id VARCHAR NOT NULL DEFAULT ''")
    _add("session", "origin VARCHAR NOT NULL DEFAULT 'customer'")
    for name in SESSION_COUNTS:
        _add("session", f"{name} INTEGER NOT NULL DEFAULT 0")
    _add("session", "parked_ms BIGINT NOT NULL DEFAULT 0")
    _add("session", "parked_at BIGINT")
    _add("session", "merge_until BIGINT")
    _add("session", "left_because VARCHAR NOT NULL DEFAULT ''")
    _add("session", "callback_at BIGINT")
    op.execute("UPDATE session SET case_id = id")  # before there were cases, each session was one
    op.create_index("session_case", "session", ["case_id"])
    op.create_table(
        "unmatched_phrase",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("phrase", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "phrase"),
    )


def _add(table: str, column: str) -> None:
    """In words that both databases know. SQLite must not build the table anew, as Alembic would: dropping the old one
    deletes what refers to it."""
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")


def downgrade() -> None:
    op.drop_table("unmatched_phrase")
    op.drop_index("session_case", "session")
    for name in ("case_id", "origin", *SESSION_COUNTS, "parked_ms", "parked_at", "merge_until", "left_because"):
        op.drop_column("session", name)
    op.drop_column("session", "callback_at")
    op.drop_table("settings_version")
    op.drop_column("account", "flow")
    for table_name in ("text_menu", "flow_entry", "keyword", "flow"):
        op.drop_table(table_name)
    op.drop_column("seat", "successor")
    for name in ("soft_cap", "policy", "calendar", "details", "position"):
        op.drop_column("skill_group", name)
    op.drop_table("calendar")
