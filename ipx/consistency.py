"""Database, chain, index and document stores held against each other, with counts; and what of it can be mended.

The database is the truth for the index, any whole copy for the stores. Between database and chain nothing is ever
mended by a program: a row that differs may be an intrusion, and overwriting it would hide that.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import text

from ipx.core.errors import ExchangeError, Unavailable
from ipx.matching.comparing import IndexComparison
from ipx.matching.service import SearchService
from ipx.vault.custody import Custody
from ipx.vault.custody_rules import AuditView
from ipx.vault.service import VaultService
from ipx.wiring import Exchange

Service = TypeVar("Service")
NAMED = 20
"""Differences of one kind that are named; the rest is counted."""
WORKER_SECONDS = 120.0
"""How long a repair waits for the worker, where only that may write the index."""


@dataclass(frozen=True)
class Part:
    """One of the four, as it was found. ``differences`` are in words; ``repaired`` counts what a repair has mended."""

    name: str
    counted: str
    differences: Sequence[str] = field(default_factory=tuple)
    repaired: int = 0

    @property
    def holds(self) -> bool:
        """Tell whether nothing differs (any more)."""
        return not self.differences


def check_consistency(exchange: Exchange, *, chain: Callable[[], Part], repair: bool) -> list[Part]:
    """Check all four, the one after the other; one that cannot be reached never hides the next."""
    parts: list[tuple[str, Callable[[], Part]]] = [
        ("database", lambda: _database(exchange)),
        ("chain", chain),
        ("index", lambda: _index(exchange, repair=repair)),
        ("stores", lambda: _stores(exchange, repair=repair)),
    ]
    return [_reached(name, look) for name, look in parts]


def _reached(name: str, look: Callable[[], Part]) -> Part:
    try:
        return look()
    except ExchangeError as error:
        return Part(name, "could not be checked", (error.message,))


def _database(exchange: Exchange) -> Part:
    """Have the database check its own files; PostgreSQL does that with its own tools (pg_amcheck)."""
    engine = exchange.database.engine.dialect.name
    if engine != "sqlite":
        return Part("database", f"{engine} answers; its files are checked with its own tools (pg_amcheck)")
    with exchange.database.read() as session:
        found = [str(line) for line in session.scalars(text("PRAGMA integrity_check"))]
        orphans = session.execute(text("PRAGMA foreign_key_check")).all()
        tables = session.scalar(text("SELECT count(*) FROM sqlite_master WHERE type = 'table'"))
    broken = [] if found == ["ok"] else found[:NAMED]
    loose = [f"table {row[0]}, row {row[1]}: what it refers to in {row[2]} is missing" for row in orphans[:NAMED]]
    return Part("database", f"{tables} tables read, files whole" if not broken else "damaged files", [*broken, *loose])


def _index(exchange: Exchange, *, repair: bool) -> Part:
    search = _service(exchange, SearchService)
    before = _compare(exchange, search)
    after = before if before.holds or not repair else _mend_index(exchange, search)
    differences = (
        *_named(after.missing, "is public and cannot be found"),
        *_named(after.outdated, "is found in another version than the database has"),
        *_named(after.strays, "is found and not public"),
    )
    return Part(
        "index",
        f"{after.documents} public listings and needs in the database, {after.entries} in the index",
        differences,
        repaired=_troubles(before) - _troubles(after),
    )


def _mend_index(exchange: Exchange, search: SearchService) -> IndexComparison:
    """Build the index anew: here, or by the worker where that is the one writer of the embedded index."""
    try:
        with exchange.database.read() as session:
            search.rebuild(session, afresh=True)
        return _compare(exchange, search)
    except Unavailable:
        with exchange.database.write() as session:
            search.ask_for_rebuild(session, key=f"check:{exchange.outside.clock.now().isoformat()}", afresh=True)
    return _waited_for(lambda: _compare(exchange, search))


def _waited_for(compare: Callable[[], IndexComparison]) -> IndexComparison:
    deadline = time.monotonic() + WORKER_SECONDS
    while not (found := compare()).holds and time.monotonic() < deadline:
        time.sleep(1.0)
    return found


def _compare(exchange: Exchange, search: SearchService) -> IndexComparison:
    with exchange.database.read() as session:
        return search.compare(session)


def _troubles(found: IndexComparison) -> int:
    return len(found.missing) + len(found.outdated) + len(found.strays)


def _stores(exchange: Exchange, *, repair: bool) -> Part:
    custody = _service(exchange, Custody)
    view = custody.audit(repairs=repair, tell=lambda progress: None)
    removed = _service(exchange, VaultService).collect_orphans() if repair else 0
    with exchange.database.read() as session:
        troubled = custody.overview(session).troubled
    differences = [
        line for store, cids in troubled.items() for line in _named(cids, f"is missing or damaged in {store}")
    ]
    unasked = [f"{view.unasked} looks were left out: a store did not answer (ipx doctor)"] if view.unasked else []
    return Part("stores", _said(view, troubled, removed), [*differences, *unasked], repaired=view.repaired)


def _said(view: AuditView, troubled: dict[str, list[str]], removed: int) -> str:
    left = f", {removed} left behind by interrupted deposits removed" if removed else ""
    return f"{view.files} files, {view.bytes / 2**20:.1f} MiB read to their end in {', '.join(troubled)}{left}"


def _named(ids: Sequence[str], trouble: str) -> list[str]:
    rest = [f"and {len(ids) - NAMED} more, each of which {trouble}"] if len(ids) > NAMED else []
    return [*(f"{one} {trouble}" for one in ids[:NAMED]), *rest]


def _service(exchange: Exchange, kind: type[Service]) -> Service:
    service = exchange.services[kind]
    assert isinstance(service, kind)
    return service
