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


class AlarmKind(StrEnum):
    """What an operator has to hear of."""

    STUCK = "STUCK"  # the head of the queue waits too long
    MONEY = "MONEY"  # the relayer cannot pay for the queue and a reserve
    FEES = "FEES"  # the chain asks more for gas than the cap
    ENDPOINT = "ENDPOINT"  # one is away, wrong, behind or disagrees
    LAG = "LAG"  # the mirror, or its mark of finality, stays behind the chain


SIGNED_STATES = (TransactionState.SIGNED, TransactionState.SENT, TransactionState.REORGED)
WAITING = (TransactionState.QUEUED, *SIGNED_STATES)
SETTLED = (TransactionState.FINAL, TransactionState.FAILED)

FOUND = "chain:found"  # purpose of what our relayer sent and no row told of, after an old backup (adopting.py)

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


@dataclass(frozen=True)
class AlarmLimits:
    """When an alarm begins. ``lasting``: how long a trouble that often goes away by itself has to last."""

    stuck_after: timedelta = timedelta(minutes=10)
    lasting: timedelta = timedelta(seconds=60)
    lag_blocks: int = 50
    reserve_acts: int = 20
    usual_gas: int = 150_000

    def patience(self, kind: AlarmKind) -> timedelta:
        """Return how long a trouble has to last before it is an alarm."""
        return timedelta(0) if kind in (AlarmKind.STUCK, AlarmKind.MONEY) else self.lasting


EMBEDDED_LIMITS = RelayLimits(
    rebroadcast_after=timedelta(seconds=1), stuck_after=timedelta(seconds=20), lag_patience=timedelta(0)
)


def bumped(previous: Fees, asked: Fees, cap: int) -> Fees | None:
    """Return the fees of a replacement: 12.5 % more than before, or what is asked now; None above the cap."""
    more, base = LEAST_BUMP
    max_fee = max(asked.max_fee, previous.max_fee * more // base + 1)
    priority_fee = max(asked.priority_fee, previous.priority_fee * more // base + 1)
    return Fees(max(max_fee, priority_fee), priority_fee) if max(max_fee, priority_fee) <= cap else None
