"""Matches by meaning: a listing without the need's words is matched, and what the parts show adds up to its score."""

from collections.abc import Iterator

import pytest
from sqlalchemy import delete, select

from ipx.catalogue.need_rules import NeedDraft, Visibility
from ipx.catalogue.service import CatalogueService
from ipx.core.ports import LISTINGS
from ipx.matches.models import PairRow
from ipx.matches.rules import PartName
from ipx.matches.service import MatchService
from ipx.matching.models import VectorRow
from ipx.technologies.rules import Draft
from ipx.technologies.service import TechnologyService
from tests.exchanges import running_exchange
from tests.pages import Person
from tests.world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("match-meaning")
    with running_exchange(folder, IPX_MEANING="1") as exchange, World(exchange) as entered:
        yield entered


def test_a_listing_without_the_words_is_matched_by_its_meaning(world: World) -> None:
    institute, seeker = world.organisation("Institute"), world.organisation("Seeker")
    sail = _listed(
        world, institute, "Boat rig", "A sail for yachts, which folds away on its own as strong winds come up."
    )
    pump = _listed(world, institute, "Insulin pump", "An implantable device doses insulin without any surgery.")
    need_id = _posted(world, seeker)
    pairs = _pairs(world)
    score, parts = pairs[need_id, sail]
    assert parts[PartName.WORDS][0] < parts[PartName.MEANING][0]
    assert 2 * parts[PartName.MEANING][0] >= parts[PartName.MEANING][1] > 0
    for total, each in pairs.values():
        assert sum(points for points, _ in each.values()) == total
    assert pairs.get((need_id, pump), (0, {}))[0] < score
    match = world.read(lambda s: _matches(world).matches_of_need(s, actor=seeker.actor, need_id=need_id))[0]
    assert match.listing.id == sail
    page = seeker.client.get(f"/needs/{need_id}/matches")
    assert page.status_code == 200
    assert "Meaning" in page.text
    assert "close in meaning" in page.text


def test_where_a_vector_is_missing_meaning_is_not_stated_and_the_rest_makes_the_score(world: World) -> None:
    institute, seeker = world.organisation("Other institute"), world.organisation("Other seeker")
    listing_id = _listed(world, institute, "Reefing automat", "Sailboats with automatic reefing canvas.")
    world.write(lambda s: s.execute(delete(VectorRow).where(VectorRow.kind == LISTINGS)))
    need_id = _posted(world, seeker)
    score, parts = _pairs(world)[need_id, listing_id]
    assert parts[PartName.MEANING] == (0, 0)
    assert sum(points for points, _ in parts.values()) == score
    assert sum(most for _, most in parts.values()) == 100


def _listed(world: World, owner: Person, title: str, text: str) -> str:
    technologies = world.service(TechnologyService)
    draft = Draft(title=title, problem=text, summary=text, trl=5, classes=("B63H 9/08",))
    found = world.write(lambda s: technologies.create(s, actor=owner.actor, draft=draft))
    listing = world.listing(owner, found.id)
    world.settle()
    return listing.id


def _posted(world: World, seeker: Person) -> str:
    draft = NeedDraft(
        title="Sailboats with automatic reefing",
        text="Sailboats want rigging whose canvas reefs automatically during storms.",
        visibility=Visibility.PUBLIC,
        currency="EUR",
        trl_min=4,
        trl_max=6,
        classes=("B63H",),
    )
    found = world.write(lambda s: world.service(CatalogueService).post_need(s, actor=seeker.actor, draft=draft))
    world.settle()
    return found.id


def _pairs(world: World) -> dict[tuple[str, str], tuple[int, dict[str, tuple[int, int]]]]:
    """Return score and parts (points, most) of all matches, by need and listing."""
    rows = world.read(
        lambda s: s.execute(select(PairRow.need_id, PairRow.listing_id, PairRow.score, PairRow.parts)).all()
    )
    return {
        (need, listing): (score, {name: (got, most) for name, got, most in parts})
        for need, listing, score, parts in rows
    }


def _matches(world: World) -> MatchService:
    return world.service(MatchService)
