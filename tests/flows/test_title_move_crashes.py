"""A process is killed at every moment of a title's move, out to the wallet and back: it moves once, or not at all."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.technologies.models import TitleRow
from ipx.technologies.records import Custody
from ipx.technologies.service import TechnologyService
from ipx.wallets.service import WalletService
from ipx.wiring import Exchange
from tests.custody_steps import custody, name, owner_on_chain, titles_of
from tests.killable import run
from tests.wallet_steps import KeyWallet
from tests.world import World

MOST_MOMENTS = 40


def actor_of(exchange: Exchange, person_id: str) -> Actor:
    accounts = exchange.services[AccountService]
    assert isinstance(accounts, AccountService)
    with exchange.database.read() as session:
        found = accounts.actor(session, person_id)
    assert found is not None
    return found


def technologies(exchange: Exchange) -> TechnologyService:
    found = exchange.services[TechnologyService]
    assert isinstance(found, TechnologyService)
    return found


def begin(exchange: Exchange, person_id: str, right_id: str, wallet: KeyWallet) -> None:
    """An owner moves the title to where it is not: out with the exchange's signature, back with the wallet's."""
    actor, service = actor_of(exchange, person_id), technologies(exchange).custody
    wallets = exchange.services[WalletService]
    assert isinstance(wallets, WalletService)
    with exchange.database.write() as session:
        if service.of(session, actor=actor, right_id=right_id).is_kept:
            service.move_out(session, actor=actor, right_id=right_id)
            return
        data = service.to_move_back(session, actor=actor, right_id=right_id)
        proof = wallets.signatures.of_data(wallet.address, data, bytes.fromhex(wallet.sign_data(data)[2:]))
        service.move_back(session, actor=actor, right_id=right_id, proof=proof)


def state(exchange: Exchange, person_id: str, right_id: str) -> Custody:
    actor = actor_of(exchange, person_id)
    with exchange.database.read() as session:
        return technologies(exchange).custody.of(session, actor=actor, right_id=right_id)


def has_arrived(exchange: Exchange, person_id: str, right_id: str) -> bool:
    return not state(exchange, person_id, right_id).is_moving


def nothing(exchange: Exchange) -> None:
    """Nothing new: the worker finishes what was left."""


@pytest.mark.timeout(300)
def test_a_move_killed_at_any_moment_happens_once_or_not_at_all(exchange: Exchange, tmp_path: Path) -> None:
    wallet = KeyWallet()
    with World(exchange, works=False) as world:
        owner = world.organisation()
        name(world, owner, wallet)
        (title,) = titles_of(world, world.technology(owner, document=False))
        settings = exchange.settings
        environment = {"IPX_DATA_DIR": str(settings.data_dir), "IPX_PORT": str(settings.port), "IPX_DEMO": "0"}
        ids = {"person_id": owner.actor.person_id, "right_id": title.right_id}
        work, done = partial(begin, wallet=wallet, **ids), partial(has_arrived, **ids)
        log, seen = tmp_path / "log", []
        for moment in range(1, MOST_MOMENTS):
            before = world.row(TitleRow, title.right_id)
            count = run(environment, work, done, kill_at=moment, log=log)
            if count is None:
                seen.append(log.read_text())
                assert run(environment, nothing, done, kill_at=0, log=log) == 0
            check(world, owner, title, before, wallet)
            if count is not None:
                break
        else:
            pytest.fail(f"more than {MOST_MOMENTS} moments: {seen}")
        assert {"before broadcast", "after broadcast"} <= set(seen)
        assert any("technologies_titles" in one for one in seen)


def check(world: World, owner, title, before: TitleRow, wallet: KeyWallet) -> None:
    """The row is where the chain is; one act further with its lines and its mail, or where it was without a trace."""
    after, now = world.row(TitleRow, title.right_id), custody(world, owner, title.right_id)
    assert (after.act_pending, after.failure) == (False, None)
    assert owner_on_chain(world, title.token) == after.holder
    assert after.acts in (before.acts, before.acts + 1)
    assert (after.holder != before.holder) == (after.acts == before.acts + 1)
    assert after.holder in (wallet.address, now.account)
    assert world.actions(title.right_id).count("right:title:moved") == after.acts
