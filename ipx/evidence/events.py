"""What the evidence room tells others, inside the transaction that records it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BatchFrozen:
    """A batch has its leaves and its root, for good; nothing of it is on the chain yet."""

    batch_id: str


@dataclass(frozen=True)
class BatchIncluded:
    """A batch of stamps is in a block that may still vanish. May come again after a reorg. Time in Unix seconds."""

    batch_id: str
    block_number: int
    block_time: int


@dataclass(frozen=True)
class BatchFinal:
    """A batch's block is final: its bundles will hold for good. Comes once."""

    batch_id: str
    block_number: int
    block_time: int


@dataclass(frozen=True)
class BatchReorged:
    """A batch's block has vanished: bundles handed out meanwhile are pending again until it is anchored anew."""

    batch_id: str
