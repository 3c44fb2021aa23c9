"""The register on the chain put right, from the proposal to our own table of titles, by people at pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import delete, select

from ipx.accounts.rules import Role
from ipx.accounts.service import AccountService
from ipx.chain.models import TransactionRow
from ipx.core.errors import Conflict
from ipx.history.service import HistoryService
from ipx.technologies.models import TitleRow
from ipx.titles.models import RegisterRectificationRow, RegisterSignatureRow
from ipx.titles.register_rows import data_of
from ipx.titles.rules import Basis, RegisterState
from ipx.titles.service import TitleService
from ipx.vault.rules import DocumentRole
from tests.flows.test_chain_of_title_pages import exported, page_of, right_of
from tests.pages import Person, words_of
from tests.rectifier_steps import DELAY_DAYS, Register, running_register
from tests.wallet_steps import KeyWallet, link
from tests.world import World

Place = tuple[str, str]


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    """One of its own: its chain's time is moved."""
    with running_register(tmp_path_factory.mktemp("register")) as found:
        yield found


@pytest.fixture(scope="module")
def world(register: Register) -> World:
    return register.world


@pytest.fixture(scope="module")
def owner(world: World) -> Person:
    return world.organisation("Institute")


@pytest.fixture(scope="module")
def admin(world: World, owner: Person) -> Person:
    return world.colleague(owner, Role.LAB_ADMINISTRATOR)


def account_of(world: World, person: Person) -> str:
    accounts = world.service(AccountService)
    return world.read(lambda session: accounts.account_of(session, person.organisation_id).address)


def propose(admin: Person, place: Place, **fields: str) -> str:
    """Propose by the form; return the address of the proposal's page."""
    form = f"{page_of(place)}/register"
    answer = admin.post(form, {"basis": "lost-key", **fields}, page=form)
    assert answer.status_code == 302, words_of(answer.text)
    return str(answer.location)


def simulated_of(page: str) -> list[str]:
    return re.findall(r'name="rectifier" value="(0x[0-9a-fA-F]{40})"', page)


def sign_simulated(admin: Person, one: str) -> str:
    """Let the next simulated rectifier sign; return what the page says then."""
    (first, *_) = simulated_of(admin.get(one).text)
    answer = admin.post(f"{one}/simulated", {"rectifier": first}, page=one)
    assert answer.status_code == 302
    return words_of(admin.get(one).text)


def row_of(world: World, one: str) -> RegisterRectificationRow:
    return world.row(RegisterRectificationRow, one.rpartition("/")[2])


def signed_by(world: World, one: str, wallet: KeyWallet) -> dict[str, str]:
    """Return what a wallet's form sends."""
    return {"address": wallet.address, "signature": wallet.sign_data(data_of(row_of(world, one)))}


def sent(world: World, function: str) -> int:
    return world.count(TransactionRow, TransactionRow.function == function)


def test_from_the_proposal_to_our_own_table_which_the_chain_confirms(
    register: Register, owner: Person, admin: Person
) -> None:
    world = register.world
    place = right_of(world, owner, titles=True)
    heirs = world.organisation("Rightful Heirs")
    judgment = world.deposit(owner, place[0], "judgment.pdf", DocumentRole.INSTRUMENT)
    one = propose(admin, place, to="other", address=account_of(world, heirs), basis="court-judgment", document=judgment)
    shown = words_of(admin.get(one).text)
    assert "Nothing is on the chain yet." in shown
    assert "0 of 2 that are needed; there are 4 rectifiers." in shown
    assert "Simulated rectifiers" in shown

    sign_simulated(admin, one)
    world.settle()
    shown = words_of(admin.get(one).text)
    assert "Announced; the public delay runs" in shown
    assert "It can be carried out from" in shown
    register.later(DELAY_DAYS + 1)
    register.chores()
    assert sent(world, "rectify") == 0, "one signature is not enough"
    sign_simulated(admin, one)
    register.chores()
    register.chores()

    assert "Carried out" in words_of(admin.get(one).text)
    title = world.row(TitleRow, place[1])
    assert (title.holder, title.acts, title.act_pending) == (account_of(world, heirs), 1, False)
    assert title.instrument == row_of(world, one).document != "0x" + "0" * 64
    assert register.check().differences == []
    (act,) = [each for each in exported(owner, place)["entries"] if each["rests_on"] == "register on the chain"]
    assert (act["content"]["kind"], act["content"]["receiver"]) == ("correction", heirs.actor.organisation_name)
    verbs = [action for action in world.actions(place[1]) if "rectif" in action]
    assert [verb.rpartition("right:")[2] for verb in verbs] == [
        "register_rectification:proposed",
        "register_rectification:signed",
        "register_rectification:sent",
        "title:rectification_announced",
        "register_rectification:signed",
        "register_rectification:sent",
        "title:rectified",
        "register_rectification:rectified",
    ]
    before = world.actions(place[1])
    register.chores()
    assert world.actions(place[1]) == before, "to look again changes nothing"
    assert sent(world, "rectify") == 1
    told = [mail.subject for mail in world.mails_to(owner.email)]
    assert [subject for subject in told if "rectif" in subject] == [
        "The record of a title was rectified",
        "A rectification of one of your titles was announced",
    ], "each once, the newest first"


