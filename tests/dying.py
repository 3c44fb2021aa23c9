"""A process that ends at a chosen moment, with nothing closed, flushed or rolled back, and whoever comes after it."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from ipx.settings import read_settings
from ipx.wiring import Exchange, build_exchange
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


def in_own_process(environment: dict[str, str]) -> Exchange:
    """Return a connected exchange on the database of another process."""
    exchange = build_exchange(read_settings(environment))
    shorten_lease(exchange)
    exchange.durable.connect()
    return exchange


def come_to_the_end(exchange: Exchange, moments: Moments, log: Path) -> None:
    """Bring everything to the chain's last word, write down how many moments there were, and end."""
    while exchange.relay.advance():
        pass
    exchange.relay.release()
    log.write_text(str(moments.count))
    os._exit(0)


def inherit(world: World) -> None:
    """Wait until the dead process's relay has lost its lease, and take it."""
    world.until(world.exchange.relay._lease.hold)
