"""The public picture of a technology that a listing keeps. Pure; adds nothing to what the owner made public."""

from datetime import date, datetime

from ipx.catalogue.records import Listing, Measure, PublicRight
from ipx.catalogue.rules import Novelty, State
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.technologies.records import PublicRight as TechnologyRight
from ipx.technologies.records import PublicTechnology
from ipx.technologies.rules import OFFICE_KINDS, Advantage


def right_of(right: TechnologyRight) -> PublicRight:
    """Return a right as the listing shows it; what technologies hides stays hidden."""
    number = " ".join(part for part in (right.number, right.kind_code) if part) or None
    return PublicRight(
        right_id=right.id,
        kind=str(right.kind),
        title=right.title,
        office=right.office,
        number=number,
        status=_status(right),
        evidence=int(right.evidence),
        matched_on=right.matched_on,
    )


def measure_of(advantage: Advantage) -> Measure | None:
    """Return the measured advantage, None where no number was stated."""
    if advantage.number is None:
        return None
    return Measure(
        number=format(advantage.number, "f"), unit=advantage.unit, compared_with=advantage.compared_with.strip()
    )


def picture_of(
    technology: PublicTechnology,
    *,
    id: str,
    version: int,
    owner_is_demo: bool,
    terms: LicenceTerms,
    novelty: Novelty,
    filed_on: date | None,
    at: datetime,
) -> Listing:
    """Return the listing of a technology of this exchange."""
    return Listing(
        id=id,
        version=version,
        state=State.PUBLISHED,
        technology_id=technology.id,
        technology_revision=technology.revision,
        organisation_id=technology.organisation_id,
        owner_name=technology.organisation_name,
        owner_is_demo=owner_is_demo,
        title=technology.title,
        summary=technology.summary,
        problem=technology.problem or None,
        advantage=technology.advantage.text or None,
        measure=measure_of(technology.advantage),
        trl=technology.trl,
        classes=tuple(technology.classes),
        rights=tuple(right_of(right) for right in technology.rights),
        terms=terms,
        novelty=novelty,
        filed_on=filed_on,
        takes_offers=True,
        source=None,
        record_number=None,
        record_status=None,
        record_year=None,
        expires=None,
        published_at=at,
        stage=technology.stage,
    )


def _status(right: TechnologyRight) -> str | None:
    if right.kind not in OFFICE_KINDS:
        return None
    if right.granted_on is not None:
        return "granted"
    return "published" if right.published_on is not None else "unpublished"
