"""Tables of technologies, rights and titles. A title's salt is stored only wrapped by the organisation's key."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class TechnologyRow(Base):
    """What its owner says about a technology."""

    __tablename__ = "technologies_technologies"

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("accounts_organisations.id"), index=True)
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(Text)
    problem: Mapped[str] = mapped_column(Text)
    advantage_text: Mapped[str] = mapped_column(Text)
    advantage_number: Mapped[str | None]
    advantage_unit: Mapped[str]
    advantage_compared_with: Mapped[str]
    trl: Mapped[int | None]
    stage: Mapped[str | None]
    classes: Mapped[list[str]]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"))
    changed_at: Mapped[datetime]
    revision: Mapped[int]


class RightRow(Base):
    """One right of a technology, and how well it is evidenced."""

    __tablename__ = "technologies_rights"

    id: Mapped[str] = mapped_column(primary_key=True)
    technology_id: Mapped[str] = mapped_column(ForeignKey("technologies_technologies.id"), index=True)
    kind: Mapped[str]
    title: Mapped[str]
    office: Mapped[str | None]
    number: Mapped[str | None]
    kind_code: Mapped[str | None]
    filed_on: Mapped[date | None]
    published_on: Mapped[date | None]
    granted_on: Mapped[date | None]
    evidence: Mapped[int]
    instrument_document_id: Mapped[str | None] = mapped_column(ForeignKey("vault_documents.id"))
    matched_on: Mapped[date | None]
    matched_source: Mapped[str | None]
    created_at: Mapped[datetime]


class TitleRow(Base):
    """The record of title of one right. ``record`` is the canonical text that the token commits to.

    ``attempt`` counts registrations, as a contract's refusal needs a new one; ``acts`` those after the registration,
    which is the nonce of the next; ``act_pending`` is True while one of them is under way.
    """

    __tablename__ = "technologies_titles"

    right_id: Mapped[str] = mapped_column(ForeignKey("technologies_rights.id"), primary_key=True)
    technology_id: Mapped[str] = mapped_column(ForeignKey("technologies_technologies.id"), index=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts_chain_accounts.id"))
    holder: Mapped[str]
    token: Mapped[str] = mapped_column(unique=True)
    record: Mapped[str] = mapped_column(Text)
    wrapped_salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str]
    attempt: Mapped[int]
    acts: Mapped[int]
    act_pending: Mapped[bool]
    evidence: Mapped[int]
    instrument: Mapped[str]
    transaction_id: Mapped[str]
    block_number: Mapped[int | None]
    block_time: Mapped[datetime | None]
    failure: Mapped[str | None] = mapped_column(Text)
    registered_at: Mapped[datetime]
