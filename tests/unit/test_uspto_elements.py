"""Elements that the real samples lack, written from the DTDs: every version, CPC, PCT, relations, odd dates."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.bibliography.numbers import plain, plain_application
from ipx.bibliography.records import BibliographicRecord, Term
from ipx.bibliography.uspto.parties import normalised
from ipx.bibliography.uspto.record import records
from tests.uspto_documents import (
    APPLICATION_VERSIONS,
    GRANT_VERSIONS,
    application,
    cpc,
    grant,
    parties,
    reference,
)


def read(document: bytes) -> BibliographicRecord:
    (record,) = records(BytesIO(document))
    assert isinstance(record, BibliographicRecord), record
    return record


PERSON = "<addressbook><last-name>Sørensen</last-name><first-name>Åse</first-name></addressbook>"


@pytest.mark.parametrize("version", GRANT_VERSIONS)
def test_each_version_of_grants(version: str) -> None:
    kind = "applicant-inventor" if version < "v4.3" else "applicant"
    applicant = "applicant" if version < "v4.3" else "us-applicant"
    people = parties(
        version,
        f'<{applicant} sequence="001" app-type="{kind}">{PERSON}</{applicant}>',
        f'<inventor sequence="001">{PERSON}</inventor>',
    )
    record = read(grant(version=version, body=people))
    assert record.source.version == version
    assert (record.publication.number, record.publication.kind) == ("10123456", "B2")
    assert [each.name for each in record.inventors] == ["Åse Sørensen"]
    assert [each.inid for each in record.inventors] == (["75"] if version < "v4.3" else ["72"])
    assert [each.inid for each in record.applicants] == (["75"] if version < "v4.3" else ["71"])


@pytest.mark.parametrize("version", APPLICATION_VERSIONS)
def test_each_version_of_applications(version: str) -> None:
    record = read(application(version=version))
    assert record.source.schema == "us-patent-application"
    assert record.source.version == version
    assert record.publication_dates.application == "2023-01-05"


def test_cpc_with_additional_symbols_and_a_combination() -> None:
    body = f"""<classifications-cpc><main-cpc>{cpc(("H", "05", "K", "7", "2029"))}</main-cpc>
<further-cpc>{cpc(("Y", "10", "T", "29", "49"), value="A", position="L")}
<combination-set><group-number>1</group-number>
<combination-rank><rank-number>1</rank-number>{cpc(("C", "08", "K", "3", "22"))}</combination-rank>
<combination-rank><rank-number>2</rank-number>{cpc(("C", "08", "L", "9", "00"))}</combination-rank>
</combination-set></further-cpc></classifications-cpc>"""
    found = read(grant(body=body)).classifications
    assert [(each.symbol, each.value, each.position, each.combination) for each in found] == [
        ("H05K 7/2029", "inventive", "first", None),
        ("Y10T 29/49", "additional", "later", None),
        ("C08K 3/22", "inventive", "first", (1, 1)),
        ("C08L 9/00", "inventive", "first", (1, 2)),
    ]
    assert {(each.scheme, each.version, each.office) for each in found} == {("cpc", "2013-01-01", "US")}


def test_an_international_application() -> None:
    body = f"""<pct-or-regional-filing-data>{reference("PCT/JP2009/059980", office="WO", kind="00", date="20090601")}
<us-371c12-date><date>20101203</date></us-371c12-date></pct-or-regional-filing-data>
<pct-or-regional-publishing-data>{reference("WO2009/148016", office="WO", kind="A", date="20091210")}
</pct-or-regional-publishing-data>"""
    record = read(grant(body=body))
    assert record.international_filing
    assert record.international_filing.inid == "86"
    assert record.international_filing.document.number == "PCT/JP2009/059980"
    assert record.international_filing.entered_on == "2010-12-03"
    assert record.international_publication
    assert (record.international_publication.inid, record.international_publication.document.original) == (
        "87",
        "WO2009/148016",
    )


@pytest.mark.parametrize(
    ("element", "inid"),
    [
        ("addition", "61"),
        ("division", "62"),
        ("continuation", "63"),
        ("continuation-in-part", "63"),
        ("continuing-reissue", "64"),
        ("reissue", "64"),
        ("reexamination", "60"),
        ("us-reexamination-reissue-merger", "60"),
        ("substitution", "66"),
        ("utility-model-basis", "67"),
    ],
)
def test_relations(element: str, inid: str) -> None:
    parent = f"""<parent-doc>{reference("12134151", date="20080605")}<parent-status>GRANTED</parent-status>
<parent-grant-document>{reference("8926509", kind="B2")}</parent-grant-document>
<parent-pct-document>{reference("PCT/US2007/1", office="WO")}</parent-pct-document></parent-doc>"""
    body = f"""<us-related-documents><{element}><relation>{parent}
