"""Who agrees, about what, and in which text. Pure data."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from ipx.licences.terms_v2.limits import (
    Commitment,
    Count,
    Items,
    Jurisdiction,
    Language,
    Line,
    Pattern,
    Sha256,
    Text,
    Uuid,
)


class Prevails(StrEnum):
    """What holds where text and data differ: the text, or in an express licence the data."""

    TEXT = "text"
    MACHINE = "machine"


@dataclass(frozen=True)
class Identity:
    """Which agreement this is. The hash of the terms is not in them: ``LicenceTerms.sha256`` computes it.

    ``replaces``: hash of the version before. ``template``: the pack or model, such as ``express`` or ``Lambert 3``.
    """

    agreement_id: Uuid
    version: Count
    prevails: Prevails
    replaces: Sha256 | None = None
    legal_text: Commitment | None = None
    language: Language | None = None
    template: Line | None = None


class PartyType(StrEnum):
    """What a party is."""

    COMPANY = "company"
    UNIVERSITY = "university"
    RESEARCH_INSTITUTE = "research-institute"
    PUBLIC_BODY = "public-body"
    FOUNDATION = "foundation"
    PERSON = "person"


@dataclass(frozen=True)
class Party:
    """One party as its register names it. ``authority``: commitment to what lets the signatory sign."""

    legal_name: Line
    type: PartyType
    jurisdiction: Jurisdiction
    registry_id: Line | None = None
    signatory: Line | None = None
    authority: Commitment | None = None


@dataclass(frozen=True)
class Parties:
    """Both sides. ``joint_owner_consent``: commitments to the consents of co-owners who do not sign."""

    licensors: Annotated[tuple[Party, ...], Items(1, 50)]
    licensees: Annotated[tuple[Party, ...], Items(1, 50)]
    affiliates_included: bool | None = None
    joint_owner_consent: Annotated[tuple[Commitment, ...], Items(0, 50)] = ()


class RightType(StrEnum):
    """What is licensed."""

    PATENT = "patent"
    APPLICATION = "application"
    UTILITY_MODEL = "utility-model"
    DESIGN = "design"
    KNOW_HOW = "know-how"
    SOFTWARE = "software"
    DATA_SET = "data-set"
    MATERIAL = "material"
    MIXED = "mixed"


@dataclass(frozen=True)
class Patent:
    """One patent or application: office by WIPO ST.3, kind by ST.16, family by DOCDB."""

    office: Annotated[str, Pattern("[A-Z]{2}", "write the office as two letters of WIPO ST.3, such as EP.")]
    number: Line
    include_family: bool
    include_continuations: bool
    kind: Annotated[str, Pattern("[A-Z][0-9]?", "write the kind by WIPO ST.16, such as B1.")] | None = None
    family_id: Line | None = None


class Secrecy(StrEnum):
    """How far know-how is still secret."""

    SECRET = "secret"  # noqa: S105 - a word of the schema
    PARTLY_PUBLISHED = "partly-published"
    PUBLISHED = "published"


@dataclass(frozen=True)
class KnowHow:
    """Know-how, under a title that gives nothing away. ``identified``: described well enough to be checked."""

    title: Line
    identified: bool
    secrecy: Secrecy
    commitment: Commitment | None = None
    deliverables: Annotated[tuple[Line, ...], Items(0, 50)] = ()


@dataclass(frozen=True)
class Subject:
    """What is licensed, and what of the licensor's is not."""

    right_type: RightType
    patents: Annotated[tuple[Patent, ...], Items(0, 500)] = ()
    know_how: Annotated[tuple[KnowHow, ...], Items(0, 100)] = ()
    background_excluded: Text | None = None
