"""Tables of the tier *never seen by us*: public keys, and what is sealed for them. Nothing here opens anything."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class RecipientRow(Base):
    """The public half of an age identity that an organisation made in a browser.

    ``challenge``: an age file for it that is opened to prove that the key file was kept; ``answer_sha256``: of what is
    inside. Both are gone once that was done (``proven_at``).
    """

    __tablename__ = "vault_recipients"

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("accounts_organisations.id"))
    recipient: Mapped[str]
    label: Mapped[str]
    challenge: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(ForeignKey("accounts_people.id"))
    proven_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("organisation_id", "recipient"),)


class BrowserSealRow(Base):
    """What belongs to a document that was sealed in a browser: two age files for its organisation's ``recipients``.

    ``identity`` holds the identity of the version, ``opening`` the receipt of its stamp; NULL once it was erased.
    """

    __tablename__ = "vault_browser_seals"

    document_id: Mapped[str] = mapped_column(ForeignKey("vault_documents.id"), primary_key=True)
    identity: Mapped[bytes | None] = mapped_column(LargeBinary)
    opening: Mapped[bytes | None] = mapped_column(LargeBinary)
    recipients: Mapped[list[Any]] = mapped_column(JSON)


class HandOverRow(Base):
    """The identity of a version, sealed by its owner's browser for a reader's organisation.

    ``identity`` is NULL once the access has ended; what was delivered before cannot be called back.
    """

    __tablename__ = "vault_hand_overs"

    document_id: Mapped[str] = mapped_column(ForeignKey("vault_documents.id"), primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("accounts_organisations.id"), primary_key=True)
    identity: Mapped[bytes | None] = mapped_column(LargeBinary)
    recipients: Mapped[list[Any]] = mapped_column(JSON)
    made_at: Mapped[datetime]
    made_by: Mapped[str]
