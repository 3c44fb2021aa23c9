"""The operator's page of search: how far the vectors are, and what is down says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ipx.core.errors import Unavailable
from ipx.matching.service import SearchService
from tests.pages import Person, words_of
from tests.world import World

PAGE = "/operator/search"


@pytest.fixture
def operator(world: World) -> Person:
    person = world.organisation("Operations")
    object.__setattr__(world.exchange, "settings", replace(world.exchange.settings, operators=(person.email,)))
    return person


def seen(operator: Person) -> Any:
    return operator.json(PAGE)


def test_nobody_but_an_operator_sees_it(world: World, operator: Person) -> None:
    assert world.organisation().get(PAGE).status_code == 403
    assert operator.get(PAGE).status_code == 200
    assert PAGE in operator.get("/operator/chain").text


def test_vectors_that_are_missing_are_counted_until_they_are_made(world: World, operator: Person) -> None:
    search = world.service(SearchService)
    if search.vectors is None:
        assert "by words alone" in words_of(operator.get(PAGE).text)
        return
    listing = world.listing(world.organisation("Institute"))
    world.settle()
    before = seen(operator)
    assert before["made"] == before["public"]
    assert "All are made" in words_of(operator.get(PAGE).text)
    vectors = search.vectors
    world.write(lambda session: vectors.forget(session, kind="listings", thing_id=listing.id))
    after = seen(operator)
    assert (after["made"], after["public"]) == (before["made"] - 1, before["public"])
    page = operator.get(PAGE).text
    assert f"{after['made']} of {after['public']} listings and needs" in words_of(page)
    assert 'value="100"' not in page
    world.write(lambda session: search.heal_meaning(session, moment="now"))
    world.settle()
    assert seen(operator) == before


def test_an_index_that_is_down_says_so_and_the_page_is_there(
    world: World, operator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down() -> str:
        raise Unavailable("The index is out of order.")

    monkeypatch.setattr(world.exchange.outside.index, "check", down)
    assert seen(operator)["index_is_well"] is False
    assert "The index is out of order." in words_of(operator.get(PAGE).text)
