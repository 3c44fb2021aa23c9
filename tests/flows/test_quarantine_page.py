"""The operator's page of quarantine: what waits, without a name of it, and its way out on somebody's responsibility."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from ipx.notices.service import NoticeService
from ipx.vault.models import InspectionRow
from tests.deal_steps import grow_stale
from tests.pages import Person, words_of
from tests.world import World

PAGE = "/operator/quarantine"
NAME = "secret-recipe-7f31.pdf"


@pytest.fixture(scope="module")
def world(exchange):
    with World(exchange) as world:
        yield world


@pytest.fixture
def operator(world: World) -> Iterator[Person]:
    """The settings name her."""
    person, before = world.organisation("Operations"), world.exchange.settings
    object.__setattr__(world.exchange, "settings", replace(before, operators=(person.email,)))
    yield person
    object.__setattr__(world.exchange, "settings", before)


@pytest.fixture
def owner(world: World) -> Person:
    return world.organisation("Institute of Recipes")


@pytest.fixture
def waiting(world: World, owner: Person) -> str:
    document_id = world.deposit(owner, world.technology(owner, document=False, titles=False), name=NAME)

    def confine(session) -> None:
        row = session.get_one(InspectionRow, document_id)
        row.state, row.reason = "quarantined", "scan-limit"

    world.write(confine)
    return document_id


def test_it_shows_what_waits_and_lets_it_out(world: World, operator: Person, owner: Person, waiting: str) -> None:
    said = words_of(operator.get(PAGE).text)
    assert waiting in said
    assert "Institute of Recipes" in said
    assert "larger than what the virus scanner looks through" in said
    assert NAME not in said, "the operator need not know what it is about"
    assert waiting in [line["document"] for line in operator.json(PAGE)]
    assert operator.post(f"{PAGE}/{waiting}/release", page=PAGE).status_code == 302
    assert waiting not in operator.get(PAGE).text.replace("flash", "")
    assert world.actions(waiting)[-1] == "document:content:released"
    notices = world.service(NoticeService)
    told = world.read(lambda s: notices.notices(s, organisation_id=owner.organisation_id))
    assert f"Out of quarantine: {NAME}" in [notice.subject for notice in told]
    again = operator.post(f"{PAGE}/{waiting}/release", page="/account")
    assert "not in quarantine" in words_of(operator.get(again.headers["Location"]).text)


def test_letting_out_asks_for_a_fresh_sign_in(world: World, operator: Person, waiting: str) -> None:
    grow_stale(world, operator)
    answer = operator.post(f"{PAGE}/{waiting}/release", page=PAGE)
    assert answer.headers["Location"].startswith("/sign-in?next=/operator/quarantine")
    assert world.row(InspectionRow, waiting).state == "quarantined"


def test_only_operators_see_it(operator: Person, owner: Person, waiting: str) -> None:
    assert owner.get(PAGE).status_code == 403
    assert owner.post(f"{PAGE}/{waiting}/release").status_code == 403


def test_an_empty_one_says_what_it_is_for(world: World, operator: Person) -> None:
    world.write(lambda s: s.query(InspectionRow).filter_by(state="quarantined").update({"state": "released"}))
    assert "No document is in quarantine" in words_of(operator.get(PAGE).text)
