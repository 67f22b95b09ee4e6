"""Session numbers in the order of their bytes: what is found by the beginning of a number."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":  # SQLite's key lies in that order
        op.create_index("session_number", "session", ["id"], postgresql_ops={"id": "varchar_pattern_ops"})
