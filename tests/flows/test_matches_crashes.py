"""kill -9 at every moment between a changed need and its notices: each side is told once, and nothing is lost."""

from __future__ import annotations

import uuid
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ipx.accounts.service import AccountService
from ipx.catalogue.need_rules import NeedDraft
from ipx.catalogue.service import CatalogueService
from ipx.matches.models import TellingRow
from ipx.notices.models import NoticeRow
from ipx.technologies.rules import Draft
from ipx.technologies.service import TechnologyService
from ipx.wiring import Exchange
from tests.exchanges import running_exchange
from tests.killable import run
from tests.pages import Person
from tests.world import World

MOST_MOMENTS = 40
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with running_exchange(tmp_path_factory.mktemp("matches")) as exchange, World(exchange, works=False) as entered:
        yield entered


def post(exchange: Exchange, person_id: str, word: str) -> None:
    """A company posts a need."""
    accounts, catalogue = exchange.services[AccountService], exchange.services[CatalogueService]
    assert isinstance(accounts, AccountService)
    assert isinstance(catalogue, CatalogueService)
    draft = NeedDraft(title=f"{word} {word}a", text=f"{word}a {word}b {word}c {word}d wanted", trl_min=4, trl_max=6)
    with exchange.database.write() as session:
        actor = accounts.actor(session, person_id)
        assert actor is not None
        catalogue.post_need(session, actor=actor, draft=draft)


def is_told(exchange: Exchange, organisation_id: str) -> bool:
    """Tell whether the company was told of its match."""
    with exchange.database.read() as session:
        query = select(func.count()).where(
            TellingRow.organisation_id == organisation_id, TellingRow.told_at.is_not(None)
        )
        return bool(session.scalar(query))


def listed(world: World, owner: Person, word: str) -> None:
    technologies = world.service(TechnologyService)
    text = f"{word}a {word}b {word}c {word}d"
    draft = Draft(title=f"{word} {word}a", problem=text, summary=text, trl=5)
    found = world.write(lambda s: technologies.create(s, actor=owner.actor, draft=draft))
    world.listing(owner, found.id)


def notices(world: World, person: Person) -> int:
    return world.count(NoticeRow, NoticeRow.organisation_id == person.organisation_id)


def test_telling_when_killed_anywhere_then_each_side_is_told_once(world: World, tmp_path: Path) -> None:
    settings = world.exchange.settings
    environment = {"IPX_DATA_DIR": str(settings.data_dir), "IPX_PORT": str(settings.port), "IPX_DEMO": "0"}
    log, seen, left = tmp_path / "moment", [], None
    for kill_at in range(1, MOST_MOMENTS):
        ada, seeker, word = world.organisation(), world.organisation("Company"), f"kw{uuid.uuid4().hex[:8]}"
        listed(world, ada, word)
        count = run(
            environment,
            partial(post, person_id=seeker.actor.person_id, word=word),
            partial(is_told, organisation_id=seeker.organisation_id),
            kill_at=kill_at,
            log=log,
        )
        if left is not None:
            check(world, *left)
        if count is not None:
            break
        seen.append(log.read_text())
        # Killed before the need was kept, there is nothing to tell.
        left = None if "catalogue_needs" in seen[-1] else (ada, seeker)
    assert count is not None
    check(world, ada, seeker)
    assert any("matches_tellings" in moment for moment in seen), seen


def check(world: World, ada: Person, seeker: Person) -> None:
    """The worker that came next has finished what the killed one left."""
    assert (notices(world, seeker), notices(world, ada)) == (1, 1)
