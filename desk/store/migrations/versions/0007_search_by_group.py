"""Sessions of a group, newest first: what agents search in."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("session_group", "session", ["skill_group", "opened_at"])
