"""Titles go to the organisation's wallet and come back; while it holds them, nothing here can sign in its stead."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from ipx.accounts.rules import Role
from ipx.chain.events import TransactionFailed, TransactionFinal
from ipx.chain.models import TransactionRow
from ipx.core.errors import Conflict, Forbidden
from ipx.technologies.models import TitleRow
from ipx.technologies.rules import EvidenceLevel
from ipx.technologies.service import TechnologyService
from ipx.technologies.title_acts import MOVE
from ipx.vault.rules import DocumentRole
from tests.custody_steps import (
    custody,
    move_out,
    name,
    owner_on_chain,
    page,
    press_move_back,
    titles_of,
    to_move_back,
)
from tests.deal_steps import follow, grow_stale
from tests.pages import hidden, token_of, words_of
from tests.wallet_steps import ContractWallet, KeyWallet

KINDS = [pytest.param(lambda world: KeyWallet(), id="key"), pytest.param(ContractWallet, id="contract")]


@pytest.fixture
def ada(world):
    return world.organisation("Custody")


# ── out and back ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", KINDS)
def test_a_title_goes_to_the_wallet_and_comes_back(world, ada, kind):
    wallet = kind(world)
    name(world, ada, wallet)
    (title,) = titles_of(world, world.technology(ada))
    shown = words_of(ada.get(page(title.right_id)).text)
    assert wallet.address in shown
    assert "What is signed" in shown
    assert "not final yet" not in shown
    move_out(world, ada, title.right_id)
    now = custody(world, ada, title.right_id)
    assert (now.holder, now.is_kept, now.is_moving) == (wallet.address, False, False)
    assert owner_on_chain(world, title.token) == wallet.address
    assert any("A title is moved" in mail.subject for mail in world.mails_to(ada.email))
    assert "comes back" in follow(ada, press_move_back(world, ada, title.right_id, wallet))
    world.settle()
    assert custody(world, ada, title.right_id).is_kept
    assert owner_on_chain(world, title.token) == now.account
    assert world.actions(title.right_id).count("right:title:moved") == 2
    move_out(world, ada, title.right_id)  # and out again
    assert owner_on_chain(world, title.token) == wallet.address


def test_nothing_here_signs_for_a_title_that_a_wallet_holds(world, ada):
    wallet = KeyWallet()
    name(world, ada, wallet)
    technology_id = world.technology(ada)
    (title,) = titles_of(world, technology_id)
    move_out(world, ada, title.right_id)
    before = world.count(TransactionRow)
    assert "is not in our custody" in follow(
        ada, ada.post(f"{page(title.right_id)}/move-out", page=page(title.right_id))
    )
    instrument = world.deposit(ada, technology_id, "assignment.pdf", role=DocumentRole.INSTRUMENT)
    service = world.service(TechnologyService)
    world.write(
        lambda s: service.attach_instrument(s, actor=ada.actor, right_id=title.right_id, document_id=instrument)
    )
    world.settle()
    row = world.row(TitleRow, title.right_id)
    assert (row.act_pending, row.evidence) == (False, EvidenceLevel.DECLARED)
    moved_meanwhile = select(TransactionRow.purpose).order_by(TransactionRow.sequence).offset(before)
    assert "title:substantiate" not in world.read(lambda s: list(s.scalars(moved_meanwhile)))
    path = page(title.right_id)
    custodian = world.service(TechnologyService).custody
    shown = ada.get(path).text
    assert "Bring better evidence to the chain" in words_of(shown)
    deadline = hidden(shown, "deadline")
    data = world.read(
        lambda s: custodian.to_substantiate(s, actor=ada.actor, right_id=title.right_id, deadline=int(deadline))
    )
    form = {"csrf_token": token_of(shown), "deadline": deadline}
    refused = ada.client.post(f"{path}/evidence", data={**form, "signature": KeyWallet().sign_data(data)})
    assert "Another account signed" in follow(ada, refused)
    signed = ada.client.post(f"{path}/evidence", data={**form, "signature": wallet.sign_data(data)})
    assert "goes to the chain" in follow(ada, signed)
    world.settle()
    assert world.row(TitleRow, title.right_id).evidence == EvidenceLevel.INSTRUMENT
    assert world.exchange.outside.chain.call("TitleRegistry", "evidenceOf", [title.token]) == EvidenceLevel.INSTRUMENT


@pytest.mark.parametrize("who", ["another key", "another deadline", "nothing"])
def test_what_the_wallet_did_not_sign_moves_nothing(world, ada, who):
    wallet = KeyWallet()
    name(world, ada, wallet)
    (title,) = titles_of(world, world.technology(ada))
    move_out(world, ada, title.right_id)
    changes = {
        "another deadline": {"deadline": str(int(datetime.now(UTC).timestamp()) + 900)},
        "nothing": {"signature": ""},
    }
    signer = KeyWallet() if who == "another key" else wallet
    follow(ada, press_move_back(world, ada, title.right_id, signer, **changes.get(who, {})))
    world.settle()
    assert custody(world, ada, title.right_id).holder == wallet.address
    assert world.actions(title.right_id).count("right:title:moved") == 1


def test_a_signature_for_longer_than_thirty_days_is_refused(world, ada):
    wallet = KeyWallet()
    name(world, ada, wallet)
    (title,) = titles_of(world, world.technology(ada))
    move_out(world, ada, title.right_id)
    for moment in (world.clock.now() + timedelta(days=31), world.clock.now() - timedelta(minutes=1)):
        with pytest.raises(Conflict, match="too long"):
            to_move_back(world, ada, title.right_id, int(moment.timestamp()))


def test_only_an_owner_freshly_signed_in_moves_a_title(world, ada):
    wallet = KeyWallet()
    name(world, ada, wallet)
    (title,) = titles_of(world, world.technology(ada))
    manager, stranger = world.colleague(ada, Role.LICENSING_MANAGER), world.organisation("Strangers")
    service = world.service(TechnologyService).custody
    with pytest.raises(Forbidden):
        world.write(lambda s: service.move_out(s, actor=manager.actor, right_id=title.right_id))
    assert manager.post(f"{page(title.right_id)}/move-out").status_code == 403
    assert stranger.get(page(title.right_id)).status_code == 404
    assert stranger.post(f"{page(title.right_id)}/move-out").status_code == 404
    grow_stale(world, ada)
    assert "/sign-in" in ada.post(f"{page(title.right_id)}/move-out").headers["Location"]
    assert world.count(TransactionRow, TransactionRow.purpose == MOVE, TransactionRow.key.contains(title.right_id)) == 0


def test_a_move_on_its_way_stops_a_second_one(world, ada):
    name(world, ada, KeyWallet())
    (title,) = titles_of(world, world.technology(ada))
    service = world.service(TechnologyService).custody
    world.write(lambda s: service.move_out(s, actor=ada.actor, right_id=title.right_id))
    with pytest.raises(Conflict, match="on its way"):
        world.write(lambda s: service.move_out(s, actor=ada.actor, right_id=title.right_id))
    world.settle()
    assert not custody(world, ada, title.right_id).is_kept


# ── at the same moment, and twice ────────────────────────────────────────────────────────────────


def test_two_owners_who_press_at_once_move_it_once(world, ada):
    name(world, ada, KeyWallet())
    (title,) = titles_of(world, world.technology(ada))
    service, barrier, refused = world.service(TechnologyService).custody, threading.Barrier(4), []

    def press() -> None:
        barrier.wait()
        try:
            world.write(lambda s: service.move_out(s, actor=ada.actor, right_id=title.right_id))
        except Conflict as error:
            refused.append(error.message)

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3
    mine = TransactionRow.key.contains(title.right_id)
    assert world.count(TransactionRow, TransactionRow.purpose == MOVE, mine) == 1
    world.settle()
    assert not custody(world, ada, title.right_id).is_kept


def test_being_told_twice_changes_nothing(world, ada):
    name(world, ada, KeyWallet())
    (title,) = titles_of(world, world.technology(ada))
    move_out(world, ada, title.right_id)
    before = world.row(TitleRow, title.right_id)
    query = select(TransactionRow).where(TransactionRow.purpose == MOVE, TransactionRow.key.contains(title.right_id))
    sent = world.read(lambda s: s.scalars(query).one().id)
    key, block = f"title:{title.right_id}:act:0", "0x" + "00" * 32
    event = TransactionFinal(sent, key, MOVE, before.block_number or 0, block, 0)
    world.write(lambda s: world.service(TechnologyService).on_transaction_final(s, event))
    after = world.row(TitleRow, title.right_id)
    assert (after.acts, after.holder, after.act_pending) == (before.acts, before.holder, False)


def test_what_the_register_refused_is_signed_anew(world, ada):
    name(world, ada, KeyWallet())
    (title,) = titles_of(world, world.technology(ada))
    service = world.service(TechnologyService)
    world.write(lambda s: service.custody.move_out(s, actor=ada.actor, right_id=title.right_id))
    mine = update(TransactionRow).where(TransactionRow.key == f"title:{title.right_id}:act:0")
    query = select(TransactionRow.id).where(TransactionRow.key == f"title:{title.right_id}:act:0")
    sent = world.read(lambda s: s.scalars(query).one())
    event = TransactionFailed(sent, f"title:{title.right_id}:act:0", MOVE, "StaleNonce")
    world.write(lambda s: (s.execute(mine.values(state="FAILED")), service.on_transaction_failed(s, event)))
    assert custody(world, ada, title.right_id).failure == "StaleNonce"
    assert "right:title:refused" in world.actions(title.right_id)
    move_out(world, ada, title.right_id)
    assert not custody(world, ada, title.right_id).is_kept
