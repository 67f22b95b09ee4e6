"""How each person likes their desk."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "preference",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["username"], ["desk_user.username"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("username"),
    )
