"""Rows of a table of agreements made elsewhere. Pure; a row that cannot be read spoils no other."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO

from ipx.core.errors import Invalid
from ipx.licences.records import DeclaredDraft
from ipx.licences.typed_grants import FIELDS, read_draft

TECHNOLOGY = "technology"
COLUMNS = (TECHNOLOGY, *FIELDS)
LARGEST_FIELD = 10_000


@dataclass(frozen=True)
class AgreementRow:
    """One row: its first line in the file, and what its columns say."""

    line: int
    values: Mapping[str, str]

    def technology_id(self) -> str:
        """Return the technology that it is about. Raises Invalid."""
        found = self.values.get(TECHNOLOGY, "").strip()
        if not found:
            raise Invalid("Name the technology by its id, as in the address of its page.", field=TECHNOLOGY)
        return found

    def draft(self) -> DeclaredDraft:
        """Return the agreement. Raises Invalid naming the column and the cure."""
        if None in self.values:
            raise Invalid("This row has more columns than the header; quote what holds a comma.")
        return read_draft(self.values)


def rows_of(text: str) -> Iterator[AgreementRow]:
    """Yield the rows of a table with a header. Raises Invalid for an unknown or missing column."""
    csv.field_size_limit(LARGEST_FIELD)
    reader = csv.DictReader(StringIO(text, newline=""), restval="")
    header = [name.strip().lower() for name in reader.fieldnames or ()]
    unknown = [name for name in header if name not in COLUMNS]
    missing = [name for name in (TECHNOLOGY, "acts", "territory", "start", "end") if name not in header]
    if unknown:
        raise Invalid(f"There is no column “{unknown[0][:40]}”; known are {', '.join(COLUMNS)}.")
    if missing:
        raise Invalid(f"The column “{missing[0]}” is missing.")
    reader.fieldnames = header
    try:
        for row in reader:
            yield AgreementRow(reader.line_num, row)
    except csv.Error as error:
        raise Invalid(f"Line {reader.line_num} is not CSV: {error}.") from error
