"""Makes deleted values vanish from the database's own files, as far as the kind of database lets us.

SQLite: freed bytes are overwritten (``secure_delete``), VACUUM builds the file anew from what is alive, and the log is
cut to nothing. PostgreSQL: VACUUM FULL builds the named tables anew, once no older snapshot needs the dead rows; its
write-ahead log, and archives and replicas of it, keep what was in them until the server overwrites them in its own
course. Below both, file systems and disks may keep blocks that they call free.
"""

import itertools
import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import closing

from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import DBAPIError

from ipx.core.errors import Unavailable
from ipx.db.session import Database

PATIENCE_SECONDS = 5.0
BUSY = "The database is in use; what was erased is cleared out of its files as soon as that is over."


class Scrubber:
    """Scrubs one database. Of several callers in a process one does the work for all who waited for it."""

    def __init__(self, database: Database, *, tables: Sequence[str]) -> None:
        self._database = database
        self._tables = tables
        self._tickets = itertools.count(1)
        self._newest = self._served = 0
        self._drawing, self._working = threading.Lock(), threading.Lock()

    def scrub(self) -> None:
        """Return when nothing that was deleted before this call is in the files. Raises Unavailable while in use."""
        with self._drawing:
            mine = self._newest = next(self._tickets)
        with self._working:
            if self._served >= mine:
                return
            newest = self._newest
            if self._database.engine.dialect.name == "sqlite":
                self._scrub_sqlite()
            else:
                self._scrub_postgres()
            self._served = newest

    def _scrub_sqlite(self) -> None:
        path = make_url(self._database.url).database or ""
        try:
            with closing(sqlite3.connect(path, timeout=PATIENCE_SECONDS, isolation_level=None)) as connection:
                connection.execute("PRAGMA secure_delete=ON")
                connection.execute("VACUUM")
                is_busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError as error:
            raise Unavailable(f"{BUSY} ({error})") from error
        if is_busy:
            raise Unavailable(BUSY)

    def _scrub_postgres(self) -> None:
        try:
            with self._database.engine.connect() as found:
                connection = found.execution_options(isolation_level="AUTOCOMMIT")
                _await_older_snapshots(connection)
                connection.execute(text(f"SET lock_timeout = '{int(PATIENCE_SECONDS)}s'"))
                try:
                    for table in self._tables:
                        connection.execute(text(f"VACUUM (FULL) {table}"))
                finally:
                    connection.execute(text("RESET lock_timeout"))
        except DBAPIError as error:
            raise Unavailable(f"{BUSY} ({str(error.orig).strip()})") from error


def _await_older_snapshots(connection: Connection) -> None:
    """Wait until no transaction is older than this moment: VACUUM keeps dead rows that one may still look at."""
    begun = connection.scalar(text("SELECT clock_timestamp()"))
    older = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_xmin IS NOT NULL AND xact_start < :begun"
    )
    end = time.monotonic() + PATIENCE_SECONDS
    while connection.scalar(older, {"begun": begun}):
        if time.monotonic() > end:
            raise Unavailable(BUSY)
        time.sleep(0.05)
