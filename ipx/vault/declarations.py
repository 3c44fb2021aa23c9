"""What readers tell owners before the first reading: nationalities and end use. Personal data.

Deleting a row forgets it. It must never leave this table: the audit line says that somebody declared, not what.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.audit.service import AuditService
from ipx.core.countries import COUNTRIES
from ipx.core.errors import Invalid
from ipx.core.ports import Clock
from ipx.vault.models import DeclarationRow
from ipx.vault.records import Declaration
from ipx.vault.rules import clean_sentence

LASTS = timedelta(days=365)


class Declarations:
    """One for each reader and owner, for a year."""

    def __init__(self, *, audit: AuditService, clock: Clock) -> None:
        self._audit = audit
        self._clock = clock

    def find(self, session: Session, *, person_id: str, owner_id: str) -> Declaration | None:
        """Return what a reader declared to an owner within the last year."""
        row = session.get(DeclarationRow, (person_id, owner_id))
        if row is None or row.declared_at + LASTS <= self._clock.now():
            return None
        return _declaration(row)

    def of(self, session: Session, *, owner_id: str) -> dict[str, Declaration]:
        """Return what readers declared to an owner, by person; older declarations too."""
        rows = session.scalars(select(DeclarationRow).where(DeclarationRow.owner_id == owner_id))
        return {row.person_id: _declaration(row) for row in rows}

    def declare(
        self, session: Session, *, actor: Actor, owner_id: str, nationalities: Sequence[str], end_use: str
    ) -> None:
        """Keep a reader's declaration, in place of an older one. Raises Invalid."""
        codes = clean_nationalities(nationalities)
        missing = "Write what you use the owner’s documents for, such as: assessing a licence for our coating line."
        said = clean_sentence(end_use, field="end_use", missing=missing)
        row = session.get(DeclarationRow, (actor.person_id, owner_id))
        if row is None:
            row = DeclarationRow(person_id=actor.person_id, owner_id=owner_id)
            session.add(row)
        row.nationalities, row.end_use, row.declared_at = " ".join(codes), said, self._clock.now()
        session.flush()
        self._audit.record(
            session,
            action="organisation:reader:declared",
            by=actor.by,
            subject_kind="organisation",
            subject_id=owner_id,
        )

    def by(self, session: Session, *, person_id: str) -> dict[str, Declaration]:
        """Return what a person declared, by the owner to whom; older declarations too."""
        rows = session.scalars(select(DeclarationRow).where(DeclarationRow.person_id == person_id))
        return {row.owner_id: _declaration(row) for row in rows}

    def withdraw(self, session: Session, *, actor: Actor, owner_id: str) -> None:
        """Delete what the actor declared to an owner; the next reading asks again. Harmless when there is nothing."""
        row = session.get(DeclarationRow, (actor.person_id, owner_id))
        if row is None:
            return
        session.delete(row)
        session.flush()
        self._audit.record(
            session,
            action="organisation:reader:withdrew",
            by=actor.by,
            subject_kind="organisation",
            subject_id=owner_id,
        )

    def forget(self, session: Session, *, person_id: str, until: datetime, held_by: Collection[str]) -> None:
        """Delete what a person declared up to a moment, but to owners who may have to show it (ids ``held_by``)."""
        theirs = (DeclarationRow.person_id == person_id) & (DeclarationRow.declared_at <= until)
        session.execute(delete(DeclarationRow).where(theirs, DeclarationRow.owner_id.not_in(held_by)))


def _declaration(row: DeclarationRow) -> Declaration:
    return Declaration(tuple(row.nationalities.split()), row.end_use, row.declared_at)


def clean_nationalities(given: Sequence[str]) -> list[str]:
    """Return country codes (ISO 3166-1, two letters), sorted, each once. Raises Invalid."""
    codes = sorted({code.strip().upper() for code in given if code.strip()})
    if not codes or not set(codes) <= COUNTRIES:
        raise Invalid("Choose your nationality; it is told to the owner of the document alone.", field="nationality")
    return codes
