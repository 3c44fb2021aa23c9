"""What runs beside the web: durable workflows, the chain relay, the batcher and the sweeps. Serves no request."""

import fcntl
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from ipx.core.errors import Conflict, ExchangeError, Unavailable
from ipx.db.lease import LeaseLostError
from ipx.db.restoring import refuse_half_restored
from ipx.wiring import Exchange

log = logging.getLogger("ipx.worker")

QUIET_SECONDS = 0.25
TROUBLED_SECONDS = 2.0
HEALTH_SECONDS = 10.0
CHORE_SECONDS = 300.0
START_PATIENCE_SECONDS = 10.0  # longer than a server that stops takes to let its worker go


@dataclass(frozen=True)
class Periodic:
    """Something to do again and again; it returns True when the next round is due at once."""

    name: str
    advance: Callable[[], bool]
    quiet: float = QUIET_SECONDS


class Ticker:
    """Runs each periodic task on a thread of its own until it is told to stop.

    Rows are the queues of these tasks, so a round that fails is simply done again; it is logged, never hidden.
    """

    def __init__(self, tasks: list[Periodic]) -> None:
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(task,), name=f"ipx-{task.name}", daemon=True) for task in tasks
        ]

    def start(self) -> None:
        """Start all threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask all threads to end and wait for their present round."""
        self._stop.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=10)

    def _run(self, task: Periodic) -> None:
        trouble = ""
        while not self._stop.is_set():
            try:
                moved = task.advance()
            except Exception as error:  # noqa: BLE001 - whatever it was, the rows are as they were: try again
                trouble = _tell(task.name, error, before=trouble)
                self._stop.wait(TROUBLED_SECONDS)
                continue
            if trouble:
                log.warning("%s works again", task.name)
                trouble = ""
            self._stop.wait(0.0 if moved else task.quiet)


def _tell(name: str, error: Exception, *, before: str) -> str:
    """Log a trouble once, as long as it stays the same; return what it was."""
    if isinstance(error, DBAPIError):
        error = Unavailable(f"the database cannot be used: {str(error.orig).strip()}")
    now = error.message if isinstance(error, ExchangeError) else repr(error)
    if now == before:
        return before
    if isinstance(error, (Unavailable, LeaseLostError)):
        log.warning("%s waits: %s", name, now)
    else:
        log.error("%s cannot go on, it is tried again: %s", name, now, exc_info=error)
    return now


class Worker:
    """Everything that works in the background of one process.

    On SQLite one process alone may be a worker: a lock in the data folder sees to that. On PostgreSQL there may be
    many, each with a name of its own (``executor``). When one dies the others take over its leases and the queue; the
    workflows that it had begun go on when a worker of its name starts again.
    """

    def __init__(self, exchange: Exchange, *, executor: str, more: Sequence[Periodic] = ()) -> None:
        self._exchange = exchange
        self._executor = executor
        self._lock: int | None = None
        self._ticker = Ticker(
            [
                Periodic("relay", exchange.relay.advance),
                Periodic("chain health", exchange.health.advance, quiet=HEALTH_SECONDS),
                Periodic("batcher", exchange.batcher.advance),
                Periodic("block proofs", exchange.block_proofs.advance),
                *(Periodic(name, chore, quiet=CHORE_SECONDS) for name, chore in exchange.chores.items()),
                *more,
            ]
        )

    def start(self) -> None:
        """Resume what was left unfinished, then go on. Raises Conflict for a place taken or data half restored."""
        refuse_half_restored(self._exchange.settings.data_dir)
        if self._exchange.settings.database_url.startswith("sqlite"):
            self._lock = _take_place(self._exchange.settings.data_dir / "worker.lock")
        self._exchange.durable.start(executor=self._executor)
        self._ticker.start()

    def stop(self) -> None:
        """End after the present round; everything unfinished goes on at the next start."""
        self._ticker.stop()
        for give_up in (
            self._exchange.relay.release,
            self._exchange.health.release,
            self._exchange.batcher.release,
            self._exchange.durable.stop,
        ):
            try:
                give_up()
            except (ExchangeError, DBAPIError) as error:
                log.warning("could not say good-bye: %s", error)  # our leases run out by themselves
        lock, self._lock = self._lock, None  # a number that is closed twice is another file's the second time
        if lock is not None:
            os.close(lock)


def work(exchange: Exchange, *, name: str) -> None:
    """Be a worker until SIGINT, SIGTERM or SIGHUP."""
    told_to_stop = threading.Event()
    for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if kind is not signal.SIGHUP or signal.getsignal(kind) is not signal.SIG_IGN:  # nohup
            signal.signal(kind, lambda number, frame: told_to_stop.set())
    exchange.durable.connect()
    background = Worker(exchange, executor=name)
    background.start()
    told_to_stop.wait()
    background.stop()


def _take_place(path: Path) -> int:
    """Return the held lock of the only worker on this data; one that ends just now is waited for."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    end = time.monotonic() + START_PATIENCE_SECONDS
    while time.monotonic() < end:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        time.sleep(0.1)
    os.close(lock)
    raise Conflict(f"Another process does the background work on {path.parent}; two of them need PostgreSQL.")
