"""Legal events from a table, by a mapping."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from ipx.audit.service import By
from ipx.bibliography.event_log import EventLog
from ipx.bibliography.legal_events import DAYS, FIELDS, LegalEvent, checked_event
from ipx.core.csv_mapping import ColumnMapping
from ipx.core.csv_table import Table, TableRow
from ipx.core.errors import Invalid

SOURCE = "table of legal events"


@dataclass(frozen=True)
class EventRow:
    """What a row told: the document, whether the event is new; or why it was refused, and the field to blame."""

    line: int
    document: str = ""
    is_new: bool = False
    field: str | None = None
    message: str = ""


class EventTables:
    """Takes tables of legal events in."""

    def __init__(self, events: EventLog) -> None:
        self._events = events

    def take_in(
        self, session: Session, table: Table, mapping: ColumnMapping, *, by: By, is_preview: bool
    ) -> list[EventRow]:
        """Add the events of good rows, or only tell what would be new. Repeatable. Raises Invalid for the mapping."""
        mapping.check(fields=FIELDS, columns=table.columns)
        read = [(row, _event(row, mapping)) for row in table.rows()]
        events = [event for _, event in read if isinstance(event, LegalEvent)]
        told = self._events.missing(session, events) if is_preview else self._events.take_in(session, events, by=by)
        is_new = iter(told)
        return [
            EventRow(row.line, _name(event), next(is_new)) if isinstance(event, LegalEvent) else event
            for row, event in read
        ]


def _event(row: TableRow, mapping: ColumnMapping) -> LegalEvent | EventRow:
    if row.fault is not None:
        return EventRow(row.line, message=row.fault)
    try:
        return checked_event(mapping.fields_of(row.cells, days=DAYS), source=SOURCE)
    except Invalid as error:
        return EventRow(row.line, field=error.field, message=error.message)


def _name(event: LegalEvent) -> str:
    return " ".join(part for part in (event.office, event.number, event.kind, event.happened_on) if part)
