"""The last part of a restore: in step with the chain, what is lacking found, written down and told.

It must never send anything to the chain, nor let the restore end while the chain cannot be asked.
"""

from ipx.adapters.evm.anvil import Anvil
from ipx.audit.service import THE_EXCHANGE, AuditService
from ipx.backup.lacking import Lacking
from ipx.backup.report import Report
from ipx.backup.restoring import Restored
from ipx.evidence.recovery import LogRecovery
from ipx.matching.service import SearchService
from ipx.outside import embedded_chain
from ipx.settings import Settings
from ipx.vault.register_keeping import RegisterKeeper
from ipx.wiring import Exchange, build_exchange


def resume(settings: Settings, restored: Restored) -> Report:
    """Bring a filled exchange in step with the chain, the embedded one being started for it; repeatable.

    Raises Unavailable when the chain does not answer, Tampered when it is another one.
    """
    anvil = None if settings.chain_url else embedded_chain(settings)
    exchange = build_exchange(settings)
    exchange.durable.connect()
    try:
        return _resume(exchange, anvil, restored)
    finally:
        exchange.durable.stop()
        exchange.database.dispose()
        exchange.outside.index.close()
        if anvil is not None:
            anvil.stop()


def _replay(exchange: Exchange, restored: Restored) -> int:
    """Erase again what was erased after the backup was made; before anything else, and before anybody can read."""
    keeper = exchange.services[RegisterKeeper]
    assert isinstance(keeper, RegisterKeeper)
    return keeper.replay(restored.erasures)


def _resume(exchange: Exchange, anvil: Anvil | None, restored: Restored) -> Report:
    if anvil is not None:
        anvil.start()
    try:
        erased = _replay(exchange, restored)
        found = exchange.relay.resynchronise()
    finally:
        exchange.relay.release()
    recovery, audit = exchange.services[LogRecovery], exchange.services[AuditService]
    search = exchange.services[SearchService]
    assert isinstance(recovery, LogRecovery)
    assert isinstance(audit, AuditService)
    assert isinstance(search, SearchService)
    header = restored.header
    with exchange.database.write() as session:
        recovery.adopt(session)
        lacks = Lacking(store=exchange.outside.store).find(session)
        audit.record(
            session,
            action="exchange:data:restored",
            by=THE_EXCHANGE,
            subject_kind="backup",
            subject_id=header["id"],
            details={"lacks": len(lacks)},
        )
        # An index elsewhere has gone on since the backup: versions in it may be higher than ours.
        search.ask_for_rebuild(session, key=f"restore:{exchange.outside.clock.now().isoformat()}", afresh=True)
    recovered = sum(1 for each in found if each.key)
    now = exchange.outside.clock.now()
    newest = max((entry.at for entry in restored.erasures), default=None)
    report = Report(header["id"], header["taken_at"], now, restored.fenced, recovered, lacks, erased, newest)
    report.keep(exchange.settings.data_dir)
    return report
