"""Flow 2 for killing.py: undertaking, offer, acceptance, two signatures, payment, grant, and the document opens.

Whoever plays looks where the deal stands and does the next thing, so going on after a death is playing on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests
from sqlalchemy import func, select

from ipx.chain.models import TransactionRow
from ipx.core.errors import Unavailable
from ipx.deals.models import AgreementRow, NdaRow, OfferRow
from ipx.deals.records import AgreementView
from ipx.deals.rules import AgreementState, Side
from ipx.embedded import prepare
from ipx.licences.models import LicenceRow
from ipx.outside import embedded_chain
from ipx.payments.models import LedgerTransactionRow
from ipx.payments.rules import State
from ipx.settings import Settings
from ipx.vault.service import VaultService
from ipx.wiring import build_exchange
from tests.adapters.stripe_payer import pay
from tests.faults import inspection
from tests.faults.killing import Report
from tests.pages import Person
from tests.small_files import words_in
from tests.world import World

PATIENCE_SECONDS = 90.0


@dataclass
class Deal:
    """One company's way to a licence on the one listing."""

    world: World
    owner: Person
    taker: Person
    listing: str
    technology: str
    number: int

    def go_on(self, report: Report) -> AgreementView:
        """Do what is next until the licence is active and its document has been read."""
        agreement = self.agreement()
        report({"agreed": agreement.id})
        for person, side in ((self.owner, Side.LICENSOR), (self.taker, Side.LICENSEE)):
            if not agreement.signed_by(side):
                self.world.sign(person, agreement)
                report({f"signed by {side}": True})
        end = time.monotonic() + PATIENCE_SECONDS
        while (state := self.world.view(self.taker, agreement).state) is not AgreementState.ACTIVE:
            assert time.monotonic() < end, state
            if state is AgreementState.AWAITING_PAYMENT:
                self.pay(agreement, report)
            self.advance()
        report({"active": agreement.id})
        (words,) = words_in(self.read())
        assert self.taker.actor.name in words
        return agreement

    def agreement(self) -> AgreementView:
        deals, world = self.world.deals, self.world
        nda = world.read(
            lambda s: deals.ndas.find(s, licensee_id=self.taker.organisation_id, technology_id=self.technology)
        )
        if nda is None:
            world.write(lambda s: deals.ndas.accept(s, actor=self.taker.actor, listing_id=self.listing))
        offer = world.write(
            lambda s: deals.offers.make(
                s, actor=self.taker.actor, listing_id=self.listing, message="", submit_key=f"deal {self.number}"
            )
        )
        agreed = offer.agreement_id
        if agreed is None:
            return world.write(lambda s: deals.accept_offer(s, actor=self.owner.actor, offer_id=offer.id))
        return world.read(lambda s: deals.agreements.agreement(s, actor=self.taker.actor, agreement_id=agreed))

    def pay(self, agreement: AgreementView, report: Report) -> None:
        """Press the button, pay on the hosted page if it is not paid yet, and wait for what comes of it."""
        answer = self.taker.post(f"/deals/agreements/{agreement.id}/pay")
        place = answer.headers.get("Location", "")
        if answer.status_code == 303 and "simulator" in place and "token" in requests.get(place, timeout=10).text:
            paid = pay(place)
            report({"paid": paid.status_code})
        end = time.monotonic() + 20
        while self.world.checkout(agreement).state is not State.PAID and time.monotonic() < end:
            self.advance()

    def advance(self) -> None:
        try:
            self.world.exchange.batcher.advance()
            if not self.world.exchange.relay.advance():
                time.sleep(0.02)
        except Unavailable:
            time.sleep(0.1)

    def read(self) -> bytes:
        vault = self.world.service(VaultService)
        (document,) = self.world.read(
            lambda s: vault.documents_of(s, subject_kind="technology", subject_id=self.technology)
        )
        place = f"/documents/{document.id}/open"
        said = {"purpose": "to make it", "form": "clear", "nationality": "IE", "end_use": "our pilot line"}
        answer = self.taker.post(place, said, page=place)
        assert answer.status_code == 200, answer.text
        return bytes(answer.data)


class DealStory:
    """One listing; every play is another company's deal."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def prepare(self) -> dict[str, Any]:
        prepare(self._settings, embedded_chain(self._settings))
        with self._world() as world:
            owner = world.organisation()
            technology = world.technology(owner)
            listing = world.listing(owner, technology)
            return {
                "owner": owner.actor.person_id,
                "email": owner.email,
                "technology": technology,
                "listing": listing.id,
            }

    def play(self, stage: dict[str, Any], number: int, begin: Callable[[], None], report: Report) -> None:
        world = self._world().__enter__()
        taker = world.organisation(f"Company {number}")
        report({"taker": taker.actor.person_id, "email": taker.email})
        deal = self._deal(world, stage, taker, number)
        begin()
        deal.go_on(report)

    def resume(self, stage: dict[str, Any], number: int, reported: dict[str, Any]) -> None:
        world = self._world().__enter__()
        taker = self._person(world, reported["taker"], reported["email"])
        agreement = self._deal(world, stage, taker, number).go_on(lambda facts: None)
        if "agreed" in reported:
            assert agreement.id == reported["agreed"]
        world.settle()
        self._check_once(world, taker, agreement)

    def check(self, stage: dict[str, Any]) -> None:
        with self._world() as world:
            world.settle()
            inspection.check(world.exchange)
            ledger, licences = world.count(LedgerTransactionRow), world.count(LicenceRow)
            assert ledger == licences == world.count(AgreementRow)
            assert sum(world.balances().values()) == 0
            granted = world.exchange.outside.chain.logs(0, world.exchange.outside.chain.head().number)
            assert len([log for log in granted if log.event == "Granted"]) == licences

    def _check_once(self, world: World, taker: Person, agreement: AgreementView) -> None:
        mine = taker.organisation_id
        assert world.count(NdaRow, NdaRow.licensee_id == mine) == 1
        assert world.count(OfferRow, OfferRow.licensee_id == mine) == 1
        assert world.count(LicenceRow, LicenceRow.agreement_id == agreement.id) == 1
        checkout = world.checkout(agreement)
        assert checkout.state is State.PAID
        assert world.count(LedgerTransactionRow, LedgerTransactionRow.checkout_id == checkout.id) == 1
        assert world.actions(checkout.id).count("payment:checkout:settled") == 1
        failed = world.read(
            lambda s: s.scalar(select(func.count()).select_from(TransactionRow).where(TransactionRow.state == "FAILED"))
        )
        assert not failed

    def _world(self) -> World:
        exchange = build_exchange(self._settings)
        exchange.durable.connect()
        return World(exchange)

    def _deal(self, world: World, stage: dict[str, Any], taker: Person, number: int) -> Deal:
        owner = self._person(world, stage["owner"], stage["email"])
        return Deal(world, owner, taker, stage["listing"], stage["technology"], number)

    def _person(self, world: World, person_id: str, email: str) -> Person:
        return Person(world.actor(person_id), email, world.sign_in(email))


STORY = DealStory
