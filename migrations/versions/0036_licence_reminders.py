"""reminders of what a licence asks for"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op


revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    """Apply. Lives that are there already are looked at once: nobody has told of their duties yet."""
    op.create_table(
        "life_reminders",
        sa.Column("licence_id", sa.String(), nullable=False),
        sa.Column("duty", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["licence_id"], ["life_lives.licence_id"], name=op.f("fk_life_reminders_licence_id_life_lives")
        ),
        sa.PrimaryKeyConstraint("licence_id", "duty", name=op.f("pk_life_reminders")),
    )
    with op.batch_alter_table("life_lives", schema=None) as batch_op:
        batch_op.add_column(sa.Column("next_reminder", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_life_lives_next_reminder"), ["next_reminder"], unique=False)
    lives = sa.table("life_lives", sa.column("next_reminder", sa.DateTime(timezone=True)))
    op.execute(sa.update(lives).values(next_reminder=datetime(1970, 1, 1, tzinfo=UTC)))
