"""K22: an old backup is restored while the chain has gone on. Nothing is sent twice, the log does not fork, and it says
what it lacks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.models import LinkRow, SessionRow
from ipx.adapters.evm.anvil import Anvil
from ipx.backup.lacking import BATCH, FILE, LICENCE, TITLE, TRANSACTION
from ipx.chain.models import AttemptRow, TransactionRow
from ipx.chain.rules import TransactionState
from ipx.core.money import Money
from ipx.db.lease import LeaseRow
from ipx.db.restoring import REPORT
from ipx.deals.rules import AgreementState
from ipx.doctor import examine
from ipx.evidence.models import BatchRow, StampRow
from ipx.evidence.rules import BatchState
from ipx.licences.models import LicenceRow
from ipx.notices.models import MailRow
from ipx.settings import Settings
from ipx.technologies.models import TitleRow
from ipx.technologies.service import TechnologyService
from ipx.vault.models import DocumentRow
from tests.backups import back_up, chain_elsewhere, opened, prepare_on, restore, settings_on
from tests.custody_steps import custody, differences, name, press_move_back, titles_of
from tests.deal_steps import follow
from tests.faults import inspection
from tests.wallet_steps import KeyWallet
from tests.world import World

FREE = Money(0, "USD")


@dataclass
class Past:
    """An exchange as it was, and where it is to come back."""

    anvil: Anvil
    settings: Settings
    folder: Path

    @property
    def backup(self) -> Path:
        return self.folder / "backup"

    def later(self) -> Settings:
        return settings_on(self.anvil, self.folder / "later", IPX_BATCH_DELAY="0")


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Past]:
    with chain_elsewhere(tmp_path / "node") as anvil:
        settings = settings_on(anvil, tmp_path / "before", IPX_BATCH_DELAY="0")
        prepare_on(anvil, settings)
        yield Past(anvil, settings, tmp_path)


def settle(world: World) -> None:
    """Let relay and batcher work until nothing moves."""
    for _ in range(4):
        world.settle()
        world.exchange.batcher.advance()
    world.settle()


def kinds(report: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for lack in report.lacks:
        found[lack.kind] = found.get(lack.kind, 0) + 1
    return found


def rows(world: World, table: type[Any], *where: Any) -> list[Any]:
    def look(session: Session) -> list[Any]:
        found = list(session.scalars(select(table).where(*where)))
        session.expunge_all()
        return found

    return world.read(look)


def sent(anvil: Anvil, world: World) -> int:
    return int(anvil.rpc.call("eth_getTransactionCount", world.exchange.outside.chain.relayer(), "latest"), 16)


def test_batches_and_titles_of_after_the_backup_are_named_and_the_log_goes_on_behind_them(past: Past) -> None:
    with opened(past.settings) as exchange, World(exchange, works=False) as world:
        owner = world.organisation()
        technology = world.technology(owner)
        settle(world)
        back_up(exchange, past.backup)
        for _ in range(2):
            world.deposit(owner, technology)
            settle(world)
        world.technology(owner, document=False)
        settle(world)

    report = restore(past.later(), past.backup)

    assert kinds(report) == {BATCH: 2, TITLE: 1}
    assert json.loads((past.later().data_dir / REPORT).read_text()) == json.loads(json.dumps(report.record()))
    with opened(past.later()) as exchange, World(exchange, works=False) as world:
        lost = rows(world, BatchRow, BatchRow.state == BatchState.ADOPTED)
        assert [lack.what for lack in report.lacks if lack.kind == BATCH] == [batch.root.hex() for batch in lost]
        assert [found.line for found in examine(exchange) if found.name == "restore" and not found.ok]
        world.sign_in(owner.email)
        world.deposit(owner, technology)
        settle(world)
        inspection.check(exchange)
        newest = rows(world, BatchRow)[-1]
        assert (newest.state, newest.previous_head) == (BatchState.FINAL, lost[-1].head)


def test_what_waited_in_the_backup_and_was_done_since_is_adopted_and_not_done_again(past: Past) -> None:
    with opened(past.settings) as exchange, World(exchange, works=False) as world:
        owner, taker = world.organisation(), world.organisation("Company")
        technology = world.technology(owner)
        listing = world.listing(owner, technology, upfront=FREE)
        settle(world)
        agreement = world.signed(owner, taker, listing)
        world.deposit(owner, technology)
        assert world.count(TransactionRow, TransactionRow.state == TransactionState.QUEUED)
        assert world.count(StampRow, StampRow.batch_id.is_(None)) == 1
        back_up(exchange, past.backup)
        settle(world)
        assert world.view(taker, agreement).state is AgreementState.ACTIVE
        before, anchors = sent(past.anvil, world), inspection.anchors_on_chain(exchange)

    report = restore(past.later(), past.backup)

    # Among the leaves of the lost batch are heads of our own logs, which are lost with it: its stamp is anchored anew.
    assert (kinds(report), report.recovered > 0) == ({BATCH: 1}, True)
    with opened(past.later()) as exchange, World(exchange, works=False) as world:
        settle(world)
        assert world.view(taker, agreement).state is AgreementState.ACTIVE
        assert world.count(LicenceRow, LicenceRow.refused.is_(None)) == 1
        now = inspection.anchors_on_chain(exchange)
        assert now[: len(anchors)] == anchors
        assert sent(past.anvil, world) - before == len(now) - len(anchors) == 1
        inspection.check(exchange)


def test_a_nonce_is_never_given_away_twice(past: Past) -> None:
    with opened(past.settings) as exchange, World(exchange, works=False) as world:
        owner = world.organisation()
        world.technology(owner)
        settle(world)
        back_up(exchange, past.backup)
        world.technology(owner)
        settle(world)
        used = sent(past.anvil, world)

    restore(past.later(), past.backup)

    with opened(past.later()) as exchange, World(exchange, works=False) as world:
        world.technology(owner)
        settle(world)
        attempts = rows(world, AttemptRow)
        ours = [attempt.nonce for attempt in attempts]
        assert len(ours) == len(set(ours))
        assert max(ours) == sent(past.anvil, world) - 1 > used - 1
        inspection.check(exchange)


def test_a_licence_granted_after_the_backup_is_named(past: Past) -> None:
    with opened(past.settings) as exchange, World(exchange, works=False) as world:
        owner, taker = world.organisation(), world.organisation("Company")
        listing = world.listing(owner, upfront=FREE)
        settle(world)
        back_up(exchange, past.backup)
        agreement = world.signed(owner, taker, listing)
        settle(world)
        assert world.view(taker, agreement).state is AgreementState.ACTIVE
        (licence,) = rows(world, LicenceRow)

    report = restore(past.later(), past.backup)

    assert [lack.what for lack in report.lacks if lack.kind == LICENCE] == [licence.token.removeprefix("0x")]
    assert kinds(report)[TRANSACTION] >= 1  # the undertaking
    assert licence.token.removeprefix("0x") in "\n".join(report.lines())


def test_a_licence_that_is_signed_again_is_the_one_that_the_chain_has(past: Past) -> None:
    with opened(past.settings) as exchange, World(exchange, works=False) as world:
        owner, taker = world.organisation(), world.organisation("Company")
        agreement = world.agreement(owner, taker, world.listing(owner, upfront=FREE))
        world.sign(owner, agreement)
        settle(world)
        back_up(exchange, past.backup)
        world.sign(taker, agreement)
        settle(world)
        assert world.view(taker, agreement).state is AgreementState.ACTIVE
        before = sent(past.anvil, world)

    assert kinds(restore(past.later(), past.backup)) == {LICENCE: 1}
    with opened(past.later()) as exchange, World(exchange, works=False) as world:
        assert world.view(taker, agreement).state is AgreementState.SIGNING
        world.sign(taker, agreement)
        settle(world)
        assert world.view(taker, agreement).state is AgreementState.ACTIVE
        assert sent(past.anvil, world) == before
        inspection.check(exchange)


def test_a_title_follows_the_moves_that_an_older_backup_does_not_know(past: Past) -> None:
    wallet = KeyWallet()
    with opened(past.settings) as exchange, World(exchange, works=False) as world:
        owner = world.organisation()
        out, back = (world.technology(owner, document=False) for _ in range(2))
        rights = {name: titles_of(world, one)[0].right_id for name, one in (("out", out), ("back", back))}
        name(world, owner, wallet)
        settle(world)
        back_up(exchange, past.backup)
        custody_of = world.service(TechnologyService).custody
        for right_id in rights.values():
            world.write(partial(custody_of.move_out, actor=owner.actor, right_id=right_id))
        settle(world)
        follow(owner, press_move_back(world, owner, rights["back"], wallet))
        settle(world)
        before = sent(past.anvil, world)

    assert kinds(restore(past.later(), past.backup))[TRANSACTION] == 3
    with opened(past.later()) as exchange, World(exchange, works=False) as world:
        settle(world)
        now = {which: custody(world, owner, right_id) for which, right_id in rights.items()}
        assert (now["out"].holder, now["out"].is_moving) == (wallet.address, False)
        assert now["back"].is_kept
        assert [world.row(TitleRow, right_id).acts for right_id in rights.values()] == [1, 2]
        assert world.actions(rights["back"]).count("right:title:found") == 2
        assert differences(world) == []
        assert sent(past.anvil, world) == before
        world.write(
            lambda s: world.service(TechnologyService).custody.move_out(s, actor=owner.actor, right_id=rights["back"])
        )
        settle(world)  # the next act goes on where the chain is
        assert custody(world, owner, rights["back"]).holder == wallet.address
        inspection.check(exchange)


def test_a_move_under_way_in_the_backup_that_the_chain_has_finished_is_followed_once(past: Past) -> None:
    wallet = KeyWallet()
    with opened(past.settings) as exchange, World(exchange, works=False) as world:
        owner = world.organisation()
        right_id = titles_of(world, world.technology(owner, document=False))[0].right_id
        name(world, owner, wallet)
        settle(world)
        custody_of = world.service(TechnologyService).custody
        world.write(lambda s: custody_of.move_out(s, actor=owner.actor, right_id=right_id))
        back_up(exchange, past.backup)
        settle(world)
        before = sent(past.anvil, world)

    restore(past.later(), past.backup)
    with opened(past.later()) as exchange, World(exchange, works=False) as world:
        settle(world)
        assert (custody(world, owner, right_id).holder, sent(past.anvil, world)) == (wallet.address, before)
        assert world.row(TitleRow, right_id).acts == 1
        assert differences(world) == []


def test_documents_that_the_store_lost_or_damaged_are_named_and_the_others_are_there(past: Past) -> None:
    with opened(past.settings) as exchange, World(exchange, works=False) as world:
        owner = world.organisation()
        technology = world.technology(owner)
        lost, damaged, whole = (world.row(DocumentRow, world.deposit(owner, technology)).cid for _ in range(3))
        settle(world)
        exchange.outside.store.delete(lost)
        (block,) = past.settings.data_dir.rglob(f"{damaged}/*")
        block.write_bytes(b"x" + block.read_bytes()[1:])
        assert sorted(back_up(exchange, past.backup).missing) == sorted([lost, damaged])

    report = restore(past.later(), past.backup)

    assert sorted(lack.what for lack in report.lacks if lack.kind == FILE) == sorted([lost, damaged])
    with opened(past.later()) as exchange:
        assert exchange.outside.store.has(whole)


def test_letters_that_waited_are_not_sent_again_and_nobody_is_signed_in(past: Past) -> None:
    with opened(past.settings) as exchange, World(exchange, works=False) as world:
        person = world.organisation()
        assert world.count(MailRow, MailRow.sent_at.is_(None)) == 1
        back_up(exchange, past.backup)

    report = restore(past.later(), past.backup)

    assert report.fenced is not None
    assert (report.fenced.letters, report.fenced.sessions, report.fenced.links) == (1, 1, 1)
    with opened(past.later()) as exchange, World(exchange) as world:
        assert (world.count(SessionRow), world.count(LinkRow)) == (0, 0)
        world.try_in(person.email, "not the password at all")
        sign_up_again = world.organisation("Another")
        assert len(world.mails_to(sign_up_again.email)) == 1  # the queue works
        assert world.mails_to(person.email) == []


def test_another_relay_of_before_finds_that_its_lease_is_over(past: Past) -> None:
    with opened(past.settings) as exchange, World(exchange, works=False) as world:
        world.technology(world.organisation())
        epochs = {row.name: row.epoch for row in rows(world, LeaseRow)}
        back_up(exchange, past.backup)
    restore(past.later(), past.backup)
    with opened(past.later()) as exchange, World(exchange, works=False) as world:
        assert {row.name: row.epoch > epochs[row.name] for row in rows(world, LeaseRow)} == dict.fromkeys(epochs, True)
