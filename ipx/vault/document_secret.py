"""What a sealed document's row keeps wrapped: its age identity and the hash of its content.

docs/spec/sealed-document.md freezes the form. It must never hand either to anybody but this room's own code.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from ipx.accounts.service import AccountService
from ipx.core import canonical
from ipx.core.errors import Conflict, Tampered
from ipx.vault.models import DocumentRow


@dataclass(frozen=True)
class Secret:
    """The identity that opens a document's sealed form, and the SHA-256 of its content."""

    identity: str
    content_sha256: bytes


def wrap_secret(
    session: Session, accounts: AccountService, *, organisation_id: str, document_id: str, secret: Secret
) -> bytes:
    """Return the secret wrapped by the organisation's key and bound to the document."""
    plain = canonical.encode({"content_sha256": secret.content_sha256.hex(), "identity": secret.identity})
    return accounts.wrap(session, organisation_id=organisation_id, secret=plain, context=_context(document_id))


def unwrap_secret(session: Session, accounts: AccountService, row: DocumentRow) -> Secret:
    """Return a sealed document's secret. Raises Conflict when it was erased, Tampered when it is not its own."""
    if row.wrapped_secret is None or row.erased_at is not None:
        raise Conflict("This document was erased: nobody can open it any more.")
    plain = accounts.unwrap(
        session, organisation_id=row.organisation_id, wrapped=row.wrapped_secret, context=_context(row.id)
    )
    fields = canonical.decode(plain)
    if not isinstance(fields, dict):
        raise Tampered("The stored secret of this document is not what it must be.")
    return Secret(identity=str(fields["identity"]), content_sha256=bytes.fromhex(str(fields["content_sha256"])))


def _context(document_id: str) -> str:
    return f"document/{document_id}"
