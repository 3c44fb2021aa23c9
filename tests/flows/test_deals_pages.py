"""Deals through their pages: the whole way, the undertaking, the offer."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from ipx.catalogue.service import CatalogueService
from ipx.chain.service import ChainService
from ipx.core.errors import Conflict
from ipx.core.money import Money
from ipx.deals.models import AgreementRow, NdaRow, OfferRow, SignatureRow
from ipx.deals.rules import AgreementState, OfferState, Side
from ipx.payments.models import CheckoutRow
from ipx.vault.rules import DocumentRole
from tests.adapters.stripe_payer import pay
from tests.deal_steps import accept_nda, follow, make_offer, press_sign
from tests.licence_terms import terms
from tests.pages import hidden, token_of, words_of


@pytest.fixture
def taker(world):
    return world.organisation("Company")


# ── the whole way ────────────────────────────────────────────────────────────────────────────────


def test_the_whole_way_from_the_listing_to_the_licence(world, owner, taker, listing):
    room = accept_nda(taker, listing).headers["Location"]
    assert "closed" in words_of(taker.get(room).text)
    offer = make_offer(taker, listing).headers["Location"]
    assert "your answer is awaited" in words_of(owner.get("/deals").text)
    agreement = owner.post(f"{offer}/accept").headers["Location"]
    agreement_id = agreement.rpartition("/")[2]
    assert "your signature is awaited" in words_of(taker.get("/deals").text)
    assert "Signed for" in follow(owner, press_sign(owner, agreement_id))
    assert "The other side has not yet" in words_of(owner.get(agreement).text)
    press_sign(taker, agreement_id)
    assert "your payment is awaited" in words_of(taker.get("/deals").text)
    pay(taker.post(f"{agreement}/pay").headers["Location"])
    world.until(lambda: taker.json(agreement)["state"] == "ACTIVE")
    licence = f"/licences/{taker.json(agreement)['licence']}"
    for person in (owner, taker):
        assert "In force since" in words_of(person.get(licence).text)
        assert "in force" in words_of(person.get("/licences").text)
    (document,) = taker.json(licence)["documents"]
    assert taker.get(f"/documents/{document}").status_code == 200
    assert "Read" in words_of(taker.get(room).text)  # the room shows it as open now


def test_both_signatures_and_the_grant_stand_on_the_chain(world, owner, taker, listing):
    agreement = world.signed(owner, taker, listing)
    pay(world.pay_page(taker, agreement))
    world.until(lambda: world.view(taker, agreement).state is AgreementState.ACTIVE)
    gateway = world.exchange.outside.chain
    token = int(agreement.commitment, 16)
    assert gateway.call("LicenceRegistry", "isActive", [token]) is True
    row = world.read(lambda s: s.query(AgreementRow.value, AgreementRow.message).filter_by(id=agreement.id).one())
    value, message = row
    holder = gateway.call("LicenceRegistry", "ownerOf", [token])
    assert holder == value["licensee"]["address"] == message["holder"]
    title = int(value["subject"][0]["title"])
    assert gateway.call("LicenceRegistry", "licensorOf", [token, title]) == value["licensor"]["address"]
    (granted,) = world.read(
        lambda s: world.service(ChainService).events_of(s, contract="LicenceRegistry", event="Granted", subject=token)
    )
    assert granted.arguments["holder"] == holder
    assert granted.arguments["exclusivity"] == 0  # sealed: the chain is not told
    query = select(SignatureRow.side, SignatureRow.address).where(SignatureRow.agreement_id == agreement.id)
    signers = world.read(lambda s: {row.side: row.address for row in s.execute(query)})
    assert signers == {Side.LICENSOR: value["licensor"]["address"], Side.LICENSEE: holder}


def test_an_undertaking_is_logged_on_the_chain(world, taker, listing):
    accept_nda(taker, listing)
    world.settle()
    nda = world.read(lambda s: s.query(NdaRow).filter_by(licensee_id=taker.organisation_id).one().message)
    events = world.read(
        lambda s: world.service(ChainService).events_of(s, contract="TermsAcceptance", subject=nda["signer"])
    )
    assert nda["terms"] in [event.arguments["terms"] for event in events]
    assert "block" in words_of(taker.get(accept_nda(taker, listing).headers["Location"]).text)


def test_without_a_fee_nobody_pays(world, owner, taker):
    agreement = world.signed(owner, taker, upfront=Money(0, "USD"))
    assert agreement.state is AgreementState.GRANTING
    world.until(lambda: world.view(taker, agreement).state is AgreementState.ACTIVE)
    assert world.count(CheckoutRow, CheckoutRow.agreement_id == agreement.id) == 0
    assert "No fee" in taker.get(f"/deals/agreements/{agreement.id}").text
    answer = taker.post(f"/deals/agreements/{agreement.id}/pay")
    assert "nothing for your organisation to pay" in follow(taker, answer)


# ── the undertaking ──────────────────────────────────────────────────────────────────────────────


def test_accepting_twice_and_at_once_is_one_undertaking(world, taker, listing):
    rooms: set[str] = set()
    threads = [
        threading.Thread(
            target=lambda: rooms.add(
                "/deals/rooms/"
                + world.write(lambda s: world.deals.ndas.accept(s, actor=taker.actor, listing_id=listing.id)).id
            )
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rooms.add(taker.get(f"/listings/{listing.id}/nda").headers["Location"])  # and looking leads to the room
    assert len(rooms) == 1
    assert world.count(NdaRow, NdaRow.licensee_id == taker.organisation_id) == 1


def test_the_tick_is_asked_for_at_its_field(world, taker, listing):
    path = f"/listings/{listing.id}/nda"
    answer = taker.post(path, {}, page=path)
    assert answer.status_code == 422
    assert "Tick the box to accept" in answer.text
    assert world.count(NdaRow, NdaRow.licensee_id == taker.organisation_id) == 0


def test_looking_at_an_undertaking_writes_nothing(world, taker, listing):
    assert not getattr(world.app.view_functions["deals.nda"], "ipx_writes", False)  # so its GET only reads
    assert taker.get(f"/listings/{listing.id}/nda").status_code == 200


def test_an_undertaking_ends_after_three_years_and_can_be_given_anew(world, owner, taker, listing):
    first = accept_nda(taker, listing).headers["Location"]
    nda = first.rpartition("/")[2]
    days = (world.row(NdaRow, nda).expires_at - world.row(NdaRow, nda).accepted_at).days
    assert days in (1095, 1096)
    past = world.clock.now() - timedelta(days=1)
    world.write(lambda s: s.execute(update(NdaRow).where(NdaRow.id == nda).values(expires_at=past)))
    assert "has ended" in taker.get(first).text
    assert "Make an offer" not in taker.get(first).text
    assert taker.get(f"/listings/{listing.id}/offer").headers["Location"].endswith("/nda")
    answer = owner.post(f"{first}/disclose", {"documents": ["x"]}, page=first)
    assert "has ended" in follow(owner, answer)
    second = accept_nda(taker, listing).headers["Location"]
    assert second != first
    assert taker.get(f"/listings/{listing.id}/offer").status_code == 200


def test_disclosed_documents_open_and_names_of_others_stay_secret(world, owner, taker):
    technology = world.technology(owner, document=False)
    shown = world.deposit(owner, technology, name="shown.pdf")
    world.deposit(owner, technology, name="the-secret-formula.pdf")
    deed = world.deposit(owner, technology, name="deed.pdf", role=DocumentRole.INSTRUMENT)
    room = accept_nda(taker, world.listing(owner, technology)).headers["Location"]
    before = words_of(taker.get(room).text)
    assert "2 documents are closed" in before
    assert "secret-formula" not in before
    nothing = owner.post(f"{room}/disclose", {}, page=room)
    assert nothing.status_code == 422
    assert "Choose one or more documents" in nothing.text
    assert owner.post(f"{room}/disclose", {"documents": [deed]}, page=room).status_code == 422  # deeds stay closed
    assert taker.post(f"{room}/disclose", {"documents": [shown]}, page=room).status_code == 403
    assert "Disclosed" in follow(owner, owner.post(f"{room}/disclose", {"documents": [shown]}, page=room))
    after = words_of(taker.get(room).text)
    assert "shown.pdf" in after
    assert "1 document is closed" in after
    assert "secret-formula" not in after
    assert taker.get(f"/documents/{shown}").status_code == 200
    assert taker.get(f"/documents/{deed}").status_code == 404


# ── the offer ────────────────────────────────────────────────────────────────────────────────────


def test_a_form_sent_twice_and_at_once_is_one_offer(world, taker, listing):
    accept_nda(taker, listing)
    key = str(uuid.uuid4())
    first = make_offer(taker, listing, submit_key=key)
    assert make_offer(taker, listing, submit_key=key).headers["Location"] == first.headers["Location"]
    other = make_offer(taker, listing, submit_key=str(uuid.uuid4()))
    assert other.status_code == 422
    assert "open offer on this listing already" in other.text
    assert world.count(OfferRow, OfferRow.licensee_id == taker.organisation_id) == 1


def test_two_different_forms_at_once_are_one_offer(world, taker, listing):
    accept_nda(taker, listing)
    barrier, refused = threading.Barrier(3), []

    def offer() -> None:
        barrier.wait()
        try:
            with world.database.write() as session:
                world.deals.offers.make(
                    session,
                    actor=taker.actor,
                    listing_id=listing.id,
                    message="",
                    submit_key=uuid.uuid4().hex,
                )
        except Conflict as error:
            refused.append(error)

    threads = [threading.Thread(target=offer) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 2
    assert world.count(OfferRow, OfferRow.licensee_id == taker.organisation_id) == 1


def test_a_key_of_another_organisations_form_finds_nothing(world, owner, taker, listing):
    key = str(uuid.uuid4())
    accept_nda(taker, listing)
    make_offer(taker, listing, submit_key=key)
    other = world.organisation("Rival")
    accept_nda(other, listing)
    assert make_offer(other, listing, submit_key=key).status_code == 302
    assert world.count(OfferRow, OfferRow.submit_key.endswith(key)) == 2


def test_an_offer_without_an_undertaking_leads_to_it(world, taker, listing):
    assert "Accept it first" in follow(taker, taker.get(f"/listings/{listing.id}/offer"))


def test_nobody_offers_terms_that_were_changed_meanwhile(world, owner, taker):
    """Price tampering by the owner: what is offered is what the page showed, or nothing."""
    listing = world.listing(owner)
    accept_nda(taker, listing)
    path = f"/listings/{listing.id}/offer"
    shown = taker.get(path).text
    catalogue = world.service(CatalogueService)
    dearer = terms(upfront=Money(9_000_000, "USD"))
    world.write(
        lambda s: catalogue.publish(
            s, actor=owner.actor, technology_id=listing.technology_id, terms=dearer, novelty=listing.novelty
        )
    )
    data = {name: hidden(shown, name) for name in ("submit_key", "version")}
    answer = taker.client.post(path, data={**data, "message": "As seen", "csrf_token": token_of(shown)})
    assert answer.status_code == 422
    assert "has changed this listing meanwhile" in answer.text
    assert "As seen" in answer.text  # what was written is kept
    assert "90,000.00" in answer.text  # and the new terms are shown
    assert world.count(OfferRow, OfferRow.licensee_id == taker.organisation_id) == 0


def test_terms_that_are_sent_along_are_ignored(world, taker, listing):
    """Price tampering by the company."""
    accept_nda(taker, listing)
    made = make_offer(taker, listing, upfront="0", terms='{"upfront": 0}', amount="1")
    offer = world.row(OfferRow, made.headers["Location"].rpartition("/")[2])
    assert offer.terms["fees"]["upfront"] == {"amount": 125_000, "currency": "USD"}


def test_a_fee_that_no_card_can_pay_is_no_offer(world, owner, taker):
    listing = world.listing(owner, upfront=Money(100_000_000, "USD"))
    accept_nda(taker, listing)
    answer = make_offer(taker, listing)
    assert answer.status_code == 422
    assert "cannot be paid here" in answer.text


def test_an_offer_is_answered_once(world, owner, taker, listing):
    accept_nda(taker, listing)
    offer = make_offer(taker, listing).headers["Location"]
    empty = owner.post(f"{offer}/decline", {"reason": " "}, page=offer)
    assert empty.status_code == 422
    assert "Write a reason" in empty.text
    owner.post(f"{offer}/decline", {"reason": "Not in this field."}, page=offer)
    assert "Not in this field." in taker.get(offer).text
    assert "has been declined already" in follow(owner, owner.post(f"{offer}/accept"))
    assert "has been declined already" in follow(owner, owner.post(f"{offer}/decline", {"reason": "Again"}))
    assert "has been declined already" in follow(taker, taker.post(f"{offer}/withdraw"))
    assert world.count(AgreementRow, AgreementRow.licensee_id == taker.organisation_id) == 0


def test_an_offer_can_be_withdrawn_and_made_again(world, owner, taker, listing):
    accept_nda(taker, listing)
    offer = make_offer(taker, listing).headers["Location"]
    assert owner.post(f"{offer}/withdraw").status_code == 403
    assert taker.post(f"{offer}/accept").status_code == 403
    assert "withdrawn" in follow(taker, taker.post(f"{offer}/withdraw"))
    assert "withdrawn already" in follow(owner, owner.post(f"{offer}/accept"))
    assert make_offer(taker, listing).status_code == 302


def test_accepting_twice_is_one_agreement(world, owner, taker, listing):
    offer = world.offer(taker, listing)
    first = world.write(lambda s: world.deals.accept_offer(s, actor=owner.actor, offer_id=offer.id))
    assert "accepted already" in follow(owner, owner.post(f"/deals/offers/{offer.id}/accept"))
    assert world.count(AgreementRow, AgreementRow.offer_id == offer.id) == 1
    assert owner.json(f"/deals/offers/{offer.id}")["agreement"] == first.id


@pytest.mark.parametrize(
    ("rights", "titles", "said"), [(0, False, "has no rights yet"), (1, False, "title of a right is not recorded yet")]
)
def test_an_offer_is_not_accepted_before_the_titles_are_recorded(world, owner, taker, rights, titles, said):
    listing = world.listing(owner, world.technology(owner, rights=rights, titles=titles, document=False))
    offer = world.offer(taker, listing)
    assert said in follow(owner, owner.post(f"/deals/offers/{offer.id}/accept"))
    assert owner.json(f"/deals/offers/{offer.id}")["state"] == OfferState.OFFERED  # neither without the other


def test_ones_own_listing_and_records_of_others_take_no_offers(world, owner, listing):
    assert owner.get(f"/listings/{listing.id}/nda").status_code == 409
    assert owner.post(f"/listings/{listing.id}/nda", {"accepted": "y"}).status_code == 409
    assert owner.get(f"/listings/{listing.id}/offer").status_code == 409
    assert owner.get("/listings/nothing/nda").status_code == 404
