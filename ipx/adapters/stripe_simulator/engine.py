"""Owns what the requests of one simulator share: its settings, its books, running keys, and the courier.

It never holds state of its own that a restart would miss.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

from flask import current_app, g

from ipx.adapters.stripe_simulator.books import BookStore
from ipx.adapters.stripe_simulator.courier import Courier
from ipx.adapters.stripe_simulator.desk import Desk
from ipx.adapters.stripe_simulator.idempotency import Claims
from ipx.core.ports import Clock

EXTENSION = "stripe_simulator"


@dataclass(frozen=True)
class Engine:
    """One simulator."""

    store: BookStore
    clock: Clock
    public_url: str
    secret_key: str
    courier: Courier
    claims: Claims = field(default_factory=Claims)

    @contextmanager
    def writing(self, idempotency_key: str | None = None) -> Iterator[Desk]:
        """Open a desk for changes; what it announced is sent after the commit."""
        with self.store.writing() as books:
            yield Desk(books, self._now(), self.public_url, g.get("request_id"), idempotency_key)
        self.courier.wake()

    @contextmanager
    def reading(self) -> Iterator[Desk]:
        """Open a desk that must change nothing."""
        with self.store.reading() as books:
            yield Desk(books, self._now(), self.public_url)

    def _now(self) -> int:
        return int(self.clock.now().timestamp())


def engine() -> Engine:
    """Return the simulator that serves the present request."""
    return cast(Engine, current_app.extensions[EXTENSION])
