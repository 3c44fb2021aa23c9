"""What all tests share: a whole exchange on embedded parts, started once for each test process."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ipx.settings import Settings, read_settings
from tests.kubo_blocks import vault_kubo

if TYPE_CHECKING:
    from ipx.wiring import Exchange


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def embedded_settings(data_dir: Path, **more: str) -> Settings:
    """Return settings of an embedded exchange without demo data."""
    if kubo := vault_kubo():
        more = {"IPX_KUBO_API": kubo, **more}
    return read_settings({"IPX_DATA_DIR": str(data_dir), "IPX_PORT": str(free_port()), "IPX_DEMO": "0", **more})


@pytest.fixture(scope="session")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Exchange]":
    """A migrated exchange with deployed contracts on an embedded chain; nothing runs in the background."""
    from ipx.embedded import prepare
    from ipx.outside import embedded_chain
    from ipx.wiring import build_exchange

    settings = embedded_settings(tmp_path_factory.mktemp("exchange"))
    anvil = embedded_chain(settings)
    try:
        prepare(settings, anvil)
        built = build_exchange(settings)
        built.durable.connect()
        yield built
        built.database.dispose()
    finally:
        anvil.stop()
