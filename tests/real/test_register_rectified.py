"""The register put right from proposal to our own table on PostgreSQL, with anvil and with geth: the check is clean."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from ipx.accounts.rules import Role
from ipx.adapters.evm.keys import address_of
from ipx.adapters.evm.rpc import Rpc
from ipx.embedded import prepare
from ipx.technologies.models import TitleRow
from ipx.titles.models import RegisterRectificationRow
from ipx.titles.rules import RegisterState
from tests.backups import opened
from tests.exchanges import embedded_settings, empty_postgres
from tests.flows.test_register_crashes import CHORES, proposed, sign
from tests.real.test_audit_agrees import CHAINS, fund, wait_for_finality
from tests.rectifier_steps import check_of, deploy
from tests.services import address
from tests.world import World

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]


@dataclass
class Served:
    """An exchange on PostgreSQL and somebody's node, whose rectifications have a delay of two seconds."""

    world: World
    url: str
    is_anvil: bool

    def over(self, rectification_id: str) -> bool:
        """Do the chores, and tell whether the rectification is settled. anvil has no block without a transaction."""
        if self.is_anvil:
            Rpc(self.url).call("evm_mine")
        for name in CHORES:
            self.world.exchange.chores[name]()
        row = self.world.row(RegisterRectificationRow, rectification_id)
        return row.settled_as is not None and self.world.row(TitleRow, row.right_id).acts == 1


@pytest.fixture(scope="module", params=CHAINS)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    url, key = address(CHAINS[request.param]), secrets.token_hex(32)
    fund(url, address_of(key))
    with empty_postgres() as database:
        where = {"IPX_DATABASE_URL": database, "IPX_CHAIN_URL": url, "IPX_CHAIN_FINALITY": "0", "IPX_CHAIN_KEY": key}
        settings = embedded_settings(tmp_path_factory.mktemp("rectified") / "data", **where)
        settings.data_dir.mkdir(parents=True)
        prepare(settings, None)
        with opened(settings) as exchange:
            deploy(exchange, [], delay=2)
            with World(exchange, waits_for_blocks=True) as world:
                yield Served(world, url, request.param == "anvil")


def test_rectification_when_signed_then_is_carried_out_and_the_check_is_clean(served: Served) -> None:
    world = served.world
    owner = world.organisation("Institute")
    admin = world.colleague(owner, Role.LAB_ADMINISTRATOR)
    right_id, found = proposed(world, owner, admin)
    sign(world.exchange, admin.actor.person_id, found)
    world.until(lambda: served.over(found), seconds=120)
    assert world.row(RegisterRectificationRow, found).settled_as == RegisterState.RECTIFIED
    assert world.row(TitleRow, right_id).acts == 1
    wait_for_finality(served.url, is_anvil=served.is_anvil)
    assert check_of(world).differences == []
