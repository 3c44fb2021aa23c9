"""Needs that are anonymous or private: what others get to see of them, on pages, in JSON and in the index."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ipx.accounts.rules import Role
from ipx.catalogue.models import NeedRow
from ipx.catalogue.need_rules import NeedDraft, Visibility
from ipx.catalogue.service import CatalogueService
from ipx.core.errors import Conflict, NotFound
from ipx.core.ports import NEEDS, SearchQuery
from tests.pages import Person, words_of
from tests.world import World

WORD = "quibblewood"
"""Stands in every need here; whoever may read needs finds them by it."""


@pytest.fixture
def seeker(world: World) -> Person:
    """One for each test: a need that another test made public may say whose it is."""
    return world.organisation("Zanzibarium")


def need_of(world: World, person: Person, visibility: Visibility, title: str = "Panels", **more: Any) -> str:
    draft = NeedDraft(title=title, text=f"Panels of {WORD} that do not warp.", visibility=visibility, **more)
    catalogue = world.service(CatalogueService)
    found = world.write(lambda s: catalogue.post_need(s, actor=person.actor, draft=draft))
    world.settle()
    return found.id


def everything_said(world: World, client: Any, need_id: str) -> str:
    """Return all that somebody at a browser is told about needs, as pages and as JSON."""
    paths = ("/needs", f"/needs?q={WORD}", f"/needs?q={WORD}&sort=newest", f"/needs/{need_id}", "/search", "/")
    kinds = ("text/html", "application/json")
    return "\n".join(client.get(path, headers={"Accept": kind}).text for path in paths for kind in kinds)


def indexed(world: World) -> str:
    """Return all that the index finds, with its facets."""
    query = SearchQuery(kind=NEEDS, words=WORD, limit=100, count_facets=("organisation",))
    answer = world.exchange.outside.index.search(query)
    entries = [(entry.kind, entry.id) for entry in world.exchange.outside.index.entries()]
    return json.dumps([[(hit.id, list(hit.fragments)) for hit in answer.hits], dict(answer.facets), entries])


@pytest.mark.parametrize("who", ["stranger", "rival"])
def test_need_when_anonymous_then_everybody_reads_it_and_nobody_learns_whose_it_is(world, seeker, who):
    need_id = need_of(world, seeker, Visibility.ANONYMOUS)
    rival = world.organisation("Rival").client
    client = world.app.test_client() if who == "stranger" else rival
    said = everything_said(world, client, need_id)
    assert "do not warp" in said
    assert "an organisation that does not give its name" in words_of(client.get(f"/needs/{need_id}").text)
    for secret in (seeker.actor.organisation_name, seeker.organisation_id, seeker.actor.person_id):
        assert secret not in said
        assert secret not in indexed(world)
    narrowed = client.get(
        "/needs",
        query_string={"q": WORD, "organisation": seeker.actor.organisation_name},
        headers={"Accept": "application/json"},
    )
    assert need_id not in narrowed.text  # nor by asking for the name
    assert world.row(NeedRow, need_id).published_at.strftime("%H:%M:%S") == "00:00:00"  # the day alone is told


def test_need_when_private_then_only_its_own_organisation_sees_it(world, seeker):
    before = world.app.test_client().get("/needs", headers={"Accept": "application/json"}).json["total"]
    need_id = need_of(world, seeker, Visibility.PRIVATE, title="Secret zibbits")
    rival = world.organisation("Rival")
    for client in (world.app.test_client(), rival.client):
        said = everything_said(world, client, need_id)
        assert "zibbits" not in said
        assert client.get(f"/needs/{need_id}").status_code == 404
    assert "zibbits" not in indexed(world)
    assert world.app.test_client().get("/needs", headers={"Accept": "application/json"}).json["total"] == before
    assert rival.get(f"/needs/{need_id}/edit").status_code == 404
    assert rival.post(f"/needs/{need_id}/withdraw").status_code == 404
    assert "zibbits" not in rival.get("/needs/own").text
    assert "This need is private" in words_of(seeker.get(f"/needs/{need_id}").text)
    assert "zibbits" in seeker.get("/needs/own").text
    assert "zibbits" in world.colleague(seeker, Role.RESEARCHER).get(f"/needs/{need_id}").text


def test_need_when_it_becomes_private_or_is_withdrawn_then_leaves_the_index(world, seeker):
    for_good = need_of(world, seeker, Visibility.PUBLIC, title="Oak")
    hidden = need_of(world, seeker, Visibility.PUBLIC, title="Elm")
    assert for_good in indexed(world)
    assert seeker.post(f"/needs/{for_good}/withdraw").status_code == 302
    draft = NeedDraft(title="Elm", text="Boards that are straight.", visibility=Visibility.PRIVATE)
    catalogue = world.service(CatalogueService)
    world.write(lambda s: catalogue.change_need(s, actor=seeker.actor, need_id=hidden, version=1, draft=draft))
    world.settle()
    assert for_good not in indexed(world)
    assert hidden not in indexed(world)
    assert world.actions(for_good) == ["need:text:posted", "need:text:withdrawn"]
    assert world.actions(hidden) == ["need:text:posted", "need:text:changed"]


def test_need_when_its_name_was_public_then_cannot_become_anonymous(world, seeker):
    need_id = need_of(world, seeker, Visibility.PUBLIC)
    draft = NeedDraft(title="T", text="Panels that do not warp.", visibility=Visibility.ANONYMOUS)
    catalogue = world.service(CatalogueService)

    def change(version: int, of: Person = seeker) -> None:
        world.write(lambda s: catalogue.change_need(s, actor=of.actor, need_id=need_id, version=version, draft=draft))

    with pytest.raises(Conflict, match="post another one anonymously"):
        change(1)
    with pytest.raises(Conflict, match="changed this need meanwhile"):
        change(7)
    with pytest.raises(NotFound):
        change(1, world.organisation("Rival"))


def test_need_form_when_filled_then_says_what_is_wrong_at_its_field_and_keeps_the_rest(world, seeker):
    page = "/needs/new"
    given = {
        "title": "Planks",
        "text": "Planks of quibblewood, by the metre.",
        "visibility": "anonymous",
        "constraints": "No glue.",
        "trl_min": "4",
        "trl_max": "7",
        "classes": "b27m 3/00",
        "territory": "de fr",
        "exclusive": "y",
        "budget_max": "12,500",
        "currency": "EUR",
    }
    wrong = {
        "trl_min": ("8", "lies below the lowest one"),
        "classes": ("wood", "is not a CPC or IPC symbol"),
        "territory": ("Narnia", "is not a country code"),
        "budget_max": ("lots", "is not an amount"),
        "budget_min": ("20000", "upper end of the budget lies below"),
        "visibility": ("everybody", "Not a valid choice"),
    }
    for field, (value, said) in wrong.items():
        answer = seeker.post(page, {**given, field: value}, page=page)
        assert answer.status_code == 422
        assert said in words_of(answer.text)
        assert 'value="Planks"' in answer.text
    posted = seeker.post(page, given, page=page)
    assert posted.status_code == 302, words_of(posted.text)
    shown = words_of(world.app.test_client().get(posted.location).text)
    for part in ("No glue.", "TRL 4 to 7", "B27M 3/00", "Germany, France", "up to EUR 12,500", "exclusive only"):
        assert part in shown
    edit = f"{posted.location}/edit"
    opened = seeker.get(edit).text
    assert 'value="B27M 3/00"' in opened
    assert 'value="12500.00"' in opened
    changed = seeker.post(edit, {**given, "title": "Boards", "version": "1"}, page=edit)
    assert changed.status_code == 302, words_of(changed.text)
    assert "Boards" in seeker.get(posted.location).text
