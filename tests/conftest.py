"""What all tests share: a whole exchange on embedded parts, started once for each test process, and chains."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.exchanges import running_exchange

if TYPE_CHECKING:
    from ipx.adapters.evm.anvil import Anvil
    from ipx.wiring import Exchange

# How long an example takes tells of the machine, which may be busy, and nothing of the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """A migrated exchange with deployed contracts on an embedded chain; nothing runs in the background."""
    with running_exchange(tmp_path_factory.mktemp("exchange")) as built:
        yield built


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the chain of a module lies."""
    return tmp_path_factory.mktemp("chain")


@pytest.fixture(scope="module")
def anvil(folder: Path) -> Iterator[Anvil]:
    """A chain with our contracts, once for a module."""
    from tests.chain_world import running_chain

    with running_chain(folder) as anvil:
        yield anvil
