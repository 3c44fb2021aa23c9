"""IDOR: every address with an id in accounts, deals, licences and payments, asked by somebody who is not a party."""

from __future__ import annotations

import re

import pytest

from ipx.accounts.rules import Role
from ipx.accounts.service import AccountService
from ipx.core.errors import Conflict, NotFound
from ipx.deals.models import AgreementRow, NdaRow, OfferRow
from ipx.history.service import HistoryService
from ipx.licences.models import DeclaredRow, LicenceRow
from ipx.licences.service import LicenceService
from tests.adapters.stripe_payer import pay
from tests.custody_steps import name
from tests.flows.test_grants_pages import declare
from tests.pages import token_of
from tests.wallet_steps import KeyWallet
from tests.world import World

ROOMS = ("accounts", "deals", "licences", "payments", "notices")
FORM = {
    "reason": "Because.",
    "confirmed": "y",
    "accepted": "y",
    "commitment": "0x" + "00" * 32,
    "roles": "researcher",
    "documents": "x",
    "message": "x",
    "name": "Eve",
}
# A listing is for everybody: what a stranger may do there is told in test_deals_pages.
# Packs of terms too: they are about nobody.
OPEN = {
    "deals.nda",
    "deals.draw_up",
    "deals.make_offer",
    "deals.propose",
    "licences.pack",
    "licences.pack_file",
    "licences.pack_redline",
}
# Links in mails are keys by themselves, and the purpose of one is no id.
KEYS = {"accounts.verify_email", "accounts.set_password", "accounts.request_link"}


@pytest.fixture(scope="module")
def world(exchange):
    with World(exchange) as world:
        yield world


@pytest.fixture(scope="module")
def taker(world):
    return world.organisation("Company")


@pytest.fixture(scope="module")
def stranger(world):
    """Somebody with every role, elsewhere."""
    return world.organisation("Stranger", tuple(Role))


@pytest.fixture(scope="module")
def ids(world, owner, taker):
    """One of everything between owner and taker, to the end."""
    agreement = world.signed(owner, taker)
    pay(world.pay_page(taker, agreement))
    world.until(lambda: world.view(owner, agreement).state == "ACTIVE")
    world.settle()
    technology_id = world.row(AgreementRow, agreement.id).technology_id
    assert declare(owner, technology_id).status_code == 302
    name(world, taker, KeyWallet())
    listing = world.listing(owner)
    draft = world.write(lambda s: world.deals.ndas.draw_up(s, actor=taker.actor, listing_id=listing.id))
    return {
        "technology_id": technology_id,
        "declared_id": world.read(lambda s: s.query(DeclaredRow.id).filter_by(technology_id=technology_id).scalar()),
        "nda_id": world.read(lambda s: s.query(NdaRow.id).filter_by(licensee_id=taker.organisation_id).scalar()),
        "draft_id": draft.id,
        "offer_id": world.read(lambda s: s.query(OfferRow.id).filter_by(licensee_id=taker.organisation_id).scalar()),
        "agreement_id": agreement.id,
        "licence_id": world.read(lambda s: s.query(LicenceRow.id).filter_by(agreement_id=agreement.id).scalar()),
        "person_id": owner.actor.person_id,
        "token_id": world.write(
            lambda s: world.service(AccountService).create_token(s, person_id=owner.actor.person_id, name="build")
        ).id,
    }


def addresses(world: World) -> list[tuple[str, str, str]]:
    """Return (endpoint, method, rule) of every address of these rooms that takes an id."""
    return [
        (rule.endpoint, method, rule.rule)
        for rule in world.app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
        if rule.endpoint.partition(".")[0] in ROOMS and rule.arguments and rule.endpoint not in OPEN | KEYS
    ]


def filled(rule: str, ids: dict[str, str]) -> str:
    return re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda found: ids[found[1]], rule)


def ask(person, method: str, path: str):
    if method == "GET":
        return person.get(path)
    return person.client.post(path, data={**FORM, "csrf_token": token_of(person.get("/account").text)})


