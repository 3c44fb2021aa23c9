"""The first page of a USPTO document as a bibliographic record: which element is which field of WIPO ST.9."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO
from xml.etree.ElementTree import Element

from ipx.bibliography.records import (
    BibliographicRecord,
    Priority,
    PublicationDates,
    Reference,
    Source,
    Term,
    Text,
)
from ipx.bibliography.uspto.classes import classifications, field_of_search
from ipx.bibliography.uspto.parties import parties_of
from ipx.bibliography.uspto.reading import Reading, sequence_of, text_at, text_of
from ipx.bibliography.uspto.related import (
    citations,
    family_of,
    international_filing,
    international_publication,
    relations,
)
from ipx.bibliography.uspto.stream import Broken, documents

GRANT, APPLICATION = "us-patent-grant", "us-patent-application"
FIRST_PAGES = {GRANT: "us-bibliographic-data-grant", APPLICATION: "us-bibliographic-data-application"}
KEPT = frozenset((*FIRST_PAGES.values(), "abstract"))


@dataclass(frozen=True)
class PassedOver:
    """A document that is no grant and no application, such as the sequence listings in the weekly files."""

    place: int
    root: str


def records(stream: BinaryIO) -> Iterator[BibliographicRecord | PassedOver | Broken]:
    """Yield what a stream of USPTO documents holds, one by one, in flat memory."""
    for found in documents(stream, kept=KEPT):
        if isinstance(found, Broken):
            yield found
        elif found.root.tag not in FIRST_PAGES:
            yield PassedOver(found.place, found.root.tag)
        else:
            yield _record_or_broken(found.root, found.schema, found.place)


def _record_or_broken(root: Element, schema: str | None, place: int) -> BibliographicRecord | Broken:
    page = root.find(FIRST_PAGES[root.tag])
    if page is None:
        return Broken(place, f"it has no {FIRST_PAGES[root.tag]}")
    reading = Reading()
    publication = reading.publication(page.find("publication-reference/document-id"))
    if publication is None or not (publication.office and publication.number and publication.kind):
        return Broken(place, "it does not say its office, number and kind (publication-reference)")
    return _record(root, page, publication, reading)


def _record(root: Element, page: Element, publication: Reference, reading: Reading) -> BibliographicRecord:
    parties = parties_of(page)
    reference = page.find("application-reference")
    application = None if reference is None else reading.application(reference.find("document-id"))
    return BibliographicRecord(
        source=_source(root, reading),
        language=_language(root),
        publication=publication,
        application=application,
        application_type=None if reference is None else reference.get("appl-type"),
        filing_type=_filing_type(page),
        publication_dates=_publication_dates(root.tag, publication, page, reading),
        priorities=_priorities(page, reading),
        classifications=classifications(page, reading),
        field_of_search=field_of_search(page),
        titles=_texts(page, "invention-title", _language(root)),
        abstracts=_texts(root, "abstract", _language(root)),
        citations=citations(page, reading),
        applicants=parties.applicants,
        inventors=parties.inventors,
        owners=parties.owners,
        agents=parties.agents,
        examiners=parties.examiners,
        relations=relations(page, reading),
        designated_states=parties.designated_states,
        international_filing=international_filing(page, reading),
        international_publication=international_publication(page, reading),
        term=_term(page, reading),
        family=family_of(page, reading),
        claims=reading.number(page, "number-of-claims"),
        is_inventor_missing=page.find("rule-47-flag") is not None,
        unreadable=tuple(reading.unreadable),
    )


def _source(root: Element, reading: Reading) -> Source:
    produced = Element("root")
    date = Element("date-produced")
    date.text = root.get("date-produced")
    produced.append(date)
    return Source(
        schema=root.tag,
        version=root.get("dtd-version"),
        file=root.get("file"),
        status=root.get("status"),
        produced_on=reading.date(produced, "date-produced"),
    )


def _language(root: Element) -> str | None:
    return (root.get("lang") or "").lower() or None


def _filing_type(page: Element) -> str | None:
    """Return how an application was published: original, redacted, amended, or published again."""
    found = page.find("us-publication-filing-type/*")
    return None if found is None else found.tag.removeprefix("us-")


def _publication_dates(kind: str, publication: Reference, page: Element, reading: Reading) -> PublicationDates:
    """A grant names the publication of its application among the related ones (INID 65)."""
    if kind == APPLICATION:
        return PublicationDates(application=publication.date)
    earlier = [reading.date(each) for each in page.findall("us-related-documents/related-publication/document-id")]
    known = sorted(date for date in earlier if date is not None)
    return PublicationDates(application=known[0] if known else None, grant=publication.date)


def _priorities(page: Element, reading: Reading) -> tuple[Priority, ...]:
    return tuple(
        Priority(
            sequence=sequence_of(each),
            kind=each.get("kind"),
            office=text_at(each, "country"),
            number=text_at(each, "doc-number"),
            date=reading.date(each),
        )
        for each in page.findall("priority-claims/priority-claim")
    )


def _texts(parent: Element, name: str, language: str | None) -> tuple[Text, ...]:
    found = ((each.get("lang"), text_of(each)) for each in parent.findall(name))
    return tuple(Text((own or "").lower() or language, text) for own, text in found if text)


def _term(page: Element, reading: Reading) -> Term | None:
    block = page.find("us-term-of-grant")
    if block is None:
        return None
    disclaimer = block.find("disclaimer")
    return Term(
        extension_days=reading.number(block, "us-term-extension"),
        length_years=reading.number(block, "length-of-grant"),
        disclaimer=None if disclaimer is None else text_of(disclaimer) or "yes",
    )
