"""What contests tell other rooms."""

from dataclasses import dataclass

from ipx.contests.rules import Outcome, Subject


@dataclass(frozen=True)
class ContestEnded:
    """A contest has ended. Published inside the transaction that ends it."""

    contest_id: str
    subject_kind: Subject
    subject_id: str
    outcome: Outcome
