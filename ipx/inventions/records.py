"""What the room hands out: frozen facts about invention disclosures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ipx.evidence.records import StampView
from ipx.inventions.drafts import Content, Draft
from ipx.inventions.rules import InventorAnswer, State, Step


@dataclass(frozen=True)
class Inventor:
    """An inventor of the newest submission. Texts are empty where not known yet, and after erasure.

    ``has_link``: a mailed link can still be used.
    """

    id: str
    person_id: str | None
    name: str
    email: str
    employer: str
    contribution: str
    answer: InventorAnswer
    answered_at: datetime | None
    asked_at: datetime | None
    has_link: bool
    erased_at: datetime | None


@dataclass(frozen=True)
class Submission:
    """A submission and how far its stamp is."""

    id: str
    number: int
    submitted_at: datetime
    submitted_by: str
    stamp: StampView


@dataclass(frozen=True)
class HistoryLine:
    """A step and who took it; ``words`` are empty when nobody wrote any, or they were erased."""

    at: datetime
    step: Step
    who: str
    words: str


@dataclass(frozen=True)
class Invention:
    """A disclosure as those see it who may read it: as submitted, or for its writer as it is being written.

    ``draft`` is what is typed now; ``content`` is that, understood, or what was submitted last.
    """

    id: str
    organisation_id: str
    created_by: str
    state: State
    title: str
    draft: Draft
    content: Content
    inventors: Sequence[Inventor]
    submissions: Sequence[Submission]
    history: Sequence[HistoryLine]
    technology_id: str | None
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class InventionLine:
    """A disclosure in a list."""

    id: str
    title: str
    state: State
    writer: str
    is_mine: bool
    changed_at: datetime
    technology_id: str | None


@dataclass(frozen=True)
class Asked:
    """What the holder of a mailed link sees: what is said of him or her, and who else is named."""

    inventor: Inventor
    title: str
    organisation_name: str
    others: Sequence[str]
