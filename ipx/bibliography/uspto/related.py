"""What a document cites and what it comes from: citations (INID 56), related documents (60s), PCT (86, 87)."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from ipx.bibliography.records import Citation, Family, International, Reference, Relation
from ipx.bibliography.uspto.reading import Reading, text_at, text_of

# INID codes of WIPO ST.9 for the kinds of relation of the DTDs; what has no code of its own is a 60.
RELATIONS = {
    "addition": "61",
    "division": "62",
    "continuation": "63",
    "continuation-in-part": "63",
    "continuing-reissue": "64",
    "reissue": "64",
    "us-divisional-reissue": "64",
    "reexamination": "60",
    "us-reexamination-reissue-merger": "60",
    "substitution": "66",
    "utility-model-basis": "67",
}
PHASES = {
    "cited by examiner": "examiner",
    "cited by applicant": "applicant",
    "cited by third party": "third-party",
    "cited by other": "other",
    "imported from a related application": "related-application",
}
CATEGORIES = frozenset("XYAEDOPTL")


def citations(page: Element, reading: Reading) -> tuple[Citation, ...]:
    """Return what was cited, patents and other literature, in the document's order."""
    blocks = (*page.findall("us-references-cited/us-citation"), *page.findall("references-cited/citation"))
    return tuple(citation for block in blocks if (citation := _citation(block, reading)) is not None)


def _citation(block: Element, reading: Reading) -> Citation | None:
    patent, other = block.find("patcit"), block.find("nplcit")
    cited = patent if patent is not None else other
    if cited is None:
        reading.cannot_read(block, "*", text_of(block) or "")
        return None
    said = text_at(block, "category")
    if said is not None and said not in PHASES and said not in CATEGORIES:
        reading.cannot_read(block, "category", said)
    return Citation(
        sequence=int(num) if (num := cited.get("num") or "").isdecimal() else None,
        type="patent" if patent is not None else "non-patent",
        document=reading.publication(cited.find("document-id")),
        name=text_at(cited, "document-id/name"),
        text=text_at(cited, "text") if patent is not None else text_of(cited),
        phase=PHASES.get(said or ""),
        category=said if said in CATEGORIES else None,
        passages=tuple(text for each in block.iter("passage") if (text := text_of(each))),
    )


def relations(page: Element, reading: Reading) -> tuple[Relation, ...]:
    """Return the related documents of the same office, in the document's order."""
    return tuple(relation for each in page.findall("us-related-documents/*") for relation in _relations(each, reading))


def _relations(element: Element, reading: Reading) -> Iterator[Relation]:
    if element.tag == "us-provisional-application":
        document = reading.application(element.find("document-id"))
        if document is not None:
            yield Relation("60", "provisional", document, status=text_at(element, "us-provisional-application-status"))
    elif element.tag == "related-publication":
        for each in element.findall("document-id"):
            document = reading.publication(each)
            if document is not None:
                yield Relation("65", "previous-publication", document)
    elif element.tag == "correction":
        document = reading.publication(element.find("document-corrected/document-id"))
        if document is not None:
            yield Relation("60", "correction", document, status=text_at(element, "type-of-correction"))
    elif element.tag in RELATIONS:
        yield from _parents(element, reading)
    else:
        reading.cannot_read(element, "*", text_of(element) or "")


def _parents(element: Element, reading: Reading) -> Iterator[Relation]:
    for name in ("relation", "us-relation"):
        for each in element.findall(name):
            parent = each.find("parent-doc")
            document = None if parent is None else reading.application(parent.find("document-id"))
            if parent is None or document is None:
                reading.cannot_read(each, "parent-doc", text_of(each) or "")
                continue
            children: list[Element | None] = [*each.findall("child-doc/document-id")]
            for child in children or [None]:
                yield _relation(element.tag, parent, document, child, reading)


def _relation(tag: str, parent: Element, document: Reference, child: Element | None, reading: Reading) -> Relation:
    return Relation(
        RELATIONS[tag],
        tag.removeprefix("us-"),
        document,
        child=reading.application(child),
        status=text_at(parent, "parent-status"),
        granted=reading.publication(parent.find("parent-grant-document/document-id")),
        international=reading.application(parent.find("parent-pct-document/document-id")),
    )


def international_filing(page: Element, reading: Reading) -> International | None:
    """Return the international (INID 86) or regional (96) application that this one was filed as."""
    block = page.find("pct-or-regional-filing-data")
    document = None if block is None else reading.application(block.find("document-id"))
    if block is None or document is None:
        return None
    entered = reading.date(block, "us-371c124-date/date") or reading.date(block, "us-371c12-date/date")
    return International("96" if document.office == "EP" else "86", document, entered)


def international_publication(page: Element, reading: Reading) -> International | None:
    """Return the international (INID 87) or regional (97) publication."""
    document = reading.publication(page.find("pct-or-regional-publishing-data/document-id"))
    if document is None:
        return None
    return International("97" if document.office == "EP" else "87", document)


def family_of(page: Element, reading: Reading) -> Family:
    """Return the members of the family that the document names; the USPTO names no family of the EPO's databases."""
    found = (reading.publication(each) for each in page.findall("patent-family/family-member/document-id"))
    return Family(members=tuple(member for member in found if member is not None))
