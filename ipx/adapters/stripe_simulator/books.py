"""Owns the simulator's SQLite file: Stripe objects as JSON, remembered answers, and deliveries that are still due.

It never shares its file with the exchange, and nothing leaves a transaction half done: what was acknowledged is on
the disk, and what is due after a crash is a row.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Body = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,     -- the object as the API shows it, nothing expanded
    hidden TEXT NOT NULL    -- what only the simulator knows of it
);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, position);
CREATE INDEX IF NOT EXISTS objects_by_payment ON objects (kind, json_extract(body, '$.payment_intent'));
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY,
    request TEXT NOT NULL,  -- SHA-256 of method, path and parameters
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    request_id TEXT NOT NULL,
    created INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS deliveries (
    event TEXT PRIMARY KEY,
    state TEXT NOT NULL,    -- due, delivered or given up
    attempts INTEGER NOT NULL,
    due REAL NOT NULL,      -- Unix time in seconds
    outcome TEXT NOT NULL   -- of the last attempt, in words
);
CREATE INDEX IF NOT EXISTS deliveries_by_time ON deliveries (state, due);
"""


@dataclass
class Entry:
    """One stored object: ``body`` as the API shows it, ``hidden`` for the simulator alone. Save it after a change."""

    body: Body
    hidden: Body

    @property
    def id(self) -> str:
        """Return the object's id."""
        return str(self.body["id"])


class Books:
    """The tables inside one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def find(self, kind: str, id: str) -> Entry | None:
        """Return an object, or None."""
        row = self.connection.execute(
            "SELECT body, hidden FROM objects WHERE id = ? AND kind = ?", (id, kind)
        ).fetchone()
        return None if row is None else Entry(json.loads(row[0]), json.loads(row[1]))

    def add(self, body: Body, **hidden: object) -> Entry:
        """Store a new object; ``body["object"]`` is its kind."""
        self.connection.execute(
            "INSERT INTO objects (id, kind, body, hidden) VALUES (?, ?, ?, ?)",
            (body["id"], body["object"], json.dumps(body), json.dumps(hidden)),
        )
        return Entry(body, dict(hidden))

    def save(self, entry: Entry) -> None:
        """Store a changed object."""
        self.connection.execute(
            "UPDATE objects SET body = ?, hidden = ? WHERE id = ?",
            (json.dumps(entry.body), json.dumps(entry.hidden), entry.id),
        )

    def position(self, kind: str, id: str) -> int | None:
        """Return an object's place in the order of creation, or None."""
        row = self.connection.execute("SELECT position FROM objects WHERE id = ? AND kind = ?", (id, kind)).fetchone()
        return None if row is None else int(row[0])

    def select(
        self,
        kind: str,
        limit: int,
        *,
        equal: Mapping[str, object] | None = None,
        at_least: Mapping[str, int] | None = None,
        at_most: Mapping[str, int] | None = None,
        before: int | None = None,
        after: int | None = None,
    ) -> list[Entry]:
        """Return up to ``limit`` objects, newest first, or oldest first when ``after`` a position is asked for.

        ``equal``, ``at_least`` and ``at_most`` compare top-level fields of the body.
        """
        where, values = ["kind = ?"], [kind]
        for sign, wanted in (("=", equal), (">=", at_least), ("<=", at_most)):
            for name, value in (wanted or {}).items():
                where.append(f"json_extract(body, '$.{name}') {sign} ?")
                values.append(value)  # type: ignore[arg-type]
        for sign, position in (("<", before), (">", after)):
            if position is not None:
                where.append(f"position {sign} ?")
                values.append(position)  # type: ignore[arg-type]
        order = "ASC" if after is not None else "DESC"
        statement = (
            f"SELECT body, hidden FROM objects WHERE {' AND '.join(where)} ORDER BY position {order} LIMIT {limit:d}"  # noqa: S608
        )
        return [Entry(json.loads(row[0]), json.loads(row[1])) for row in self.connection.execute(statement, values)]


class BookStore:
    """The file. Each transaction has its own connection, so threads and forks need no care."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = self._connect()
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(_SCHEMA)
        connection.close()

    @contextmanager
    def writing(self) -> Iterator[Books]:
        """Run one write transaction; an exception undoes all of it."""
        connection = self._connect()
        try:
            # IMMEDIATE: writers queue at the start, so nothing that was read can change before it is written.
            connection.execute("BEGIN IMMEDIATE")
            yield Books(connection)
            connection.execute("COMMIT")
        finally:
            connection.close()

    @contextmanager
    def reading(self) -> Iterator[Books]:
        """Run one read transaction on a consistent snapshot."""
        connection = self._connect()
        try:
            connection.execute("BEGIN")
            yield Books(connection)
        finally:
            connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        connection.execute("PRAGMA synchronous = FULL")
        return connection
