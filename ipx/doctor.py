"""`ipx doctor`: asks every dependency once and says what is missing and what to do."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import text

from ipx.backup.report import last_restore
from ipx.core.errors import ExchangeError
from ipx.settings import PROJECT
from ipx.wiring import Exchange


@dataclass(frozen=True)
class Finding:
    """One dependency: whether it can be used, and one line about it."""

    name: str
    ok: bool
    line: str


def examine(exchange: Exchange) -> list[Finding]:
    """Ask everything; a dependency that is down never hides the next one."""
    outside = exchange.outside
    checks: list[tuple[str, Callable[[], str]]] = [
        ("mode", lambda: exchange.settings.mode),
        ("database", lambda: _database(exchange)),
        ("chain", outside.chain.check),
        ("documents", outside.store.check),
        ("search", outside.index.check),
        ("payments", outside.payments.check),
        ("mail", outside.mailer.check),
        ("time stamp", lambda: outside.authority.check() if outside.authority else "no authority set: one clock only"),
        ("front end", _front_end),
        ("restore", lambda: _restore(exchange)),
    ]
    return [_finding(name, check) for name, check in checks]


def _finding(name: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(name, ok=True, line=check())
    except ExchangeError as error:
        return Finding(name, ok=False, line=error.message)
    except Exception as error:  # noqa: BLE001 - a broken dependency may fail in any way; say which and go on
        return Finding(name, ok=False, line=f"{type(error).__name__}: {error}")


def _database(exchange: Exchange) -> str:
    with exchange.database.read() as session:
        session.execute(text("SELECT version_num FROM alembic_version"))
    return exchange.database.engine.dialect.name + ", migrated"


def _restore(exchange: Exchange) -> str:
    trouble = last_restore(exchange.settings.data_dir)
    if trouble is not None:
        raise ExchangeError(trouble)
    return "nothing is lacking from a restored backup"


def _front_end() -> str:
    manifest = PROJECT / "frontend" / "dist" / "manifest.json"
    if not manifest.exists():
        raise ExchangeError("The front end is not built; run: make setup")
    return "built"
