"""The invented technologies of the demonstration, read from data/technologies.json.

Numbers of patents and applications in it begin with 99 or 999: no office has given them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Any

from ipx.catalogue.rules import Novelty
from ipx.core.money import Money
from ipx.licences.rules import Act, Exclusivity, RoyaltyBase, Sublicensing, TermEnd, TransferRule
from ipx.licences.terms import Royalty, make_terms
from ipx.licences.terms_v2.from_v1 import as_v2
from ipx.licences.terms_v2.price import Period, Reports
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.technologies.rules import Advantage, Draft, RightDraft, RightKind, Stage


@dataclass(frozen=True)
class Section:
    """A part of a document: heading, paragraphs, and rows of a table, the first of them its head."""

    heading: str
    text: Sequence[str]
    table: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Paper:
    """A confidential document."""

    file: str
    title: str
    sections: Sequence[Section]


@dataclass(frozen=True)
class Invention:
    """A technology with everything that is loaded for it; ``terms`` is None for one that is not listed yet."""

    key: str
    owner: str
    draft: Draft
    rights: Sequence[RightDraft]
    terms: LicenceTerms | None
    novelty: Novelty | None
    filed_on: date | None
    papers: Sequence[Paper]


def read_inventions(today: date) -> list[Invention]:
    """Return all inventions; dates of rights lie so many days before ``today``, as the file counts them."""
    data = (files("ipx.demo") / "data" / "technologies.json").read_text("utf-8")
    return [_invention(value, today) for value in json.loads(data)]


def _invention(value: Mapping[str, Any], today: date) -> Invention:
    rights = [_right(right, today) for right in value["rights"]]
    novelty = Novelty(value["novelty"]) if value["novelty"] else None
    filed = [right.filed_on for right in rights if right.filed_on]
    return Invention(
        key=value["key"],
        owner=value["owner"],
        draft=_draft(value),
        rights=rights,
        terms=_terms(value["terms"]) if value["listed"] else None,
        novelty=novelty,
        filed_on=min(filed) if novelty is Novelty.FILED else None,
        papers=[_paper(paper) for paper in value["documents"]],
    )


def _draft(value: Mapping[str, Any]) -> Draft:
    advantage = value["advantage"]
    number = advantage["number"]
    return Draft(
        title=value["title"],
        problem=value["problem"],
        summary=value["summary"],
        advantage=Advantage(
            text=advantage["text"],
            number=Decimal(number) if number else None,
            unit=advantage["unit"],
            compared_with=advantage["compared_with"],
        ),
        trl=value["trl"],
        classes=tuple(value["classes"]),
        stage=Stage(value["stage"]),
    )


def _right(value: Mapping[str, Any], today: date) -> RightDraft:
    def day(name: str) -> date | None:
        return today - timedelta(days=value[name]) if name in value else None

    return RightDraft(
        kind=RightKind(value["kind"]),
        title=value["title"],
        office=value.get("office"),
        number=value.get("number"),
        kind_code=value.get("kind_code"),
        filed_on=day("filed"),
        published_on=day("published"),
        granted_on=day("granted"),
    )


def _terms(value: Mapping[str, Any]) -> LicenceTerms:
    royalty = value["royalty"]
    currency, amount = value["upfront"]
    terms = as_v2(
        make_terms(
            exclusivity=Exclusivity(value["exclusivity"]),
            acts=tuple(Act(act) for act in value["acts"]),
            field_text=value["field_text"],
            field_codes=tuple(value["field_codes"]),
            territory=tuple(value["territory"]),
            end=TermEnd(value["end"]),
            months=value["months"],
            upfront=Money(amount, currency),
            royalty=Royalty(RoyaltyBase(royalty[0]), royalty[1]) if royalty else None,
            transfer=TransferRule(value["transfer"]),
            sublicensing=Sublicensing(value["sublicensing"]),
            governing_law=value["governing_law"],
        )
    )
    return replace(terms, reports=Reports(statement_period=Period.YEARLY)) if royalty else terms


def _paper(value: Mapping[str, Any]) -> Paper:
    sections = [Section(part["heading"], part["text"], part.get("table", ())) for part in value["sections"]]
    return Paper(value["file"], value["title"], sections)
