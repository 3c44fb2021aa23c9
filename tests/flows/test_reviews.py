"""People from outside look at records for a while: what they see, what they do not, and how it ends."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.routing import Rule

from ipx.accounts.rules import Role
from ipx.audit.models import AuditRow
from ipx.deals.records import Offer
from ipx.evidence.bundle import COMMITMENT
from ipx.evidence.models import StampRow
from ipx.reviews.models import ReviewRow
from ipx.technologies.service import TechnologyService
from ipx.titles.entries import Conveyance, Giver
from ipx.titles.rules import ConveyanceKind
from ipx.titles.service import TitleService
from ipx.vault.models import DocumentRow
from ipx.vault.rules import DocumentRole
from tests.exchanges import DATABASES
from tests.pages import Person, send, token_of, words_of
from tests.small_files import words_in
from tests.world import PASSWORD, PDF, World, world_on

PURPOSE = "audit of the licence income"


@pytest.fixture(scope="module", params=DATABASES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world_on(request, tmp_path_factory.mktemp("reviews")) as world:
        yield world


@dataclass
class Owned:
    """An owner with a listed technology, which is under offer, and another one."""

    ada: Person
    covered: str
    other: str
    offer: Offer


@pytest.fixture(scope="module")
def owned(world: World) -> Owned:
    ada, ben = world.organisation(), world.organisation("Company")
    covered, other = world.technology(ada), world.technology(ada)
    found = Owned(ada, covered, other, world.offer(ben, world.listing(ada, covered)))
    stamped = select(StampRow.batch_id).where(StampRow.organisation_id == ada.organisation_id)
    world.until(lambda: world.exchange.batcher.advance() or all(world.read(lambda s: s.scalars(stamped).all())))
    world.settle()
    return found


def lets_look(world: World, owned: Owned, email: str, **changes: Any) -> str:
    """Let somebody look by the page; return the id."""
    until = (world.clock.now() + timedelta(days=30)).date().isoformat()
    asked = {"email": email, "capacity": "auditor", "scope": "chosen", "technologies": owned.covered}
    answer = send(owned.ada.client, "/reviews/new", **{**asked, "reason": PURPOSE, "until": until, **changes})
    assert answer.status_code == 302, words_of(answer.text)
    return str(answer.headers["Location"]).rpartition("/")[2]


def looks_of(world: World, review_id: str) -> list[str]:
    query = select(AuditRow).where(AuditRow.action == "review:records:looked").order_by(AuditRow.sequence)
    return world.read(
        lambda session: [
            str(row.details["page"]) for row in session.scalars(query) if row.details["review"] == review_id
        ]
    )


def pages_of(review_id: str, technology_id: str) -> list[str]:
    place = f"/reviews/{review_id}"
    one = f"{place}/technologies/{technology_id}"
    pages = [place, one, f"{one}/title", f"{place}/as-of", f"{place}/as-of?technology={technology_id}&from=2020-01-01"]
    pages += [f"{one}.{form}" for form in ("csv", "json", "pdf")]
    return pages + [f"{place}/report.{form}?technology={technology_id}&sample=3" for form in ("csv", "json", "pdf")]


def said_by(answer: Any) -> str:
    """The words of a page or a file."""
    if answer.data.startswith(b"%PDF"):
        return " ".join(words_in(answer.data))
    return str(answer.text)


# ── what is seen ─────────────────────────────────────────────────────────────────────────────────


def test_invited_when_without_an_account_then_signs_up_and_looks_and_every_look_is_shown_to_the_owner(
    world: World, owned: Owned
) -> None:
    email = f"{uuid.uuid4().hex[:10]}@audit.example"
    review_id = lets_look(world, owned, email)
    link = world.link_to(email, "reviews")
    assert link == f"/reviews/{review_id}"
    browser = world.app.test_client()
    assert "/sign-in" in browser.get(link).headers["Location"]
    given = {"email": email, "name": "Eve Auditor", "password": PASSWORD, "organisation_name": "Audit Partners"}
    assert send(browser, "/sign-up", **given).status_code == 302
    assert send(browser, world.link_to(email, "verify-email")).status_code == 302
    world.sign_in(email, client=browser)
    assert "Nothing now" not in words_of(browser.get("/reviews").text)
    for page in pages_of(review_id, owned.covered):
        answer = browser.get(page)
        assert answer.status_code == 200, (page, words_of(answer.text))
    pages = [
        "overview",
        "history",
        "title",
        "as_of",
        "as_of",
        "export",
        "export",
        "export",
        "report",
        "report",
        "report",
    ]
    assert looks_of(world, review_id) == pages
    shown = words_of(owned.ada.client.get(f"/reviews/granted/{review_id}").text)
    assert shown.count("audit report, taken away") == 3
    assert "Eve Auditor" in shown
    history = words_of(owned.ada.client.get(f"/history/technologies/{owned.covered}").text)
    assert "Records looked at by a reviewer from outside" in history
    assert "Audit Partners" in history


def test_looking_when_covered_then_shows_history_and_proofs_and_no_content(world: World, owned: Owned) -> None:
    eve = world.organisation("Auditors", roles=(Role.RESEARCHER,))
    review_id = lets_look(world, owned, eve.email)
    said = {page: said_by(eve.client.get(page)) for page in pages_of(review_id, owned.covered)}
    history = said[f"/reviews/{review_id}/technologies/{owned.covered}"]
    assert "method.pdf" in history
    assert "Offer" in history
    assert "administrative holder" in said[f"/reviews/{review_id}/as-of"]
    other = world.read(
        lambda s: world.service(TechnologyService).technology(s, actor=owned.ada.actor, technology_id=owned.other)
    )
    for page, words in said.items():
        assert "step by step" not in words, page
        assert other.title not in words, page
        assert owned.other not in words, page
    proofs = re.findall(r'href="(/reviews/[^"]+\.ipx-evidence\.json)"', history)
    assert proofs
    bundle = json.loads(eve.client.get(proofs[0]).data)
    assert bundle["disclosure"] == COMMITMENT
    assert {bundle[name] for name in ("salt", "content_sha256") if name in bundle} <= {None}
    assert hashlib.sha256(PDF).hexdigest() not in json.dumps(bundle)


def test_chain_of_title_when_looked_at_then_is_drawn_with_its_gaps_and_leads_to_nothing(world: World) -> None:
    ada = world.organisation()
    owned = Owned(ada, world.technology(ada), "", world.offer(world.organisation("Company"), world.listing(ada)))
    eve = world.organisation("Auditors", roles=(Role.LAB_ADMINISTRATOR,))
    instrument = world.deposit(owned.ada, owned.covered, "assignment.pdf", DocumentRole.INSTRUMENT)
    titles, technologies = world.service(TitleService), world.service(TechnologyService)
    given = Conveyance(ConveyanceKind.ASSIGNMENT, (Giver("Ada Lovelace"),), owned.ada.actor.organisation_name)
    (right,) = world.read(
        lambda s: technologies.technology(s, actor=owned.ada.actor, technology_id=owned.covered)
    ).rights
    entered: dict[str, Any] = {"right_id": right.id, "entry": given, "document_id": instrument}
    world.write(lambda s: titles.enter(s, actor=owned.ada.actor, **entered))
    review_id = lets_look(world, owned, eve.email)
    place = f"/reviews/{review_id}/technologies/{owned.covered}/title"
    page = eve.get(place).text
    words = words_of(page)
    assert f"Ada Lovelace → to {owned.ada.actor.organisation_name}" in words
    assert "day not stated" in words
    assert "assignment.pdf" in words
    main = page[page.index("<main") : page.index("</main>")]
    assert {link.split("/")[1] for link in re.findall(r'href="(/[^"#]*)"', main)} == {"reviews"}
    assert world.organisation("Stranger").get(place).status_code == 404
    given = replace(given, givers=(Giver("Bea", date(2021, 1, 10)),), receiver="Somebody Later")
    world.write(lambda s: titles.enter(s, actor=owned.ada.actor, right_id=right.id, entry=given))
    assert "Somebody Later" in words_of(eve.get(place).text)
    assert "Somebody Later" not in words_of(eve.get(f"{place}?as_of=2021-01-09").text)


def test_looking_when_the_whole_organisation_then_sees_what_is_added_later(world: World, owned: Owned) -> None:
    eve = world.organisation("Auditors", roles=(Role.RESEARCHER,))
    review_id = lets_look(world, owned, eve.email, scope="whole", technologies=[])
    later = world.technology(owned.ada)
    page = eve.client.get(f"/reviews/{review_id}").text
    assert all(one in page for one in (owned.covered, owned.other, later))
    assert eve.client.get(f"/reviews/{review_id}/technologies/{later}").status_code == 200
    stranger = world.technology(world.organisation("Others"))
    assert eve.client.get(f"/reviews/{review_id}/technologies/{stranger}").status_code == 404
    assert eve.client.get(f"/reviews/{review_id}/report.json?technology={stranger}").status_code == 404
    assert stranger not in eve.client.get(f"/reviews/{review_id}/report.json").text


# ── how it ends ──────────────────────────────────────────────────────────────────────────────────


def test_looking_when_revoked_then_ends_at_once_and_is_told(world: World, owned: Owned) -> None:
    eve = world.organisation("Auditors", roles=(Role.RESEARCHER,))
    review_id = lets_look(world, owned, eve.email)
    assert eve.client.get(f"/reviews/{review_id}").status_code == 200
    answer = owned.ada.post(f"/reviews/granted/{review_id}/revoke", page=f"/reviews/granted/{review_id}")
    assert answer.status_code == 302
    seen = looks_of(world, review_id)
    for page in pages_of(review_id, owned.covered):
        refused = eve.client.get(page)
        assert refused.status_code == 403, page
        assert "has ended" in words_of(refused.text)
    assert looks_of(world, review_id) == seen
    assert review_id not in eve.client.get("/reviews").text
    assert any("has ended" in mail.subject for mail in world.mails_to(eve.email))
    again = owned.ada.post(f"/reviews/granted/{review_id}/revoke", page=f"/reviews/granted/{review_id}")
    assert "ended already" in words_of(owned.ada.client.get(again.headers["Location"]).text)


def test_looking_when_the_last_day_is_over_then_has_ended_by_itself(world: World, owned: Owned) -> None:
    eve = world.organisation("Auditors", roles=(Role.RESEARCHER,))
    today = world.clock.now().date().isoformat()
    review_id = lets_look(world, owned, eve.email, until=today)
    assert eve.client.get(f"/reviews/{review_id}").status_code == 200

    def passes(session: Any) -> None:
        session.get_one(ReviewRow, review_id).ends_at = world.clock.now()

    world.write(passes)
    assert {eve.client.get(page).status_code for page in pages_of(review_id, owned.covered)} == {403}


def test_looking_when_it_is_somebody_elses_then_is_not_there(world: World, owned: Owned) -> None:
    eve, mallory = (world.organisation("Auditors", roles=(Role.RESEARCHER,)) for _ in range(2))
    review_id = lets_look(world, owned, eve.email)
    colleague = world.colleague(eve, Role.OWNER)
    for person in (mallory, colleague, owned.ada):
        assert {person.client.get(page).status_code for page in pages_of(review_id, owned.covered)} == {404}
    assert eve.client.get(f"/reviews/{review_id}/technologies/{owned.other}").status_code == 404
    assert looks_of(world, review_id) == []


# ── who may let in ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", list(Role))
def test_granting_when_not_an_owner_or_administrator_then_is_forbidden(world: World, owned: Owned, role: Role) -> None:
    person = world.colleague(owned.ada, role)
    allowed = role in (Role.OWNER, Role.LAB_ADMINISTRATOR)
    for page in ("/reviews/granted", "/reviews/new"):
        assert person.client.get(page).status_code == (200 if allowed else 403)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"email": "nobody"}, "not an e-mail address"),
        ({"technologies": []}, "Choose the technologies"),
        ({"technologies": "0b1d8b0e-0000-4000-8000-000000000000"}, "not a valid choice"),
        ({"reason": ""}, "Reason is missing"),
        ({"until": "2020-01-01"}, "This day is over"),
        ({"until": "2999-01-01"}, "a year at most"),
        ({"until": ""}, "Last day is missing"),
    ],
)
def test_granting_when_something_is_wrong_then_says_what_and_keeps_what_was_typed(
    world: World, owned: Owned, changes: dict[str, Any], words: str
) -> None:
    until = (world.clock.now() + timedelta(days=30)).date().isoformat()
    asked = {"email": "eve@audit.example", "capacity": "inventor", "scope": "chosen", "technologies": owned.covered}
    answer = send(owned.ada.client, "/reviews/new", **{**asked, "reason": PURPOSE, "until": until, **changes})
    assert answer.status_code == 422
    assert words in words_of(answer.text)
    assert re.search(r'value="inventor"[^>]*checked', answer.text)


def test_granting_when_the_person_is_a_colleague_then_refuses(world: World, owned: Owned) -> None:
    colleague = world.colleague(owned.ada, Role.RESEARCHER)
    until = (world.clock.now() + timedelta(days=30)).date().isoformat()
    asked = {"email": colleague.email, "capacity": "auditor", "scope": "whole", "reason": PURPOSE, "until": until}
    answer = send(owned.ada.client, "/reviews/new", **asked)
    assert answer.status_code == 422
    assert "belongs to your organisation" in words_of(answer.text)


# What a mailed link opens (a wrong one leads to a new one), and taking back what oneself declared, if anything.
ONES_OWN = {"accounts.verify_email", "accounts.set_password", "accounts.request_link", "vault.withdraw_declaration"}


# ── every address of the exchange ────────────────────────────────────────────────────────────────


def filled(rule: Rule, ids: dict[str, str]) -> str:
    """Return an address of a rule with the owner's own ids in it."""
    adapter = rule.map.bind("here")
    values: dict[str, Any] = {}
    for name in rule.arguments:
        converter = rule._converters[name]
        kind = type(converter).__name__
        values[name] = ids.get(name, str(uuid.uuid4()))
        if kind == "AnyConverter":
            values[name] = min(converter.items)  # type: ignore[attr-defined]
        if kind == "IntegerConverter":
            values[name] = 1
    return adapter.build(rule.endpoint, values)


