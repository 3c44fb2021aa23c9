"""What a disclosure asks, section by section. Pure data: forms, pages, checks and the record all follow it.

A section is a list of entries, or one set of fields. Everything but what ``required`` names may be left unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a field is written."""

    LINE = "line"
    TEXT = "text"
    DAY = "day"
    CHOICE = "choice"
    CHOICES = "choices"


@dataclass(frozen=True)
class Field:
    """One question. ``past``: a day that must have come. ``required``: an entry means nothing without it."""

    name: str
    kind: Kind = Kind.LINE
    choices: tuple[str, ...] = ()
    required: bool = False
    past: bool = False


@dataclass(frozen=True)
class Section:
    """A group of questions; ``is_list``: any number of entries, or *none*, or *not known yet*."""

    name: str
    fields: tuple[Field, ...]
    is_list: bool = True

    @property
    def by_name(self) -> Mapping[str, Field]:
        """Return the fields by their names."""
        return {field.name: field for field in self.fields}


CONFIDENTIALITY = ("yes", "no")
SECTIONS = (
    Section(
        "invention",
        (
            Field("title", required=True),
            Field("problem", Kind.TEXT),
            Field("description", Kind.TEXT),
            Field("novel", Kind.TEXT),
            Field("conceived_on", Kind.DAY, past=True),
            Field("working_since", Kind.DAY, past=True),
        ),
        is_list=False,
    ),
    Section(
        "inventors",
        (
            Field("name", required=True),
            Field("email"),
            Field("employer"),
            Field("contribution", Kind.TEXT),
        ),
    ),
    Section(
        "funding",
        (
            Field("funder", required=True),
            Field("grant_number"),
            Field("us_federal", Kind.CHOICE, CONFIDENTIALITY),
            Field(
                "obligations",
                Kind.CHOICES,
                ("government-licence", "local-manufacture", "reporting", "open-access", "sponsor-option"),
            ),
            Field("note", Kind.TEXT),
        ),
    ),
    Section(
        "third_parties",
        (
            Field("what", required=True),
            Field("kind", Kind.CHOICE, ("material", "software", "data", "equipment", "agreement")),
            Field("party"),
            Field("agreement"),
            Field("terms", Kind.TEXT),
        ),
    ),
    Section(
        "publications",
        (
            Field("what", required=True),
            Field("kind", Kind.CHOICE, ("paper", "preprint", "talk", "poster", "thesis", "online", "other")),
            Field("on", Kind.DAY),
            Field("confidential", Kind.CHOICE, CONFIDENTIALITY),
            Field("note", Kind.TEXT),
        ),
    ),
    Section(
        "offers",
        (
            Field("what", required=True),
            Field("kind", Kind.CHOICE, ("sale", "offer-for-sale", "public-use", "licence-offer")),
            Field("party"),
            Field("on", Kind.DAY),
            Field("confidential", Kind.CHOICE, CONFIDENTIALITY),
        ),
    ),
    Section(
        "filings",
        (
            Field("office", required=True),
            Field("number"),
            Field("filed_on", Kind.DAY, past=True),
        ),
    ),
    Section(
        "related",
        (
            Field("what", required=True),
            Field("kind", Kind.CHOICE, ("patent", "paper", "disclosure", "other")),
            Field("reference"),
        ),
    ),
)
BY_NAME: Mapping[str, Section] = {section.name: section for section in SECTIONS}
INVENTORS = BY_NAME["inventors"]
