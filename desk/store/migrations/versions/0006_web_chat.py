"""What a channel asks of an account beside what WeChat does: for the web chat, who may embed it and how it looks."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE account ADD COLUMN details TEXT NOT NULL DEFAULT '{}'")


def downgrade() -> None:
    op.drop_column("account", "details")
