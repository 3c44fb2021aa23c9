"""Who may look at an organisation's records"""

import sqlalchemy as sa
from alembic import op


revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "reviews_reviews",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("capacity", sa.String(), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("granted_by", sa.String(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["granted_by"], ["accounts_people.id"], name=op.f("fk_reviews_reviews_granted_by_accounts_people")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["accounts_organisations.id"],
            name=op.f("fk_reviews_reviews_organisation_id_accounts_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["accounts_people.id"], name=op.f("fk_reviews_reviews_person_id_accounts_people")
        ),
        sa.ForeignKeyConstraint(
            ["revoked_by"], ["accounts_people.id"], name=op.f("fk_reviews_reviews_revoked_by_accounts_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews_reviews")),
    )
    with op.batch_alter_table("reviews_reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reviews_reviews_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_reviews_reviews_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reviews_reviews_person_id"), ["person_id"], unique=False)

    op.create_table(
        "reviews_covered",
        sa.Column("review_id", sa.String(), nullable=False),
        sa.Column("technology_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews_reviews.id"], name=op.f("fk_reviews_covered_review_id_reviews_reviews")
        ),
        sa.ForeignKeyConstraint(
            ["technology_id"],
            ["technologies_technologies.id"],
            name=op.f("fk_reviews_covered_technology_id_technologies_technologies"),
        ),
        sa.PrimaryKeyConstraint("review_id", "technology_id", name=op.f("pk_reviews_covered")),
    )
