"""What the rows of a table did, or would do. Pure: the command line reads it before it opens anything."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ipx.core.csv_table import written


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


def errors_as_csv(outcomes: Iterable[RowOutcome]) -> bytes:
    """Return the refused rows as a table: line, field, and what to mend."""
    refused = [each for each in outcomes if each.change is RowChange.REFUSED]
    return written(("line", "field", "message"), [(str(e.line), e.field or "", e.message) for e in refused])
