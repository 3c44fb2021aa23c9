"""What a batch and a stamp may be, and when a batch is due. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

HEAD_DELAY = timedelta(hours=1)
LARGEST_BATCH = 100_000  # leaves: 3 MB of hashes, placed one subtree after the other
MOST_AT_ONCE = 1_000  # commitments, or ids, in one request
MOST_BUNDLES = 100  # in one answer: 200 kB
ACCEPTED = "stamp"  # the subject kind of a commitment made elsewhere: it is about nothing that we know, but itself


class BatchState(StrEnum):
    """FILLING → PENDING → INCLUDED → FINAL. A reorg puts INCLUDED back to PENDING; FAILED is chained again, and PENDING
    then."""

    FILLING = "FILLING"  # stamps get their places in it; it is not frozen yet (filling.py)
    PENDING = "PENDING"
    INCLUDED = "INCLUDED"
    FINAL = "FINAL"
    FAILED = "FAILED"
    ADOPTED = "ADOPTED"  # anchored, but its leaves are lost: an old backup was restored (recovery.py)


UNANCHORED = (BatchState.PENDING, BatchState.FAILED)
ANCHORED = (BatchState.INCLUDED, BatchState.FINAL)  # with leaves that can be proven
ENDED = (BatchState.FINAL, BatchState.ADOPTED)  # nothing about them changes any more
ON_CHAIN = (*ANCHORED, BatchState.ADOPTED)
ADOPTED_ACTION = "evidence:batch:adopted"


class StampState(StrEnum):
    """The three states that people see."""

    SEALED = "sealed"  # the time stamp is pending
    INCLUDED = "included"
    FINAL = "final"


def stamp_state(batch: BatchState | None) -> StampState:
    """Return what a stamp is called whose batch is in this state, or that has no batch yet."""
    if batch is BatchState.FINAL:
        return StampState.FINAL
    return StampState.INCLUDED if batch is BatchState.INCLUDED else StampState.SEALED


def is_due(oldest: datetime | None, now: datetime, delay: timedelta) -> bool:
    """Tell whether the oldest pending stamp has waited its time. A clock set back must not make it wait for ever."""
    return oldest is not None and (now - oldest >= delay or oldest > now)
