"""Offers on other terms: each side answers in turn, both see what changes, and the agreement is on the last terms."""

from __future__ import annotations

import uuid

import pytest

from ipx.core.errors import Conflict, Forbidden
from ipx.deals.models import AgreementRow, OfferRow, OfferVersionRow
from ipx.deals.rules import AgreementState, OfferState, Side
from ipx.licences.rules import Exclusivity
from ipx.licences.terms_v2.rules import checked_terms
from ipx.licences.terms_v2.terms import LicenceTerms
from tests.adapters.stripe_payer import pay
from tests.deal_steps import accept_nda, follow
from tests.flows.test_publish_terms import Fields
from tests.licence_terms import terms
from tests.pages import Person, words_of
from tests.payment_steps import subjects
from tests.world import World


@pytest.fixture
def taker(world: World) -> Person:
    return world.organisation("Company")


def send(person: Person, path: str, step: str, **changes: str):
    """Open a page of terms, change fields (names with __ for dots), and press a button."""
    sent = Fields(person.get(path).text).sent
    typed = {name.replace("__", "."): value for name, value in changes.items()}
    return person.client.post(path, data={**sent, **typed, "step": step})


def propose(taker: Person, listing, **changes: str) -> str:
    accept_nda(taker, listing)
    answer = send(taker, f"/listings/{listing.id}/offer/terms", "send", **changes)
    assert answer.status_code == 302, words_of(answer.text)
    return answer.headers["Location"]


def changed(**groups: object) -> LicenceTerms:
    return checked_terms({**terms().to_json(), **groups})


def priced(amount: int) -> LicenceTerms:
    return changed(fees={"upfront": {"amount": amount, "currency": "USD"}})


def test_the_whole_way_through_two_counter_offers_to_a_licence_on_the_last_terms(world, owner, taker, listing):
    accept_nda(taker, listing)
    page = f"/listings/{listing.id}/offer/terms"
    preview = send(taker, page, "preview", fees__upfront__amount="900", message="It is worth less to us.")
    assert preview.status_code == 200
    assert "1,250.00" in words_of(preview.text)
    assert "900.00" in words_of(preview.text)
    sent = taker.client.post(page, data={**Fields(preview.text).sent, "step": "send"})
    offer = sent.headers["Location"]

    assert taker.json(offer)["turn"] == "licensor"
    assert "It is your turn" in words_of(owner.get(offer).text)
    assert "It is the turn of" in words_of(taker.get(offer).text)
    assert "your answer is awaited" in words_of(owner.get("/deals").text)
    changes = {"fees__upfront__amount": "1,100", "termination__breach_cure_days": "60", "message": "We meet you."}
    assert send(owner, f"{offer}/counter", "send", **changes).status_code == 302

    for person in (owner, taker):
        shown = person.get(offer).text
        said = words_of(shown)
        assert 'id="changes"' in shown
        assert "We meet you." in said
        assert "900" in said
        assert "1,100.00" in said
        assert "60 days" in said
    assert "your answer is awaited" in words_of(taker.get("/deals").text)
    assert "your answer is awaited" not in words_of(owner.get("/deals").text)
    assert any("Counter-offer" in subject for subject in subjects(world, taker))
    assert "deal:offer:countered" in world.actions(offer.rpartition("/")[2])

    assert send(taker, f"{offer}/counter", "send", fees__upfront__amount="1,000").status_code == 302
    agreement = owner.post(f"{offer}/accept").headers["Location"]
    agreement_id = agreement.rpartition("/")[2]
    wanted = changed(
        fees={"upfront": {"amount": 100_000, "currency": "USD"}}, termination={"breach_cure_days": 60}
    ).to_json()
    assert world.row(AgreementRow, agreement_id).value["terms"] == wanted
    assert world.row(OfferRow, offer.rpartition("/")[2]).terms == wanted
    drawn = world.read(lambda s: world.deals.agreements.agreement(s, actor=taker.actor, agreement_id=agreement_id))
    world.sign(owner, drawn)
    pay(world.pay_page(taker, world.sign(taker, drawn)))
    world.until(lambda: world.view(taker, drawn).state is AgreementState.ACTIVE)


def test_the_licensee_accepts_a_counter_offer_and_the_agreement_names_the_rights(world, owner, taker, listing):
    offer = propose(taker, listing, fees__upfront__amount="900")
    send(owner, f"{offer}/counter", "send", fees__upfront__amount="950")
    assert owner.post(f"{offer}/accept").status_code == 403
    agreement = taker.post(f"{offer}/accept").headers["Location"]
    value = world.row(AgreementRow, agreement.rpartition("/")[2]).value
    assert value["terms"] == priced(95_000).to_json()
    assert [right["title"] for right in value["subject"]]
    assert value["licensor"]["organisation_id"] == owner.organisation_id


