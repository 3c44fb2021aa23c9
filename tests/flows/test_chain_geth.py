"""The relay on a second, mainstream client: geth, with its real `finalized` tag and a death after a broadcast."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from ipx.adapters.system import FixedClock
from ipx.chain.rules import TransactionState
from ipx.db.base import Base
from ipx.db.session import Database
from tests.chain_clients import PATIENCE_SECONDS, Client, running_client
from tests.chain_steps import (
    Death,
    DiedError,
    MortalDatabase,
    MortalGateway,
    assert_done_once,
    attempts,
    submit_chain,
)
from tests.chain_world import SECOND, World

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with running_client("geth", tmp_path_factory.mktemp("geth")) as client:
        yield client


@pytest.fixture
def world(client: Client, tmp_path: Path) -> Iterator[World]:
    database = Database(f"sqlite:///{tmp_path / 'geth.sqlite3'}")
    Base.metadata.create_all(database.engine)
    nothing: object = None
    world = World(
        database=database,
        gateway=client.gateway(),
        anvil=nothing,  # type: ignore[arg-type]
        clock=FixedClock(datetime.now().astimezone()),
    )
    yield world
    database.dispose()


@pytest.mark.timeout(600)
def test_acts_become_final_by_the_clients_own_tag_though_the_relay_died(world: World) -> None:
    ids = submit_chain(world, 3)
    for at in (2, 3, 4, 5):
        death = Death(at)
        with pytest.raises(DiedError):
            for _ in range(2000):
                world.relay(
                    database=MortalDatabase(world.database, death), gateway=MortalGateway(world.gateway, death)
                ).advance()
    relay = world.relay()
    end = time.monotonic() + PATIENCE_SECONDS
    while world.view(ids[-1]).state is not TransactionState.FINAL:
        assert time.monotonic() < end
        relay.advance()
        first = world.view(ids[0])
        if first.state is TransactionState.FINAL:  # by the node's own tag, up to 64 blocks after it was included
            assert first.block_number <= world.gateway.final_height()
        world.clock.advance(SECOND / 10)
        time.sleep(0.1)
    assert_done_once(world, ids)
    assert all(len(attempts(world, t)) == 1 for t in ids)
    assert world.names().count("Final") == 3
