"""Versions of an offer: what each side proposed, in turn. An offer that is there is its own first version."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "deals_offer_versions",
        sa.Column("offer_id", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["deals_offers.id"], name=op.f("fk_deals_offer_versions_offer_id_deals_offers")
        ),
        sa.PrimaryKeyConstraint("offer_id", "number", name=op.f("pk_deals_offer_versions")),
    )
    op.execute(
        "INSERT INTO deals_offer_versions (offer_id, number, side, person_id, terms, message, created_at)"
        " SELECT id, 1, 'licensee', person_id, terms, message, created_at FROM deals_offers"
    )
