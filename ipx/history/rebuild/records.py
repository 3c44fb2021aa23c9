"""What is read from the chain and what is rebuilt from it. Times in Unix seconds; ids and addresses in lower case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ipx.history.rebuild.codes import ConveyanceKind, Evidence, Exclusivity, Status, TransferRule

# A token: the registry's address and the id, 0x and 64 digits.
Token = tuple[str, str]


@dataclass(frozen=True)
class ChainEvent:
    """One event of a registry. ``arguments``: integers, and addresses and words as lower-case 0x-strings."""

    registry: str
    name: str
    arguments: Mapping[str, Any]
    transaction: str
    block: int
    time: int
    index: int

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in the chain's order."""
        return self.block, self.index


@dataclass(frozen=True)
class Gap:
    """Something in a chain of title or in a licence that a careful reader must look into; ``code`` is frozen."""

    code: str
    words: str
    block: int | None = None
    transaction: str | None = None


@dataclass(frozen=True)
class Interest:
    """What somebody holds in a title other than a share. ``released`` is the block of its release, None while open."""

    kind: ConveyanceKind
    holder: str
    grantor: str
    share_bps: int
    executed: int
    document: str
    block: int
    transaction: str
    released: int | None = None


@dataclass(frozen=True)
class Act:
    """One recorded act on a token, as it stays in the history for ever. ``takes_effect``: from when it counts."""

    name: str
    by: str
    to: str
    kind: int
    share_bps: int
    executed: int
    document: str
    nonce: int | None
    takes_effect: int
    block: int
    time: int
    transaction: str


@dataclass(frozen=True)
class Rectification:
    """An announced correction: who is to hold, why, from when it may be done, and what became of it."""

    digest: str
    basis: int
    holder: str
    to: str
    document: str
    not_before: int
    state: str  # proposed, withdrawn, rectified
    block: int


@dataclass(frozen=True)
class Title:
    """A title as of a date. ``shares`` are fractions of the right that sum to at most one; ``holder`` is the
    administrative holder; ``recorded_holder`` the one that the register named on that very date."""

    registry: str
    token: str
    holder: str
    recorded_holder: str
    shares: Mapping[str, Fraction]
    interests: Sequence[Interest]
    evidence: Evidence
    document: str
    nonce: int
    registered_block: int
    registered_time: int
    transaction: str
    last_block: int
    acts: Sequence[Act]
    rectifications: Sequence[Rectification]
    grants: Sequence[str]
    grant_head: str
    gaps: Sequence[Gap]


@dataclass(frozen=True)
class Licence:
    """A licence as of a date. ``status`` has parents and published dates in it; ``own_status`` is its own alone."""

    registry: str
    token: str
    holder: str
    licensor: str | None
    status: Status
    own_status: Status
    parent: str | None
    children: Sequence[str]
    survives: bool
    hangs_on_title: bool
    titles: Sequence[str]
    authority: str | None
    transfer_rule: TransferRule
    exclusivity: Exclusivity
    is_published: bool
    start: int
    end: int
    nonce: int
    block: int
    time: int
    transaction: str
    last_block: int
    acts: Sequence[Act]
    gaps: Sequence[Gap]

    @property
    def is_in_force(self) -> bool:
        """Tell whether the licensee may practise at that moment."""
        return self.status in (Status.ACTIVE, Status.CONVERTED)


@dataclass(frozen=True)
class Record:
    """Everything, as of one date and as known at another. ``problems``: what the logs themselves contradict."""

    as_of: int
    known_at: int
    titles: Mapping[Token, Title]
    licences: Mapping[Token, Licence]
    problems: Sequence[str] = field(default_factory=tuple)
