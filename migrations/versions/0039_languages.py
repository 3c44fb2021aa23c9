"""the language of people and notices, and when options of awards are told of next"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op


revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    """Apply. Nobody's language is known yet, notices that are there already are English, and of the end of an option
    that runs already both sides are told."""
    with op.batch_alter_table("accounts_people", schema=None) as batch_op:
        batch_op.add_column(sa.Column("language", sa.String(), nullable=True))
    with op.batch_alter_table("notices_notices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("translations", sa.JSON(none_as_null=True), nullable=True))
    with op.batch_alter_table("challenges_entries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("option_next_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_challenges_entries_option_next_at"), ["option_next_at"], unique=False)
    entries = sa.table(
        "challenges_entries",
        sa.column("option_next_at", sa.DateTime(timezone=True)),
        sa.column("option_ends_at", sa.DateTime(timezone=True)),
        sa.column("offer_id", sa.String()),
    )
    runs = (entries.c.option_ends_at > datetime.now(UTC)) & entries.c.offer_id.is_(None)
    op.execute(sa.update(entries).where(runs).values(option_next_at=entries.c.option_ends_at))
