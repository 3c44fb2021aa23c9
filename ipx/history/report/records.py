"""What a report is made of."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ipx.history.rules import PLATFORM_RECORD_ONLY


class Section(StrEnum):
    """The parts of a report, in their order."""

    OWNERSHIP = "ownership"
    ENCUMBRANCE = "encumbrance"
    GRANT = "grant"
    ACCESS = "access"
    CHANGE = "change"


@dataclass(frozen=True)
class Period:
    """The date in question, and from when changes are listed, None for the date alone."""

    begin: datetime | None
    as_of: datetime

    def holds(self, moment: datetime | None) -> bool:
        """Tell whether a moment lies in the period."""
        return self.begin is not None and moment is not None and self.begin <= moment <= self.as_of


@dataclass(frozen=True)
class Line:
    """One statement. ``block`` and ``transaction`` (hash) are its proof; without them our own record alone speaks."""

    section: Section
    technology_id: str
    subject: str
    what: str
    since: datetime | None = None
    until: datetime | None = None
    block: int | None = None
    transaction: str | None = None

    @property
    def proof(self) -> str:
        """Return the proof in words."""
        if self.block is None:
            return PLATFORM_RECORD_ONLY
        return f"block {self.block}, transaction {self.transaction}"


@dataclass(frozen=True)
class AuditReport:
    """All statements for a date (and what changed since ``begin``), a sample of them by its seed, and exceptions."""

    subject: str
    begin: datetime | None
    as_of: datetime
    made_at: datetime
    chain_id: int
    height: int
    audit_head: str
    lines: Sequence[Line]
    exceptions: Sequence[str]
    seed: int | None = None
    sample: Sequence[int] = ()

    def numbered(self) -> list[tuple[int, Line]]:
        """Return the lines with the numbers by which a sample names them."""
        return list(enumerate(self.lines, start=1))


def drawn(lines: Sequence[Line], *, count: int, seed: int) -> list[int]:
    """Return the numbers of a random sample, the same for the same seed and lines, in order."""
    numbers = range(1, len(lines) + 1)
    return sorted(random.Random(seed).sample(numbers, min(count, len(lines))))  # noqa: S311 - to be repeated, not to be secret
