"""The chain clients that the adapter has to pass on: anvil, as embedded, and geth in development mode.

geth mines a block each second whatever we do, and calls blocks final by its own `finalized` tag.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ipx.adapters.evm.anvil import Anvil
from ipx.adapters.evm.deploy import Deployer
from ipx.adapters.evm.gateway import EvmGateway
from ipx.adapters.evm.keys import address_of
from ipx.adapters.evm.rpc import Rpc
from tests.chain_steps import mining_stopped
from tests.chain_world import PLAN, new_key, running_chain
from tests.services import address

CLIENTS = ["anvil", pytest.param("geth", marks=pytest.mark.real)]
PATIENCE_SECONDS = 240.0  # geth's development mode calls a block final up to 64 blocks later
MONEY = 10**20


@dataclass
class Client:
    """A running client with our contracts on it. ``anvil`` is None where it is another one."""

    rpc: Rpc
    deployments: Path
    chain_id: int
    anvil: Anvil | None = None

    @property
    def can_stop_mining(self) -> bool:
        return self.anvil is not None

    def gateway(self, *, finality: str = "finalized", funded: bool = True) -> EvmGateway:
        """A gateway with a relayer of its own."""
        gateway = EvmGateway(
            self.rpc,
            deployments=self.deployments,
            relayer_key=new_key(),
            chain_id=self.chain_id,
            finality=finality,
            settlement=self.anvil if finality == "finalized" else None,
        )
        if funded:
            self.fund(gateway.relayer())
        return gateway

    def fund(self, account: str) -> None:
        if self.anvil is not None:
            self.anvil.fund(account)
            return
        payer = self.rpc.call("eth_accounts")[0]
        self.rpc.call("eth_sendTransaction", {"from": payer, "to": account, "value": hex(MONEY)})
        wait_until(lambda: int(self.rpc.call("eth_getBalance", account, "latest"), 16) == MONEY)

    @contextmanager
    def mining_stopped(self) -> Iterator[None]:
        """Stop it where that can be done."""
        if self.anvil is None:
            yield
            return
        with mining_stopped(self.anvil):
            yield
        self.anvil.rpc.call("anvil_mine", "0x1")


@contextmanager
def running_client(name: str, folder: Path) -> Iterator[Client]:
    """Enter a client by name; our contracts are deployed on it."""
    if name == "anvil":
        with running_chain(folder) as anvil:
            yield Client(anvil.rpc, folder / "deployments", int(anvil.rpc.call("eth_chainId"), 16), anvil)
        return
    rpc = Rpc(address("IPX_TEST_GETH_URL"))
    client = Client(rpc, folder / "deployments", int(rpc.call("eth_chainId"), 16))
    key = new_key()
    client.fund(address_of(key))
    Deployer(rpc, folder=client.deployments, key=key).deploy(PLAN)
    yield client


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
