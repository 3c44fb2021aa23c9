"""second_clock"""

import sqlalchemy as sa
from alembic import op


revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "evidence_time_stamps",
        sa.Column("batch_id", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("response", sa.LargeBinary(), nullable=False),
        sa.Column("certificates", sa.String(), nullable=False),
        sa.Column("crls", sa.String(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("holds_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("qualified", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["evidence_batches.id"], name=op.f("fk_evidence_time_stamps_batch_id_evidence_batches")
        ),
        sa.PrimaryKeyConstraint("batch_id", "number", name=op.f("pk_evidence_time_stamps")),
    )
    with op.batch_alter_table("evidence_time_stamps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_time_stamps_holds_until"), ["holds_until"], unique=False)
