"""Owns the promise of idempotency keys: the first answer is remembered with its effect and given again.

It never remembers a request whose parameters were refused, or one that met a running twin (as at Stripe).
"""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ipx.adapters.stripe_simulator.books import Body
from ipx.adapters.stripe_simulator.desk import Desk
from ipx.adapters.stripe_simulator.faults import IDEMPOTENCY, INVALID, ApiFault
from ipx.adapters.stripe_simulator.parameters import Tree

_KEPT_SECONDS = 86_400


@dataclass(frozen=True)
class Answer:
    """An answer to a request: ``body`` as JSON text; ``original`` is the first request's id when this is a repeat."""

    status: int
    body: str
    original: str | None = None


class Claims:
    """The keys of requests that are running now, in this process: a crash forgets them, as it must."""

    def __init__(self) -> None:
        self._running: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def claim(self, key: str) -> Iterator[None]:
        """Hold a key. Raises ApiFault (409) when another request holds it."""
        with self._lock:
            if key in self._running:
                message = f"There is currently another in-progress request using this Idempotent Key: {key}."
                raise ApiFault(message, status=409, type=INVALID, code="idempotency_key_in_use")
            self._running.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(key)


def fingerprint(method: str, path: str, parameters: Tree) -> str:
    """Return what tells two requests apart that use one key."""
    return hashlib.sha256(json.dumps([method, path, parameters], sort_keys=True).encode()).hexdigest()


def answer_once(desk: Desk, key: str, request: str, act: Callable[[Desk], Body]) -> Answer:
    """Return the remembered answer of ``key``, or act and remember the answer in the same transaction."""
    connection = desk.books.connection
    connection.execute("DELETE FROM answers WHERE created < ?", (desk.now - _KEPT_SECONDS,))
    row = connection.execute("SELECT request, status, body, request_id FROM answers WHERE key = ?", (key,)).fetchone()
    if row is not None:
        if row[0] != request:
            raise ApiFault(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{key}' if you meant to execute a different request.",
                type=IDEMPOTENCY,
            )
        return Answer(row[1], row[2], original=row[3])
    answer = _act(desk, act)
    connection.execute(
        "INSERT INTO answers (key, request, status, body, request_id, created) VALUES (?, ?, ?, ?, ?, ?)",
        (key, request, answer.status, answer.body, desk.request_id, desk.now),
    )
    return answer


def _act(desk: Desk, act: Callable[[Desk], Body]) -> Answer:
    # A refusal that began to execute is remembered too, but its half-done work is not.
    desk.books.connection.execute("SAVEPOINT effect")
    try:
        return Answer(200, json.dumps(act(desk), indent=2))
    except ApiFault as fault:
        desk.books.connection.execute("ROLLBACK TO effect")
        return Answer(fault.status, json.dumps(fault.envelope(), indent=2))
