"""Backups and restores in this process, and exchanges whose chain is elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ipx.adapters.evm.anvil import Anvil
from ipx.adapters.evm.keys import address_of
from ipx.backup.making import Backup, BackupMaker
from ipx.backup.report import Report
from ipx.backup.restoring import Restorer
from ipx.backup.resuming import resume
from ipx.embedded import prepare
from ipx.outside import relayer_key
from ipx.settings import Settings
from ipx.vault import sealing
from ipx.wiring import build_exchange
from tests.exchanges import embedded_settings

if TYPE_CHECKING:
    from ipx.wiring import Exchange

IDENTITY = sealing.new_identity()


def back_up(exchange: Exchange, folder: Path, *, recipient: str | None = None) -> Backup:
    maker = BackupMaker(
        settings=exchange.settings,
        database=exchange.database,
        store=exchange.outside.store,
        keys=exchange.outside.keys,
        clock=exchange.outside.clock,
        entropy=exchange.outside.entropy,
    )
    return maker.make(folder, identity=IDENTITY, recipient=recipient)


def restore(settings: Settings, folder: Path, *, identity: str = IDENTITY) -> Report:
    with Restorer(settings, folder, identity=identity).under_way() as restored:
        return resume(settings, restored)


@contextmanager
def chain_elsewhere(folder: Path) -> Iterator[Anvil]:
    """A node that no backup holds."""
    anvil = Anvil(folder)
    anvil.start()
    try:
        yield anvil
    finally:
        anvil.stop()


def settings_on(anvil: Anvil, folder: Path, **more: str) -> Settings:
    """Settings of an exchange whose chain is that node, where each block is final at once."""
    return embedded_settings(folder, IPX_CHAIN_URL=anvil.url(), IPX_CHAIN_FINALITY="0", **more)


def prepare_on(anvil: Anvil, settings: Settings) -> None:
    settings.data_dir.mkdir(parents=True)
    anvil.fund(address_of(relayer_key(settings)))
    prepare(settings, None)


@contextmanager
def opened(settings: Settings) -> Iterator[Exchange]:
    """The exchange on some data; nothing runs in the background."""
    exchange = build_exchange(settings)
    exchange.durable.connect()
    try:
        yield exchange
    finally:
        exchange.durable.stop()
        exchange.outside.index.close()
        exchange.database.dispose()
