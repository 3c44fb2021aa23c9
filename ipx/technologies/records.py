"""What the room hands out: frozen facts about technologies, rights and titles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ipx.evidence.records import StampView
from ipx.technologies.rules import Advantage, EvidenceLevel, RightDraft, RightKind, Stage, TitleState
from ipx.vault.records import Document


@dataclass(frozen=True)
class Right:
    """One right as its owner sees it."""

    id: str
    technology_id: str
    particulars: RightDraft
    number_is_secret: bool
    evidence: EvidenceLevel
    instrument_document_id: str | None
    matched_on: date | None
    matched_source: str | None


@dataclass(frozen=True)
class Title:
    """The administrative record of one right: its token, holder's account, and how far the record is on the chain.

    ``evidence`` is what the chain has been asked to say; block fields are None until the record is in a block.
    """

    right_id: str
    technology_id: str
    token: int
    holder: str
    state: TitleState
    evidence: EvidenceLevel
    transaction_id: str
    block_number: int | None
    block_time: datetime | None
    failure: str | None
    registered_at: datetime


@dataclass(frozen=True)
class StampedDocument:
    """A document of a technology, and how far its stamp is."""

    document: Document
    stamp: StampView


@dataclass(frozen=True)
class Technology:
    """A technology as its owner sees it: everything. ``revision`` grows by one with every change."""

    id: str
    organisation_id: str
    title: str
    summary: str
    problem: str
    advantage: Advantage
    trl: int | None
    classes: Sequence[str]
    rights: Sequence[Right]
    created_at: datetime
    created_by: str
    changed_at: datetime
    revision: int
    stage: Stage | None


@dataclass(frozen=True)
class Custody:
    """Who holds the title of a right on the chain. ``account``: the one that the exchange keeps for the organisation;
    ``wallet``: the one that it named; ``is_moving``: an act about the title is under way."""

    right_id: str
    technology_id: str
    right_title: str
    token: int
    holder: str
    account: str
    wallet: str | None
    state: TitleState
    is_moving: bool
    failure: str | None

    @property
    def is_final(self) -> bool:
        """Tell whether the record itself can no longer be undone."""
        return self.state is TitleState.FINAL

    @property
    def is_kept(self) -> bool:
        """Tell whether the exchange holds the key that signs for this title."""
        return self.holder == self.account


@dataclass(frozen=True)
class PublicRight:
    """One right as others may see it: title, number and dates are None while the office keeps them secret."""

    id: str
    kind: RightKind
    title: str | None
    office: str | None
    number: str | None
    kind_code: str | None
    filed_on: date | None
    published_on: date | None
    granted_on: date | None
    evidence: EvidenceLevel
    matched_on: date | None


@dataclass(frozen=True)
class PublicTechnology:
    """A technology as a listing may show it."""

    id: str
    organisation_id: str
    organisation_name: str
    title: str
    summary: str
    problem: str
    advantage: Advantage
    trl: int | None
    classes: Sequence[str]
    rights: Sequence[PublicRight]
    revision: int
    changed_at: datetime
    stage: Stage | None


@dataclass(frozen=True)
class TechnologyLine:
    """A technology in a list."""

    id: str
    title: str
    trl: int | None
    right_kinds: Sequence[RightKind]
    title_states: Sequence[TitleState]
    changed_at: datetime
