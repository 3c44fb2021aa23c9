"""What many flows begin with, on the embedded database and on PostgreSQL; a module that needs another has its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.chain_world import database_url, new_world
from tests.evidence_world import EvidenceWorld
from tests.exchanges import DATABASES
from tests.world import World, world_on

if TYPE_CHECKING:
    from ipx.adapters.evm.anvil import Anvil
    from ipx.catalogue.records import Listing
    from tests.pages import Person


@pytest.fixture(scope="module", params=DATABASES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A whole exchange."""
    with world_on(request, tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.fixture(scope="module")
def owner(world: World) -> Person:
    """Somebody of an institute."""
    return world.organisation("Institute")


@pytest.fixture(scope="module")
def listing(world: World, owner: Person) -> Listing:
    """A listing of the institute."""
    return world.listing(owner)


@pytest.fixture(params=DATABASES)
def room(request: pytest.FixtureRequest, tmp_path: Path, anvil: Anvil, folder: Path) -> Iterator[EvidenceWorld]:
    """Stamps, batches and the chain under them, and nothing else."""
    world = new_world(tmp_path, anvil, folder, url=database_url(request.param))
    yield EvidenceWorld(world)
    world.database.dispose()
