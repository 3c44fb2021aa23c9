"""What the evidence room returns: frozen, without a database behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ipx.evidence.rules import StampState


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

    @property
    def included_at(self) -> datetime | None:
        """The time of the block."""
        return None if self.block_time is None else datetime.fromtimestamp(self.block_time, UTC)


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
