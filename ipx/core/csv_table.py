"""Tables that people hand in as CSV, read row by row with the line of each. Pure; trusts nothing.

No cell, row or table may grow without end, and what does not fit its header is said with its line.
"""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from ipx.core.errors import Invalid

BLOCK = 64 * 1024
MOST_ROWS, MOST_COLUMNS, LONGEST_CELL, LONGEST_LINE = 100_000, 200, 20_000, 1_000_000
# OWASP, "CSV Injection": a spreadsheet takes a cell that begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class TableRow:
    """One row: its line in the file (the header is line 1), cells by column; or why it cannot be read."""

    line: int
    cells: Mapping[str, str]
    fault: str | None = None


class Table:
    """A table with a header, read as it comes. Raises Invalid for a header that cannot be used."""

    def __init__(self, stream: BinaryIO, *, delimiter: str = ",", encoding: str = "utf-8") -> None:
        self._encoding = encoding
        lines = _lines(stream, "utf-8-sig" if encoding == "utf-8" else encoding)
        self._reader = csv.reader(lines, delimiter=delimiter, strict=True)
        self.columns = self._header()

    def rows(self) -> Iterator[TableRow]:
        """Yield the rows; empty ones are passed over. A table that breaks off says so in its last row."""
        for _ in range(MOST_ROWS + 1):
            line = self._reader.line_num + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except (csv.Error, UnicodeDecodeError, Invalid) as error:
                yield TableRow(line, {}, self._fault(error))
                return
            if any(cell.strip() for cell in cells):
                yield self._row(line, cells)
        yield TableRow(self._reader.line_num, {}, f"The table has more than {MOST_ROWS} rows: cut it into parts.")

    def _header(self) -> Sequence[str]:
        try:
            names = [name.strip() for name in next(self._reader, [])]
        except (csv.Error, UnicodeDecodeError, Invalid) as error:
            raise Invalid(self._fault(error), field="file") from error
        if not any(names):
            raise Invalid("The first line must name the columns.", field="file")
        if len(names) > MOST_COLUMNS:
            raise Invalid(f"The table has {len(names)} columns; use {MOST_COLUMNS} at most.", field="file")
        twice = next((name for at, name in enumerate(names) if name and name in names[:at]), None)
        if twice is not None:
            raise Invalid(f"Two columns are called “{twice[:40]}”: give them different names.", field="file")
        return names

    def _row(self, line: int, cells: Sequence[str]) -> TableRow:
        if len(cells) != len(self.columns):
            fault = f"The row has {len(cells)} cells, the header names {len(self.columns)} columns."
            return TableRow(line, {}, fault)
        if any(len(cell) > LONGEST_CELL for cell in cells):
            return TableRow(line, {}, f"A cell is longer than {LONGEST_CELL} characters.")
        return TableRow(line, {name: cell.strip() for name, cell in zip(self.columns, cells, strict=True) if name})

    def _fault(self, error: Exception) -> str:
        if isinstance(error, Invalid):
            return error.message
        if isinstance(error, UnicodeDecodeError):
            return f"The file is not written in {self._encoding}: say its encoding, or save it as UTF-8."
        return f"The table cannot be read from here on: {error}."


def written(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a table as RFC 4180 in UTF-8, with the mark that spreadsheets need; no cell is a formula."""
    sink = io.StringIO()
    writer = csv.writer(sink, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(map(safe_cell, columns))
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return sink.getvalue().encode("utf-8-sig")


def safe_cell(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return "'" + cell if cell.startswith(_FORMULA) else cell


def _lines(stream: BinaryIO, encoding: str) -> Iterator[str]:
    """Yield lines; one without end would fill the memory before a cell could be measured."""
    decoder, rest = codecs.getincrementaldecoder(encoding)(), ""
    while block := stream.read(BLOCK):
        *whole, rest = (rest + decoder.decode(block)).split("\n")
        for line in whole:
            yield _checked(line) + "\n"
        _checked(rest)
    rest += decoder.decode(b"", final=True)
    if rest:
        yield _checked(rest)


def _checked(line: str) -> str:
    if len(line) > LONGEST_LINE:
        raise Invalid(f"A line is longer than {LONGEST_LINE} characters: this is no table.")
    if "\0" in line:
        raise Invalid("The file holds zero bytes: it is no text, or not in the encoding that was said.")
    return line
