"""Rights between their table and the frozen forms that the room hands out, for the owner and for others."""

from datetime import date

from ipx.bibliography.numbers import can_be_application_published_by_us, plain, plain_application
from ipx.core.errors import Conflict
from ipx.technologies.models import RightRow
from ipx.technologies.records import PublicRight, Right
from ipx.technologies.rules import EvidenceLevel, RightDraft, RightKind


def draft_of(row: RightRow) -> RightDraft:
    """Return what is stated about the right."""
    return RightDraft(
        kind=RightKind(row.kind),
        title=row.title,
        office=row.office,
        number=row.number,
        kind_code=row.kind_code,
        filed_on=row.filed_on,
        published_on=row.published_on,
        granted_on=row.granted_on,
    )


def number_key(right: RightDraft) -> tuple[str, str]:
    """Return what makes a stated number the same one at its office: of an application, or of a document."""
    is_application = right.kind is RightKind.APPLICATION and not right.kind_code
    if is_application and not can_be_application_published_by_us(right.number):
        return "application", plain_application(right.number)
    return "document", plain(right.number)


def right_of(row: RightRow, *, today: date) -> Right:
    """Return the right as its owner sees it."""
    particulars = draft_of(row)
    return Right(
        id=row.id,
        technology_id=row.technology_id,
        particulars=particulars,
        number_is_secret=particulars.has_secret_number(today),
        evidence=EvidenceLevel(row.evidence),
        instrument_document_id=row.instrument_document_id,
        matched_on=row.matched_on,
        matched_source=row.matched_source,
    )


def public_right_of(row: RightRow, *, today: date) -> PublicRight:
    """Return the right as others may see it: nothing that the office still keeps secret."""
    stated = draft_of(row)
    shown = not stated.has_secret_number(today)
    return PublicRight(
        id=row.id,
        kind=stated.kind,
        title=stated.title if shown else None,
        office=stated.office,
        number=stated.number if shown else None,
        kind_code=stated.kind_code if shown else None,
        filed_on=stated.filed_on if shown else None,
        published_on=stated.published_on if shown else None,
        granted_on=stated.granted_on if shown else None,
        evidence=EvidenceLevel(row.evidence),
        matched_on=row.matched_on if shown else None,
    )


def write(row: RightRow, right: RightDraft) -> None:
    """Put what is stated into the row."""
    row.kind, row.title, row.office, row.number = right.kind, right.title, right.office, right.number
    row.kind_code, row.filed_on = right.kind_code, right.filed_on
    row.published_on, row.granted_on = right.published_on, right.granted_on


def check_only_completes(before: RightDraft, after: RightDraft) -> None:
    """Raise Conflict when a right whose title is recorded would become another one.

    An application that is granted stays the same right, so its kind may become patent, and what was open may be
    filled in.
    """
    granted = (before.kind, after.kind) == (RightKind.APPLICATION, RightKind.PATENT)
    if before.kind != after.kind and not granted:
        raise Conflict("The title record says what kind of right this is. Add another right instead.")
    for name in ("office", "number"):
        if getattr(before, name) is not None and getattr(before, name) != getattr(after, name) and not granted:
            raise Conflict(f"The title record names this {name}. Add another right instead.")
