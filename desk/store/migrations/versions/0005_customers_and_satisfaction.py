"""What customers think of sessions."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add("session", "satisfaction_asked_at BIGINT")
    _add("session", "stars INTEGER")
    _add("session", "rated_at BIGINT")
    _add("session", "comment TEXT NOT NULL DEFAULT ''")


def _add(table: str, column: str) -> None:
    """In words that both databases know; SQLite must not build the table anew, as Alembic would."""
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")


def downgrade() -> None:
    for name in ("satisfaction_asked_at", "stars", "rated_at", "comment"):
        op.drop_column("session", name)
