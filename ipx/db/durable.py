"""Durable workflows on the application's own database: what must happen later, exactly once.

The only file that knows DBOS. A workflow is a plain function that reads from top to bottom; after a
crash it starts again and every finished step returns its recorded result instead of running again.
It must not read the clock, the database or randomness outside a step, and no step may return a secret:
results are kept in the runtime's tables.
"""

import logging
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session

from ipx.core.errors import Unavailable
from ipx.db.session import Database

log = logging.getLogger("ipx.durable")

Workflow = Callable[..., None]
Result = TypeVar("Result")

# Set when stored workflows of the version before could not be resumed by the present code.
WORKFLOW_GENERATION = "1"

# Pauses between two attempts at something outside: they grow from the first to the longest.
FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 0.5, 60.0, 1.6

# How long finished workflows are remembered, and with them their keys; failed ones stay longer, for the operator.
REMEMBERED, FAILED_REMEMBERED = timedelta(days=30), timedelta(days=180)
_FORGOTTEN_AT_ONCE = 500


class StoppingError(BaseException):
    """This process ends while a step waits for the outside: nothing is recorded, the next start goes on with it.

    No ``Exception``, so that nothing on the way takes it for the step's result.
    """


class Durable:
    """Registers workflows, puts them into a caller's transaction, and runs them in a worker.

    Each room (the part of a workflow's name before the dot) has a queue of its own: mail that cannot leave must not
    hold up payments.
    """

    def __init__(self, database: Database, *, polling: timedelta, concurrency: int = 8) -> None:
        self._database = database
        self._polling = polling
        self._concurrency = concurrency
        self._workflows: dict[str, Workflow] = {}
        self._stopping = threading.Event()
        self._client: Any = None
        self._datasource: Any = None

    # ── before anything runs ─────────────────────────────────────────────────────────────────────

    def register(self, workflows: Mapping[str, Workflow]) -> None:
        """Make workflows known by name, ``room.verb_thing``, before ``start``. A name once landed keeps its meaning."""
        self._workflows.update(workflows)

    def migrate(self) -> None:
        """Create or upgrade the runtime's own tables."""
        from dbos import DBOSClient, SQLAlchemyDatasource

        url = self._database.url
        SQLAlchemyDatasource.create(url, engine=self._database.engine, run_migrations=True)
        client = DBOSClient(system_database_url=url)
        client._sys_db.run_migrations()  # noqa: SLF001 - DBOS offers no public way without a launch
        client.destroy()

    def connect(self) -> None:
        """Get ready to enqueue. Not inside a transaction: it opens one of its own to look at the tables."""
        from dbos import DBOSClient

        if self._client is None:
            self._client = DBOSClient(system_database_url=self._database.url)

    # ── from a request or a step ─────────────────────────────────────────────────────────────────

    def enqueue(self, session: Session, workflow: str, *arguments: str, key: str) -> None:
        """Put ``workflow(*arguments)`` into the caller's transaction.

        The same workflow with the same key runs once, however often and from however many transactions at once it is
        enqueued, for as long as it is remembered.
        """
        if workflow not in self._workflows:
            raise LookupError(f"no workflow is called {workflow}")
        if self._client is None:
            raise LookupError("call connect() before the first transaction that enqueues")
        identifier = f"{workflow}:{key}"
        if self._is_known(session, identifier):  # spares the write; the insert itself copes with a twin
            return
        options = {"workflow_name": workflow, "queue_name": _queue(workflow), "workflow_id": identifier}
        options["app_version"] = WORKFLOW_GENERATION
        self._client.enqueue_in_transaction(session, options, *arguments)

    # ── inside a workflow ────────────────────────────────────────────────────────────────────────

    def transaction(self, step: Callable[..., Result], *arguments: object) -> Result:
        """In a workflow: run ``step(session, *arguments)`` in one transaction, exactly once.

        The result is recorded in the same transaction; it must be JSON-like or a frozen dataclass.
        """
        datasource = self._datasource

        def body() -> Result:
            return step(datasource.sql_session(), *arguments)

        result: Result = datasource.run_tx_step(self._options(step), body)
        return result

    def outside(self, step: Callable[..., Result], *arguments: object) -> Result:
        """In a workflow: run a step that talks to the outside; again and again while it is Unavailable.

        It may run more than once, so it has to be idempotent by our own row's id.
        """
        from dbos import DBOS

        result: Result = DBOS.run_step({"name": step.__qualname__}, lambda: self._patiently(step, arguments))
        return result

    def reading(self) -> AbstractContextManager[Session]:
        """In a step that talks to the outside: look at the database, for what must not be kept as a step's result."""
        return self._database.read()

    # ── the worker ───────────────────────────────────────────────────────────────────────────────

    def start(self, *, executor: str) -> None:
        """Start to run workflows in this process, resuming those that ``executor`` left unfinished."""
        from dbos import DBOS, SQLAlchemyDatasource

        self._stopping.clear()
        os.environ.setdefault("DBOS__APPVERSION", WORKFLOW_GENERATION)
        logging.getLogger("dbos").setLevel(logging.WARNING)
        DBOS(config=self._config(executor))
        for name, function in self._workflows.items():
            DBOS.workflow(name=name)(_plain(name, function))
        self._datasource = SQLAlchemyDatasource.create(
            self._database.url,
            engine=self._database.engine,
            sessionmaker=self._database.sessions,
            run_migrations=False,
        )
        DBOS.launch()
        for queue in sorted({_queue(name) for name in self._workflows}):
            DBOS.register_queue(
                queue, worker_concurrency=self._concurrency, polling_interval_sec=self._polling.total_seconds()
            )

    def stop(self) -> None:
        """Stop running workflows; unfinished ones go on at the next start."""
        from dbos import DBOS

        self._stopping.set()
        if self._client is not None:
            self._client.destroy()
            self._client = None
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=0)

    def forget_finished(self, *, now: datetime | None = None) -> bool:
        """Delete the records of workflows that ended long ago; True when there may be more to delete."""
        now = now or datetime.now(UTC)
        full = False
        for states, kept in ((("SUCCESS", "CANCELLED"), REMEMBERED), (("ERROR",), FAILED_REMEMBERED)):
            found = self._client.list_workflows(
                status=list(states),
                completed_before=(now - kept).isoformat(),
                limit=_FORGOTTEN_AT_ONCE,
                load_input=False,
                load_output=False,
            )
            if found:
                self._client.delete_workflows([workflow.workflow_id for workflow in found])
            full = full or len(found) == _FORGOTTEN_AT_ONCE
        return full

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _patiently(self, step: Callable[..., Result], arguments: tuple[object, ...]) -> Result:
        """Our own waiting: the runtime's cannot be interrupted, so a process would not end while mail waits."""
        pause, trouble = FIRST_PAUSE, ""
        while True:
            try:
                return step(*arguments)
            except Unavailable as error:
                if error.message != trouble:
                    log.warning("%s waits: %s", step.__qualname__, error.message)
                trouble = error.message
            if self._stopping.wait(pause):
                raise StoppingError
            pause = min(pause * GROWTH, LONGEST_PAUSE)

    def _is_known(self, session: Session, identifier: str) -> bool:
        table = "workflow_status" if self._is_sqlite() else "dbos.workflow_status"
        found = session.execute(text(f"SELECT 1 FROM {table} WHERE workflow_uuid = :id"), {"id": identifier})  # noqa: S608
        return found.first() is not None

    def _config(self, executor: str) -> Any:
        # The runtime keeps an engine of its own: while a step's transaction holds SQLite's one write lock,
        # it reads beside it, and our engine would wait for that very lock.
        return {
            "name": "ipx",
            "system_database_url": self._database.url,
            "application_version": WORKFLOW_GENERATION,
            "executor_id": executor,
            "log_level": "WARNING",
            "run_migrations": False,
        }

    def _options(self, step: Callable[..., Any]) -> dict[str, Any]:
        level = "SERIALIZABLE" if self._is_sqlite() else "READ COMMITTED"
        return {"name": step.__qualname__, "isolation_level": level}

    def _is_sqlite(self) -> bool:
        return self._database.engine.dialect.name == "sqlite"


def _queue(workflow: str) -> str:
    return f"ipx-{workflow.partition('.')[0]}"


def _plain(name: str, function: Workflow) -> Workflow:
    """Wrap a bound method: the runtime registers plain functions only, and says little about those that fail."""

    def run(*arguments: str) -> None:
        try:
            function(*arguments)
        except Exception as error:
            log.error("the workflow %s%r ended with %s: it is not tried again", name, arguments, type(error).__name__)  # noqa: TRY400 - the runtime logs the trace
            raise

    run.__qualname__ = function.__qualname__
    return run
