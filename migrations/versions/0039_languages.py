"""the language of people, and of what their organisations are told"""

import sqlalchemy as sa
from alembic import op


revision = "0039"
down_revision = "0037"


def upgrade() -> None:
    """Apply. Nobody's language is known yet, and notices that are there already are English."""
    with op.batch_alter_table("accounts_people", schema=None) as batch_op:
        batch_op.add_column(sa.Column("language", sa.String(), nullable=True))
    with op.batch_alter_table("notices_notices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("translations", sa.JSON(none_as_null=True), nullable=True))
