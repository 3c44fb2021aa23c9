"""declared agreements, statements and decisions about grants"""

import sqlalchemy as sa
from alembic import op


revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "licences_declared",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("technology_id", sa.String(), nullable=False),
        sa.Column("owner_id", sa.String(), nullable=False),
        sa.Column("owner_name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("rights", sa.JSON(), nullable=False),
        sa.Column("is_own_use", sa.Boolean(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("declared_by", sa.String(), nullable=True),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licences_declared")),
        sa.UniqueConstraint("key", name=op.f("uq_licences_declared_key")),
    )
    op.create_index(op.f("ix_licences_declared_technology_id"), "licences_declared", ["technology_id"])
    op.create_index(op.f("ix_licences_declared_owner_id"), "licences_declared", ["owner_id"])
    op.create_table(
        "licences_statements",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("technology_id", sa.String(), nullable=False),
        sa.Column("owner_name", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("entries", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licences_statements")),
    )
    op.create_index(op.f("ix_licences_statements_technology_id"), "licences_statements", ["technology_id"])
    op.create_table(
        "licences_decisions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("technology_id", sa.String(), nullable=False),
        sa.Column("terms_sha256", sa.String(), nullable=False),
        sa.Column("causes", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("person_name", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licences_decisions")),
    )
    op.create_index(op.f("ix_licences_decisions_technology_id"), "licences_decisions", ["technology_id"])
    op.create_index(op.f("ix_licences_decisions_terms_sha256"), "licences_decisions", ["terms_sha256"])
