"""What the room hands out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ipx.audit.service import ChainCheck
from ipx.core.canonical import Json
from ipx.history.rules import PLATFORM_RECORD_ONLY, Kind, ProofKind
from ipx.vault.records import ChainCheck as ReceiptCheck


@dataclass(frozen=True)
class Proof:
    """What a line rests on. ``stamp_state``: pending, included or final; None for a platform record.

    ``transaction`` is a hash (0x and 64 digits); ``block`` is None until it is in one; ``href`` is a path of ours.
    """

    kind: ProofKind
    href: str | None = None
    stamp_state: str | None = None
    transaction: str | None = None
    block: int | None = None
    block_time: datetime | None = None


@dataclass(frozen=True)
class TimelineLine:
    """One thing that happened: when, what (a sentence), by whom, for which organisation, and its proof.

    ``audit_sequence`` is the line of the audit log behind it, None for a reading, which has a receipt instead.
    """

    at: datetime
    kind: Kind
    action: str
    what: str
    actor: str
    organisation: str
    proof_kind: ProofKind
    proof_href: str | None
    stamp_state: str | None
    transaction: str | None
    block: int | None
    audit_sequence: int | None
    receipt_sequence: int | None = None

    @property
    def is_proven(self) -> bool:
        """Tell whether something outside this exchange speaks for the line."""
        return self.proof_kind is not ProofKind.PLATFORM and self.block is not None

    @property
    def proof_in_words(self) -> str:
        """Return the proof in a few words, the same in every export."""
        if self.proof_kind is ProofKind.PLATFORM:
            return PLATFORM_RECORD_ONLY
        if self.block is None:
            return "not in a block yet"
        return f"block {self.block}, final" if self.stamp_state == "final" else f"block {self.block}, not final yet"


@dataclass(frozen=True)
class TechnologyHistory:
    """A technology's lines, oldest first, the chain that some of them rest on, and the state of the audit log then.

    ``audit`` is None when the log was not verified. ``is_simulated``: the chain is one of the demonstration's own, so
    it proves nothing to others. ``audit_proof``: docs/spec/log-head.md, None before a head of the log is in a block.
    """

    technology_id: str
    title: str
    organisation: str
    made_at: datetime
    lines: Sequence[TimelineLine]
    audit: ChainCheck | None
    chain_id: int
    is_simulated: bool
    audit_proof: Mapping[str, Json] | None = None

    @property
    def chain_in_words(self) -> str:
        """Return which chain, and that it is simulated where it is."""
        return f"{self.chain_id}, simulated" if self.is_simulated else str(self.chain_id)


@dataclass(frozen=True)
class Chains:
    """The state of the two hash chains: of the audit log and of the receipts of readings."""

    audit: ChainCheck
    receipts: ReceiptCheck


@dataclass(frozen=True)
class Export:
    """A history as a file."""

    file_name: str
    media_type: str
    body: bytes
