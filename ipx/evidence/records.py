"""What the evidence room returns: frozen, without a database behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ipx.evidence.rules import StampState


@dataclass(frozen=True)
class CertificateWords:
    """What a certificate says besides its bundle: title, the file's name, its owner, the page Verify, and whether the
    chain is a simulated one."""

    title: str
    document: str
    organisation: str
    verify_url: str
    is_simulated: bool


@dataclass(frozen=True)
class StampView:
    """A stamp as it stands. Batch, transaction and block are None until it is in one; ``block_time``: Unix seconds."""

    id: str
    organisation_id: str
    owner: str
    commitment: bytes
    subject_kind: str
    subject_id: str
    state: StampState
    created_at: datetime
    batch_id: str | None
    batch_size: int | None
    chain_id: int | None
    transaction: str | None
    block_number: int | None
    block_hash: str | None
    block_time: int | None

    def record(self) -> dict[str, Any]:
        """Return what programs are told of it."""
        return {
            "id": self.id,
            "commitment": self.commitment.hex(),
            "owner": self.owner.lower(),
            "state": str(self.state),
            "created_at": self.created_at.isoformat(),
            "chain_id": self.chain_id,
            "transaction": self.transaction,
            "block_number": self.block_number,
            "block_time": self.block_time,
        }

    @property
    def included_at(self) -> datetime | None:
        """The time of the block."""
        return None if self.block_time is None else datetime.fromtimestamp(self.block_time, UTC)


@dataclass(frozen=True)
class ClockView:
    """What the second clock says of a batch: the first stamp's time and who gave it, how long the newest one holds.

    ``qualified`` is the operator's statement about the EU trusted list on that day; ``disagrees``: the block's time is
    more than an hour away.
    """

    time: datetime
    authority: str
    qualified: str | None
    holds_until: datetime
    renewals: int
    disagrees: bool


@dataclass(frozen=True)
class Disclosure:
    """Since when everybody may see a stamp, and until when that was so."""

    disclosed_at: datetime
    withdrawn_at: datetime | None

    @property
    def is_present(self) -> bool:
        """Tell whether everybody may see it now."""
        return self.withdrawn_at is None


@dataclass(frozen=True)
class Claim:
    """One disclosed stamp of a content; block and time (Unix seconds) are None until it is in one."""

    stamp_id: str
    organisation: str
    owner: str
    state: StampState
    transaction: str | None
    block_number: int | None
    block_time: int | None

    @property
    def included_at(self) -> datetime | None:
        """The time of the block."""
        return None if self.block_time is None else datetime.fromtimestamp(self.block_time, UTC)


@dataclass(frozen=True)
class DisclosedStamp:
    """What everybody may see of a disclosed stamp, and all disclosed stamps of the same content, earliest first."""

    claim: Claim
    commitment: bytes
    salt: bytes
    content_sha256: bytes
    disclosed_at: datetime
    claims: Sequence[Claim]

    @property
    def place(self) -> int | None:
        """The place among the disclosed stamps that are in a block; equal for those in blocks of the same time."""
        if self.claim.block_time is None:
            return None
        times = [claim.block_time for claim in self.claims if claim.block_time is not None]
        return 1 + sum(1 for time in times if time < self.claim.block_time)
