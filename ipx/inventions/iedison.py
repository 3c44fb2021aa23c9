"""A disclosure in the shape of iEdison's *Create Invention* request, version 2 (NIST, iEdison API documentation). Pure.

It fills what a disclosure knows; what iEdison wants beyond that (institution code, agency codes, kind of award) stays
empty for the office to add. Names of people are split at their last blank, which is wrong for some of them.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeAlias

from ipx.inventions.bar_dates import Happening
from ipx.inventions.drafts import Content, Entry
from ipx.inventions.known_bars import events_of
from ipx.inventions.records import Invention

Field: TypeAlias = "str | bool | Sequence[Field] | Mapping[str, Field]"
NOTE = "Agency names are as the inventors wrote them; names of people were split at the last blank. Check both."


def create_invention_request(invention: Invention) -> dict[str, Field]:
    """Return the request's fields, in the documentation's order. Days are written MM/DD/YYYY, as it asks."""
    content = invention.content
    funders = [entry for entry in content.entries("funding") if entry["us_federal"] == "yes"]
    return {
        "institutionCode": "",
        "inventionTitle": invention.title,
        "inventionDocketNumber": invention.id[:30],
        "parentInventionNumber": "",
        "inventionReportDate": american(invention.submissions[0].submitted_at.date()),
        "firstPublicationDate": _first_publication(content),
        "isExceptionCircumstanceDetermination": False,
        "keywords": [],
        "inventionStatus": {"titleElectionStatus": ""},
        "inventors": [_inventor(found.name) for found in invention.inventors if found.name],
        "primaryAgency": str(funders[0]["funder"]) if funders else "",
        "fundingAgreements": [_agreement(entry) for entry in funders],
        "explanatoryNotes": [{"note": NOTE}],
    }


def american(day: date) -> str:
    """Return a day as iEdison writes it, such as 01/31/2026."""
    return f"{day:%m/%d/%Y}"


def _first_publication(content: Content) -> str:
    public = (Happening.PUBLICATION, Happening.PUBLIC_USE)
    days = [event.on for event in events_of(content) if event.happening in public and event.confidential is not True]
    first = min((day for day in days if day is not None), default=None)
    return american(first) if first else ""


def _inventor(name: str) -> dict[str, Field]:
    first, _, last = name.rpartition(" ")
    return {"firstName": first, "lastName": last, "middleInitial": "", "fedEmployee": False, "fedAgency": ""}


def _agreement(entry: Entry) -> dict[str, Field]:
    number = str(entry["grant_number"])
    return {"agreementType": "", "agency": str(entry["funder"]), "grantNumber": number, "awardType": ""}
