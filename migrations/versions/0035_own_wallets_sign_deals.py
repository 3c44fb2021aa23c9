"""Undertakings and agreements that an organisation's own wallet signs, and as of which block a contract wallet did."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0033"
branch_labels = None
depends_on = None

_BLOCK = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "wallets_organisation_wallets",
        sa.Column("signs_deals", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("deals_ndas", sa.Column("block_number", _BLOCK, nullable=True))
    op.add_column("deals_signatures", sa.Column("block_number", _BLOCK, nullable=True))
    op.create_table(
        "deals_nda_drafts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("listing_id", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("message", sa.JSON(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deals_nda_drafts")),
        sa.UniqueConstraint(
            "organisation_id", "listing_id", name=op.f("uq_deals_nda_drafts_organisation_id_listing_id")
        ),
    )
    op.create_index(op.f("ix_deals_nda_drafts_organisation_id"), "deals_nda_drafts", ["organisation_id"], unique=False)
