"""How much of a text a keyword must be to answer it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("flow", sa.Column("answer_share", sa.Integer(), nullable=False, server_default="50"))
