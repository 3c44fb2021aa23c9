"""Owns delivering events as signed webhooks, with retries, from one background thread; it also expires sessions.

It never holds a transaction while it sends, and it keeps no list in memory: a delivery is due until its row says
otherwise, so a killed simulator goes on where it was. A receiver may therefore see an event twice.
"""

import hmac
import json
import logging
import os
import threading
from dataclasses import dataclass

from ipx.adapters.stripe_simulator.books import Body, BookStore
from ipx.adapters.stripe_simulator.desk import Desk
from ipx.adapters.stripe_simulator.sessions import expire_due
from ipx.core.ports import Clock

_ATTEMPTS = 12  # with doubled pauses from one second on: about 70 minutes in all
_IDLE_SECONDS = 2.0
_TIMEOUTS = (3.0, 20.0)  # to connect, to answer

_log = logging.getLogger(__name__)


def signature_header(body: bytes, secret: str, timestamp: int) -> str:
    """Return the value of ``Stripe-Signature``: HMAC-SHA-256 over ``timestamp.body`` (Stripe's scheme v1)."""
    signature = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, "sha256").hexdigest()
    return f"t={timestamp},v1={signature}"


@dataclass(frozen=True)
class Route:
    """Where notifications go, how they are signed, and how long the first pause after a failure is (seconds)."""

    url: str
    secret: str
    first_pause: float = 1.0


class Courier:
    """The background thread. It starts again by itself after a fork."""

    def __init__(self, store: BookStore, clock: Clock, route: Route) -> None:
        self._store = store
        self._clock = clock
        self._route = route
        self._awake = threading.Event()
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._process = 0

    def wake(self) -> None:
        """Look for due deliveries now; starts the thread when this process has none."""
        with self._lock:
            if not self._stopped.is_set() and (self._process != os.getpid() or not self._alive()):
                self._process = os.getpid()
                self._thread = threading.Thread(target=self._run, name="stripe-simulator-courier", daemon=True)
                self._thread.start()
        self._awake.set()

    def stop(self) -> None:
        """End the thread after the delivery that it is at."""
        self._stopped.set()
        self._awake.set()
        if self._thread is not None and self._process == os.getpid():
            self._thread.join()

    def _alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._awake.clear()
            try:
                pause = self.work()
            except Exception:  # noqa: BLE001 - the thread must outlive a full disk or a locked file
                _log.exception("The courier of the Stripe simulator failed and goes on.")
                pause = _IDLE_SECONDS
            self._awake.wait(pause)

    def work(self) -> float:
        """Expire sessions, deliver everything that is due, and return the seconds until there is more to do."""
        now = self._clock.now().timestamp()
        with self._store.writing() as books:
            expire_due(Desk(books, int(now), ""))
            events = [row[0] for row in books.connection.execute(_DUE, (now,))]
        for event in events:
            if self._stopped.is_set():
                break
            self._deliver(event)
        with self._store.reading() as books:
            next_due = books.connection.execute("SELECT MIN(due) FROM deliveries WHERE state = 'due'").fetchone()[0]
        if next_due is None:
            return _IDLE_SECONDS
        # The clock may be a turned one, so never sleep long on its word.
        return float(min(max(next_due - self._clock.now().timestamp(), 0.01), _IDLE_SECONDS))

    def _deliver(self, id: str) -> None:
        with self._store.reading() as books:
            event = books.find("event", id)
        if event is None:
            return
        outcome = self._send(event.body)
        delivered = outcome.startswith("2")
        with self._store.writing() as books:
            attempts = books.connection.execute("SELECT attempts FROM deliveries WHERE event = ?", (id,)).fetchone()[0]
            due = self._clock.now().timestamp() + self._route.first_pause * 2**attempts
            state = "delivered" if delivered else "given up" if attempts + 1 >= _ATTEMPTS else "due"
            books.connection.execute(_RECORD, (state, attempts + 1, due, outcome, id))
            if delivered:
                event.body["pending_webhooks"] = 0
                books.save(event)
        if not delivered:
            _log.warning("Webhook %s (%s) was not accepted: %s", id, event.body["type"], outcome)

    def _send(self, event: Body) -> str:
        """Post the event; return the status code or what went wrong, in words."""
        import requests

        body = json.dumps(event, indent=2).encode()
        timestamp = int(self._clock.now().timestamp())
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "ipx-stripe-simulator/1.0",
            "Stripe-Signature": signature_header(body, self._route.secret, timestamp),
        }
        with requests.Session() as session:
            session.trust_env = False  # a proxy of the environment must not see our notifications
            try:
                answer = session.post(
                    self._route.url, data=body, headers=headers, timeout=_TIMEOUTS, allow_redirects=False, stream=True
                )
            except requests.RequestException as error:
                return type(error).__name__
            answer.close()
            return str(answer.status_code)


_DUE = "SELECT event FROM deliveries WHERE state = 'due' AND due <= ? ORDER BY due, rowid LIMIT 100"
_RECORD = "UPDATE deliveries SET state = ?, attempts = ?, due = ?, outcome = ? WHERE event = ?"
