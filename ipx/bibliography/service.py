"""The door to bibliographic records: taken in as offices publish them, found by the numbers of documents."""

import hashlib
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.audit.service import AuditService, By
from ipx.bibliography.comparing import Change, Outcome, compare, key_of
from ipx.bibliography.event_log import EventLog
from ipx.bibliography.models import RecordRow
from ipx.bibliography.numbers import plain, plain_application
from ipx.bibliography.records import BibliographicRecord, StoredRecord
from ipx.core.canonical import encode
from ipx.core.ports import Clock, Entropy


class BibliographyService:
    """Bibliographic records, one for each office, number and kind; ``events`` are the legal events."""

    def __init__(self, *, audit: AuditService, clock: Clock, entropy: Entropy) -> None:
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self.events = EventLog(audit=audit, clock=clock, entropy=entropy)

    def take_in(self, session: Session, records: Sequence[BibliographicRecord], *, by: By) -> list[Outcome]:
        """Add records, or replace what is here by a different one of the same office, number and kind. Repeatable.

        One audit line says how many were added and changed, and the hash over the hashes of those.
        """
        outcomes = compare(session, records)
        hashes = [
            self._write(session, record) for record, outcome in zip(records, outcomes, strict=True) if _acts(outcome)
        ]
        if hashes:
            counts = {change.value: sum(outcome.change is change for outcome in outcomes) for change in Change}
            digest = hashlib.sha256("".join(hashes).encode()).hexdigest()
            self._audit.record(
                session,
                action="bibliography:records:imported",
                by=by,
                subject_kind="import",
                subject_id=self._entropy.new_id(),
                details={**counts, "sha256": digest},
            )
        return outcomes

    def find(self, session: Session, *, office: str, number: str, kind: str) -> StoredRecord | None:
        """Return the record of one document, in whatever form its number is written."""
        query = select(RecordRow).where(RecordRow.office == office, RecordRow.number == plain(number))
        row = session.scalars(query.where(RecordRow.kind == kind)).one_or_none()
        return None if row is None else _stored(row)

    def records_of_publication(
        self, session: Session, *, office: str, number: str, kind: str | None = None
    ) -> list[StoredRecord]:
        """Return the documents that bear this number, and all others of the same application, oldest first."""
        query = select(RecordRow).where(RecordRow.office == office, RecordRow.number == plain(number))
        if kind:
            query = query.where(RecordRow.kind == kind)
        found = {row.id: row for row in session.scalars(query)}
        for row in list(found.values()):
            siblings = _of_application(session, row.application_office, row.application_number)
            found |= {sibling.id: sibling for sibling in siblings}
        return _by_date(found.values())

    def records_of_application(self, session: Session, *, office: str, number: str) -> list[StoredRecord]:
        """Return all documents that were published from an application, such as A1 and B2, oldest first."""
        return _by_date(_of_application(session, office, plain_application(number)))

    def _write(self, session: Session, record: BibliographicRecord) -> str:
        content = record.document()
        key, now = key_of(record), self._clock.now()
        query = select(RecordRow).where(
            RecordRow.office == key[0], RecordRow.number == key[1], RecordRow.kind == key[2]
        )
        row = session.scalars(query).one_or_none()
        if row is None:
            row = RecordRow(id=self._entropy.new_id(), office=key[0], number=key[1], kind=key[2], imported_at=now)
            session.add(row)
        application = record.application
        row.published_on = record.publication.date
        row.application_office = application.office if application else None
        row.application_number = (plain_application(application.number) or None) if application else None
        row.content, row.changed_at = dict(content), now
        row.sha256 = hashlib.sha256(encode(content)).hexdigest()
        session.flush()
        return row.sha256


def _of_application(session: Session, office: str | None, number: str | None) -> list[RecordRow]:
    if not (office and number):
        return []
    query = select(RecordRow).where(RecordRow.application_office == office, RecordRow.application_number == number)
    return list(session.scalars(query))


def _by_date(rows: Iterable[RecordRow]) -> list[StoredRecord]:
    return sorted(map(_stored, rows), key=lambda record: (record.published_on or "", record.kind, record.number))


def _acts(outcome: Outcome) -> bool:
    return outcome.change is not Change.UNCHANGED


def _stored(row: RecordRow) -> StoredRecord:
    return StoredRecord(
        id=row.id,
        office=row.office,
        number=row.number,
        kind=row.kind,
        published_on=row.published_on,
        content=row.content,
        imported_at=row.imported_at,
        changed_at=row.changed_at,
    )
