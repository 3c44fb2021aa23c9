"""An exchange with a model of meaning and three texts, of which each has its vector."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ipx.catalogue.models import ListingRow
from ipx.catalogue.records import Listing, Source
from ipx.catalogue.rules import State
from ipx.catalogue.service import CatalogueService
from ipx.core.ports import LISTINGS
from ipx.db.durable import Durable
from ipx.db.events import Events
from ipx.doctor import examine
from ipx.matching.models import VectorRow
from ipx.matching.records import ResultPage
from ipx.matching.rules import Search
from ipx.matching.service import SearchService
from ipx.matching.workflows import MatchingWorkflows
from tests.exchanges import empty_postgres, running_exchange
from tests.world import World

SOURCE = Source("meant", "Test records", "https://example.org", "public domain", "From nowhere.")
TEXTS = {
    "meant-right": "A lithium battery for electric cars, in which a full charge is restored fast, in minutes.",
    "meant-wrong": "The drum battery charges into a fast march, so the orchestra ends.",
    "meant-other": "A sail for boats that folds by itself.",
}
QUESTION = Search(kind=LISTINGS, words="Battery that charges fast")


@contextmanager
def meant_world(request: pytest.FixtureRequest, folder: Path) -> Iterator[World]:
    """Enter a world with a model, on the database that a fixture's parameter (``DATABASES``) names."""
    if request.param == "sqlite":
        with running_exchange(folder, IPX_MEANING="1") as exchange, World(exchange) as entered:
            yield entered
        return
    with (
        empty_postgres() as url,
        running_exchange(folder, IPX_MEANING="1", IPX_DATABASE_URL=url) as exchange,
        World(exchange) as entered,
    ):
        yield entered


def begin_anew(world: World) -> None:
    """Leave the three texts alone, indexed, each with its vector."""
    world.write(lambda s: s.execute(delete(VectorRow)))
    brought_in(world, TEXTS)
    embed(world)


def brought_in(world: World, texts: dict[str, str], *, version: int = 1) -> None:
    """Put listings in the place of those of the same ids, as an import does: without an event."""
    listings = [_listing(key, text, version, world.clock.now()) for key, text in texts.items()]
    world.write(lambda s: s.execute(delete(ListingRow).where(ListingRow.id.in_(list(texts)))))
    catalogue = world.service(CatalogueService)
    world.write(lambda s: catalogue.import_listings(s, source=SOURCE, listings=listings))
    with world.database.read() as session:
        world.service(SearchService).rebuild(session)


def embed(world: World) -> None:
    while flows_of(world)._embed_some():
        pass


def flows_of(world: World) -> MatchingWorkflows:
    durable: Durable = world.exchange.durable
    return MatchingWorkflows(
        events=Events(), durable=durable, database=world.database, search=world.service(SearchService)
    )


def take_down(session: Session, key: str) -> None:
    session.execute(delete(ListingRow).where(ListingRow.id == key))


def found_of(world: World) -> ResultPage:
    search = world.service(SearchService)
    return world.read(lambda s: search.search(s, QUESTION, today=world.clock.now().date()))


def vectors_in(world: World) -> dict[str, bytes]:
    rows = world.read(lambda s: s.execute(select(VectorRow.thing_id, VectorRow.vector)).all())
    return {row.thing_id: row.vector for row in rows}


def doctors_line(world: World) -> str:
    return next(finding.line for finding in examine(world.exchange) if finding.name == "meaning")


def _listing(key: str, text: str, version: int, published_at: datetime) -> Listing:
    unstated = dict.fromkeys(Listing.__dataclass_fields__)
    given = {
        "id": key,
        "version": version,
        "state": State.PUBLISHED,
        "owner_name": "Somebody real",
        "title": "",
        "summary": text,
        "classes": (),
        "rights": (),
        "takes_offers": False,
        "source": SOURCE,
        "owner_is_demo": False,
    }
    return Listing(**{**unstated, **given, "published_at": published_at})  # type: ignore[arg-type]
