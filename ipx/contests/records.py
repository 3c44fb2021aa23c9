"""What the room hands out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ipx.contests.rules import Answer, How, Outcome, Pending, Step, Subject


@dataclass(frozen=True)
class Contested:
    """A thing as it can be contested: its name and page, and whose it is."""

    name: str
    place: str
    owner_id: str
    owner_name: str


@dataclass(frozen=True)
class Contest:
    """One contest. What it says in words its two sides alone are told."""

    id: str
    subject_kind: Subject
    subject_id: str
    subject_name: str
    place: str
    contester_id: str
    contester_name: str
    respondent_id: str
    respondent_name: str
    opened_at: datetime
    ended_at: datetime | None
    outcome: Outcome | None
    how: How | None

    @property
    def is_open(self) -> bool:
        """Tell whether it goes on."""
        return self.ended_at is None

    def has(self, organisation_id: str | None) -> bool:
        """Tell whether an organisation is one of its sides."""
        return organisation_id in (self.contester_id, self.respondent_id)


@dataclass(frozen=True)
class Told:
    """One step. ``document_id``: of a ruling, which both sides may read."""

    kind: Step
    organisation_id: str | None
    at: datetime
    outcome: Outcome | None
    words: str
    document_id: str | None


@dataclass(frozen=True)
class ContestView:
    """A contest as one of its sides sees it."""

    contest: Contest
    steps: Sequence[Told]
    pending: Pending | None
    answers: Sequence[Answer]
