"""needs: visibility, state, constraints, readiness, classes, territory"""

import sqlalchemy as sa
from alembic import op


revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("catalogue_needs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("visibility", sa.String(), nullable=False, server_default="public"))
        batch_op.add_column(sa.Column("state", sa.String(), nullable=False, server_default="PUBLISHED"))
        batch_op.add_column(sa.Column("constraints", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("trl_min", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("trl_max", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("classes", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("territory", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("exclusive", sa.Boolean(), nullable=False, server_default=sa.false()))
