"""Finds documents in their table and hands them out frozen; changes nothing."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.core.errors import NotFound
from ipx.vault.models import DocumentRow
from ipx.vault.records import Document
from ipx.vault.rules import DocumentRole, Tier


def document_row(session: Session, document_id: str) -> DocumentRow:
    """Return a document's row. Raises NotFound."""
    row = session.get(DocumentRow, document_id)
    if row is None:
        raise NotFound("There is no such document.")
    return row


def row_by_key(session: Session, organisation_id: str, idempotency_key: str) -> DocumentRow | None:
    """Return what the organisation deposited under this key."""
    query = select(DocumentRow).where(
        DocumentRow.organisation_id == organisation_id, DocumentRow.idempotency_key == idempotency_key
    )
    return session.scalar(query)


def documents_of(
    session: Session, subject_kind: str, subject_ids: Sequence[str], *, with_erased: bool = False
) -> list[Document]:
    """Return the documents of these subjects, oldest first; those that were erased only when asked for."""
    query = select(DocumentRow).where(DocumentRow.subject_kind == subject_kind, DocumentRow.subject_id.in_(subject_ids))
    if not with_erased:
        query = query.where(DocumentRow.erased_at.is_(None))
    return [document_of(row) for row in session.scalars(query.order_by(DocumentRow.created_at, DocumentRow.id))]


def document_of(row: DocumentRow) -> Document:
    """Return a row as the room hands it out: without keys and hashes."""
    return Document(
        id=row.id,
        organisation_id=row.organisation_id,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        role=DocumentRole(row.role),
        tier=Tier(row.tier),
        file_name=row.file_name,
        media_type=row.media_type,
        size=row.size,
        confidential=row.confidential,
        cid=row.cid,
        profile=row.profile,
        stamp_id=row.stamp_id,
        created_at=row.created_at,
        created_by=row.created_by,
        export_control=row.export_control,
        erased_at=row.erased_at,
    )
