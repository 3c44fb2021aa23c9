"""Table of the entries of chains of title. It is added to, never changed: a correction is another entry."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class EntryRow(Base):
    """One entry about a right. Who conveyed to whom is sealed by the organisation's key; ``sha256`` is of what is
    sealed, a salt in it, and stands in the audit line too. ``releases_id``: the security interest that it ends.
    """

    __tablename__ = "titles_entries"

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("accounts_organisations.id"), index=True)
    technology_id: Mapped[str] = mapped_column(ForeignKey("technologies_technologies.id"), index=True)
    right_id: Mapped[str] = mapped_column(ForeignKey("technologies_rights.id"), index=True)
    entry: Mapped[str]
    sealed_content: Mapped[bytes]
    sha256: Mapped[str]
    document_id: Mapped[str | None] = mapped_column(ForeignKey("vault_documents.id"))
    releases_id: Mapped[str | None] = mapped_column(ForeignKey("titles_entries.id"))
    entered_by: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"))
    entered_at: Mapped[datetime]
