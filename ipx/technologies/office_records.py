"""What offices published about a right: found by its number, shown to its owner. Writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.bibliography.legal_events import LegalEvent
from ipx.bibliography.numbers import can_be_application_published_by_us
from ipx.bibliography.records import StoredRecord
from ipx.bibliography.service import BibliographyService
from ipx.technologies import technology_rows as rows
from ipx.technologies.rights import draft_of
from ipx.technologies.rules import RightDraft, RightKind


@dataclass(frozen=True)
class OfficeRecord:
    """The documents that an office published about a right, oldest first, and its legal events."""

    documents: Sequence[StoredRecord]
    events: Sequence[LegalEvent]


class OfficeRecords:
    """Finds the bibliography and the legal events of rights."""

    def __init__(self, *, bibliography: BibliographyService) -> None:
        self._bibliography = bibliography

    def of_right(self, session: Session, *, actor: Actor, right_id: str) -> OfficeRecord:
        """Return what is known about a right of the actor's organisation. Raises NotFound."""
        row, _ = rows.own_right(session, actor, right_id)
        documents = self.documents_of(session, draft_of(row))
        return OfficeRecord(documents, self._bibliography.events.events_of(session, documents))

    def documents_of(self, session: Session, right: RightDraft) -> list[StoredRecord]:
        """Return the documents of a right: by its application's number, or by the number of a document.

        A number without a kind code names an application where the right is one, else a document.
        """
        if not (right.office and right.number):
            return []
        is_application = right.kind is RightKind.APPLICATION and not right.kind_code
        if is_application and not can_be_application_published_by_us(right.number):
            return self._bibliography.records_of_application(session, office=right.office, number=right.number)
        return self._bibliography.records_of_publication(
            session, office=right.office, number=right.number, kind=right.kind_code
        )
