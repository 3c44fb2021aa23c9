"""Who may read a licence's documents while it lives: nobody while it is suspended, and nobody after its end.

A document once closed to a source stays closed to it in the vault, so each reopening is a source of its own.
"""

from sqlalchemy.orm import Session

from ipx.audit.service import By
from ipx.licences.records import Licence
from ipx.life.models import StepRow
from ipx.life.room import LifeRoom
from ipx.life.rules import Kind
from ipx.vault.rules import DocumentRole, SourceKind


class Access(LifeRoom):
    """Opening and closing."""

    def _follow(self, session: Session, licence: Licence, row: StepRow) -> None:
        """Let access follow a step that took effect."""
        if row.kind in (Kind.SUSPENDED, Kind.ACCESS_CLOSED, Kind.HANDED_ON):
            self._close(session, licence)
        if row.kind in (Kind.RESUMED, Kind.RENEWED, Kind.HANDED_ON):  # handed on: to who holds it from now on
            self._open(session, licence, source_id=row.id)

    def _close(self, session: Session, licence: Licence) -> None:
        by = By(organisation_id=licence.licensor_id)
        for source_id in (licence.id, *self._reopenings(session, licence.id)):
            self._vault.revoke(session, by=by, source_kind=SourceKind.LICENCE, source_id=source_id)

    def _open(self, session: Session, licence: Licence, *, source_id: str) -> None:
        """Open what is confidential about the technology until the licence's end, as at the grant."""
        documents = self._vault.documents_of(session, subject_kind="technology", subject_id=licence.technology_id)
        for document in documents:
            if document.role is DocumentRole.CONFIDENTIAL:
                self._vault.grant(
                    session,
                    by=By(organisation_id=licence.licensor_id),
                    document_id=document.id,
                    organisation_id=licence.licensee_id,
                    source_kind=SourceKind.LICENCE,
                    source_id=source_id,
                    expires_at=licence.ends_at,
                )

    def _reopenings(self, session: Session, licence_id: str) -> list[str]:
        kinds = (Kind.RESUMED, Kind.RENEWED, Kind.HANDED_ON)
        return [row.id for row in self._rows(session, licence_id) if row.kind in kinds]
