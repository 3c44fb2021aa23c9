"""Random reorganisations, dropped pools, and a way to the node that loses, repeats and spoils answers.

20 schedules in `make test`, 200 in CI, 1,000 and more by `make faults` (IPX_TEST_SCHEDULES).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipx.adapters.evm.anvil import Anvil
from tests.chain_schedules import play_schedule
from tests.fault_proxy import FaultProxy, proxies

SCHEDULES = int(os.environ.get("IPX_TEST_SCHEDULES", "20"))
AT_ONCE = 5


@pytest.fixture(scope="module")
def nodes(anvil: Anvil) -> Iterator[list[FaultProxy]]:
    with proxies(anvil.url, 2) as made:
        yield made


@pytest.mark.parametrize("first", range(0, SCHEDULES, AT_ONCE))
def test_random_schedules_end_with_the_mirror_of_the_chain(
    tmp_path: Path, folder: Path, anvil: Anvil, nodes: list[FaultProxy], first: int
) -> None:
    """Nothing final ever changes, and the database equals a fresh reading of the chain."""
    spoiled = [
        play_schedule(tmp_path, folder, anvil, nodes, seed) for seed in range(first, min(first + AT_ONCE, SCHEDULES))
    ]
    assert sum(spoiled) > len(spoiled)
