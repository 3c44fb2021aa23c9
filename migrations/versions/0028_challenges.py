"""challenges, and the stage of a technology"""

import sqlalchemy as sa
from alembic import op


revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("technologies_technologies", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stage", sa.String(), nullable=True))
    with op.batch_alter_table("catalogue_listings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stage", sa.String(), nullable=True))
    op.create_table(
        "challenges_challenges",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("organiser_name", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("scenario", sa.String(), nullable=True),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("terms_version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("terms_hash", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["accounts_people.id"], name=op.f("fk_challenges_challenges_created_by_accounts_people")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["accounts_organisations.id"],
            name=op.f("fk_challenges_challenges_organisation_id_accounts_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenges_challenges")),
    )
    with op.batch_alter_table("challenges_challenges", schema=None) as batch_op:
        batch_op.create_index("ix_challenges_challenges_due", ["state", "deadline"], unique=False)
        batch_op.create_index(batch_op.f("ix_challenges_challenges_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "challenges_acceptances",
        sa.Column("challenge_id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("terms_version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("terms_hash", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["challenge_id"],
            ["challenges_challenges.id"],
            name=op.f("fk_challenges_acceptances_challenge_id_challenges_challenges"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["accounts_organisations.id"],
            name=op.f("fk_challenges_acceptances_organisation_id_accounts_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["accounts_people.id"], name=op.f("fk_challenges_acceptances_person_id_accounts_people")
        ),
        sa.PrimaryKeyConstraint(
            "challenge_id", "organisation_id", "terms_version", name=op.f("pk_challenges_acceptances")
        ),
    )
    op.create_table(
        "challenges_entries",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("challenge_id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("organisation_name", sa.String(), nullable=False),
        sa.Column("technology_id", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("sealed_draft", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_record", sa.LargeBinary(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stamp_id", sa.String(), nullable=True),
        sa.Column("is_shortlisted", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("option_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offer_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["challenge_id"],
            ["challenges_challenges.id"],
            name=op.f("fk_challenges_entries_challenge_id_challenges_challenges"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["accounts_people.id"], name=op.f("fk_challenges_entries_created_by_accounts_people")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["accounts_organisations.id"],
            name=op.f("fk_challenges_entries_organisation_id_accounts_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["stamp_id"], ["evidence_stamps.id"], name=op.f("fk_challenges_entries_stamp_id_evidence_stamps")
        ),
        sa.ForeignKeyConstraint(
            ["technology_id"],
            ["technologies_technologies.id"],
            name=op.f("fk_challenges_entries_technology_id_technologies_technologies"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenges_entries")),
        sa.UniqueConstraint(
            "challenge_id", "technology_id", name=op.f("uq_challenges_entries_challenge_id_technology_id")
        ),
    )
    with op.batch_alter_table("challenges_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_challenges_entries_challenge_id"), ["challenge_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_challenges_entries_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_challenges_entries_technology_id"), ["technology_id"], unique=False)

    op.create_table(
        "challenges_evaluators",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("challenge_id", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("link_hash", sa.String(), nullable=True),
        sa.Column("link_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("ties", sa.JSON(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["challenge_id"],
            ["challenges_challenges.id"],
            name=op.f("fk_challenges_evaluators_challenge_id_challenges_challenges"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["accounts_people.id"], name=op.f("fk_challenges_evaluators_person_id_accounts_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenges_evaluators")),
        sa.UniqueConstraint("challenge_id", "email", name=op.f("uq_challenges_evaluators_challenge_id_email")),
        sa.UniqueConstraint("challenge_id", "person_id", name=op.f("uq_challenges_evaluators_challenge_id_person_id")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_challenges_evaluators_link_hash")),
    )
    with op.batch_alter_table("challenges_evaluators", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_challenges_evaluators_challenge_id"), ["challenge_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_challenges_evaluators_person_id"), ["person_id"], unique=False)

    op.create_table(
        "challenges_needs",
        sa.Column("challenge_id", sa.String(), nullable=False),
        sa.Column("need_id", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["challenge_id"],
            ["challenges_challenges.id"],
            name=op.f("fk_challenges_needs_challenge_id_challenges_challenges"),
        ),
        sa.ForeignKeyConstraint(
            ["need_id"], ["catalogue_needs.id"], name=op.f("fk_challenges_needs_need_id_catalogue_needs")
        ),
        sa.PrimaryKeyConstraint("challenge_id", "need_id", name=op.f("pk_challenges_needs")),
    )
    op.create_table(
        "challenges_declarations",
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("evaluator_id", sa.String(), nullable=False),
        sa.Column("in_conflict", sa.Boolean(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["challenges_entries.id"], name=op.f("fk_challenges_declarations_entry_id_challenges_entries")
        ),
        sa.ForeignKeyConstraint(
            ["evaluator_id"],
            ["challenges_evaluators.id"],
            name=op.f("fk_challenges_declarations_evaluator_id_challenges_evaluators"),
        ),
        sa.PrimaryKeyConstraint("entry_id", "evaluator_id", name=op.f("pk_challenges_declarations")),
    )
    op.create_table(
        "challenges_scores",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("challenge_id", sa.String(), nullable=False),
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("evaluator_id", sa.String(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("sealed_remark", sa.LargeBinary(), nullable=True),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["challenge_id"],
            ["challenges_challenges.id"],
            name=op.f("fk_challenges_scores_challenge_id_challenges_challenges"),
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["challenges_entries.id"], name=op.f("fk_challenges_scores_entry_id_challenges_entries")
        ),
        sa.ForeignKeyConstraint(
            ["evaluator_id"],
            ["challenges_evaluators.id"],
            name=op.f("fk_challenges_scores_evaluator_id_challenges_evaluators"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenges_scores")),
        sa.UniqueConstraint("entry_id", "evaluator_id", name=op.f("uq_challenges_scores_entry_id_evaluator_id")),
    )
    with op.batch_alter_table("challenges_scores", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_challenges_scores_challenge_id"), ["challenge_id"], unique=False)
