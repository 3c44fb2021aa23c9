"""Tables that people hand in: read whole, refused with the line, never a formula on the way out."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.core import csv_table
from ipx.core.csv_mapping import ColumnMapping, read_mapping
from ipx.core.csv_table import Table, TableRow, written
from ipx.core.errors import Invalid

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=30)
GOOD: dict[str, Any] = {"format": "ipx/csv-mapping/v1", "into": "portfolio", "columns": {"number": "No."}}


def table(text: str | bytes, **options: str) -> Table:
    return Table(io.BytesIO(text.encode() if isinstance(text, str) else text), **options)


def mapping(**changes: Any) -> ColumnMapping:
    return read_mapping(json.dumps({**GOOD, **changes}).encode())


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=8), st.sampled_from(",;\t|"))
def test_what_a_spreadsheet_writes_is_read_back(rows: list[list[str]], delimiter: str) -> None:
    sink = io.StringIO()
    writer = csv.writer(sink, delimiter=delimiter)
    writer.writerow(["a", "b", "c"])
    writer.writerows(rows)
    found = list(table(sink.getvalue(), delimiter=delimiter).rows())
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    assert [list(row.cells.values()) for row in found] == [[cell.strip() for cell in row] for row in kept]
    assert all(row.fault is None for row in found)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=5))
def test_no_cell_that_we_write_is_a_formula(rows: list[list[str]]) -> None:
    text = written(("line", "=message"), rows).decode("utf-8-sig")
    for row in csv.reader(io.StringIO(text)):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in row)


def test_lines_are_named_as_an_editor_numbers_them() -> None:
    found = list(table('a,b\n1,"two\nlines"\n\n3\n4,5\n').rows())
    assert [(row.line, row.fault is None) for row in found] == [(2, True), (5, False), (6, True)]
    assert found[1].fault == "The row has 1 cells, the header names 2 columns."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "must name the columns"),
        (",,\n", "must name the columns"),
        ("a,b,a\n", "Two columns are called “a”"),
        (",".join(f"c{n}" for n in range(201)), "201 columns"),
        (b"\xff\xfea", "not written in utf-8"),
        (b"a,b\n1,2\n\xff,3\n", "not written in utf-8"),
        (b"a\0b\n", "zero bytes"),
        ('"a', "cannot be read"),
    ],
)
def test_headers_that_cannot_be_used(text: str | bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        table(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('a,b\n1,"2\n3,4\n', "unexpected end"),
        ('a,b\n1,"2"3\n', "cannot be read"),
        (b"a,b\n1,\0\n", "zero bytes"),
        ("a,b\n1," + "x" * 20_001 + "\n", "longer than 20000"),
        ("a,b\n1," + "x" * 200_000 + "\n", "field larger than"),
        (b"a,b\n" + b"1,2\n" * 20_000 + b"\xff,3\n", "not written in utf-8"),
        ("a,b\n" + "1,2\n" * 20_000 + "x" * 1_000_001, "A line is longer than"),
    ],
)
def test_tables_that_break_off_say_where(text: str | bytes, words: str) -> None:
    last = list(table(text).rows())[-1]
    assert last.fault is not None
    assert words in last.fault
    assert last.line >= 2


def test_a_table_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_table, "MOST_ROWS", 10)
    found = list(table("a\n" + "1\n" * 11).rows())
    assert [row.fault is None for row in found[:10]] == [True] * 10
    assert "more than 10 rows" in str(found[-1].fault)
    assert all(row.fault is None for row in table("a\n" + "1\n" * 10).rows())


def test_other_encodings_and_byte_order_marks() -> None:
    assert table("\ufeffNo.,b\n").columns == ["No.", "b"]
    assert list(table("Müller\nä\n".encode("cp1252"), encoding="cp1252").rows()) == [TableRow(2, {"Müller": "ä"})]
    assert list(table("a\n专\n".encode("utf-16"), encoding="utf-16").rows()) == [TableRow(2, {"a": "专"})]


# ── mappings ─────────────────────────────────────────────────────────────────────────────────────


def test_columns_constants_words_and_days_become_fields() -> None:
    told = mapping(
        columns={"number": "No.", "granted_on": "Granted", "right_kind": "Status"},
        constants={"problem": "Heat", "right_kind": "application"},
        values={"right_kind": {"Granted": "patent"}},
        dates="%d.%m.%Y",
    )
    cells = {"No.": "8930553", "Granted": "06.01.2015", "Status": "Granted"}
    assert told.fields_of(cells, days=("granted_on",)) == {
        "number": "8930553",
        "granted_on": "2015-01-06",
        "right_kind": "patent",
        "problem": "Heat",
    }
    empty = {"No.": "", "Granted": "", "Status": ""}
    assert told.fields_of(empty, days=("granted_on",)) == {"problem": "Heat", "right_kind": "application"}
    with pytest.raises(Invalid, match="no day written as") as caught:
        told.fields_of({**cells, "Granted": "2015-01-06"}, days=("granted_on",))
    assert caught.value.field == "granted_on"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": "ipx/csv-mapping/v9"}, "format"),
        ({"colums": {}}, "means nothing"),
        ({"columns": []}, "columns"),
        ({"columns": {"number": 3}}, "columns"),
        ({"constants": "x"}, "constants"),
        ({"values": {"right_kind": "x"}}, "values"),
        ({"values": []}, "values"),
        ({"dates": "%c"}, "dates"),
        ({"dates": 7}, "dates"),
        ({"delimiter": "ab"}, "delimiter"),
        ({"delimiter": []}, "delimiter"),
        ({"encoding": "no-such"}, "encoding"),
        ({"encoding": "hex"}, "encoding"),
        ({"encoding": None}, "encoding"),
    ],
)
def test_mappings_that_mean_nothing_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        mapping(**changes)


def test_mappings_must_fit_fields_and_columns() -> None:
    with pytest.raises(Invalid, match=r"no column “No\.”. It has: a, b"):
        mapping().check(fields=["number"], columns=["a", "b"])
    with pytest.raises(Invalid, match="“number” is no field"):
        mapping().check(fields=["office"], columns=["No."])
    for broken in (b"", b"[]", b"{", b"[" * 100_000, b"{}" + b" " * 100_000, b"\xff"):
        with pytest.raises(Invalid):
            read_mapping(broken)