def test_a_stranger_is_told_that_there_is_nothing(world, stranger, ids):
    table = addresses(world)
    assert len(table) >= 14
    for endpoint, method, rule in table:
        answer = ask(stranger, method, filled(rule, ids))
        assert answer.status_code == 404, (endpoint, method, answer.status_code)
        missing = ask(stranger, method, filled(rule, dict.fromkeys(ids, "00000000-0000-4000-8000-000000000000")))
        assert missing.status_code == 404, (endpoint, method)
        assert plain(answer.text) == plain(missing.text)  # what exists is told from what does not by nothing


def plain(page: str) -> str:
    """Return a page without what differs in any two answers."""
    page = re.sub(r'(csrf-token" content|name="csrf_token"[^>]* value)="[^"]*"', "", page)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", page)


def test_nobody_at_all_is_sent_to_sign_in(world, ids):
    client = world.app.test_client()
    for endpoint, method, rule in addresses(world):
        path = filled(rule, ids)
        if method == "GET":
            assert client.get(path).headers["Location"].startswith("/sign-in?next="), endpoint
        else:
            token = token_of(client.get("/sign-in").text)
            assert client.post(path, data={**FORM, "csrf_token": token}).status_code == 401, endpoint


def test_the_parties_do_see_it(world, owner, taker, ids):
    """The other way round: the table is not full of 404 because of a slip."""
    for endpoint, method, rule in addresses(world):
        if method == "GET":
            theirs = (404,) if "draft_id" in rule else (200, 302)  # until it is signed, the licensee's alone
            assert owner.get(filled(rule, ids)).status_code in theirs, endpoint
            expected = (404,) if {"person_id", "technology_id"} & set(re.findall(r"\w+", rule)) else (200, 302)
            assert taker.get(filled(rule, ids)).status_code in expected, endpoint


def test_programs_are_refused_like_people(world, stranger, ids):
    for _, method, rule in addresses(world):
        if method == "GET":
            answer = stranger.get(filled(rule, ids), headers={"Accept": "application/json"})
            assert answer.status_code == 404
            assert answer.content_type == "application/problem+json"


def test_lists_hold_ones_own_only(world, stranger, taker, ids):
    for path in ("/deals", "/licences", "/notices"):
        page = stranger.get(path).text
        assert not [known for known in ids.values() if known in page]
        assert taker.actor.organisation_name not in page


def test_the_services_refuse_too(world, stranger, ids):
    """A view that forgot to ask would still be refused by the room."""
    deals = world.deals
    actor = stranger.actor
    acts = (
        lambda s: deals.ndas.nda(s, actor=actor, nda_id=ids["nda_id"]),
        lambda s: deals.ndas.disclose(s, actor=actor, nda_id=ids["nda_id"], document_ids=["x"]),
        lambda s: deals.offers.offer(s, actor=actor, offer_id=ids["offer_id"]),
        lambda s: deals.offers.decline(s, actor=actor, offer_id=ids["offer_id"], reason="x"),
        lambda s: deals.offers.withdraw(s, actor=actor, offer_id=ids["offer_id"]),
        lambda s: deals.accept_offer(s, actor=actor, offer_id=ids["offer_id"]),
        lambda s: deals.agreements.agreement(s, actor=actor, agreement_id=ids["agreement_id"]),
        lambda s: deals.agreements.sign(s, actor=actor, agreement_id=ids["agreement_id"], commitment="x"),
        lambda s: deals.agreements.withdraw(s, actor=actor, agreement_id=ids["agreement_id"], reason="x"),
        lambda s: deals.agreements.check_may_pay(s, actor=actor, agreement_id=ids["agreement_id"]),
        lambda s: world.service(LicenceService).licence(s, actor=actor, licence_id=ids["licence_id"]),
    )
    for act in acts:
        with pytest.raises(NotFound):
            world.write(act)


def test_a_stranger_learns_nothing_of_the_ledger(world, stranger, owner, taker):
    assert world.read(lambda s: world.payments.ledger_of(s, organisation_id=stranger.organisation_id)) == []
    for person in (owner, taker):
        assert len(world.read(lambda s, p=person: world.payments.ledger_of(s, organisation_id=p.organisation_id))) == 2


def test_the_history_of_a_technology_is_its_owners(world, stranger, taker, ids):
    technology = world.row(AgreementRow, ids["agreement_id"]).technology_id
    for person in (stranger, taker):
        with pytest.raises((NotFound, Conflict)):
            world.read(
                lambda s, p=person: world.service(HistoryService).timeline(s, actor=p.actor, technology_id=technology)
            )
