"""The page that takes a portfolio in, as a person fills it: the table as text, a choice for each field. Pure."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from ipx.core.csv_mapping import DELIMITERS, ColumnMapping, checked_mapping
from ipx.core.csv_table import Table
from ipx.core.errors import Invalid, TooLarge
from ipx.technologies.portfolio_outcomes import INTO
from ipx.technologies.portfolio_rows import FIELDS

LONGEST_TABLE = 1_000_000  # characters; larger tables go through the command line
ROWS_TO_SHOW, MOST_WORDS = 3, 20
DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d %b %Y", "%Y/%m/%d", "%Y%m%d")
# Names of columns that spreadsheets and docketing systems use, without signs and in small letters.
USUAL_NAMES = {
    "technology": ("technology", "title", "family", "invention", "familytitle", "technologytitle"),
    "problem": ("problem", "problemsolved"),
    "summary": ("summary", "abstract"),
    "trl": ("trl",),
    "classes": ("classes", "cpc", "ipc", "classification"),
    "right_kind": ("rightkind", "kindofright", "type", "righttype", "status"),
    "right_title": ("righttitle", "titleofright"),
    "office": ("office", "country", "countrycode", "jurisdiction", "authority", "cc"),
    "number": (
        "number", "no", "patentnumber", "patentno", "publicationnumber", "publicationno", "pubno", "applicationnumber",
    ),
    "kind_code": ("kindcode", "kind"),
    "filed_on": ("filedon", "filed", "filingdate"),
    "published_on": ("publishedon", "published", "publicationdate"),
    "granted_on": ("grantedon", "granted", "grantdate", "issuedate"),
}  # fmt: skip


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


def filled(form: Mapping[str, str], words: Sequence[tuple[str, str]]) -> Filled:
    """Return what the form says; ``words`` are pairs of a word of the table and a kind of right.

    Raises Invalid, TooLarge.
    """
    text = form.get("table", "").lstrip("\ufeff")
    if len(text) > LONGEST_TABLE:
        raise TooLarge(f"The table has more than {LONGEST_TABLE:,} characters. Cut it into parts, or ask the operator.")
    if not text.strip():
        raise Invalid("Paste the table, or choose its file.", field="table")
    chosen = {name: form[f"column-{name}"] for name in FIELDS if form.get(f"column-{name}")}
    constants = {name: value for name in FIELDS if (value := form.get(f"constant-{name}", "").strip())}
    delimiter = form.get("delimiter") or guessed_delimiter(text)
    mapping = ColumnMapping(
        into=INTO,
        columns=chosen,
        constants=constants,
        values={"right_kind": {word: kind for word, kind in words if kind}},
        dates=form.get("dates") or DATES[0],
        delimiter=delimiter,
    )
    return Filled(text, checked_mapping(mapping))


def guessed_delimiter(text: str) -> str:
    """Return the sign that parts the first line most often."""
    first = text.partition("\n")[0]
    return max(DELIMITERS, key=first.count)


def guessed_columns(columns: Sequence[str]) -> dict[str, str]:
    """Return a column for each field whose usual names include it; no column twice."""
    by_name = {re.sub(r"[^a-z]", "", column.lower()): column for column in reversed(columns)}
    found: dict[str, str] = {}
    for name, usual in USUAL_NAMES.items():
        column = next((by_name[each] for each in usual if each in by_name), None)
        if column is not None and column not in found.values():
            found[name] = column
    return found
