"""Rows that no contract knows, against the audit lines that they left. Pure.

Each row was proposed, and every line about it names it in its details.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

from ipx.audit.rules import AuditLine
from ipx.history.check.records import Difference

GONE, UNSEEN = "an audit line tells of it, and the row is gone", "no audit line tells of it"


class Claim(Protocol):
    """What our tables say of one row."""

    @property
    def id(self) -> str:
        """The row's id."""


Said = TypeVar("Said", bound=Claim)


def rectification_differences(
    area: str,
    claims: Sequence[Said],
    lines: Sequence[AuditLine],
    *,
    prefix: str,
    compared: Callable[[Said, AuditLine, Sequence[AuditLine]], Iterable[Difference]],
) -> Iterator[Difference]:
    """Compare every rectification with its lines, whose actions begin with ``prefix``; a line without a row is a
    difference too. ``compared`` gets the row, the line of its proposal, and all its lines in their order."""
    told: dict[str, list[AuditLine]] = {}
    for line in lines:
        if line.action.startswith(prefix):
            told.setdefault(str(line.details["rectification"]), []).append(line)
    for claim in claims:
        steps = told.pop(claim.id, [])
        proposed = next((line for line in steps if line.action == f"{prefix}proposed"), None)
        if proposed is None:
            yield Difference(area, claim.id, "", UNSEEN)
            continue
        yield from compared(claim, proposed, steps)
    yield from (Difference(area, gone, "", GONE) for gone in told)
