"""The legal events that are here: taken in once each, read in the order of their days."""

import hashlib
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.audit.service import AuditService, By
from ipx.bibliography.legal_events import LegalEvent, events_in
from ipx.bibliography.models import LegalEventRow
from ipx.bibliography.records import StoredRecord
from ipx.core.ports import Clock, Entropy

AT_ONCE = 500


class EventLog:
    """Legal events of documents. An event is never changed: another day or text is another event."""

    def __init__(self, *, audit: AuditService, clock: Clock, entropy: Entropy) -> None:
        self._audit = audit
        self._clock = clock
        self._entropy = entropy

    def missing(self, session: Session, events: Sequence[LegalEvent]) -> list[bool]:
        """Tell of each event whether it is not here yet; of two equal ones, the second is. Changes nothing."""
        keys = list(dict.fromkeys(event.key for event in events))
        known: set[str] = set()
        for at in range(0, len(keys), AT_ONCE):
            query = select(LegalEventRow.key).where(LegalEventRow.key.in_(keys[at : at + AT_ONCE]))
            known |= set(session.scalars(query))
        missing = []
        for event in events:
            missing.append(event.key not in known)
            known.add(event.key)
        return missing

    def take_in(self, session: Session, events: Sequence[LegalEvent], *, by: By) -> list[bool]:
        """Add the events that are not here yet; tell of each whether it was added. Repeatable."""
        missing = self.missing(session, events)
        new = [event for event, is_missing in zip(events, missing, strict=True) if is_missing]
        session.add_all(self._row(event) for event in new)
        session.flush()
        if new:
            digest = hashlib.sha256("".join(sorted(event.key for event in new)).encode()).hexdigest()
            self._audit.record(
                session,
                action="bibliography:events:imported",
                by=by,
                subject_kind="import",
                subject_id=self._entropy.new_id(),
                details={"added": len(new), "unchanged": len(events) - len(new), "sha256": digest},
            )
        return missing

    def events_of(self, session: Session, records: Iterable[StoredRecord]) -> list[LegalEvent]:
        """Return what the records tell themselves and what was told about them, oldest first."""
        told: dict[str, LegalEvent] = {}
        for record in records:
            for event in events_in(record.content):
                # A1 and B2 of one application tell the same filing.
                told.setdefault(f"{event.category} {event.happened_on}", event)
            for event in self._stored(session, record.office, record.number):
                if event.kind in ("", record.kind):
                    told[event.key] = event
        return sorted(told.values(), key=lambda event: (event.happened_on, event.category))

    def events_of_number(self, session: Session, *, office: str, number: str) -> list[LegalEvent]:
        """Return what was told about a document of which no record is here, oldest first."""
        return self._stored(session, office, number)

    def _stored(self, session: Session, office: str, number: str) -> list[LegalEvent]:
        query = select(LegalEventRow).where(LegalEventRow.office == office, LegalEventRow.number == number)
        return [_event(row) for row in session.scalars(query.order_by(LegalEventRow.happened_on))]

    def _row(self, event: LegalEvent) -> LegalEventRow:
        return LegalEventRow(
            key=event.key,
            office=event.office,
            number=event.number,
            kind=event.kind,
            category=event.category,
            code=event.code,
            happened_on=event.happened_on,
            effective_on=event.effective_on,
            text=event.text,
            particulars=dict(event.particulars),
            source=event.source,
            imported_at=self._clock.now(),
        )


def _event(row: LegalEventRow) -> LegalEvent:
    return LegalEvent(
        office=row.office,
        number=row.number,
        category=row.category,
        happened_on=row.happened_on,
        kind=row.kind,
        code=row.code,
        effective_on=row.effective_on,
        text=row.text,
        particulars=row.particulars,
        source=row.source,
    )
