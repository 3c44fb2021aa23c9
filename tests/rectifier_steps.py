"""An exchange whose register has rectifiers of every sort: with wallets of their own, and simulated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ipx.adapters.evm.deploy import Deployer, RectifierPlan
from ipx.adapters.evm.deployment import read_deployment
from ipx.adapters.evm.rpc import Rpc
from ipx.audit_commands import registries_of
from ipx.history.check.records import CheckReport
from ipx.history.rebuild.reader import RegistryReader
from ipx.history.service import HistoryService
from ipx.outside import chain_address, deployments_folder, relayer_key, simulated_rectifiers
from ipx.wiring import Exchange
from tests.exchanges import running_exchange
from tests.wallet_steps import KeyWallet
from tests.world import World

DAY = 24 * 3600
DELAY_DAYS, THRESHOLD = 7, 2


@dataclass
class Register:
    """The world, its chain, and two rectifiers with wallets of their own beside the simulated ones."""

    world: World
    rpc: Rpc
    wallets: tuple[KeyWallet, KeyWallet]

    def later(self, days: float) -> None:
        """Move the chain's time, and let the exchange see the new block."""
        self.rpc.call("evm_increaseTime", hex(int(days * DAY)))
        self.rpc.call("evm_mine")
        self.world.settle()

    def chores(self) -> None:
        """Do what the worker does every few minutes, and let the chain follow."""
        for name in ("rectifications", "rectified titles"):
            self.world.exchange.chores[name]()
            self.world.settle()

    def check(self) -> CheckReport:
        """Compare our tables with the node."""
        return check_of(self.world)


def check_of(world: World) -> CheckReport:
    """Compare the tables of an exchange with its node, as `ipx audit check` does."""
    settings = world.exchange.settings
    reader = RegistryReader(chain_address(settings))
    deployment = read_deployment(deployments_folder(settings), reader.chain_id())
    with world.database.read() as session:
        return world.service(HistoryService).check_tables(
            session,
            reader=reader,
            registries=registries_of(deployment),
            log_contracts=[one.contracts["EvidenceLog"].address.lower() for one in deployment.generations],
        )


@contextmanager
def running_register(folder: Path, **environment: str) -> Iterator[Register]:
    """Run an exchange with rectifiers of every sort, two of whom must sign."""
    with running_exchange(folder, **environment) as exchange:
        wallets = (KeyWallet(), KeyWallet())
        rpc = deploy(exchange, [wallet.address for wallet in wallets])
        with World(exchange) as world:
            yield Register(world, rpc, wallets)


def deploy(exchange: Exchange, more: list[str], *, delay: int = DELAY_DAYS * DAY) -> Rpc:
    """Deploy a further generation of the contracts, with these rectifiers beside two simulated ones. Delay: seconds."""
    settings, chain = exchange.settings, exchange.outside.chain
    rpc = Rpc(chain_address(settings))
    deployer = Deployer(rpc, folder=deployments_folder(settings), key=relayer_key(settings), settle=chain.settle)
    rectifiers = [*more, *simulated_rectifiers(settings).plan()[:2]]
    deployer.deploy(RectifierPlan(rectifiers, THRESHOLD, delay), new_generation=True)
    chain.check()
    return rpc
