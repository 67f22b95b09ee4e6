"""Who customers are, and what they think of sessions.

What a session was about was one list in the code; groups that are there already go on with it.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

DISPOSITIONS = ("业务咨询", "账单与还款", "分期办理", "额度调整", "挂失与安全", "投诉建议", "无效会话", "其他")


def upgrade() -> None:
    for column in ("satisfaction_asked_at BIGINT", "stars INTEGER", "rated_at BIGINT"):
        _add("session", column)
    _add("session", "comment TEXT NOT NULL DEFAULT ''")
    _customers()
    _dispositions()


def _customers() -> None:
    op.create_table(
        "customer",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("remark", sa.String(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("touched", sa.Text(), nullable=False),
        sa.Column("edited_at", sa.BigInteger(), nullable=True),
        sa.Column("edited_by", sa.String(), nullable=True),
        sa.Column("follows", sa.Boolean(), nullable=True),
        sa.Column("follow_changed_at", sa.BigInteger(), nullable=True),
        sa.Column("first_code", sa.String(), nullable=False),
        sa.Column("last_code", sa.String(), nullable=False),
        sa.Column("last_code_at", sa.BigInteger(), nullable=True),
        sa.Column("scene", sa.String(), nullable=False),
        sa.Column("unionid", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    has_unionid = sa.text("unionid != ''")
    op.create_index("customer_unionid", "customer", ["unionid"], sqlite_where=has_unionid, postgresql_where=has_unionid)
    op.create_table(
        "customer_tag",
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tag"),
    )
    is_note = sa.text("direction = 'note'")
    op.create_index("message_note", "message", ["customer", "seq"], sqlite_where=is_note, postgresql_where=is_note)


def _dispositions() -> None:
    group = sa.table("skill_group", sa.column("id", sa.String), sa.column("details", sa.Text))
    connection = op.get_bind()
    for name, details in connection.execute(sa.select(group.c.id, group.c.details)).all():
        settings = json.loads(details) | {"dispositions": {"choices": DISPOSITIONS, "required": True}}
        body = json.dumps(settings, ensure_ascii=False, separators=(",", ":"))
        connection.execute(sa.update(group).where(group.c.id == name).values(details=body))


def _add(table: str, column: str) -> None:
    """In words that both databases know; SQLite must not build the table anew, as Alembic would."""
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")


def downgrade() -> None:
    op.drop_index("message_note", "message")
    op.drop_table("customer_tag")
    op.drop_table("customer")
    for name in ("satisfaction_asked_at", "stars", "rated_at", "comment"):
        op.drop_column("session", name)
