"""A table that is taken in, as a person fills the form: the table as text, a column for each field. Pure."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from ipx.core.csv_mapping import DELIMITERS, ColumnMapping, checked_mapping
from ipx.core.csv_table import Table
from ipx.core.errors import Invalid, TooLarge

LONGEST_TABLE = 1_000_000  # characters; larger tables go through the command line
ROWS_TO_SHOW, MOST_WORDS = 3, 20
DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d %b %Y", "%Y/%m/%d", "%Y%m%d")


@dataclass(frozen=True)
class Sample:
    """The table's columns and its first rows, so that a person sees what she maps."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Filled:
    """What a person has filled in so far."""

    text: str
    mapping: ColumnMapping

    def table(self) -> Table:
        """Return the table, to be read once. Raises Invalid."""
        return Table(io.BytesIO(self.text.encode()), delimiter=self.mapping.delimiter)

    def sample(self) -> Sample:
        """Return columns and first rows. Raises Invalid."""
        table = self.table()
        rows = islice((row for row in table.rows() if row.fault is None), ROWS_TO_SHOW)
        columns = [column for column in table.columns if column]
        return Sample(columns, [[row.cells[column] for column in columns] for row in rows])

    def words_of(self, name: str) -> list[str]:
        """Return the words that the column of a field holds, the first ones of them."""
        column, words = self.mapping.columns.get(name), dict[str, None]()
        if column is None:
            return []
        for row in self.table().rows():
            if row.cells.get(column):
                words[row.cells[column]] = None
            if len(words) == MOST_WORDS:
                break
        return list(words)


def filled(
    form: Mapping[str, str], *, into: str, fields: Sequence[str], values: Mapping[str, Mapping[str, str]]
) -> Filled:
    """Return what the form says; ``values`` are the words of the table and what they mean, by field.

    Raises Invalid, TooLarge.
    """
    text = form.get("table", "").lstrip("\ufeff")
    if len(text) > LONGEST_TABLE:
        raise TooLarge(f"The table has more than {LONGEST_TABLE:,} characters. Cut it into parts, or ask the operator.")
    if not text.strip():
        raise Invalid("Paste the table, or choose its file.", field="table")
    mapping = ColumnMapping(
        into=into,
        columns={name: form[f"column-{name}"] for name in fields if form.get(f"column-{name}")},
        constants={name: value for name in fields if (value := form.get(f"constant-{name}", "").strip())},
        values={name: {word: meaning for word, meaning in words.items() if meaning} for name, words in values.items()},
        dates=form.get("dates") or DATES[0],
        delimiter=form.get("delimiter") or guessed_delimiter(text),
    )
    return Filled(text, checked_mapping(mapping))


def guessed_delimiter(text: str) -> str:
    """Return the sign that parts the first line most often."""
    first = text.partition("\n")[0]
    return max(DELIMITERS, key=first.count)


def guessed_columns(columns: Sequence[str], usual_names: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return a column for each field whose usual names (small letters without signs) include it; no column twice."""
    by_name = {re.sub(r"[^a-z]", "", column.lower()): column for column in reversed(columns)}
    found: dict[str, str] = {}
    for name, usual in usual_names.items():
        column = next((by_name[each] for each in usual if each in by_name), None)
        if column is not None and column not in found.values():
            found[name] = column
    return found
