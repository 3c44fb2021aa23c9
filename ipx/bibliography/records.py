"""What offices publish about a document, as frozen data: the fields of WIPO ST.9, named by their INID codes.

Dates are ISO 8601 and as exact as the source: ``2014-12-20``, ``2010-11`` or ``1987``; None where it says nothing.
Names are written as they were filed. Values that the source gives and that cannot be read go to ``unreadable``, raw.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

FORMAT = "ipx/bibliographic-record/v1"


@dataclass(frozen=True)
class Reference:
    """A document or an application: office (ST.3), number without leading zeros, kind code (ST.16), date.

    ``original`` is the number as the source writes it; ``docdb`` and ``epodoc`` are the forms of the EPO's databases,
    None where no rule tells them for certain.
    """

    office: str | None
    number: str | None
    kind: str | None = None
    date: str | None = None
    original: str | None = None
    docdb: str | None = None
    epodoc: str | None = None


@dataclass(frozen=True)
class Source:
    """The file that a record was read from: its schema (DTD), the version of that, and what it says about itself."""

    schema: str
    version: str | None
    file: str | None
    status: str | None
    produced_on: str | None


@dataclass(frozen=True)
class Priority:
    """A priority claim: INID 31 (number), 32 (date), 33 (office). ``active`` is for sources that tell."""

    sequence: int | None
    kind: str | None
    office: str | None
    number: str | None
    date: str | None
    active: bool | None = None


@dataclass(frozen=True)
class Classification:
    """One symbol of a classification.

    ``scheme`` is ``ipc``, ``cpc``, ``locarno`` or ``national``; ``version`` a date, or an edition; ``value`` is
    ``inventive`` or ``additional``; ``position`` is ``first`` or ``later``; ``combination`` is set and rank.
    """

    scheme: str
    symbol: str
    version: str | None = None
    value: str | None = None
    position: str | None = None
    level: str | None = None
    office: str | None = None
    combination: tuple[int, int] | None = None


@dataclass(frozen=True)
class Text:
    """A text in one language (ISO 639-1)."""

    language: str | None
    text: str


@dataclass(frozen=True)
class Citation:
    """What was cited: INID 56. ``phase`` says by whom (applicant, examiner, third-party, other).

    ``category`` is the letter of ST.14 (X, Y, A …), which US documents do not have.
    """

    sequence: int | None
    type: str
    document: Reference | None
    name: str | None
    text: str | None
    phase: str | None
    category: str | None
    passages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Party:
    """A person or an organisation, as filed. INID 71 to 76; ``normalised`` is for comparing, not for showing."""

    inid: str
    sequence: int | None
    name: str
    normalised: str
    first_name: str | None = None
    last_name: str | None = None
    organisation: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None
    residence: str | None = None
    nationality: str | None = None
    role: str | None = None
    deceased: bool = False


@dataclass(frozen=True)
class Relation:
    """A document of the same office that this one comes from, or belongs to: INID 60 to 68."""

    inid: str
    kind: str
    document: Reference
    child: Reference | None = None
    status: str | None = None
    granted: Reference | None = None
    international: Reference | None = None


@dataclass(frozen=True)
class International:
    """Filing (INID 86, 96) or publication (87, 97) of an international or regional application.

    ``entered_on`` is the day on which the requirements of 35 USC 371 were met.
    """

    inid: str
    document: Reference
    entered_on: str | None = None


@dataclass(frozen=True)
class Term:
    """What the document says about its term: adjustment in days (35 USC 154(b)), length in years, disclaimer."""

    extension_days: int | None = None
    length_years: int | None = None
    disclaimer: str | None = None


@dataclass(frozen=True)
class Family:
    """Families of the EPO's databases, where the source knows them, and the members that the source names."""

    simple: str | None = None
    inpadoc: str | None = None
    members: tuple[Reference, ...] = ()


@dataclass(frozen=True)
class PublicationDates:
    """When it was made public: application (INID 43), grant (45), claims only (46)."""

    application: str | None = None
    grant: str | None = None
    claims: str | None = None


@dataclass(frozen=True)
class Unreadable:
    """A value of the source that has no meaning for us: where it stands, and what it is."""

    field: str
    value: str


@dataclass(frozen=True)
class BibliographicRecord:
    """All that a document says about itself on its first page."""

    source: Source
    language: str | None
    publication: Reference
    application: Reference | None
    application_type: str | None
    filing_type: str | None
    publication_dates: PublicationDates
    priorities: tuple[Priority, ...] = ()
    classifications: tuple[Classification, ...] = ()
    field_of_search: tuple[str, ...] = ()
    titles: tuple[Text, ...] = ()
    abstracts: tuple[Text, ...] = ()
    citations: tuple[Citation, ...] = ()
    applicants: tuple[Party, ...] = ()
    inventors: tuple[Party, ...] = ()
    owners: tuple[Party, ...] = ()
    agents: tuple[Party, ...] = ()
    examiners: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()
    designated_states: tuple[str, ...] = ()
    international_filing: International | None = None
    international_publication: International | None = None
    term: Term | None = None
    family: Family = field(default_factory=Family)
    claims: int | None = None
    is_inventor_missing: bool = False  # 37 CFR 1.47: an inventor refused or could not be reached
    unreadable: tuple[Unreadable, ...] = ()

    def document(self) -> Mapping[str, Any]:
        """Return the record as plain data for JSON, described in docs/spec/bibliographic-record.md."""
        fields: Mapping[str, Any] = _with_lists(asdict(self))
        return {"format": FORMAT, **fields}


@dataclass(frozen=True)
class StoredRecord:
    """A record that is here: its content as in docs/spec/bibliographic-record.md, and when it came."""

    id: str
    office: str
    number: str
    kind: str
    published_on: str | None
    content: Mapping[str, Any]
    imported_at: datetime
    changed_at: datetime


def _with_lists(value: Any) -> Any:
    """Return data with lists for tuples, as JSON gives them back."""
    if isinstance(value, dict):
        return {name: _with_lists(each) for name, each in value.items()}
    return [_with_lists(each) for each in value] if isinstance(value, (list, tuple)) else value
