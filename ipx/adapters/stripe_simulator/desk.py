"""Owns what one request of the simulator works with: the books in a transaction, the time, and announcing events.

It never sends anything: an announced event is a row that the courier delivers after the commit.
"""

import secrets
import string
from dataclasses import dataclass

from ipx.adapters.stripe_simulator.books import Body, Books, Entry
from ipx.adapters.stripe_simulator.faults import missing

# The version of Stripe's API whose shapes we show: the one that the official client of our lock file asks for.
API_VERSION = "2026-10-28.endive"

_LETTERS = string.ascii_letters + string.digits


def new_id(prefix: str, size: int = 24) -> str:
    """Return an unpredictable id such as ``pi_3f…``."""
    return f"{prefix}_{''.join(secrets.choice(_LETTERS) for _ in range(size))}"


@dataclass(frozen=True)
class Desk:
    """One transaction of the simulator; ``now`` is Unix time in seconds."""

    books: Books
    now: int
    public_url: str
    request_id: str | None = None
    idempotency_key: str | None = None

    def take(self, kind: str, id: str, param: str) -> Entry:
        """Return an object, or fail with Stripe's resource_missing."""
        entry = self.books.find(kind, id)
        if entry is None:
            raise missing(kind, id, param)
        return entry

    def announce(self, type: str, subject: Body) -> None:
        """Record an event with a snapshot of its subject, due for delivery at once."""
        event = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now,
            "data": {"object": subject},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": self.request_id, "idempotency_key": self.idempotency_key},
            "type": type,
        }
        self.books.add(event)
        self.books.connection.execute(
            "INSERT INTO deliveries (event, state, attempts, due, outcome) VALUES (?, 'due', 0, ?, '')",
            (event["id"], self.now),
        )
