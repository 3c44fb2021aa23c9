"""A worker that is killed at a chosen moment, in a process of its own; and a count of the moments there are.

A moment is right before a commit that writes something, or right before or after a call to the outside. Killed means
SIGKILL: nothing is closed, flushed or rolled back by anybody.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, select, text

from ipx.chain.models import TransactionRow
from ipx.chain.rules import SETTLED
from ipx.db.scrubbing import Scrubber
from ipx.db.session import Database
from ipx.settings import read_settings
from ipx.vault.register_keeping import RegisterKeeper
from ipx.wiring import Exchange, build_exchange

PATIENCE_SECONDS = 60.0
# What the runtime and the lease write by themselves, all the time, is no moment in the life of a deal.
NOISE = ("leases", "background_job", "chain_cursor", "application_versions", "queues")
Begin = Callable[[Exchange], None]
Done = Callable[[Exchange], bool]


class Moments:
    """Counts moments, and kills this process at one of them."""

    def __init__(self, kill_at: int, log: Path) -> None:
        self._kill_at = kill_at
        self._log = log
        self.count = 0
        self.is_on = False

    def pass_by(self, what: str) -> None:
        """Be at a moment, and perhaps die there."""
        if not self.is_on:
            return
        self.count += 1
        if self.count == self._kill_at:
            self._log.write_text(what)
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, exchange: Exchange) -> None:
        """Be at a moment before every commit of every engine, the runtime's too, and around the outside."""
        event.listen(Engine, "after_cursor_execute", self._note)
        event.listen(Engine, "commit", self._commit)
        for name in ("checkout", "refund"):
            self._wrap(exchange.outside.payments, name)
        for name in ("broadcast", "settle"):
            self._wrap(exchange.outside.chain, name)
        self._wrap(exchange.outside.store, "delete")
        keeper = exchange.services[RegisterKeeper]
        assert isinstance(keeper, RegisterKeeper)
        self._wrap(keeper.register, "add")
        self._wrap(exchange.services[Scrubber], "scrub")

    def _note(
        self, connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        words = statement.split()
        if words[0] in ("INSERT", "UPDATE", "DELETE") and not any(noise in statement for noise in NOISE):
            table = words[1] if words[0] == "UPDATE" else words[2]
            returns = "RETURNING" in statement
            if cursor.rowcount > 0 or (returns and context.isinsert):
                connection.info.setdefault("wrote", []).append(f"{words[0].lower()} {table}")

    def _commit(self, connection: Connection) -> None:
        wrote = connection.info.pop("wrote", [])
        if wrote:
            self.pass_by("commit of " + ", ".join(dict.fromkeys(wrote)))

    def _wrap(self, gateway: object, name: str) -> None:
        call = getattr(gateway, name)

        def wrapped(*arguments: Any, **named: Any) -> Any:
            self.pass_by(f"before {name}")
            result = call(*arguments, **named)
            self.pass_by(f"after {name}")
            return result

        setattr(gateway, name, wrapped)


def run(environment: Mapping[str, str], begin: Begin, done: Done, *, kill_at: int, log: Path) -> int | None:
    """Work in a process of its own until ``done``; return how many moments there were, None when it was killed."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.loaded"])
    log.unlink(missing_ok=True)
    answer = context.SimpleQueue()
    process = context.Process(target=_work, args=(dict(environment), begin, done, kill_at, log, answer))
    process.start()
    process.join(PATIENCE_SECONDS * 2)
    if process.exitcode == -signal.SIGKILL and log.exists():
        return None
    assert process.exitcode == 0, f"the worker ended with {process.exitcode}"
    count: int = answer.get()
    return count


def _work(environment: dict[str, str], begin: Begin, done: Done, kill_at: int, log: Path, answer: Any) -> None:
    exchange = build_exchange(read_settings(environment))
    moments = Moments(kill_at, log)
    moments.watch(exchange)
    exchange.durable.connect()
    exchange.durable.start(executor="world")
    _finish(exchange, lambda exchange: True)  # first what a killed process before us left unfinished
    moments.is_on = True
    begin(exchange)
    _finish(exchange, done)
    moments.is_on = False
    answer.put(moments.count)
    os._exit(0)


def _finish(exchange: Exchange, done: Done) -> None:
    """Let workflows end, then move the chain, and again: one after the other, so that moments have one order."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        busy = unfinished(exchange.database)
        moved = not busy and exchange.relay.advance()
        if not moved and not busy and done(exchange):
            return
        if time.monotonic() > end:
            raise TimeoutError(f"still to do: {unfinished(exchange.database)}")
        if not moved:
            time.sleep(0.03)


def unfinished(database: Database, *, on_chain: bool = False) -> list[str]:
    """Return the workflows that have not ended; ``on_chain``: and the transactions without the chain's last word."""
    table = "workflow_status" if database.engine.dialect.name == "sqlite" else "dbos.workflow_status"
    query = text(f"SELECT workflow_uuid FROM {table} WHERE status IN ('ENQUEUED', 'PENDING', 'DELAYED')")
    with database.read() as session:
        sent = select(TransactionRow.key).where(TransactionRow.state.not_in(SETTLED))
        return [*session.scalars(query), *(session.scalars(sent) if on_chain else ())]
