"""licence_life_and_contests"""

import sqlalchemy as sa
from alembic import op


revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "contests_contests",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("subject_name", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("contester_id", sa.String(), nullable=False),
        sa.Column("contester_name", sa.String(), nullable=False),
        sa.Column("respondent_id", sa.String(), nullable=False),
        sa.Column("respondent_name", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open_key", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("how", sa.String(), nullable=True),
        sa.Column("next_due", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contests_contests")),
        sa.UniqueConstraint("open_key", name=op.f("uq_contests_contests_open_key")),
    )
    with op.batch_alter_table("contests_contests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contests_contests_contester_id"), ["contester_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contests_contests_next_due"), ["next_due"], unique=False)
        batch_op.create_index(batch_op.f("ix_contests_contests_respondent_id"), ["respondent_id"], unique=False)
        batch_op.create_index("ix_contests_contests_subject", ["subject_kind", "subject_id"], unique=False)

    op.create_table(
        "life_lives",
        sa.Column("licence_id", sa.String(), nullable=False),
        sa.Column("next_due", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("licence_id", name=op.f("pk_life_lives")),
    )
    with op.batch_alter_table("life_lives", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_life_lives_next_due"), ["next_due"], unique=False)

    op.create_table(
        "contests_steps",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("contest_id", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=True),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("document_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contest_id"], ["contests_contests.id"], name=op.f("fk_contests_steps_contest_id_contests_contests")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contests_steps")),
        sa.UniqueConstraint("contest_id", "number", name=op.f("uq_contests_steps_contest_id_number")),
    )
    with op.batch_alter_table("contests_steps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contests_steps_contest_id"), ["contest_id"], unique=False)

    op.create_table(
        "life_steps",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("licence_id", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=True),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ground", sa.String(), nullable=True),
        sa.Column("proposal", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("answers", sa.String(), nullable=True),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("action", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("chain", sa.String(), nullable=True),
        sa.Column("attempt", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("transaction_id", sa.String(), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["licence_id"], ["life_lives.licence_id"], name=op.f("fk_life_steps_licence_id_life_lives")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_life_steps")),
        sa.UniqueConstraint("licence_id", "number", name=op.f("uq_life_steps_licence_id_number")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_life_steps_transaction_id")),
    )
    with op.batch_alter_table("life_steps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_life_steps_chain"), ["chain"], unique=False)
        batch_op.create_index(batch_op.f("ix_life_steps_licence_id"), ["licence_id"], unique=False)

    with op.batch_alter_table("licences_licences", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_converted", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("renewed_to", sa.DateTime(timezone=True), nullable=True))
