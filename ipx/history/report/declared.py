"""Agreements made elsewhere in a report: as their owner declared them, which nobody else vouches for.

It must never call one of them proven.
"""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from ipx.history.report.records import Line, Period, Section
from ipx.licences.grant_words import declared_line
from ipx.licences.records import DeclaredAgreement
from ipx.licences.service import LicenceService
from ipx.licences.terms_v2.grant import GrantKind
from ipx.technologies.records import PublicTechnology


def declared(
    session: Session, licences: LicenceService, technology: PublicTechnology, period: Period
) -> tuple[list[Line], list[str]]:
    """Return the agreements that were declared by the date in question and not ended then, and what is to be noted."""
    entries = licences.declarations.entries_on(session, technology_id=technology.id)
    known = [one for one in entries if _is_known(one, period)]
    lines = [*(_line(one, technology, period) for one in known), *_changes(entries, technology, period)]
    statement = licences.declarations.latest_statement(session, technology_id=technology.id)
    if not known or (statement is not None and statement.stated_at <= period.as_of):
        return lines, []
    words = f"{len(known)} agreements made elsewhere are declared, and nobody has stated that the list is whole."
    return lines, [f"{technology.title}: {words}"]


def _is_known(entry: DeclaredAgreement, period: Period) -> bool:
    return entry.declared_at <= period.as_of and (entry.ended_at is None or entry.ended_at > period.as_of)


def _line(entry: DeclaredAgreement, technology: PublicTechnology, period: Period) -> Line:
    found = declared_line(entry, at=period.as_of.date())
    is_licence = not entry.is_own_use and entry.terms.grant.kind is GrantKind.LICENCE
    words = f"{found.kind}, {found.exclusivity}: {found.extent}; made elsewhere, as declared by "
    return Line(
        Section.GRANT if is_licence else Section.ENCUMBRANCE,
        technology.id,
        found.holder or technology.organisation_name,
        f"{words}{technology.organisation_name} on {found.declared_on.isoformat()}",
        since=entry.declared_at,
        until=entry.ended_at,
    )


def _changes(entries: list[DeclaredAgreement], technology: PublicTechnology, period: Period) -> Iterator[Line]:
    for entry in entries:
        for moment, words in ((entry.declared_at, "declared"), (entry.ended_at, "declared to have ended")):
            if period.holds(moment):
                said = f"agreement made elsewhere {words}"
                yield Line(Section.CHANGE, technology.id, entry.holder, said, since=moment)
