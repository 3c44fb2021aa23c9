"""Who else may read: grants on documents, and subjects whose public documents everybody sees.

It must never bring back what was revoked: a repeated grant of the same source stays closed.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ipx.audit.rules import microseconds
from ipx.audit.service import AuditService, By
from ipx.core.canonical import Json
from ipx.core.errors import NotFound
from ipx.core.ports import Clock, Entropy
from ipx.vault.browser_models import HandOverRow
from ipx.vault.models import GrantRow, OpenSubjectRow
from ipx.vault.records import Grant
from ipx.vault.rules import SourceKind


class Access:
    """Grants and open subjects."""

    def __init__(self, *, audit: AuditService, clock: Clock, entropy: Entropy) -> None:
        self._audit = audit
        self._clock = clock
        self._entropy = entropy

    def grant(
        self,
        session: Session,
        *,
        by: By,
        document_id: str,
        organisation_id: str,
        source_kind: SourceKind,
        source_id: str,
        expires_at: datetime | None,
        person_id: str | None = None,
        reason: str | None = None,
        nda: str | None = None,
    ) -> None:
        """Let an organisation, or one person of it, read a document; a repeat moves the end at most."""
        found = self._find(session, document_id, organisation_id, source_kind, source_id)
        if found is not None and (found.revoked_at is not None or found.expires_at == expires_at):
            return
        if found is None:
            found = GrantRow(
                # A grant by hand is its own source.
                id=source_id if source_kind is SourceKind.PERSON else self._entropy.new_id(),
                document_id=document_id,
                organisation_id=organisation_id,
                source_kind=source_kind,
                source_id=source_id,
                granted_at=self._clock.now(),
                person_id=person_id,
                reason=reason,
                nda=nda,
                granted_by=by.person_id,
            )
            session.add(found)
        found.expires_at = expires_at
        session.flush()
        self._record(session, "document:access:granted", by, found)

    def has_grant(
        self, session: Session, *, document_id: str, organisation_id: str, source_kind: SourceKind, source_id: str
    ) -> bool:
        """Tell whether this source has granted it before, ended or not."""
        return self._find(session, document_id, organisation_id, source_kind, source_id) is not None

    def _find(
        self, session: Session, document_id: str, organisation_id: str, source_kind: SourceKind, source_id: str
    ) -> GrantRow | None:
        return session.scalar(
            select(GrantRow)
            .where(GrantRow.document_id == document_id, GrantRow.organisation_id == organisation_id)
            .where(GrantRow.source_kind == source_kind, GrantRow.source_id == source_id)
        )

    def revoke(self, session: Session, *, by: By, source_kind: SourceKind, source_id: str) -> None:
        """End every grant of this source."""
        query = select(GrantRow).where(
            GrantRow.source_kind == source_kind, GrantRow.source_id == source_id, GrantRow.revoked_at.is_(None)
        )
        for row in session.scalars(query):
            row.revoked_at = self._clock.now()
            self._record(session, "document:access:revoked", by, row)
            self._take_key_back(session, row)
        session.flush()

    def revoke_one(self, session: Session, *, by: By, document_id: str, grant_id: str) -> None:
        """End one grant. Raises NotFound."""
        row = session.get(GrantRow, grant_id, with_for_update=True)
        if row is None or row.document_id != document_id:
            raise NotFound("There is no such grant.")
        if row.revoked_at is None:
            row.revoked_at = self._clock.now()
            self._record(session, "document:access:revoked", by, row)
            self._take_key_back(session, row)
            session.flush()

    def grants_of(self, session: Session, document_ids: Sequence[str]) -> list[Grant]:
        """Return the grants on these documents, oldest first, ended ones too."""
        query = select(GrantRow).where(GrantRow.document_id.in_(document_ids))
        return [_grant(row) for row in session.scalars(query.order_by(GrantRow.granted_at, GrantRow.id))]

    def open_subject(self, session: Session, *, by: By, subject_kind: str, subject_id: str) -> None:
        """Let everybody see a subject's public documents."""
        if not self.is_open(session, subject_kind, subject_id):
            session.add(OpenSubjectRow(subject_kind=subject_kind, subject_id=subject_id, since=self._clock.now()))
            session.flush()
            action = f"{subject_kind}:documents:opened"
            self._audit.record(session, action=action, by=by, subject_kind=subject_kind, subject_id=subject_id)

    def close_subject(self, session: Session, *, by: By, subject_kind: str, subject_id: str) -> None:
        """Show a subject's public documents to its owner only."""
        row = session.get(OpenSubjectRow, (subject_kind, subject_id))
        if row is not None:
            session.delete(row)
            session.flush()
            action = f"{subject_kind}:documents:closed"
            self._audit.record(session, action=action, by=by, subject_kind=subject_kind, subject_id=subject_id)

    def is_open(self, session: Session, subject_kind: str, subject_id: str) -> bool:
        """Tell whether everybody may see the subject's public documents."""
        return session.get(OpenSubjectRow, (subject_kind, subject_id)) is not None

    def _take_key_back(self, session: Session, ended: GrantRow) -> None:
        """Deliver the key of a document that a browser sealed no more, once its organisation has no open grant left."""
        session.flush()
        now = self._clock.now()
        others = [g for g in self.grants_of(session, [ended.document_id]) if g.organisation_id == ended.organisation_id]
        if any(grant.is_open(now) for grant in others):
            return
        of_it = HandOverRow.document_id == ended.document_id, HandOverRow.organisation_id == ended.organisation_id
        session.execute(update(HandOverRow).where(*of_it).values(identity=None))

    def _record(self, session: Session, action: str, by: By, row: GrantRow) -> None:
        details: dict[str, Json] = {
            "organisation": row.organisation_id,
            "person": row.person_id,
            "source": [str(row.source_kind), row.source_id],
            "expires": microseconds(row.expires_at) if row.expires_at else None,
        }
        self._audit.record(
            session, action=action, by=by, subject_kind="document", subject_id=row.document_id, details=details
        )


def _grant(row: GrantRow) -> Grant:
    return Grant(
        id=row.id,
        document_id=row.document_id,
        organisation_id=row.organisation_id,
        source_kind=SourceKind(row.source_kind),
        source_id=row.source_id,
        granted_at=row.granted_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        person_id=row.person_id,
        reason=row.reason,
        nda=row.nda,
        granted_by=row.granted_by,
    )
