"""tallies of listings"""

import sqlalchemy as sa
from alembic import op


revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "matching_tallies",
        sa.Column("listing_id", sa.String(), nullable=False),
        sa.Column("shown", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("opened", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("listing_id", name=op.f("pk_matching_tallies")),
    )