<child-doc>{reference("14925737")}</child-doc></relation></{element}></us-related-documents>"""
    (relation,) = read(grant(body=body)).relations
    assert relation.inid == inid
    assert relation.kind == element.removeprefix("us-")
    assert relation.status == "GRANTED"
    assert relation.granted
    assert relation.granted.number == "8926509"
    assert relation.international
    assert relation.international.office == "WO"


def test_a_divisional_reissue_has_several_children() -> None:
    body = f"""<us-related-documents><us-divisional-reissue><us-relation>
<parent-doc>{reference("12134151")}</parent-doc><child-doc>{reference("14925737")}</child-doc>
<child-doc>{reference("14925738")}</child-doc></us-relation></us-divisional-reissue></us-related-documents>"""
    found = read(grant(body=body, kind="E1", number="RE045678")).relations
    assert [(each.kind, each.inid, each.child.number) for each in found if each.child] == [
        ("divisional-reissue", "64", "14925737"),
        ("divisional-reissue", "64", "14925738"),
    ]


def test_what_has_no_meaning_is_kept_and_named() -> None:
    body = f"""<number-of-claims>many</number-of-claims>
<us-related-documents><novel-relation>{reference("1")}</novel-relation></us-related-documents>
<us-references-cited><us-citation><patcit num="00001">{reference("5793966", date="19981399")}</patcit>
<category>cited by oracle</category></us-citation></us-references-cited>"""
    record = read(grant(body=body))
    assert [(each.field, each.value) for each in record.unreadable] == [
        ("us-citation/category", "cited by oracle"),
        ("document-id/date", "19981399"),
        ("novel-relation/*", "US1"),
        ("us-bibliographic-data-grant/number-of-claims", "many"),
    ]
    assert record.citations[0].document
    assert record.citations[0].document.date is None


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("20181106", "2018-11-06"),
        ("20181100", "2018-11"),
        ("20180000", "2018"),
        ("00000000", None),
        ("20160229", "2016-02-29"),
    ],
)
def test_dates_are_as_exact_as_they_are_written(written: str, read_as: str | None) -> None:
    record = read(grant(date=written))
    assert record.publication.date == read_as
    assert record.unreadable == ()


def test_designs_terms_and_missing_inventors() -> None:
    body = """<rule-47-flag/><us-term-of-grant><length-of-grant>15</length-of-grant>
<disclaimer><text>Subject to a terminal disclaimer.</text></disclaimer></us-term-of-grant>
<classification-locarno><edition>10</edition><main-classification>1402</main-classification></classification-locarno>"""
    record = read(grant("D0724073", kind="S1", body=body))
    assert record.publication.number == "D724073"
    assert record.is_inventor_missing
    assert record.term == Term(None, 15, "Subject to a terminal disclaimer.")
    assert [(each.scheme, each.symbol, each.version) for each in record.classifications] == [("locarno", "1402", "10")]


def test_a_dead_inventor_and_a_customer_number() -> None:
    body = """<us-parties><us-applicants/><inventors>
<deceased-inventor sequence="000"><last-name>Curie</last-name><first-name>Marie</first-name></deceased-inventor>
</inventors><agents><customer-number>000012345</customer-number></agents></us-parties>"""
    record = read(grant(body=body))
    assert [(each.name, each.deceased) for each in record.inventors] == [("Marie Curie", True)]
    assert record.agents == ()


# ── properties ───────────────────────────────────────────────────────────────────────────────────

WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Zl", "Zp", "Zs")), min_size=1, max_size=20
).filter(lambda word: word.strip() and word not in ("omitted", "unknown", "None", "none"))


def escaped(text: str) -> str:
    return "".join(f"&#{ord(c)};" for c in text)


@given(WORDS, WORDS)
def test_names_come_out_as_they_were_filed(first: str, last: str) -> None:
    book = f"<addressbook><last-name>{escaped(last)}</last-name><first-name>{escaped(first)}</first-name></addressbook>"
    body = f'<us-parties><us-applicants/><inventors><inventor sequence="1">{book}</inventor></inventors></us-parties>'
    (inventor,) = read(grant(body=body)).inventors
    assert inventor.name == f"{' '.join(first.split())} {' '.join(last.split())}"


@given(WORDS, WORDS)
def test_normalised_names_forget_marks_and_case_only(first: str, last: str) -> None:
    name = f"{first} {last}"
    assert normalised(name) == normalised(normalised(name))
    assert normalised("Müller-Lüdenscheidt, H.") == "MULLER LUDENSCHEIDT H"


@given(st.integers(1, 99_999_999))
def test_numbers_compare_in_every_spelling(number: int) -> None:
    spellings = {f"{number}", f"{number:,}", f"{number:08d}", f" {number:,} "}
    assert {plain(spelling) for spelling in spellings} == {str(number)}


def test_an_application_is_not_the_patent_of_the_same_digits() -> None:
    assert plain_application("09/832,323") == "09832323" != plain_application("9,832,323")
