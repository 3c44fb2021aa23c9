"""Real documents of the USPTO are read field by field; what they say is written here by hand from the files."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pytest

from ipx.bibliography.records import BibliographicRecord, Priority
from ipx.bibliography.uspto.record import records

SAMPLES = Path(__file__).resolve().parents[1] / "uspto_samples"


def read(name: str) -> BibliographicRecord:
    with (SAMPLES / f"{name}.xml").open("rb") as stream:
        (record,) = records(stream)
    assert isinstance(record, BibliographicRecord)
    return record


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.xml")), ids=lambda path: path.stem)
def test_nothing_in_a_real_document_stays_unread(path: Path) -> None:
    record = read(path.stem)
    assert record.unreadable == ()
    assert record.titles
    assert record.abstracts
    assert record.inventors
    assert record.application
    assert (record.source.file or "").startswith(f"US{record.publication.original}")
    assert json.loads(json.dumps(record.document())) == record.document()


def test_a_grant_of_2005() -> None:
    record = read("US06859910")
    assert record.source.version == "v40 2004-12-02"
    assert (record.publication.office, record.publication.number, record.publication.kind) == ("US", "6859910", "B2")
    assert record.publication.original == "06859910"
    assert record.publication.date == "2005-02-22"
    assert record.publication_dates.grant == "2005-02-22"
    assert record.publication_dates.application == "2001-11-01"
    assert record.application
    assert (record.application.number, record.application.date) == ("09832323", "2001-04-10")
    assert (record.application.docdb, record.application.epodoc) == ("83232301", "US20010832323")
    ipc = [each for each in record.classifications if each.scheme == "ipc"]
    assert [(each.symbol, each.version, each.position, each.value) for each in ipc] == [
        ("G06F 15/00", "7", "first", None),
        ("G06F 17/00", "7", "later", None),
        ("G06F 17/21", "7", "later", None),
        ("G06F 17/24", "7", "later", None),
    ]
    national = [each.symbol for each in record.classifications if each.scheme == "national"]
    assert national[:2] == ["715513", "709219"]
    assert "707  7" in national  # its blanks stand for digits
    assert [(each.inid, each.kind, each.document.number) for each in record.relations] == [
        ("60", "provisional", "60195933"),
        ("65", "previous-publication", "20010037361"),
    ]
    assert [(each.inid, each.name, each.city, each.state) for each in record.inventors] == [
        ("75", "John Charles Croy", "Middletown", "RI")
    ]
    assert record.inventors == record.applicants
    assert [(each.inid, each.name, each.role) for each in record.owners] == [("73", "Bluestreak.com", "02")]
    assert [each.name for each in record.agents] == ["Joseph H. Born", "Foley Hoag LLP"]
    assert record.examiners == ("Anthony Knight", "Crystal J Barnes")
    assert len(record.citations) == 8
    assert {each.phase for each in record.citations} == {"examiner"}
    first = record.citations[0]
    assert first.document
    assert (first.sequence, first.document.number, first.document.date, first.name) == (
        1,
        "5793966",
        "1998-08",
        "Amstein et al.",
    )
    assert record.claims == 2
    assert record.term
    assert record.term.extension_days == 802


def test_a_grant_of_2015_with_applicant_and_literature() -> None:
    record = read("US08930553")
    assert record.source.version == "v4.5 2014-04-03"
    assert [(each.inid, each.name) for each in record.applicants] == [
        ("71", "International Business Machines Corporation")
    ]
    assert [(each.inid, each.name, each.country) for each in record.inventors[:2]] == [
        ("72", "Nitzan Nissim", "IL"),
        ("72", "Brian Pulito", "US"),
    ]
    ipc = [each for each in record.classifications if each.scheme == "ipc"]
    assert [(each.symbol, each.version, each.value, each.level) for each in ipc] == [
        ("G06F 15/16", "2006-01-01", "inventive", "A")
    ]
    assert record.application
    assert record.application.docdb == "201213648029"
    kinds = [each.type for each in record.citations]
    assert (kinds.count("patent"), kinds.count("non-patent")) == (16, 5)
    application = record.citations[3].document
    assert application
    assert (application.original, application.number, application.docdb) == (
        "2007/0140112",
        "20070140112",
        "2007140112",
    )
    literature = record.citations[16]
    assert literature.text
    assert literature.text.startswith("Rosenberg, J. “Reconsituting Call State in SIP User Agents”")
    assert literature.phase == "applicant"
    assert record.field_of_search == ()  # the file says "None"


def test_a_grant_of_2007_with_a_division() -> None:
    record = read("US07272630B2-first-page")
    division, publication = record.relations
    assert (division.inid, division.kind, division.document.number, division.status) == (
        "62",
        "division",
        "09876376",
        "PENDING",
    )
    assert division.document.kind is None  # "00" says nothing
    assert division.child
    assert division.child.number == "10991571"
    assert publication.document.docdb == "2005097148"
    assert {each.phase for each in record.citations} == {"examiner", "other"}
    assert [each.name for each in record.inventors] == [
        "John R. Douceur",
        "Marvin M. Theimer",
        "Atul Adya",
        "William J. Bolosky",
    ]


def test_a_grant_with_priority_and_continuations() -> None:
    record = read("US08927118-first-page")
    assert record.priorities == (Priority(1, "national", "JP", "2008-148514", "2008-06-05"),)
    assert [(each.inid, each.kind, each.document.number) for each in record.relations] == [
        ("63", "continuation", "13173486"),
        ("63", "continuation", "12253586"),
        ("65", "previous-publication", "20120104943"),
    ]
    assert [each.granted.number for each in record.relations if each.granted] == ["8049411"]
    values = {each.value for each in record.classifications if each.scheme == "ipc"}
    assert "inventive" in values


def test_an_application_of_2005() -> None:
    record = read("US20050004437A1")
    assert (record.publication.number, record.publication.kind) == ("20050004437", "A1")
    assert (record.publication.docdb, record.publication.epodoc) == ("2005004437", "US2005004437")
    assert record.publication_dates.application == "2005-01-06"
    assert record.publication_dates.grant is None
    assert record.filing_type == "original-publication-voluntary"
    assert record.priorities == (Priority(1, "national", "CH", "1974/01", "2001-10-26"),)
    assert [each.name for each in record.inventors][:2] == ["Heiner Kaufmann", "Thomas Vering"]
    assert record.inventors[0].nationality == "CH"
    (parent,) = record.relations
    assert (parent.document.number, parent.status) == ("PCT/CH02/00573", "UNKNOWN")


def test_all_of_them_in_one_file_as_the_weekly_files_have_them() -> None:
    paths = sorted(SAMPLES.glob("*.xml"))
    together = b"".join(path.read_bytes() for path in paths)
    assert list(records(BytesIO(together))) == [read(path.stem) for path in paths]
