"""What the chain room tells others, inside the transaction that records it."""

from dataclasses import dataclass
from datetime import datetime

from ipx.chain.rules import AlarmKind


@dataclass(frozen=True)
class TransactionMined:
    """A transaction succeeded in a block that may still vanish; its logs are in the mirror. May come again after a
    reorg, with another block. ``block_time``: Unix seconds."""

    transaction_id: str
    key: str
    purpose: str
    block_number: int
    block_hash: str
    block_time: int


@dataclass(frozen=True)
class TransactionFinal:
    """A successful transaction's block is final. Comes once."""

    transaction_id: str
    key: str
    purpose: str
    block_number: int
    block_hash: str
    block_time: int


@dataclass(frozen=True)
class TransactionReorged:
    """The block vanished. The same bytes are sent again; nobody has to do anything but stop calling it included."""

    transaction_id: str
    key: str
    purpose: str


@dataclass(frozen=True)
class TransactionFailed:
    """The contract refused, for good. Comes once."""

    transaction_id: str
    key: str
    purpose: str
    reason: str


@dataclass(frozen=True)
class AlarmBegan:
    """Something needs the operator. ``subject`` is the endpoint's name, or empty. Comes once for each alarm."""

    alarm_id: str
    kind: AlarmKind
    subject: str
    note: str
    since: datetime


@dataclass(frozen=True)
class AlarmEnded:
    """It is over. Comes once, and only after AlarmBegan."""

    alarm_id: str
    kind: AlarmKind
    subject: str
    note: str
    since: datetime
