"""What the room hands out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from ipx.catalogue.records import Need
from ipx.challenges.rules import Criterion, EntryState, Outcome, Scenario, State
from ipx.challenges.terms import EntryTerms


@dataclass(frozen=True)
class CallDraft:
    """What an organiser says of a call; ``deadline`` is an instant, ``zone`` the place whose clock it was read from."""

    title: str
    text: str
    scenario: Scenario | None
    deadline: datetime
    zone: str
    criteria: Sequence[Criterion]
    terms: EntryTerms
    need_ids: Sequence[str] = ()


@dataclass(frozen=True)
class Challenge:
    """A call, as everybody sees it from its opening on."""

    id: str
    organisation_id: str
    organiser_name: str
    title: str
    text: str
    scenario: Scenario | None
    deadline: datetime
    zone: str
    criteria: Sequence[Criterion]
    terms: EntryTerms
    terms_version: int
    terms_hash: str
    state: State
    reason: str | None
    opened_at: datetime | None
    decided_at: datetime | None
    needs: Sequence[Need]
    winners: Sequence[str]  # names of organisations, once it is decided

    def takes_entries(self, now: datetime) -> bool:
        """Tell whether an entry can be submitted: the clock decides, not whether somebody has closed the call yet."""
        return self.state is State.OPEN and now < self.deadline


@dataclass(frozen=True)
class Entry:
    """An entry as its own organisation sees it."""

    id: str
    code: str
    challenge_id: str
    challenge_title: str
    technology_id: str
    technology_title: str
    title: str
    text: str
    state: EntryState
    submitted_at: datetime | None
    stamp_id: str | None
    is_shortlisted: bool
    outcome: Outcome | None
    reason: str | None
    option_ends_at: datetime | None
    offer_id: str | None


@dataclass(frozen=True)
class BlindEntry:
    """An entry as evaluators read it: nothing in it says whose it is. ``scores`` and ``remark`` are one's own."""

    id: str
    code: str
    title: str
    text: str
    trl: int | None
    classes: Sequence[str]
    scores: Sequence[int] | None = None
    remark: str = ""


@dataclass(frozen=True)
class Assignment:
    """An entry in an evaluator's list; ``in_conflict`` is None until declared, ``is_scored`` tells of one's own."""

    id: str
    code: str
    in_conflict: bool | None
    is_scored: bool


@dataclass(frozen=True)
class Evaluator:
    """A member of the panel, as the organiser sees him. ``name`` is None until the invitation was taken up."""

    id: str
    email: str
    name: str | None
    invited_at: datetime
    is_removed: bool
    has_declared: bool
    to_score: int
    scored: int


@dataclass(frozen=True)
class Invitation:
    """What the holder of a mailed link is asked."""

    challenge_id: str
    title: str
    organiser_name: str
    deadline: datetime


@dataclass(frozen=True)
class Judged:
    """An entry as the organiser sees it. Names are None before the shortlist, means before all scores are in."""

    id: str
    code: str
    title: str
    organisation_name: str | None
    technology_id: str | None
    mean: Fraction | None
    place: int | None
    votes: int
    remarks: Sequence[str]
    is_shortlisted: bool
    outcome: Outcome | None
    reason: str | None
    option_ends_at: datetime | None
    offer_id: str | None


@dataclass(frozen=True)
class Desk:
    """The organiser's view: how many entries wait, the panel, whether all scores are in, and the entries."""

    challenge: Challenge
    submitted: int
    evaluators: Sequence[Evaluator]
    all_in: bool
    entries: Sequence[Judged]


@dataclass(frozen=True)
class Decision:
    """What an organiser decides about an entry, with the reason that the entrant reads."""

    outcome: Outcome
    reason: str


Decisions = Mapping[str, Decision]
