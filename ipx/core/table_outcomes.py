"""What the rows of a table did, or would do. Pure: the command line reads it before it opens anything."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ipx.core.csv_table import TableRow, written
from ipx.core.errors import Conflict, Invalid


class RowChange(StrEnum):
    """What a row does."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True)
class RowOutcome:
    """What a row did, or would do: to a right of a technology, or to an agreement with a holder. A refused one has a
    message, and mostly the field that is to blame.
    """

    line: int
    change: RowChange
    technology: str = ""
    right: str = ""
    holder: str = ""
    fields: Sequence[str] = ()
    field: str | None = None
    message: str = ""


def outcomes_of(rows: Iterable[TableRow], take: Callable[[TableRow], RowOutcome]) -> Iterator[RowOutcome]:
    """Yield what ``take`` says of each row; one that cannot be read, or that it refuses (Invalid, Conflict), is refused
    and spoils no other.
    """
    for row in rows:
        if row.fault is not None:
            yield RowOutcome(row.line, RowChange.REFUSED, message=row.fault)
            continue
        try:
            yield take(row)
        except (Invalid, Conflict) as error:
            field = getattr(error, "field", None)
            yield RowOutcome(row.line, RowChange.REFUSED, field=field, message=error.message)


def errors_as_csv(outcomes: Iterable[RowOutcome]) -> bytes:
    """Return the refused rows as a table: line, field, and what to mend."""
    refused = [each for each in outcomes if each.change is RowChange.REFUSED]
    return written(("line", "field", "message"), [(str(e.line), e.field or "", e.message) for e in refused])
