"""The relay: one round after another, it moves our transactions along and keeps the mirror in step with the chain.

Every step can be repeated; a crash between any two of them loses and doubles nothing. It must never run twice at once
(a lease sees to that), nor inside a request.
"""

from collections.abc import Callable
from datetime import timedelta

from ipx.chain.adopting import Adopter, FoundTransaction
from ipx.chain.finality import Finality
from ipx.chain.mirror import Mirror
from ipx.chain.rules import RelayLimits
from ipx.chain.sending import Sender
from ipx.chain.tools import RelayTools
from ipx.chain.watching import Watcher
from ipx.core.errors import Conflict
from ipx.core.ports import ChainGateway, Clock
from ipx.db.events import Events
from ipx.db.lease import Lease
from ipx.db.session import Database

LEASE = "chain-relay"


class ChainRelay:
    """The only one that writes to the chain.

    ``holder`` names the process (see Lease); ``first_block`` says where our oldest contract begins.
    """

    def __init__(
        self,
        *,
        database: Database,
        gateway: ChainGateway,
        events: Events,
        clock: Clock,
        holder: str,
        limits: RelayLimits,
        first_block: Callable[[], int] = lambda: 0,
        lease_time: timedelta = timedelta(seconds=15),
    ) -> None:
        self._gateway = gateway
        self._checked = False
        self._lease = Lease(database, clock, name=LEASE, holder=holder, duration=lease_time)
        tools = RelayTools(database, gateway, events, clock, self._lease, limits)
        self._sender = Sender(tools)
        self._mirror = Mirror(tools, first_block=first_block)
        self._watcher = Watcher(tools)
        self._adopter = Adopter(tools)
        self._finality = Finality(tools, self._mirror)

    def advance(self) -> bool:
        """Do one round. True when something moved, so that the next round is due at once.

        Raises Unavailable when the node does not answer, Tampered when it is the wrong one; both leave everything as
        it was, and the next round tries again.
        """
        if not self._lease.hold():
            return False
        if not self._checked:
            self._gateway.check()
            self._checked = True
        moved = self._mirror.follow()  # first, so that nothing is judged by a chain that is gone
        if self._sender.send():
            moved = True
            self._mirror.follow()
        moved |= self._watcher.watch()
        moved |= self._finality.finalise()
        return moved

    def resynchronise(self) -> list[FoundTransaction]:
        """Bring the mirror to the head and adopt what our relayer sent and our table does not know; send nothing.

        For data that were restored from a backup. Raises Conflict when another process is the relay, Unavailable when
        the node does not answer or has transactions of ours waiting that we do not know, Tampered for a wrong node.
        """
        self._gateway.check()
        while self._hold_or_refuse() and self._mirror.follow():
            pass
        return self._adopter.adopt()

    def _hold_or_refuse(self) -> bool:
        if not self._lease.hold():
            raise Conflict("Another process moves transactions on this database. Stop it first.")
        return True

    def release(self) -> None:
        """Let another process take over at once; call it when stopping."""
        self._lease.release()