def test_nothing_is_carried_out_before_the_delay_is_over_by_the_chains_own_time(
    register: Register, owner: Person, admin: Person
) -> None:
    world = register.world
    before = sent(world, "rectify")
    place = right_of(world, owner, titles=True)
    one = propose(admin, place, to="keep")
    for _ in range(2):
        sign_simulated(admin, one)
        world.settle()
    register.later(DELAY_DAYS - 0.5)
    register.chores()
    assert sent(world, "rectify") == before
    register.later(1)
    register.chores()
    register.chores()
    assert row_of(world, one).settled_as == RegisterState.RECTIFIED
    title = world.row(TitleRow, place[1])
    assert (title.holder, title.acts) == (account_of(world, owner), 1), "a note keeps the holder"
    assert register.check().differences == []


def test_rectifiers_sign_with_their_own_wallets_here_and_elsewhere(
    register: Register, owner: Person, admin: Person
) -> None:
    world = register.world
    place = right_of(world, owner, titles=True)
    heirs = world.organisation("Heirs")
    one = propose(admin, place, to="other", address=account_of(world, heirs).lower())
    assert row_of(world, one).to_address == account_of(world, heirs), "spelt by EIP-55"
    here, elsewhere = register.wallets
    judge = world.organisation("Court")
    assert judge.get(one).status_code == 404, "who is no rectifier sees nothing"
    assert link(judge, here).status_code == 302
    assert owner.actor.organisation_name in words_of(judge.get("/rectifications").text)
    shown = judge.get(one).text
    assert "Electrolyte" not in shown, "the right's name is the organisation's own"
    assert here.address in shown
    answer = judge.post(f"{one}/signature", signed_by(world, one, here), page=one)
    assert "The signature is kept." in words_of(judge.get(answer.location).text)
    admin.post(f"{one}/elsewhere", signed_by(world, one, elsewhere), page=one)
    assert "2 of 2 that are needed" in words_of(admin.get(one).text)
    world.settle()
    register.later(DELAY_DAYS + 1)
    register.chores()
    register.chores()
    assert world.row(TitleRow, place[1]).holder == account_of(world, heirs)
    assert register.check().differences == []


def test_a_signature_of_somebody_else_or_of_something_else_does_not_count(
    register: Register, owner: Person, admin: Person
) -> None:
    world = register.world
    one = propose(admin, right_of(world, owner, titles=True), to="keep")
    other = propose(admin, right_of(world, owner, titles=True), to="keep")
    here, stranger = register.wallets[0], KeyWallet()
    for fields, words in (
        (signed_by(world, one, stranger), "is no rectifier of the register"),
        (signed_by(world, other, here), "Another account signed"),
        ({**signed_by(world, one, stranger), "address": here.address}, "Another account signed"),
    ):
        admin.post(f"{one}/elsewhere", fields, page=one)
        assert words in words_of(admin.get(one).text)
    member = world.colleague(owner, Role.RESEARCHER)
    assert member.get(one).status_code == 403
    assert member.post(f"{one}/elsewhere", signed_by(world, one, here)).status_code == 403
    assert "0 of 2" in words_of(admin.get(one).text)
    world.settle()
    assert row_of(world, one).sent_act is None


def test_a_rectifier_does_not_decide_about_its_own_organisation(
    register: Register, owner: Person, admin: Person
) -> None:
    world = register.world
    one = propose(admin, right_of(world, owner, titles=True), to="keep")
    wallet = register.wallets[1]
    assert link(admin, wallet).status_code == 302
    admin.post(f"{one}/signature", signed_by(world, one, wallet), page=one)
    assert "does not decide about the titles of its own organisation" in words_of(admin.get(one).text)
    assert one not in admin.get("/rectifications").text