@pytest.fixture(scope="module")
def ids(world: World, owned: Owned) -> dict[str, str]:
    """Ids of what the owner has, by the name that addresses give them."""
    technology = world.read(
        lambda s: world.service(TechnologyService).technology(s, actor=owned.ada.actor, technology_id=owned.covered)
    )
    query = select(DocumentRow.id, DocumentRow.stamp_id).where(DocumentRow.subject_id == owned.covered)
    document_id, stamp = world.read(lambda s: tuple(map(str, s.execute(query).one())))
    return {
        "technology_id": owned.covered,
        "document_id": document_id,
        "stamp_id": stamp,
        "right_id": technology.rights[0].id,
        "listing_id": str(owned.offer.listing_id),
        "offer_id": owned.offer.id,
        "person_id": owned.ada.actor.person_id,
        "owner_id": owned.ada.organisation_id,
    }


def test_every_address_when_a_reviewer_asks_then_answers_as_to_a_stranger_but_for_his_own_pages(
    world: World, owned: Owned, ids: dict[str, str]
) -> None:
    """GET by GET and POST by POST: to a reviewer nothing is open but what is to everybody, and what he was given."""
    eve, stranger = (world.organisation("Auditors", roles=(Role.RESEARCHER,)) for _ in range(2))
    review_id = lets_look(world, owned, eve.email)
    tokens = {person.email: token_of(person.client.get("/technologies").text) for person in (eve, stranger)}
    opened, compared = set(), 0
    for rule in world.app.url_map.iter_rules():
        if not rule.arguments or rule.endpoint == "static" or rule.rule.startswith("/api/"):
            continue
        path = filled(rule, {**ids, "review_id": review_id})
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            compared += 1
            statuses = []
            for person in (eve, stranger):
                headers = {"X-CSRFToken": tokens[person.email]}
                answer = person.client.open(path, method=method, headers=headers)
                statuses.append(answer.status_code)
                answer.close()
            if statuses[0] != statuses[1]:
                assert (method, statuses) == ("GET", [200, 404]), (path, method, statuses)
                opened.add(rule.endpoint)
            elif method != "GET":
                assert statuses[0] >= 400 or rule.endpoint in ONES_OWN, (path, method, statuses)
    assert compared > 120
    pages = ("overview", "technology", "chains_of_title", "export", "as_of", "report", "proof")
    assert opened == {f"reviews.{page}" for page in pages}
