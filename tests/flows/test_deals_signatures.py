"""Signatures: under these terms, by these people, freshly signed in, once."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import update

from ipx.accounts.rules import Role
from ipx.core.errors import Conflict, Forbidden
from ipx.deals.models import AgreementRow, NdaRow, SignatureRow
from ipx.deals.rules import AgreementState, Side
from ipx.licences.models import LicenceRow
from ipx.licences.rules import Exclusivity
from ipx.licences.service import LicenceService
from ipx.payments.models import CheckoutRow
from tests.adapters.stripe_payer import pay
from tests.deal_steps import accept_nda, follow, grow_stale, press_sign
from tests.pages import token_of, words_of
from tests.world import PASSWORD


@pytest.fixture
def taker(world):
    return world.organisation("Company")


# ── signatures ───────────────────────────────────────────────────────────────────────────────────


def test_a_signature_under_other_terms_is_refused(world, owner, taker, listing):
    first, second = world.agreement(owner, taker, listing), world.agreement(owner, taker, listing)
    answer = press_sign(taker, first.id, commitment=second.commitment)
    assert "not those of this agreement" in follow(taker, answer)
    assert "not those of this agreement" in follow(taker, press_sign(taker, first.id, commitment=""))
    unticked = press_sign(taker, first.id, confirmed="")
    assert unticked.status_code == 422
    assert "Tick the box to sign" in unticked.text
    assert world.count(SignatureRow, SignatureRow.agreement_id == first.id) == 0


def test_signing_twice_is_one_signature(world, owner, taker, listing):
    agreement = world.agreement(owner, taker, listing)
    for _ in range(2):
        assert world.sign(taker, agreement).signed_by(Side.LICENSEE)
    for person in (owner, owner, taker):
        world.sign(person, agreement)
    assert world.count(SignatureRow, SignatureRow.agreement_id == agreement.id) == 2
    assert world.count(CheckoutRow, CheckoutRow.agreement_id == agreement.id) == 1
    assert world.actions(agreement.id).count("deal:agreement:signed") == 2


def test_both_sides_at_once_open_one_payment(world, owner, taker, listing):
    agreement = world.agreement(owner, taker, listing)
    barrier = threading.Barrier(2)

    def sign(person) -> None:
        barrier.wait()
        world.sign(person, agreement)

    threads = [threading.Thread(target=sign, args=(person,)) for person in (owner, taker)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert world.view(owner, agreement).state is AgreementState.AWAITING_PAYMENT
    assert world.count(CheckoutRow, CheckoutRow.agreement_id == agreement.id) == 1


def test_signing_asks_for_a_fresh_sign_in_and_leads_back(world, owner, taker, listing):
    agreement = world.agreement(owner, taker, listing)
    page = f"/deals/agreements/{agreement.id}"
    grow_stale(world, taker)
    assert "We ask for your password first" in words_of(taker.get(page).text)  # looking is free
    answer = press_sign(taker, agreement.id)
    assert (
        answer.headers["Location"] == f"/sign-in?next={page.replace('/', '%2F')}" or page in answer.headers["Location"]
    )
    assert world.count(SignatureRow, SignatureRow.agreement_id == agreement.id) == 0
    form = taker.get(answer.headers["Location"]).text
    assert "sign in again before you sign" in form
    assert taker.email in form  # the address need not be typed again
    data = {"email": taker.email, "password": PASSWORD, "csrf_token": token_of(form)}
    back = taker.client.post(answer.headers["Location"], data=data)
    assert back.headers["Location"] == page
    assert "Signed for" in follow(taker, press_sign(taker, agreement.id))


def test_accepting_an_undertaking_asks_for_a_fresh_sign_in_but_reading_it_does_not(world, taker, listing):
    grow_stale(world, taker)
    path = f"/listings/{listing.id}/nda"
    assert taker.get(path).status_code == 200
    answer = accept_nda(taker, listing)
    assert "/sign-in" in answer.headers["Location"]
    assert world.count(NdaRow, NdaRow.licensee_id == taker.organisation_id) == 0


def test_another_address_is_not_fresh(world, owner, taker, listing):
    """A stolen cookie signs nothing: the session is stale from another place."""
    agreement = world.agreement(owner, taker, listing)
    taker.client.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    assert "/sign-in" in press_sign(taker, agreement.id).headers["Location"]


def test_what_waited_too_long_is_not_signed_and_not_paid(world, owner, taker, listing):
    unsigned, unpaid = world.agreement(owner, taker, listing), world.signed(owner, taker, listing)
    for agreement in (unsigned, unpaid):
        row = world.row(AgreementRow, agreement.id)
        late = {**row.message, "deadline": str(int(world.clock.now().timestamp()) - 1)}
        mine = AgreementRow.id == agreement.id
        world.write(lambda s, mine=mine, late=late: s.execute(update(AgreementRow).where(mine).values(message=late)))
    assert "waited too long" in follow(taker, press_sign(taker, unsigned.id))
    assert "too old for the chain" in follow(taker, taker.post(f"/deals/agreements/{unpaid.id}/pay"))
    taker.post(f"/deals/agreements/{unpaid.id}/withdraw", {"reason": "Too late."})
    assert world.view(owner, unpaid).state is AgreementState.WITHDRAWN


def test_a_withdrawn_agreement_is_over(world, owner, taker, listing):
    agreement = world.agreement(owner, taker, listing)
    page = f"/deals/agreements/{agreement.id}"
    world.sign(owner, agreement)
    empty = taker.post(f"{page}/withdraw", {"reason": ""}, page=page)
    assert empty.status_code == 422
    assert "Write a reason" in empty.text
    taker.post(f"{page}/withdraw", {"reason": "Our plans changed."})
    assert "Our plans changed." in owner.get(page).text
    token = token_of(taker.get(page).text)
    data = {"csrf_token": token, "commitment": agreement.commitment, "confirmed": "y"}
    assert "not open for signature" in follow(taker, taker.client.post(f"{page}/sign", data=data))
    assert "cannot be withdrawn any more" in follow(owner, owner.post(f"{page}/withdraw", {"reason": "Me too"}))
    assert world.count(LicenceRow, LicenceRow.agreement_id == agreement.id) == 0


def test_only_a_licensing_manager_binds_the_organisation(world, owner, taker, listing):
    agreement = world.agreement(owner, taker, listing)
    for role in (Role.RESEARCHER, Role.LAB_ADMINISTRATOR, Role.OWNER):
        colleague = world.colleague(taker, role)
        assert colleague.get(f"/deals/agreements/{agreement.id}").status_code == 200  # everybody may look
        assert colleague.get(f"/listings/{listing.id}/nda").status_code == 403
        for act in ("sign", "withdraw", "pay"):
            assert colleague.post(f"/deals/agreements/{agreement.id}/{act}", {"reason": "x"}).status_code == 403
        with pytest.raises(Forbidden):
            world.sign(colleague, agreement)
    assert world.count(SignatureRow, SignatureRow.agreement_id == agreement.id) == 0


def test_a_granted_exclusive_licence_stops_offers_from_being_accepted(world, owner, taker):
    listing = world.listing(owner, exclusivity=Exclusivity.EXCLUSIVE)
    agreement = world.signed(owner, taker, listing)
    late, slow = world.organisation("Late company"), world.organisation("Slow company")
    offer, unsigned = world.offer(late, listing), world.agreement(owner, slow, listing)
    pay(world.pay_page(taker, agreement))
    world.until(lambda: world.view(owner, agreement).state is AgreementState.ACTIVE)
    answer = owner.post(f"/deals/offers/{offer.id}/accept")
    assert "stands in the way" in follow(owner, answer)
    world.sign(owner, unsigned)
    with pytest.raises(Conflict, match="stands in the way"):
        world.sign(slow, unsigned)
    licences = world.read(lambda s: world.service(LicenceService).licences_on(s, technology_id=agreement.technology_id))
    assert [licence.agreement_id for licence in licences] == [agreement.id]
