"""What the room hands out: frozen facts about a chain of title."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ipx.core.typed_data import TypedData
from ipx.evidence.records import StampView
from ipx.technologies.records import Right
from ipx.technologies.rules import EvidenceLevel
from ipx.titles.consents import Requirement
from ipx.titles.entries import Consent, Conveyance, CoOwnership
from ipx.titles.holdings import Chain
from ipx.titles.rules import Basis, JointAct, RectificationState, RegisterState, SignatureOrigin


@dataclass(frozen=True)
class Instrument:
    """The document behind an entry, and its stamp, whose commitment may stand on the chain."""

    document_id: str
    file_name: str
    stamp: StampView


@dataclass(frozen=True)
class Block:
    """Where the chain says it."""

    transaction: str
    number: int
    time: datetime
    is_final: bool


@dataclass(frozen=True)
class EntryView:
    """One entry, as it was stated. ``block``: of the register's act on the same document, if there is one."""

    id: str
    entry: Conveyance | Consent | CoOwnership
    instrument: Instrument | None
    releases_id: str | None
    entered_at: datetime | None
    entered_by: str
    block: Block | None = None

    @property
    def is_register(self) -> bool:
        """Tell whether the register on the chain alone says it."""
        return self.entered_at is None


@dataclass(frozen=True)
class Approval:
    """Who approved, and when."""

    person_id: str
    name: str
    at: datetime


@dataclass(frozen=True)
class RectificationView:
    """A correction of an entry. ``instead`` is what is to stand in its place, None when it is only struck;
    ``replacement_id`` is the new entry once it is carried out."""

    id: str
    original: EntryView
    basis: Basis
    words: str
    instead: Conveyance | Consent | CoOwnership | None
    instrument: Instrument | None
    state: RectificationState
    proposed_by: str
    proposed_by_name: str
    proposed_at: datetime
    entered_by: str
    approvals: Sequence[Approval]
    settled_at: datetime | None
    replacement_id: str | None

    @property
    def is_done(self) -> bool:
        """Tell whether the original no longer counts."""
        return self.state is RectificationState.CARRIED_OUT


@dataclass(frozen=True)
class Announcement:
    """A rectification of the register's record, announced on the chain: from ``not_before`` on, enough rectifiers can
    carry it out. ``state``: ``announced``, ``withdrawn`` or ``rectified``."""

    holder: str
    to: str
    basis: Basis
    not_before: datetime
    state: str
    block: Block


@dataclass(frozen=True)
class RectifierSignature:
    """One rectifier has signed, and where the signature was made."""

    rectifier: str
    origin: SignatureOrigin
    at: datetime


@dataclass(frozen=True)
class RegisterRectification:
    """A rectification of the register's record, from proposal to end. ``data``: what rectifiers sign.

    ``not_before``: the end of the public delay, None before it is announced; ``block``: of the announcement.
    ``failure``: why the contract refused what was sent last. What is the organisation's own (right, document's name) is
    None for a rectifier.
    """

    id: str
    organisation_id: str
    organisation_name: str
    technology_id: str | None
    right_id: str | None
    right_title: str | None
    holder: str
    holder_name: str
    to: str
    to_name: str
    basis: Basis
    document: str
    instrument: Instrument | None
    data: TypedData
    digest: str
    deadline: datetime
    proposed_by: str | None
    proposed_at: datetime
    state: RegisterState
    not_before: datetime | None
    block: Block | None
    signatures: Sequence[RectifierSignature]
    failure: str | None
    settled_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Tell whether rectifiers may still sign."""
        return self.state in (RegisterState.PROPOSED, RegisterState.ANNOUNCING, RegisterState.ANNOUNCED)

    @property
    def signers(self) -> set[str]:
        """Return the rectifiers who have signed."""
        return {each.rectifier for each in self.signatures}


@dataclass(frozen=True)
class Inventor:
    """An inventor, and who says so: ``office`` (its published document) or ``disclosure``."""

    name: str
    source: str


@dataclass(frozen=True)
class Competitor:
    """Another technology that states the same number at the same office. Only what it shows to everybody.

    Ids and names are None unless it is listed.
    """

    title: str | None
    organisation_name: str | None
    technology_id: str | None
    right_id: str | None
    evidence: EvidenceLevel


@dataclass(frozen=True)
class ChainOfTitle:
    """Everything about the title of one right, for its owner. ``entries`` in the order of effect."""

    right: Right
    technology_id: str
    technology_title: str
    organisation_name: str
    inventors: Sequence[Inventor]
    entries: Sequence[EntryView]
    chain: Chain
    requirements: Mapping[JointAct, Requirement]
    competitors: Sequence[Competitor]
    rectifications: Sequence[RectificationView]
    announcements: Sequence[Announcement]
    made_at: datetime

    def entry(self, entry_id: str | None) -> EntryView | None:
        """Return an entry by its id, None when there is none."""
        return next((each for each in self.entries if each.id == entry_id), None)

    @property
    def agreements(self) -> list[EntryView]:
        """Return consents and agreements between joint owners."""
        return [each for each in self.entries if not isinstance(each.entry, Conveyance)]
