"""Acts of the register on the chain, in the chain of title: the proof of an entry, or a conveyance of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from ipx.accounts.service import AccountService
from ipx.chain.service import ChainService
from ipx.core.canonical import Json
from ipx.core.typed_data import ZERO_WORD, TypedData
from ipx.evidence.service import EvidenceService
from ipx.outside import simulated_rectifiers
from ipx.technologies.service import TechnologyService
from ipx.titles.register import REGISTRY
from ipx.vault.rules import DocumentRole
from ipx.vault.service import VaultService
from tests.flows.test_chain_of_title_pages import enter, exported, page_of, right_of
from tests.pages import Person, words_of

if TYPE_CHECKING:
    from tests.world import World

SECURITY_INTEREST, PARTIAL, SUCCESSION = 6, 2, 6
MOMENT = 1_700_000_000  # 14 November 2023


def convey(
    world: World, owner: Person, place: tuple[str, str], to: Person, *, kind: int, bps: int, document: str, nonce: int
) -> None:
    """Sign a conveyance with the owner's account and bring it into a block, as the relay does."""
    accounts, chain = world.service(AccountService), world.service(ChainService)
    technologies = world.service(TechnologyService)

    def act(session: Session) -> None:
        (title,) = technologies.titles(session, technology_id=place[0])
        account = accounts.account_of(session, owner.organisation_id)
        message: dict[str, Json] = {
            "title": str(title.token),
            "to": accounts.account_of(session, to.organisation_id).address,
            "kind": str(kind),
            "shareBps": str(bps),
            "executed": str(MOMENT),
            "document": document,
            "nonce": str(nonce),
            "deadline": str(2**40),
        }
        data = TypedData("Conveyance", message, chain.chain_id, chain.contract_address(REGISTRY))
        signature = "0x" + accounts.sign(session, account_id=account.id, data=data).hex()
        key = f"test:{place[1]}:{nonce}"
        chain.submit(
            session, key=key, contract=REGISTRY, function="convey", arguments=[message, signature], purpose="test"
        )

    world.write(act)
    world.settle()


def test_an_act_on_the_document_of_an_entry_is_its_proof_and_another_is_a_conveyance_of_its_own(
    world: World, owner: Person
) -> None:
    place = right_of(world, owner, titles=True)
    mine, bank = owner.actor.organisation_name, world.organisation("Bank")
    document_id = world.deposit(owner, place[0], "loan.pdf", DocumentRole.INSTRUMENT)
    world.settle()
    loan = {"kind": "security-interest", "givers": mine, "receiver": "The Bank", "executed_on": "2023-11-14"}
    enter(owner, place, **loan, document=document_id)

    def commitment(session: Session) -> str:
        document = world.service(VaultService).document(session, document_id=document_id)
        return "0x" + world.service(EvidenceService).get_stamp(session, document.stamp_id).commitment.hex()

    document = world.read(commitment)
    convey(world, owner, place, bank, kind=SECURITY_INTEREST, bps=0, document=document, nonce=0)
    (entry,) = exported(owner, place)["entries"]
    assert entry["rests_on"] == "instrument attached, in the register on the chain"
    assert entry["content"]["receiver"] == "The Bank"
    assert entry["block"]["transaction"].startswith("0x")

    convey(world, owner, place, bank, kind=PARTIAL, bps=2_500, document=ZERO_WORD, nonce=1)
    found = exported(owner, place)
    (act,) = [each for each in found["entries"] if each["rests_on"] == "register on the chain"]
    said = act["content"]
    assert (said["kind"], said["share"]) == ("partial-assignment", "1/4")
    assert (said["givers"][0]["name"], said["receiver"]) == (mine, bank.actor.organisation_name)
    assert found["holders"] == {mine: "3/4", bank.actor.organisation_name: "1/4"}


def test_an_announced_rectification_is_shown_with_its_delay_before_it_counts(world: World, owner: Person) -> None:
    place = right_of(world, owner, titles=True)
    rival = world.organisation("Rightful Heirs")
    before = words_of(owner.get(page_of(place)).text)
    assert "Announced in the register" not in before
    announce(world, place, rival)
    page = words_of(owner.get(page_of(place)).text)
    assert "Announced · Succession" in page
    assert f"{owner.actor.organisation_name} → to {rival.actor.organisation_name}" in page
    assert "It can be carried out from" in page
    assert "simulated: the exchange holds the rectifier’s key" in page
    assert exported(owner, place)["entries"] == [], "what is announced does not count yet"


def announce(world: World, place: tuple[str, str], to: Person) -> None:
    """Announce a rectification, signed by one of the embedded chain's rectifiers, and bring it into a block."""
    accounts, chain = world.service(AccountService), world.service(ChainService)
    technologies = world.service(TechnologyService)
    rectifiers = simulated_rectifiers(world.exchange.settings)
    (first, *_) = rectifiers.plan()

    def act(session: Session) -> None:
        (title,) = technologies.titles(session, technology_id=place[0])
        message: dict[str, Json] = {
            "title": str(title.token),
            "to": accounts.account_of(session, to.organisation_id).address,
            "basis": str(SUCCESSION),
            "document": ZERO_WORD,
            "nonce": "0",
            "deadline": str(2**40),
        }
        data = TypedData("Rectification", message, chain.chain_id, chain.contract_address(REGISTRY))
        arguments: list[Json] = [message, first, "0x" + rectifiers.sign(first, data).hex()]
        chain.submit(
            session,
            key=f"test:announce:{place[1]}",
            contract=REGISTRY,
            function="proposeRectification",
            arguments=arguments,
            purpose="test",
        )

    world.write(act)
    world.settle()
