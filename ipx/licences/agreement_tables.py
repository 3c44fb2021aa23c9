"""Agreements made elsewhere taken in from a table of one's own by a mapping: what a row would do, and doing it.

Technologies are named by their id, their title, or the number of one of their rights; rights by number or id.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.core.csv_mapping import ColumnMapping
from ipx.core.csv_table import Table, TableRow
from ipx.core.errors import Invalid
from ipx.core.table_outcomes import RowChange, RowOutcome, outcomes_of
from ipx.licences.declarations import Declarations
from ipx.licences.policy import check_may_decide
from ipx.licences.records import DeclaredDraft
from ipx.licences.typed_grants import ENDS, FIELDS, read_draft
from ipx.technologies.records import Technology
from ipx.technologies.service import TechnologyService

INTO = "agreements"
TECHNOLOGY = "technology"
COLUMNS = (TECHNOLOGY, *FIELDS)
REQUIRED = (TECHNOLOGY, "acts", "territory", "start", "end")
_LISTS = ("acts", "territory", "reserved", "codes", "rights")


class _Own:
    """The organisation's technologies, as a table may name them."""

    def __init__(self, session: Session, actor: Actor, technologies: TechnologyService) -> None:
        self._session = session
        self._actor = actor
        self._technologies = technologies
        self._lines = technologies.technologies_of(session, organisation_id=actor.organisation_id)
        self._titles = {line.id: line.title for line in self._lines}

    @cached_property
    def _by_title(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for line in self._lines:
            found.setdefault(_plain(line.title), []).append(line.id)
        return found

    @cached_property
    def _whole(self) -> dict[str, Technology]:
        """Return all of them with their rights; read only when a row names one by a number."""
        return {
            line.id: self._technologies.technology(self._session, actor=self._actor, technology_id=line.id)
            for line in self._lines
        }

    def technology(self, name: str) -> tuple[str, str]:
        """Return id and title. Raises Invalid when none, or more than one, is called so."""
        if name in self._titles:
            return name, self._titles[name]
        found = self._by_title.get(_plain(name)) or [
            each.id for each in self._whole.values() if _plain(name) in _numbers(each).values()
        ]
        if len(found) != 1:
            trouble = "More than one" if found else "None"
            raise Invalid(
                f"{trouble} of your technologies has this title, id or number: “{name[:80]}”.", field=TECHNOLOGY
            )
        return found[0], self._titles[found[0]]

    def rights(self, technology_id: str, names: str) -> str:
        """Return ids for numbers (or ids) of rights, separated by semicolons. Raises Invalid."""
        numbers = {number: right_id for right_id, number in _numbers(self._whole[technology_id]).items()}
        ids = set(numbers.values())
        found = []
        for name in re.split(r"[;\n]+", names):
            if name.strip() and (right_id := numbers.get(_plain(name), name.strip())) not in ids:
                raise Invalid(f"“{name.strip()[:40]}” is no number of a right of this technology.", field="rights")
            if name.strip():
                found.append(right_id)
        return ";".join(found)


class AgreementTables:
    """Takes tables of agreements in."""

    def __init__(self, *, declarations: Declarations, technologies: TechnologyService) -> None:
        self._declarations = declarations
        self._technologies = technologies

    def preview(self, session: Session, *, actor: Actor, table: Table, mapping: ColumnMapping) -> Iterator[RowOutcome]:
        """Yield what each row would do. Changes nothing. Raises Invalid, Forbidden."""
        return self._outcomes(session, actor, table, mapping, is_preview=True)

    def take_in(self, session: Session, *, actor: Actor, table: Table, mapping: ColumnMapping) -> Iterator[RowOutcome]:
        """Declare what each row says, and yield what it did; refused rows change nothing. Repeatable.

        Raises Invalid for a mapping that does not fit, Forbidden.
        """
        return self._outcomes(session, actor, table, mapping, is_preview=False)

    def _outcomes(
        self, session: Session, actor: Actor, table: Table, mapping: ColumnMapping, *, is_preview: bool
    ) -> Iterator[RowOutcome]:
        check_may_decide(actor)
        if mapping.into != INTO:
            raise Invalid(f"This mapping is not for agreements: “into” must be “{INTO}”.", field="mapping")
        mapping.check(fields=COLUMNS, columns=table.columns)
        own, seen = _Own(session, actor, self._technologies), set[str]()

        def take(row: TableRow) -> RowOutcome:
            fields = mapping.fields_of(row.cells, days=("start", "end"), words=ENDS)
            technology_id, title = own.technology(_told(fields, TECHNOLOGY))
            draft = _draft(fields, own, technology_id)
            change = self._take(session, actor, seen, technology_id, draft, is_preview)
            return RowOutcome(row.line, change, technology=title, holder=draft.holder)

        return outcomes_of(table.rows(), take)

    def _take(
        self,
        session: Session,
        actor: Actor,
        seen: set[str],
        technology_id: str,
        draft: DeclaredDraft,
        is_preview: bool,
    ) -> RowChange:
        is_known = self._declarations.is_known(session, technology_id=technology_id, draft=draft)
        said = repr((technology_id, draft))
        if is_known or said in seen:
            return RowChange.UNCHANGED
        seen.add(said)
        if not is_preview:
            self._declarations.declare(session, actor=actor, technology_id=technology_id, draft=draft)
        return RowChange.ADDED


def _draft(fields: Mapping[str, str], own: _Own, technology_id: str) -> DeclaredDraft:
    """Return what a row states: lists may be separated by commas too, and words are not minded for their case."""
    values = {name: value.replace(",", ";") if name in _LISTS else value for name, value in fields.items()}
    for name in ("kind", "exclusivity", "acts", "reserved"):
        if name in values:
            values[name] = re.sub(r"(?<=\w)\s+(?=\w)", "-", values[name].strip().lower())
    if "rights" in values:
        values["rights"] = own.rights(technology_id, values["rights"])
    return read_draft(values)


def _told(fields: Mapping[str, str], name: str) -> str:
    if name not in fields:
        raise Invalid("This row does not say it, and nothing is said for all rows.", field=name)
    return fields[name]


def _numbers(technology: Technology) -> dict[str, str]:
    """Return the numbers of a technology's rights by id, such as us8930553b2, kind code last."""
    particulars = {right.id: right.particulars for right in technology.rights}
    return {
        right_id: _plain("".join(filter(None, (right.office, right.number, right.kind_code))))
        for right_id, right in particulars.items()
        if right.number
    }


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())
