"""kill -9 at moments from a rectifier's signature to our own table: each rectification is carried out once."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ipx.accounts.rules import Role
from ipx.accounts.service import AccountService
from ipx.chain.models import LogRow
from ipx.outside import embedded_chain
from ipx.technologies.models import TitleRow
from ipx.titles.models import RegisterRectificationRow, RegisterSignatureRow
from ipx.titles.rules import Basis, RegisterState, SignatureOrigin
from ipx.titles.service import TitleService
from ipx.wallets.service import WalletService
from ipx.wiring import Exchange
from tests.exchanges import running_exchange
from tests.flows.test_chain_of_title_pages import right_of
from tests.killable import run
from tests.pages import Person
from tests.rectifier_steps import THRESHOLD, deploy
from tests.world import World

MOST_MOMENTS, PATIENCE_SECONDS = 80, 60
STEP = int(os.environ.get("IPX_TEST_MOMENTS", "5"))  # 1: at every moment, which takes minutes
ONCE = ("proposed", "rectification_announced", "rectified", "rectified")  # the proposal, and our table of titles
CHORES = ("rectifications", "rectified titles")
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_exchange(tmp_path_factory.mktemp("killed")) as exchange:
        deploy(exchange, [], delay=1)
        with World(exchange, works=False) as entered:
            yield entered


def sign(exchange: Exchange, person_id: str, rectification_id: str) -> None:
    """As many simulated rectifiers sign as are needed, each by itself; who has signed is not asked again."""
    titles, wallets = exchange.services[TitleService], exchange.services[WalletService]
    accounts = exchange.services[AccountService]
    assert isinstance(titles, TitleService)
    assert isinstance(wallets, WalletService)
    assert isinstance(accounts, AccountService)
    for address in titles.rectifiers.simulated()[:THRESHOLD]:
        with exchange.database.write() as session:
            actor = accounts.actor(session, person_id)
            assert actor is not None
            if session.get(RegisterSignatureRow, (rectification_id, address)) is not None:
                continue
            act: dict[str, Any] = {"actor": actor, "rectification_id": rectification_id}
            data = titles.register.reading.one(session, **act, is_rectifier=False).data
            proof = wallets.signatures.of_data(address, data, titles.rectifiers.sign(address, data))
            titles.signatures.add(session, **act, proof=proof, origin=SignatureOrigin.SIMULATED)


def is_over(exchange: Exchange, rectification_id: str) -> bool:
    """Do the chores on a new block, and tell whether the rectification is settled and our table has followed."""
    embedded_chain(exchange.settings).rpc.call("evm_mine")
    for name in CHORES:
        exchange.chores[name]()
    with exchange.database.read() as session:
        row = session.get_one(RegisterRectificationRow, rectification_id)
        return row.settled_as is not None and session.get_one(TitleRow, row.right_id).acts == 1


def proposed(world: World, owner: Person, admin: Person) -> tuple[str, str]:
    """Return a right, and a rectification of its record that nobody has signed."""
    _, right_id = right_of(world, owner, titles=True)
    service, accounts = world.service(TitleService), world.service(AccountService)
    account = world.read(lambda session: accounts.account_of(session, owner.organisation_id).address)
    act: dict[str, Any] = {
        "actor": admin.actor,
        "right_id": right_id,
        "to": account,
        "basis": Basis.LOST_KEY,
        "document_id": None,
    }
    return right_id, world.write(lambda session: service.register.propose(session, **act))


def check(world: World, admin: Person, right_id: str, rectification_id: str) -> None:
    """Sign what was lost, wait for the end, and count what happened."""
    sign(world.exchange, admin.actor.person_id, rectification_id)
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_over(world.exchange, rectification_id):
        world.settle()
        assert time.monotonic() < end, "it was not carried out"
    assert world.row(RegisterRectificationRow, rectification_id).settled_as == RegisterState.RECTIFIED
    token = world.row(TitleRow, right_id).token
    for event in ("RectificationProposed", "Rectified"):
        assert world.count(LogRow, LogRow.event == event, LogRow.subject == f"0x{token}", ~LogRow.orphaned) == 1
    verbs = [action.rpartition(":")[2] for action in world.actions(right_id) if "rectif" in action]
    assert sorted(verbs) == sorted([*ONCE, "signed", "signed", "sent", "sent"])


def test_carrying_out_when_killed_anywhere_then_it_happens_once(world: World, tmp_path: Path) -> None:
    settings = world.exchange.settings
    environment = {"IPX_DATA_DIR": str(settings.data_dir), "IPX_PORT": str(settings.port), "IPX_DEMO": "0"}
    owner = world.organisation("Institute")
    admin = world.colleague(owner, Role.LAB_ADMINISTRATOR)
    log, seen = tmp_path / "moment", []
    for kill_at in range(1, MOST_MOMENTS, STEP):
        right_id, found = proposed(world, owner, admin)
        begin = partial(sign, person_id=admin.actor.person_id, rectification_id=found)
        count = run(environment, begin, partial(is_over, rectification_id=found), kill_at=kill_at, log=log)
        check(world, admin, right_id, found)
        if count is not None:
            break
        seen.append(log.read_text())
    assert count is not None
    assert any("titles_register_signatures" in moment for moment in seen), seen
    assert len(seen) >= 20 // STEP
