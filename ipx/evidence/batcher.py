"""The batcher: within a bounded delay, every pending stamp is in a batch. A batch follows the head of the one before.

It must never freeze a second batch while one is not in a block, nor run twice at once (a lease sees to that).
"""

import logging
from datetime import timedelta

from ipx.core.errors import Unavailable
from ipx.core.ports import ChainGateway, Clock
from ipx.db.lease import Lease
from ipx.db.session import Database
from ipx.evidence.batches import CONTRACT, Batches
from ipx.evidence.rules import HEAD_DELAY, LARGEST_BATCH, BatchState, is_due

LEASE = "evidence-batcher"
logger = logging.getLogger(__name__)


class Batcher:
    """Freezes batches. ``delay`` is the longest that a stamp waits while the chain keeps up.

    When something happened in our own logs and no batch was made for ``head_delay``, their heads alone get one.
    """

    def __init__(
        self,
        *,
        database: Database,
        batches: Batches,
        gateway: ChainGateway,
        clock: Clock,
        holder: str,
        delay: timedelta,
        head_delay: timedelta = HEAD_DELAY,
        largest: int = LARGEST_BATCH,
        lease_time: timedelta = timedelta(seconds=15),
    ) -> None:
        self._database = database
        self._batches = batches
        self._gateway = gateway
        self._clock = clock
        self._delay = delay
        self._head_delay = head_delay
        self._largest = largest
        self._lease = Lease(database, clock, name=LEASE, holder=holder, duration=lease_time)

    def advance(self) -> bool:
        """Do one round. True when something moved. Raises Unavailable when a refused anchor needs a node."""
        if not self._lease.hold():
            return False
        moved = self._fill()
        with self._database.read() as session:
            waiting = self._batches.unanchored(session)
            oldest = self._batches.oldest_pending(session)
            heads_alone = self._batches.heads.is_due(session, delay=self._head_delay)
        if waiting and BatchState.PENDING not in waiting.values():
            self._chain_again(next(iter(waiting)))
            return True
        moved |= self._follow_anchored_elsewhere()
        if waiting or not (heads_alone or is_due(oldest, self._clock.now(), self._delay)):
            return moved
        with self._database.write() as session:
            self._lease.check(session)
            frozen = self._batches.freeze(session, largest=self._largest, heads_alone=heads_alone)
        return moved or frozen is not None

    def release(self) -> None:
        """Let another process take over at once; call it when stopping."""
        self._lease.release()

    def _fill(self) -> bool:
        """Place whole subtrees of pending stamps, each in a transaction: nobody waits for more than one of them."""
        moved = False
        while True:
            with self._database.read() as session:
                if not self._batches.may_fill(session, largest=self._largest):
                    return moved
            with self._database.write() as session:
                self._lease.check(session)
                moved |= self._batches.fill(session, largest=self._largest)

    def _follow_anchored_elsewhere(self) -> bool:
        with self._database.read() as session:
            if not self._batches.has_anchored_elsewhere(session):
                return False
        with self._database.write() as session:
            self._lease.check(session)
            return self._batches.follow_anchored_elsewhere(session)

    def _chain_again(self, batch_id: str) -> None:
        head = self._gateway.call(CONTRACT, "headOf", [self._gateway.relayer()])
        if not isinstance(head, str):
            raise Unavailable("The chain node does not tell the head of our log.")
        logger.error("the anchor of batch %s was refused; our log's head on the chain is %s", batch_id, head)
        with self._database.write() as session:
            self._lease.check(session)
            self._batches.chain_again(session, batch_id=batch_id, chain_head=bytes.fromhex(head[2:]))
