"""A process that ends at a chosen moment, with nothing closed, flushed or rolled back, and whoever comes after it."""

from __future__ import annotations

import os
from datetime import timedelta

from ipx.wiring import Exchange
from tests.killable import Moments
from tests.own_process import KILLED
from tests.world import World

LEASE_TIME = timedelta(seconds=1)


class Ends(Moments):
    """Moments at one of which the process ends."""

    def pass_by(self, what: str) -> None:
        """Be at a moment, and perhaps end there."""
        self.count += 1
        if self.count == self._kill_at:
            self._log.write_text(what)
            os._exit(KILLED)


def shorten_lease(exchange: Exchange) -> None:
    """Let nobody wait for long for a dead relay: between processes of one database its lease has to run out."""
    exchange.relay._lease._duration = LEASE_TIME


def inherit(world: World) -> None:
    """Wait until the dead process's relay has lost its lease, and take it."""
    world.until(world.exchange.relay._lease.hold)
