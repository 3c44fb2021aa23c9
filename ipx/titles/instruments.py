"""Deposited instruments behind entries: found, and checked before an entry names one."""

from sqlalchemy.orm import Session

from ipx.core.errors import Invalid, NotFound
from ipx.evidence.service import EvidenceService
from ipx.technologies.records import Right
from ipx.titles.records import Instrument
from ipx.vault.rules import DocumentRole
from ipx.vault.service import VaultService


class Instruments:
    """Documents that were deposited as instruments."""

    def __init__(self, *, evidence: EvidenceService, vault: VaultService) -> None:
        self._evidence = evidence
        self._vault = vault

    def find(self, session: Session, document_id: str | None) -> Instrument | None:
        """Return an instrument and its stamp, None for none."""
        if document_id is None:
            return None
        document = self._vault.document(session, document_id=document_id)
        return Instrument(document.id, document.file_name, self._evidence.get_stamp(session, document.stamp_id))

    def check(self, session: Session, *, right: Right, document_id: str | None) -> None:
        """Refuse a document of another technology, and one that is no instrument. Raises NotFound, Invalid."""
        check_instrument(self._vault, session, technology_id=right.technology_id, document_id=document_id)


def check_instrument(
    vault: VaultService, session: Session, *, technology_id: str | None, document_id: str | None
) -> None:
    """Refuse a document of another technology, and one that is no instrument. Raises NotFound, Invalid."""
    if document_id is None:
        return
    document = vault.document(session, document_id=document_id)
    if (document.subject_kind, document.subject_id) != ("technology", technology_id):
        raise NotFound("There is no such document.")
    if document.role is not DocumentRole.INSTRUMENT:
        raise Invalid("Only a document that was deposited as an instrument can be named.", field="document")
