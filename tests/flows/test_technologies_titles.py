"""Records of title on a real chain: signed, mined, final, better evidenced, refused and tried again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ipx.accounts.rules import Role
from ipx.adapters.evm.anvil import Anvil
from ipx.adapters.system import FixedClock
from ipx.chain.events import TransactionFailed, TransactionFinal, TransactionMined, TransactionReorged
from ipx.chain.relay import ChainRelay
from ipx.chain.rules import EMBEDDED_LIMITS
from ipx.core.errors import Conflict, Forbidden, Invalid, NotFound
from ipx.technologies.events import TitleRegistered
from ipx.technologies.models import TitleRow
from ipx.technologies.records import Title
from ipx.technologies.rules import Draft, EvidenceLevel, RightDraft, RightKind, TitleState
from ipx.technologies.title_record import token_id
from ipx.vault.rules import DocumentRole
from tests.chain_world import gateway_on, running_chain
from tests.deposit_world import PDF, DepositWorld

TODAY = datetime.now(UTC).date()
PATENT = RightDraft(
    kind=RightKind.PATENT,
    title="Solid electrolyte",
    office="EP",
    number="3456789",
    kind_code="B1",
    filed_on=TODAY - timedelta(days=900),
    granted_on=TODAY - timedelta(days=30),
)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Anvil, Path]]:
    folder = tmp_path_factory.mktemp("chain")
    with running_chain(folder) as anvil:
        yield anvil, folder


class TitleWorld(DepositWorld):
    """Deposit rooms with a living chain."""

    def prepare(self) -> None:
        for kind, listener in (
            (TransactionMined, self.technologies.on_transaction_mined),
            (TransactionFinal, self.technologies.on_transaction_final),
            (TransactionReorged, self.technologies.on_transaction_reorged),
            (TransactionFailed, self.technologies.on_transaction_failed),
        ):
            self.events.listen(kind, listener)
        self.told: list[TitleRegistered] = []
        self.events.listen(TitleRegistered, lambda session, event: self.told.append(event))
        first = self.gateway.head().number + 1
        self.relay = ChainRelay(
            database=self.database,
            gateway=self.gateway,
            events=self.events,
            clock=self.clock,
            holder="test",
            limits=EMBEDDED_LIMITS,
            first_block=lambda: first,
        )

    def settle(self, rounds: int = 40) -> None:
        for _ in range(rounds):
            self.relay.advance()

    def title(self, technology_id: str) -> Title:
        with self.database.read() as session:
            (title,) = self.technologies.titles(session, technology_id=technology_id)
        return title

    def evidence_on_chain(self, token: int) -> int:
        found = self.gateway.call("TitleRegistry", "evidenceOf", [str(token)])
        assert isinstance(found, int)
        return found


@pytest.fixture
def world(tmp_path: Path, chain: tuple[Anvil, Path]) -> TitleWorld:
    anvil, folder = chain
    built = TitleWorld(tmp_path, clock=FixedClock(datetime.now(UTC)), gateway=gateway_on(anvil, folder))
    built.prepare()
    return built


@pytest.fixture
def described(world: Any) -> Any:
    """A technology with one right, its owner, and a lab administrator."""
    world.ada = world.organisation("ada")
    world.carl = world.colleague(world.ada, "carl", [Role.LAB_ADMINISTRATOR])
    with world.database.write() as session:
        made = world.technologies.create(session, actor=world.ada, draft=Draft(title="Electrolyte", problem="Heat"))
        world.right = world.technologies.add_right(session, actor=world.ada, technology_id=made.id, right=PATENT)
    world.id = made.id
    return world


def record(world: Any) -> None:
    with world.database.write() as session:
        world.technologies.register_titles(session, actor=world.ada, technology_id=world.id)


def attach(world: Any) -> None:
    document = world.deposit(world.ada, PDF, subject_id=world.id, role=DocumentRole.INSTRUMENT)
    with world.database.write() as session:
        asked = {"actor": world.ada, "right_id": world.right.id, "document_id": document.id}
        world.technologies.attach_instrument(session, **asked)
        world.technologies.attach_instrument(session, **asked)


def match(world: Any) -> None:
    with world.database.write() as session:
        world.technologies.match_office_record(
            session, actor=world.carl, right_id=world.right.id, date=TODAY, source="European Patent Register, EP3456789"
        )


def test_title_when_recorded_then_the_chain_names_the_organisation_s_account_as_holder(described: Any) -> None:
    record(described)
    record(described)  # a second press changes nothing
    assert described.title(described.id).state is TitleState.PENDING
    described.settle()
    title = described.title(described.id)
    with described.database.read() as session:
        account = described.accounts.account_of(session, described.ada.organisation_id)
    assert title.state is TitleState.FINAL
    assert title.block_number is not None
    holder, _number = described.gateway.call("TitleRegistry", "recordOf", [str(title.token)])
    assert holder == title.holder == account.address
    assert described.evidence_on_chain(title.token) == 0
    assert described.told == [TitleRegistered(described.id, described.right.id, title.token)]


def test_title_when_its_opening_is_taken_then_the_token_can_be_recomputed(described: Any) -> None:
    record(described)
    with described.database.read() as session:
        row = session.get_one(TitleRow, described.right.id)
        salt = described.accounts.unwrap(
            session,
            organisation_id=described.ada.organisation_id,
            wrapped=row.wrapped_salt or b"",
            context=f"title-salt/{described.right.id}/1",
        )
        assert token_id(row.record.encode(), salt=salt, holder=row.holder) == int(row.token, 16)
        assert "Solid electrolyte" not in row.record


def test_title_when_evidence_comes_before_the_record_then_is_recorded_with_it(described: Any) -> None:
    attach(described)
    record(described)
    described.settle()
    title = described.title(described.id)
    assert (title.evidence, described.evidence_on_chain(title.token)) == (EvidenceLevel.INSTRUMENT, 1)


def test_title_when_evidence_grows_while_the_record_is_on_its_way_then_both_acts_follow_in_order(
    described: Any,
) -> None:
    record(described)
    attach(described)
    match(described)
    described.settle(80)
    title = described.title(described.id)
    assert title.state is TitleState.FINAL
    assert (title.evidence, described.evidence_on_chain(title.token)) == (EvidenceLevel.OFFICE_RECORD, 2)
    match(described)  # the same again needs no act
    with described.database.read() as session:
        assert not session.get_one(TitleRow, described.right.id).act_pending
        lines = described.audit.lines_of(session, [("right", described.right.id)])
    actions = [line.action for line in lines]
    assert "right:title:signed" in actions
    assert "right:evidence:instrument_attached" in actions
    assert "right:evidence:office_record_matched" in actions


def test_title_when_the_register_refuses_then_says_so_and_can_be_recorded_again(described: Any) -> None:
    described.clock.advance(-timedelta(days=60))  # so the signature's life is over when it arrives
    record(described)
    described.clock.advance(timedelta(days=60))
    described.settle()
    failed = described.title(described.id)
    assert failed.state is TitleState.FAILED
    assert failed.failure
    record(described)
    described.settle()
    again = described.title(described.id)
    assert again.state is TitleState.FINAL
    assert again.token != failed.token
    assert again.failure is None


def test_title_when_its_block_vanishes_then_waits_again_and_counts_once(described: Any) -> None:
    record(described)
    title = described.title(described.id)
    place = (title.transaction_id, f"title:{described.right.id}", "title:register")
    with described.database.write() as session:
        described.technologies.on_transaction_mined(session, TransactionMined(*place, 7, "0x07", 1_790_000_000))
        described.technologies.on_transaction_reorged(session, TransactionReorged(*place))
    assert described.title(described.id).state is TitleState.PENDING
    with described.database.write() as session:
        described.technologies.on_transaction_mined(session, TransactionMined(*place, 8, "0x08", 1_790_000_009))
        described.technologies.on_transaction_final(session, TransactionFinal(*place, 8, "0x08", 1_790_000_009))
    assert described.title(described.id).state is TitleState.FINAL
    assert len(described.told) == 1


def test_title_when_the_wrong_person_asks_then_is_refused(described: Any) -> None:
    rita = described.colleague(described.ada, "rita", [Role.RESEARCHER])
    eve = described.organisation("eve")
    with described.database.write() as session:
        for actor, kind in ((rita, Forbidden), (described.carl, Forbidden), (eve, NotFound)):
            with pytest.raises(kind):
                described.technologies.register_titles(session, actor=actor, technology_id=described.id)
        with pytest.raises(Forbidden):
            described.technologies.match_office_record(
                session, actor=described.ada, right_id=described.right.id, date=TODAY, source="a register"
            )
        with pytest.raises(NotFound):
            described.technologies.attach_instrument(
                session, actor=eve, right_id=described.right.id, document_id="nothing"
            )


def test_instrument_when_it_is_no_instrument_or_of_another_technology_then_is_refused(described: Any) -> None:
    plain = described.deposit(described.ada, PDF, subject_id=described.id)
    foreign = described.deposit(described.ada, PDF + b"x", role=DocumentRole.INSTRUMENT)
    with described.database.write() as session:
        for document, kind in ((plain, Invalid), (foreign, NotFound)):
            with pytest.raises(kind):
                described.technologies.attach_instrument(
                    session, actor=described.ada, right_id=described.right.id, document_id=document.id
                )


def test_right_when_its_title_is_recorded_then_can_be_completed_but_not_exchanged(described: Any) -> None:
    record(described)
    changed = {**PATENT.__dict__, "published_on": TODAY - timedelta(days=100)}
    with described.database.write() as session:
        right = described.technologies.revise_right(
            session, actor=described.ada, right_id=described.right.id, right=RightDraft(**changed)
        )
        assert right.particulars.published_on == TODAY - timedelta(days=100)
        for name, value in (("number", "1111111"), ("office", "US"), ("kind", RightKind.KNOW_HOW), ("number", None)):
            other = {**changed, "kind_code": None, name: value}
            with pytest.raises(Conflict):
                described.technologies.revise_right(
                    session, actor=described.ada, right_id=described.right.id, right=RightDraft(**other)
                )
