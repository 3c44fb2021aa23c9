"""The inside of a backup gives what its vectors say, for ever, and nothing that is not whole is read to its end."""

import hashlib
import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ipx.backup import values
from ipx.backup.checking import check
from ipx.backup.files import DOCUMENT
from ipx.backup.format import MAGIC, BackupReader, FileSection, Section, TableSection, write
from ipx.core.errors import ExchangeError, Invalid, Tampered
from ipx.core.unixfs import Importer

VECTORS = json.loads((Path(__file__).parents[2] / "docs" / "spec" / "vectors" / "backup.json").read_text())
INSIDE = bytes.fromhex(VECTORS["inside"])
HEADER = {"format": "ipx/backup/v1"}


def of_the_vector() -> list[Section]:
    table, file = VECTORS["table"], VECTORS["file"]
    content = bytes.fromhex(file["content"])
    return [
        TableSection(table["name"], table["columns"], iter(table["rows"])),
        FileSection(file["kind"], file["name"], iter([content[:20], content[20:]])),
    ]


def read(inside: bytes, *, piece: int = 7) -> tuple[dict[str, Any], list[Any]]:
    """Read a backup that arrives in small pieces, and decode every value."""
    reader = BackupReader(inside[start : start + piece] for start in range(0, len(inside), piece))
    found: list[Any] = []
    for section in reader.sections():
        if isinstance(section, TableSection):
            rows = [[values.decode(value) for value in row] for row in section.rows]
            found.append((section.name, list(section.columns), rows))
        else:
            found.append((section.kind, section.name, b"".join(section.pieces)))
    return reader.header, found


def test_the_vector_is_written() -> None:
    assert b"".join(write(VECTORS["header"], of_the_vector())) == INSIDE


def test_the_vector_is_read() -> None:
    header, (table, file) = read(INSIDE)
    assert header == VECTORS["header"]
    assert table[:2] == ("things", VECTORS["table"]["columns"])
    moment = datetime(2026, 11, 28, 6, 14, 23, 123456, tzinfo=UTC)
    expected = ["Ω “x”\n", b"\0\1\2\xff", moment, date(2026, 11, 28), '{"b": [1, 0.5], "a": null}', True, None]
    assert table[2] == [[number, *expected, Decimal("1.50")] for number in (1, 2)]
    assert file == ("document", "bafk", bytes.fromhex(VECTORS["file"]["content"]))


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["why"])
def test_what_the_vectors_refuse_is_refused(vector: dict[str, str]) -> None:
    with pytest.raises((Tampered, Invalid)):
        read(bytes.fromhex(vector["inside"]))


def test_every_changed_byte_and_every_shorter_backup_is_refused() -> None:
    for place in range(len(INSIDE)):
        changed = bytearray(INSIDE)
        changed[place] ^= 1
        for damaged in (bytes(changed), INSIDE[:place]):
            with pytest.raises(ExchangeError):
                read(damaged, piece=4096)


def test_sections_that_nobody_reads_are_checked_too() -> None:
    damaged = INSIDE.replace(b"sealed", b"sealer")
    with pytest.raises(Tampered):
        for _ in BackupReader([damaged]).sections():
            pass


scalars = some.none() | some.booleans() | some.integers(-(2**63), 2**63 - 1) | some.text() | some.binary()
moments = some.datetimes(timezones=some.just(UTC)).map(lambda moment: moment.replace(fold=0))
finite = some.decimals(allow_nan=False, allow_infinity=False)


@settings(max_examples=200, deadline=None)
@given(some.lists(some.lists(scalars | moments | some.dates() | finite, min_size=2, max_size=2), max_size=20))
def test_any_rows_come_back_as_they_were(rows: list[list[Any]]) -> None:
    encoded = iter([[values.encode(value) for value in row] for row in rows])
    inside = b"".join(write(HEADER, [TableSection("things", ["a", "b"], encoded)]))
    (found,) = read(inside, piece=1000)[1]
    assert [list(map(repr, row)) for row in found[2]] == [list(map(repr, row)) for row in rows]


def test_a_moment_of_another_zone_is_the_same_moment_and_a_naive_one_is_utc() -> None:
    moment = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    assert values.decode(values.encode(moment)) == moment
    assert values.decode(values.encode(datetime(2026, 1, 1))) == datetime(2026, 1, 1, tzinfo=UTC)  # noqa: DTZ001


def test_null_json_null_and_the_word_null_are_three_things() -> None:
    assert [values.encode_json(text) for text in (None, "null", '"null"')] == [None, {"j": None}, {"j": "null"}]
    assert [values.decode(value) for value in (None, {"j": None}, {"j": "null"})] == [None, "null", '"null"']


def test_many_rows_are_cut_into_records_and_counted() -> None:
    rows = ([number, "x" * 5000] for number in range(1000))
    checked = check(write(HEADER, [TableSection("things", ["a", "b"], rows)]))
    assert (checked.contents.tables, checked.contents.rows) == (1, 1000)


def test_a_document_under_another_name_is_refused_though_its_hash_is_right() -> None:
    content = hashlib.sha256(b"x").digest() * 100_000
    importer = Importer()
    importer.feed(content)
    importer.finish()
    right, wrong = str(importer.root), "bafkreiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    assert check(write(HEADER, [FileSection(DOCUMENT, right, iter([content]))])).contents.bytes == len(content)
    with pytest.raises(Tampered):
        check(write(HEADER, [FileSection(DOCUMENT, wrong, iter([content]))]))


def test_something_else_than_a_backup_is_named() -> None:
    with pytest.raises(Tampered, match="not a backup"):
        BackupReader([b"x" * 100])
    with pytest.raises(Invalid, match="does not know"):
        BackupReader([MAGIC + b"\x09" + b"x" * 100])
