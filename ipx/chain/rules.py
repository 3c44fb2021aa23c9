"""What a transaction of ours may be and become, and the limits that the relay keeps. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from ipx.core.ports import Fees


class TransactionState(StrEnum):
    """QUEUED → SIGNED → SENT → MINED → FINAL; REORGED goes back to SENT; FAILED and FINAL never change."""

    QUEUED = "QUEUED"  # a row, nothing else; no nonce yet
    SIGNED = "SIGNED"  # nonce and raw bytes saved; perhaps broadcast, perhaps not
    SENT = "SENT"  # a node took the bytes
    MINED = "MINED"  # in a block that may still vanish
    REORGED = "REORGED"  # its block vanished; the same bytes are to be sent again
    FINAL = "FINAL"
    FAILED = "FAILED"


SIGNED_STATES = (TransactionState.SIGNED, TransactionState.SENT, TransactionState.REORGED)
SETTLED = (TransactionState.FINAL, TransactionState.FAILED)

REVERTED = "The contract refused it in the block."
GWEI = 10**9
LEAST_BUMP = (9, 8)  # nodes take a replacement only when both fees rise by 10 % (geth) or 12.5 % (others)


@dataclass(frozen=True)
class RelayLimits:
    """How patient and how generous the relay is. Fees in wei per unit of gas."""

    in_flight: int = 16
    rebroadcast_after: timedelta = timedelta(seconds=5)
    stuck_after: timedelta = timedelta(seconds=60)
    lag_patience: timedelta = timedelta(seconds=60)
    fee_cap: int = 500 * GWEI
    blocks_a_range: int = 500
    ranges_a_round: int = 20


EMBEDDED_LIMITS = RelayLimits(
    rebroadcast_after=timedelta(seconds=1), stuck_after=timedelta(seconds=20), lag_patience=timedelta(0)
)


def bumped(previous: Fees, asked: Fees, cap: int) -> Fees | None:
    """Return the fees of a replacement: 12.5 % more than before, or what is asked now; None above the cap."""
    more, base = LEAST_BUMP
    max_fee = max(asked.max_fee, previous.max_fee * more // base + 1)
    priority_fee = max(asked.priority_fee, previous.priority_fee * more // base + 1)
    return Fees(max(max_fee, priority_fee), priority_fee) if max(max_fee, priority_fee) <= cap else None
