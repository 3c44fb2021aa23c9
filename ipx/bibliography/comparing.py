"""What taking records in would do: compared with the database, nothing changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from ipx.bibliography.models import RecordRow
from ipx.bibliography.numbers import plain
from ipx.bibliography.records import BibliographicRecord

NOT_COMPARED = frozenset(("source",))  # a file that is produced again says nothing new


class Change(StrEnum):
    """What taking a record in does."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Outcome:
    """What taking one record in does, or would do: the fields that differ from the record that is here."""

    change: Change
    fields: Sequence[str] = ()

    @property
    def words(self) -> str:
        """Return the change in one phrase."""
        return f"{self.change}: {', '.join(self.fields)}" if self.fields else self.change.value


def has_tables(session: Session) -> bool:
    """Tell whether this database was migrated at all."""
    return inspect(session.connection()).has_table(RecordRow.__tablename__)


def key_of(record: BibliographicRecord) -> tuple[str, str, str]:
    """Return what makes a record one: office, number for comparing, kind."""
    publication = record.publication
    return publication.office or "", plain(publication.number), publication.kind or ""


def compare(session: Session, records: Sequence[BibliographicRecord]) -> list[Outcome]:
    """Return what taking these records in would do, one after the other. Changes nothing."""
    known = _contents(session, records)
    outcomes = []
    for record in records:
        content, key = record.document(), key_of(record)
        outcomes.append(_outcome(known.get(key), content))
        known[key] = content
    return outcomes


def _contents(
    session: Session, records: Iterable[BibliographicRecord]
) -> dict[tuple[str, str, str], Mapping[str, Any]]:
    numbers = {plain(record.publication.number) for record in records}
    rows = session.scalars(select(RecordRow).where(RecordRow.number.in_(numbers)))
    return {(row.office, row.number, row.kind): row.content for row in rows}


def _outcome(known: Mapping[str, Any] | None, content: Mapping[str, Any]) -> Outcome:
    if known is None:
        return Outcome(Change.ADDED)
    fields = tuple(name for name in content if name not in NOT_COMPARED and content[name] != known.get(name))
    return Outcome(Change.CHANGED, fields) if fields else Outcome(Change.UNCHANGED)
