"""block_proofs"""

import sqlalchemy as sa
from alembic import op


revision = "0008"
down_revision = "0002"


def upgrade() -> None:
    """Apply. Batches that are in a block already become due: their header and receipt are asked for like new ones."""
    op.create_table(
        "evidence_block_proofs",
        sa.Column("batch_id", sa.String(), nullable=False),
        sa.Column("due", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("transaction", sa.String(), nullable=False),
        sa.Column("block_hash", sa.String(), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=True),
        sa.Column("place", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("receipt", sa.LargeBinary(), nullable=True),
        sa.Column("nodes", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["evidence_batches.id"], name=op.f("fk_evidence_block_proofs_batch_id_evidence_batches")
        ),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_evidence_block_proofs")),
    )
    with op.batch_alter_table("evidence_block_proofs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_block_proofs_due"), ["due"], unique=False)
    op.execute(
        'INSERT INTO evidence_block_proofs (batch_id, due, tries, "transaction", block_hash) '
        'SELECT id, true, 0, "transaction", block_hash FROM evidence_batches '
        "WHERE state IN ('INCLUDED', 'FINAL') AND \"transaction\" IS NOT NULL AND block_hash IS NOT NULL"
    )
