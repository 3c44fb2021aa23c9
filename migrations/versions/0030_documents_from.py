"""When the documents of an agreement open, where its term begins after the grant."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("deals_agreements", sa.Column("documents_from", sa.DateTime(timezone=True), nullable=True))
