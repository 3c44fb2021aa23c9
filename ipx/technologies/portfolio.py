"""Portfolios taken in from tables: what a row would do, and doing it through the room's own door."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.core.csv_mapping import ColumnMapping
from ipx.core.csv_table import Table, TableRow
from ipx.core.errors import Invalid
from ipx.core.ports import Clock
from ipx.core.table_outcomes import RowChange, RowOutcome, outcomes_of
from ipx.technologies import policy
from ipx.technologies import technology_rows as rows
from ipx.technologies.models import TitleRow
from ipx.technologies.portfolio_rows import (
    DAYS,
    FIELDS,
    INTO,
    PortfolioRow,
    changed_fields,
    completed,
    identity,
    portfolio_row,
)
from ipx.technologies.rights import check_only_completes, draft_of
from ipx.technologies.rules import RightDraft, checked_right
from ipx.technologies.service import TechnologyService

Key = tuple[str, str, str]


class _Known:
    """What the organisation has, by title and by identity; grows as rows add to it. A preview knows no new ids."""

    def __init__(self, session: Session, organisation_id: str) -> None:
        found = rows.rows_of(session, organisation_id)
        titles = {row.id: row.title for row in found}
        self.technologies = {row.title: row.id for row in reversed(found)}
        self.rights: dict[Key, RightDraft] = {}
        self.ids: dict[Key, str] = {}
        self._by_number: dict[tuple[str, str], list[Key]] = {}
        self._session = session
        for row in rows.right_rows(session, list(titles)):
            self.add(identity(draft_of(row), titles[row.technology_id]), draft_of(row), row.id)

    def add(self, key: Key, right: RightDraft, right_id: str | None) -> None:
        """Keep a right; of two with one identity, the older stays."""
        if key in self.rights:
            return
        self.rights[key] = right
        self._by_number.setdefault(key[:2], []).append(key)
        if right_id is not None:
            self.ids[key] = right_id

    def same(self, key: Key) -> Key | None:
        """Return the identity of the same right: a number without a kind code is that of any one with it."""
        if key in self.rights:
            return key
        alike = [each for each in self._by_number.get(key[:2], ()) if not (each[2] and key[2])]
        return alike[0] if len(alike) == 1 else None

    def is_recorded(self, key: Key) -> bool:
        """Tell whether the right has a record of title, which only lets its particulars be completed."""
        return key in self.ids and self._session.get(TitleRow, self.ids[key]) is not None


class Portfolios:
    """Takes portfolios in."""

    def __init__(self, *, technologies: TechnologyService, clock: Clock) -> None:
        self._technologies = technologies
        self._clock = clock

    def preview(self, session: Session, *, actor: Actor, table: Table, mapping: ColumnMapping) -> Iterator[RowOutcome]:
        """Yield what each row would do. Changes nothing. Raises Invalid, Forbidden."""
        return self._outcomes(session, actor, table, mapping, is_preview=True)

    def take_in(self, session: Session, *, actor: Actor, table: Table, mapping: ColumnMapping) -> Iterator[RowOutcome]:
        """Do what each row says, and yield what it did; refused rows change nothing. Repeatable.

        Raises Invalid for a mapping that does not fit, Forbidden.
        """
        return self._outcomes(session, actor, table, mapping, is_preview=False)

    def _outcomes(
        self, session: Session, actor: Actor, table: Table, mapping: ColumnMapping, *, is_preview: bool
    ) -> Iterator[RowOutcome]:
        policy.check_may_take_in_portfolio(actor)
        if mapping.into != INTO:
            raise Invalid(f"This mapping is not for a portfolio: “into” must be “{INTO}”.", field="mapping")
        mapping.check(fields=FIELDS, columns=table.columns)
        known = _Known(session, actor.organisation_id)

        def take(row: TableRow) -> RowOutcome:
            stated = portfolio_row(row.line, mapping.fields_of(row.cells, days=DAYS), today=self._today())
            return self._take(session, actor, known, stated, is_preview)

        return outcomes_of(table.rows(), take)

    def _take(self, session: Session, actor: Actor, known: _Known, row: PortfolioRow, is_preview: bool) -> RowOutcome:
        key = known.same(identity(row.right, row.technology.title))
        if key is None:
            self._add(session, actor, known, row, is_preview)
            return RowOutcome(row.line, RowChange.ADDED, row.technology.title, _name(row.right))
        before = known.rights[key]
        after = completed(before, row)
        fields = changed_fields(before, after)
        if not fields:
            return RowOutcome(row.line, RowChange.UNCHANGED, row.technology.title, _name(after))
        checked_right(after, today=self._today())
        if known.is_recorded(key):
            check_only_completes(before, after)
        if not is_preview:
            self._technologies.revise_right(session, actor=actor, right_id=known.ids[key], right=after)
        known.rights[key] = after
        return RowOutcome(row.line, RowChange.CHANGED, row.technology.title, _name(after), fields=fields)

    def _add(self, session: Session, actor: Actor, known: _Known, row: PortfolioRow, is_preview: bool) -> None:
        key, title = identity(row.right, row.technology.title), row.technology.title
        right_id = None
        if not is_preview:
            if title not in known.technologies:
                known.technologies[title] = self._technologies.create(session, actor=actor, draft=row.technology).id
            technology_id = known.technologies[title]
            added = self._technologies.add_right(session, actor=actor, technology_id=technology_id, right=row.right)
            right_id = added.id
        known.add(key, row.right, right_id)

    def _today(self) -> date:
        return self._clock.now().date()


def _name(right: RightDraft) -> str:
    return " ".join(part for part in (right.office, right.number, right.kind_code) if part) or right.title