def test_proposals_need_a_paper_one_at_a_time_and_can_be_taken_back(
    register: Register, owner: Person, admin: Person
) -> None:
    world = register.world
    place = right_of(world, owner, titles=True)
    form = f"{page_of(place)}/register"
    for fields, words in (
        ({"basis": "court-judgment", "to": "keep"}, "Name the document that it rests on"),
        ({"basis": "lost-key", "to": "other", "address": "0x12"}, "This is no address of an account"),
        ({"basis": "lost-key"}, "Say whom the register is to name."),
    ):
        answer = admin.post(form, fields, page=form)
        assert answer.status_code == 422
        assert words in words_of(answer.text)
    one = propose(admin, place, to="keep")
    again = admin.post(form, {"basis": "lost-key", "to": "keep"}, page=one)
    assert "is open already" in words_of(again.text)
    admin.post(f"{one}/withdraw", page=one)
    assert "The register stays as it is." in words_of(admin.get(one).text)
    other = propose(admin, place, to="keep")
    sign_simulated(admin, other)
    admin.post(f"{other}/withdraw", page=other)
    assert "only the rectifiers can withdraw it" in words_of(admin.get(other).text)


def test_who_may_not_propose_is_refused(register: Register, owner: Person) -> None:
    place = right_of(register.world, owner, titles=True)
    assert owner.get(f"{page_of(place)}/register").status_code == 403
    assert "Propose a rectification of the register" not in words_of(owner.get(page_of(place)).text)


def test_two_proposals_at_once_when_made_then_one_is_refused(register: Register, owner: Person, admin: Person) -> None:
    world, service = register.world, register.world.service(TitleService)
    place = right_of(world, owner, titles=True)
    act: dict[str, Any] = {"actor": admin.actor, "right_id": place[1], "basis": Basis.LOST_KEY, "document_id": None}
    to = account_of(world, owner)
    world.write(lambda session: service.register.propose(session, to=to, **act))
    with pytest.raises(Conflict):
        world.write(lambda session: service.register.propose(session, to=to, **act))
    table = RegisterRectificationRow
    assert len(world.read(lambda session: session.scalars(select(table).where(table.right_id == place[1])).all())) == 1


EDITS = [
    ("digest", "to_address", "0x" + "12" * 20),
    ("to_address", "to_address", "0x" + "12" * 20),
    ("holder", "holder", "0x" + "12" * 20),
    ("basis", "basis", "succession"),
    ("digest", "nonce", 7),
    ("digest", "digest", "0x" + "12" * 32),
    ("settled_as", "settled_as", "withdrawn"),
    ("attempt", "attempt", 5),
    ("transaction_id", "transaction_id", None),
]


@pytest.mark.parametrize(("named", "field", "value"), EDITS)
def test_the_check_names_an_edited_row(
    register: Register, owner: Person, admin: Person, named: str, field: str, value: Any
) -> None:
    world, check = register.world, register.world.service(HistoryService)._tables
    one = propose(admin, right_of(world, owner, titles=True), to="keep")
    sign_simulated(admin, one)
    with world.database.sessions() as session:
        assert check.rectifications(session) == []
        row = session.get_one(RegisterRectificationRow, one.rpartition("/")[2])
        setattr(row, field, value)
        session.flush()
        found = check.rectifications(session)
        session.rollback()
    assert named in {each.field for each in found}
    assert {each.subject for each in found} == {row_of(world, one).id}


def test_the_check_names_a_signature_that_is_gone_and_a_row_that_is_gone(
    register: Register, owner: Person, admin: Person
) -> None:
    world, check = register.world, register.world.service(HistoryService)._tables
    one = propose(admin, right_of(world, owner, titles=True), to="keep")
    sign_simulated(admin, one)
    found = []
    with world.database.sessions() as session:
        for table, column in (
            (RegisterSignatureRow, RegisterSignatureRow.rectification_id),
            (RegisterRectificationRow, RegisterRectificationRow.id),
        ):
            session.execute(delete(table).where(column == row_of(world, one).id))
            found.append([each.field for each in check.rectifications(session)])
        session.rollback()
    assert found == [["signatures"], [""]]
