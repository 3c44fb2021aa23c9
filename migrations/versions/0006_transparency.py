"""transparency"""

import sqlalchemy as sa
from alembic import op


revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "evidence_alarms",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_evidence_alarms")),
    )
    op.create_table(
        "evidence_looks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("differences", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_looks")),
    )
    op.create_table(
        "evidence_disclosures",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("stamp_id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("disclosed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["stamp_id"], ["evidence_stamps.id"], name=op.f("fk_evidence_disclosures_stamp_id_evidence_stamps")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_disclosures")),
    )
    with op.batch_alter_table("evidence_disclosures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_disclosures_content_sha256"), ["content_sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_evidence_disclosures_stamp_id"), ["stamp_id"], unique=False)

    op.create_table(
        "evidence_log_heads",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("log", sa.String(), nullable=False),
        sa.Column("lines", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("frontier", sa.JSON(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("stamp_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["stamp_id"], ["evidence_stamps.id"], name=op.f("fk_evidence_log_heads_stamp_id_evidence_stamps")
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_evidence_log_heads")),
        sa.UniqueConstraint("id", name=op.f("uq_evidence_log_heads_id")),
        sa.UniqueConstraint("stamp_id", name=op.f("uq_evidence_log_heads_stamp_id")),
    )
    with op.batch_alter_table("evidence_log_heads", schema=None) as batch_op:
        batch_op.create_index("ix_evidence_log_heads_log", ["log", "sequence"], unique=False)
