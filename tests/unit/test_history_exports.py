"""The three forms of a history hold the same lines; a cell is no formula; the PDF has numbered pages."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pikepdf
import pytest

from ipx.audit.service import ChainCheck
from ipx.core import canonical
from ipx.core.csv_table import safe_cell
from ipx.history.exports import COLUMNS, as_csv, as_json, export
from ipx.history.records import TechnologyHistory, TimelineLine
from ipx.history.rules import ExportForm, Kind, ProofKind

START = datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)
HASH = "0x" + "ab" * 32


def line(number: int, **changes: Any) -> TimelineLine:
    given: dict[str, Any] = {
        "at": START + timedelta(minutes=number),
        "kind": Kind.DEPOSIT,
        "action": "document:content:deposited",
        "what": f"Document deposited: {number}.pdf",
        "actor": "Ada Lindqvist",
        "organisation": "Institute",
        "proof_kind": ProofKind.PLATFORM,
        "proof_href": "/documents/d",
        "stamp_state": None,
        "transaction": None,
        "block": None,
        "audit_sequence": number,
    }
    return TimelineLine(**{**given, **changes})


PROVEN = {"proof_kind": ProofKind.CHAIN, "stamp_state": "final", "transaction": HASH, "block": 12}


def history(*lines: TimelineLine, **changes: Any) -> TechnologyHistory:
    given: dict[str, Any] = {
        "technology_id": "6f1d3a52-0000-4000-8000-000000000001",
        "title": "Separator",
        "organisation": "Institute",
        "made_at": START,
        "lines": lines,
        "audit": ChainCheck(lines=9, head="c" * 64, broken_at=None),
        "chain_id": 31337,
        "is_simulated": True,
    }
    return TechnologyHistory(**{**given, **changes})


def rows(found: TechnologyHistory) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_csv(found).decode("utf-8-sig"))))


@pytest.mark.parametrize("beginning", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx"])
def test_cell_when_a_spreadsheet_would_take_it_for_a_formula_then_quoted(beginning):
    assert safe_cell(beginning) == "'" + beginning


@pytest.mark.parametrize("text", ["", "Ada", "a=b", "2026-03-01", "'quoted", "0x12"])
def test_cell_when_plain_then_as_it_is(text):
    assert safe_cell(text) == text


def test_csv_when_names_are_hostile_then_no_cell_is_a_formula():
    found = rows(history(line(1, what='=HYPERLINK("http://x")', actor="-2+3", organisation="@cmd")))
    assert [found[0][name] for name in ("what", "who", "organisation")] == [
        '\'=HYPERLINK("http://x")',
        "'-2+3",
        "'@cmd",
    ]


def test_csv_when_read_back_then_every_line_with_its_proof():
    found = rows(history(line(1), line(2, **PROVEN), line(3, audit_sequence=None, receipt_sequence=4)))
    assert tuple(found[0]) == COLUMNS
    assert [row["number"] for row in found] == ["1", "2", "3"]
    assert [row["proof"] for row in found] == ["platform record only", "block 12, final", "platform record only"]
    assert (found[1]["transaction"], found[1]["block"], found[1]["chain"]) == (HASH, "12", "31337, simulated")
    assert (found[0]["chain"], found[2]["audit_line"], found[2]["receipt_line"]) == ("", "", "4")
    assert found[0]["time_utc"] == "2026-03-01T09:31:00.123456Z"


def test_csv_when_texts_have_quotes_lines_and_umlauts_then_read_back_the_same():
    text = 'Über "α,β"; 电池\nsecond line'
    assert rows(history(line(1, what=text)))[0]["what"] == text


def test_json_when_written_then_canonical_and_complete():
    body = as_json(history(line(1), line(2, **PROVEN)))
    found: Any = canonical.decode(body)
    assert found["format"] == "ipx/history/v1"
    assert found["audit"] == {"lines": 9, "head": "c" * 64, "broken_at": None}
    assert found["chain"] == {"id": 31337, "simulated": True}
    assert [entry["proof"] for entry in found["lines"]] == ["platform record only", "block 12, final"]
    assert "transfers nothing by itself" in found["note"]


def test_forms_when_of_the_same_history_then_the_same_lines():
    whole = history(*(line(number) for number in range(30)))
    as_rows, as_lines = rows(whole), json.loads(as_json(whole))["lines"]
    assert [row["what"] for row in as_rows] == [entry["what"] for entry in as_lines]
    assert len(as_rows) == len(whole.lines)


@pytest.mark.parametrize("count", [0, 1, 25, 400])
def test_pdf_when_drawn_then_has_pages_and_its_facts(count):
    body = export(history(*(line(number, **PROVEN) for number in range(count))), ExportForm.PDF).body
    with pikepdf.open(io.BytesIO(body)) as pdf:
        assert len(pdf.pages) >= 1 + count // 40
        assert str(pdf.docinfo["/Title"]) == "History: Separator"
        assert "c" * 64 in str(pdf.docinfo["/Subject"])


@pytest.mark.parametrize(
    "text", ["<b>&amp; <para>", "电池隔膜 – Δ²", "x" * 3000, "\x00\x1b[31m", "😀 עברית", "a</font>b"]
)
def test_pdf_when_texts_are_hostile_then_drawn_all_the_same(text):
    body = export(history(line(1, what=text, actor=text), title=text), ExportForm.PDF).body
    assert body.startswith(b"%PDF-")


def test_pdf_when_the_audit_log_is_broken_then_drawn():
    broken = ChainCheck(lines=9, head="c" * 64, broken_at=4)
    assert export(history(line(1), audit=broken), ExportForm.PDF).body.startswith(b"%PDF-")


def test_file_when_exported_then_named_by_technology_and_day():
    made = export(history(), ExportForm.CSV)
    assert made.file_name == "history-6f1d3a52-0000-4000-8000-000000000001-2026-03-01.csv"
    assert made.media_type.startswith("text/csv")
