"""attempts_strays_books"""

import sqlalchemy as sa
from alembic import op


revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "accounts_attempts",
        sa.Column("address_hash", sa.String(), nullable=False),
        sa.Column("failures", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address_hash", name=op.f("pk_accounts_attempts")),
    )
    op.create_table(
        "licences_books",
        sa.Column("technology_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("technology_id", name=op.f("pk_licences_books")),
    )
    op.create_table(
        "payments_strays",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("checkout_id", sa.String(), nullable=False),
        sa.Column("payment_reference", sa.String(), nullable=True),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("trouble", sa.String(), nullable=True),
        sa.Column("came_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["checkout_id"], ["payments_checkouts.id"], name=op.f("fk_payments_strays_checkout_id_payments_checkouts")
        ),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_payments_strays")),
    )
    with op.batch_alter_table("payments_strays", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payments_strays_checkout_id"), ["checkout_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_payments_strays_state"), ["state"], unique=False)

    with op.batch_alter_table("accounts_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_links_person_id"), ["person_id"], unique=False)

    op.execute("DELETE FROM accounts_sessions WHERE person_id IS NULL")  # visitors, who have no row any more
    with op.batch_alter_table("accounts_sessions", schema=None) as batch_op:
        batch_op.alter_column("person_id", existing_type=sa.VARCHAR(), nullable=False)

    with op.batch_alter_table("deals_ndas", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_deals_ndas_licensee_id_technology_id"), type_="unique")

    with op.batch_alter_table("payments_checkouts", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "attempt", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, server_default="1"
            )
        )
        batch_op.add_column(sa.Column("success_url", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("cancel_url", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("trouble", sa.String(), nullable=True))
        batch_op.create_index(batch_op.f("ix_payments_checkouts_state"), ["state"], unique=False)
