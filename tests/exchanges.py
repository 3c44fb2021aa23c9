"""Exchanges of their own for tests, on the embedded database or on PostgreSQL."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy.pool import QueuePool

from ipx.settings import Settings, read_settings
from tests.kubo_blocks import vault_kubo
from tests.services import address
from tools.real.service import free_port

if TYPE_CHECKING:
    from ipx.db.session import Database
    from ipx.wiring import Exchange

PATIENCE_SECONDS = 10.0

DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.real)]


@contextmanager
def empty_postgres() -> Iterator[str]:
    """A database of its own on the PostgreSQL that the tests were given."""
    server = address("IPX_TEST_POSTGRES_URL")
    name = f"world_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield f"{server.rpartition('/')[0]}/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def embedded_settings(data_dir: Path, **more: str) -> Settings:
    """Return settings of an embedded exchange without demo data."""
    if kubo := vault_kubo():
        more = {"IPX_KUBO_API": kubo, **more}
    return read_settings({"IPX_DATA_DIR": str(data_dir), "IPX_PORT": str(free_port()), "IPX_DEMO": "0", **more})


def close(database: Database) -> None:
    """Close all connections, when whoever still holds one has given it back: a request or a workflow that had begun
    would else return its own to a pool that nobody closes any more."""
    pool, end = database.engine.pool, time.monotonic() + PATIENCE_SECONDS
    while isinstance(pool, QueuePool) and pool.checkedout() and time.monotonic() < end:
        time.sleep(0.02)
    database.dispose()


@contextmanager
def running_exchange(folder: Path, **environment: str) -> Iterator[Exchange]:
    """An exchange of its own, with its own chain."""
    from ipx.embedded import prepare
    from ipx.outside import embedded_chain
    from ipx.wiring import build_exchange

    settings = embedded_settings(folder, **environment)
    anvil = embedded_chain(settings)
    try:
        prepare(settings, anvil)
        built = build_exchange(settings)
        built.durable.connect()
        _fill_index(built)
        yield built
        built.durable.stop()
        close(built.database)
    finally:
        anvil.stop()


def _fill_index(exchange: Exchange) -> None:
    """Make the index whole, as a worker's first look does: until then search rests."""
    from ipx.matching.service import SearchService

    search = exchange.services[SearchService]
    assert isinstance(search, SearchService)
    with exchange.database.read() as session:
        search.rebuild(session)
    exchange.outside.index.close()  # so that a process of the test may write it