def test_whoever_waits_can_only_take_it_back(world, owner, taker, listing):
    offer = propose(taker, listing, fees__upfront__amount="900")
    assert "not your turn" in follow(taker, taker.get(f"{offer}/counter"))
    for verb, data in (("accept", {}), ("decline", {"reason": "No"})):
        assert taker.post(f"{offer}/{verb}", data, page=offer).status_code == 403
    send(owner, f"{offer}/counter", "send", fees__upfront__amount="1,200")
    assert taker.post(f"{offer}/withdraw").status_code == 403
    assert owner.post(f"{offer}/withdraw").status_code == 302
    assert owner.json(offer)["state"] == OfferState.WITHDRAWN
    assert "withdrawn already" in follow(taker, taker.post(f"{offer}/accept"))
    assert propose(taker, listing, fees__upfront__amount="1,200") != offer  # and it can begin anew


def test_the_licensee_declines_a_counter_offer_with_a_reason(world, owner, taker, listing):
    offer = propose(taker, listing, fees__upfront__amount="900")
    send(owner, f"{offer}/counter", "send", fees__upfront__amount="1,240")
    taker.post(f"{offer}/decline", {"reason": "Too dear."}, page=offer)
    assert "Too dear." in owner.get(offer).text
    assert any("Offer declined" in subject for subject in subjects(world, owner))


def test_terms_that_are_wrong_are_shown_at_their_field_and_kept(world, owner, taker, listing):
    offer = propose(taker, listing, fees__upfront__amount="900")
    answer = send(owner, f"{offer}/counter", "preview", fees__upfront__amount="dear", message="Our price.")
    assert answer.status_code == 422
    assert 'href="#terms-fees-upfront"' in answer.text
    assert "dear" in answer.text
    assert "Our price." in answer.text
    same = send(owner, f"{offer}/counter", "send")
    assert same.status_code == 422
    assert "These are the terms that lie before you" in words_of(same.text)
    big = send(owner, f"{offer}/counter", "send", fees__upfront__amount="5,000,000")
    assert "cannot be paid here" in words_of(big.text)
    assert world.count(OfferVersionRow, OfferVersionRow.offer_id == offer.rpartition("/")[2]) == 1


def test_terms_that_something_granted_excludes_cannot_be_proposed(world, owner, taker):
    technology_id = world.technology(owner, document=False)
    taken = world.signed(owner, taker, world.listing(owner, technology_id, territory=("DE",)))
    pay(world.pay_page(taker, taken))
    world.until(lambda: world.view(taker, taken).state is AgreementState.ACTIVE)
    rival = world.organisation("Rival")
    listing = world.listing(owner, technology_id, territory=("DE", "FR"))
    accept_nda(rival, listing)
    page = f"/listings/{listing.id}/offer/terms"
    answer = send(rival, page, "send", grant__exclusivity=str(Exclusivity.EXCLUSIVE))
    assert "stands in the way" in words_of(answer.text)
    offer = propose(rival, listing, fees__upfront__amount="900")
    answer = send(owner, f"{offer}/counter", "send", grant__exclusivity=str(Exclusivity.SOLE))
    assert "stands in the way" in words_of(answer.text)


def test_a_form_that_was_read_before_the_other_side_went_on_is_refused(world, owner, taker, listing):
    offer_id = propose(taker, listing, fees__upfront__amount="900").rpartition("/")[2]

    def counter(person: Person, amount: int, seen: int) -> None:
        world.write(
            lambda s: world.deals.offers.counter(
                s, actor=person.actor, offer_id=offer_id, terms=priced(amount), message="", seen_version=seen
            )
        )

    counter(owner, 120_000, 1)
    with pytest.raises(Forbidden):
        counter(owner, 121_000, 1)  # the form, sent a second time
    counter(taker, 91_000, 2)
    with pytest.raises(Conflict, match="gone on meanwhile"):
        counter(owner, 121_000, 1)


def test_however_long_it_goes_one_side_answers_at_a_time(world, owner, taker, listing):
    offer = world.offer(taker, listing)
    sides = {Side.LICENSOR: owner, Side.LICENSEE: taker}
    for step in range(5):
        found = world.read(lambda s: world.deals.offers.offer(s, actor=taker.actor, offer_id=offer.id))
        waiting = sides[Side.LICENSEE if found.turn is Side.LICENSOR else Side.LICENSOR]
        wanted = priced(100_000 + step)
        with pytest.raises(Forbidden), world.database.write() as session:
            world.deals.offers.counter(session, actor=waiting.actor, offer_id=offer.id, terms=wanted, message="")
        answering = sides[found.turn].actor
        with world.database.write() as session:
            world.deals.offers.counter(session, actor=answering, offer_id=offer.id, terms=wanted, message="")
    found = world.read(lambda s: world.deals.offers.offer(s, actor=owner.actor, offer_id=offer.id))
    assert [version.number for version in found.versions] == [1, 2, 3, 4, 5, 6]
    assert [version.side for version in found.versions] == [Side.LICENSEE, Side.LICENSOR] * 3


def test_the_same_form_sent_twice_is_one_offer_and_strangers_see_nothing(world, taker, listing):
    key = str(uuid.uuid4())
    first = propose(taker, listing, fees__upfront__amount="900", submit_key=key)
    page = f"/listings/{listing.id}/offer/terms"
    again = send(taker, page, "send", fees__upfront__amount="900", submit_key=key)
    assert again.headers["Location"] == first
    stranger = world.organisation("Stranger")
    assert stranger.get(f"{first}/counter").status_code == 404
    assert stranger.get(first).status_code == 404
