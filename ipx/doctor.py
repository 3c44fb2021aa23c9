"""`ipx doctor`: asks every dependency once and says what is missing and what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text

from ipx.accounts.service import KeyRotations
from ipx.backup.report import last_restore
from ipx.chain.operations import ChainOperations
from ipx.core.errors import ExchangeError
from ipx.matching.service import SearchService
from ipx.settings import PROJECT
from ipx.vault.backup_copies import BackupCopies
from ipx.vault.custody import Custody
from ipx.vault.denied_party_file import denied_party_list
from ipx.vault.erasures import Erasures
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
        ("endpoints", lambda: _endpoints(exchange)),
        ("alarms", lambda: _alarms(exchange)),
        ("documents", outside.store.check),
        ("keys", lambda: _keys(exchange)),
        ("custody", lambda: _custody(exchange)),
        ("search", outside.index.check),
        ("meaning", lambda: _meaning(exchange)),
        ("payments", outside.payments.check),
        ("mail", outside.mailer.check),
        ("time stamp", lambda: outside.authority.check() if outside.authority else "no authority set: one clock only"),
        ("denied parties", lambda: _denied_parties(exchange)),
        ("sandbox", outside.workshop.check),
        ("viruses", lambda: outside.scanner.check() if outside.scanner else "no scanner set: IPX_CLAMD"),
        ("front end", _front_end),
        ("restore", lambda: _restore(exchange)),
        ("erasures", lambda: _erasures(exchange)),
        ("backups", lambda: _backups(exchange)),
    ]
    return [_finding(name, check) for name, check in checks]


def _meaning(exchange: Exchange) -> str:
    """Name the model, and how many public things have their vector."""
    if exchange.outside.meaning is None:
        return "off: search goes by words alone (IPX_MEANING, pip install 'ipx[meaning]')"
    search = exchange.services[SearchService]
    assert isinstance(search, SearchService)
    with exchange.database.read() as session:
        made, public = search.progress(session)
    return f"{exchange.outside.meaning.check()}; {made} of {public} listings and needs have their vector"


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


def _keys(exchange: Exchange) -> str:
    rotations = exchange.services[KeyRotations]
    assert isinstance(rotations, KeyRotations)
    with exchange.database.read() as session:
        return rotations.check(session)


def _restore(exchange: Exchange) -> str:
    trouble = last_restore(exchange.settings.data_dir)
    if trouble is not None:
        raise ExchangeError(trouble)
    return "nothing is lacking from a restored backup"


def _denied_parties(exchange: Exchange) -> str:
    path = exchange.settings.denied_parties
    names = denied_party_list(path)()
    if path is None and not exchange.settings.embedded:
        raise ExchangeError("No list is set: names are compared with an example. Set IPX_DENIED_PARTIES.")
    return f"{len(names)} names in {path}" if path else f"an example of {len(names)} invented names"


def _erasures(exchange: Exchange) -> str:
    erasures = exchange.services[Erasures]
    assert isinstance(erasures, Erasures)
    late = exchange.outside.clock.now() - timedelta(hours=1)
    with exchange.database.read() as session:
        waiting = erasures.unfinished(session)
    if stuck := [erasure.document_id for erasure in waiting if erasure.asked_at < late]:
        raise ExchangeError("not finished after an hour, see the worker's log: documents " + ", ".join(stuck))
    return f"{len(waiting)} under way; entered in {exchange.settings.erasure_register}"


def _backups(exchange: Exchange) -> str:
    copies = exchange.services[BackupCopies]
    assert isinstance(copies, BackupCopies)
    with exchange.database.read() as session:
        overdue = copies.overdue(session)
    if overdue:
        ids = ", ".join(f"{backup.id} (by {backup.destroy_by:%Y-%m-%d})" for backup in overdue)
        raise ExchangeError(f"to be destroyed with `ipx backups forget`: {ids}")
    return f"none is overdue; each is kept for {exchange.settings.backup_days} days at most"


def _endpoints(exchange: Exchange) -> str:
    health = exchange.outside.chain.health()
    line = ", ".join(f"{found.name} {found.state}" + (f" ({found.note})" if found.note else "") for found in health)
    if any(found.state != "ok" for found in health):
        raise ExchangeError(line)
    if len(health) == 1 and not exchange.settings.embedded:
        return f"{line}; with a second one in IPX_CHAIN_URL nothing is final on the word of one alone"
    return line


def _alarms(exchange: Exchange) -> str:
    operations = exchange.services[ChainOperations]
    assert isinstance(operations, ChainOperations)
    with exchange.database.read() as session:
        alarms = operations.open_alarms(session)
    if alarms:
        raise ExchangeError("; ".join(f"{alarm.kind} {alarm.subject}: {alarm.note}" for alarm in alarms))
    to = exchange.settings.operator_email
    return f"none; new ones are mailed to {to}" if to else "none; IPX_OPERATOR_EMAIL is not set, so none is mailed"


def _custody(exchange: Exchange) -> str:
    custody = exchange.services[Custody]
    assert isinstance(custody, Custody)
    with exchange.database.read() as session:
        overview = custody.overview(session)
    lasting = [f"{alarm.store}: {alarm.note}" for alarm in overview.alarms if alarm.ended_at is None]
    if lasting:
        raise ExchangeError("; ".join(lasting))
    newest = next((audit for audit in overview.audits if audit.ended_at), None)
    if newest is None:
        return "no audit of the stored files has come to its end yet"
    return f"{newest.files} files were read and verified, last on {newest.began_at:%Y-%m-%d %H:%M}"


def _front_end() -> str:
    manifest = PROJECT / "frontend" / "dist" / "manifest.json"
    if not manifest.exists():
        raise ExchangeError("The front end is not built; run: make setup")
    return "built"
