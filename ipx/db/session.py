"""Engines and transactions. Entry points open and commit them here; services never do."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from ipx.db.turns import PATIENCE_SECONDS, Turns, TurnTakingConnection

READ_ONLY = {"ipx_read_only": True}


class Database:
    """One database, and the two kinds of transaction on it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self.sessions = sessionmaker(bind=self.engine, expire_on_commit=False)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a transaction that commits at the end, or rolls back when an error leaves it."""
        with self.sessions() as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a transaction for reading; on SQLite it does not wait for a writer. Never commits."""
        with self.sessions() as session:
            session.connection(execution_options=READ_ONLY)
            try:
                yield session
            finally:
                session.rollback()

    def before_commit(self, listener: Callable[[Session], None]) -> None:
        """Call ``listener`` inside every transaction, right before it commits."""
        event.listen(self.sessions, "before_commit", listener)

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20)
    turns = Turns()
    engine = create_engine(
        url,
        connect_args={"timeout": PATIENCE_SECONDS, "factory": TurnTakingConnection},
        pool_size=20,
        max_overflow=20,
    )
    event.listen(engine, "connect", lambda connection, entry: _prepare_sqlite(connection, turns))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: TurnTakingConnection, turns: Turns) -> None:
    """WAL and FULL: an acknowledged commit survives a power cut."""
    connection.turns = turns
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Writers take the lock at once: upgrading a read lock later fails instead of waiting."""
    if connection.get_execution_options().get("ipx_read_only", False):
        connection.exec_driver_sql("BEGIN")
        return
    driver: Any = connection.connection.dbapi_connection
    try:
        driver.begin_writing()
    except sqlite3.Error as error:
        raise DBAPIError.instance("BEGIN IMMEDIATE", None, error, sqlite3.Error) from error
