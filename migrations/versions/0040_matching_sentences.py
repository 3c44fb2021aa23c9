"""matching sentences"""

import sqlalchemy as sa
from alembic import op


revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "matching_sentences",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sentences", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["position"],
            ["matching_vectors.position"],
            name=op.f("fk_matching_sentences_position_matching_vectors"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_matching_sentences")),
    )
