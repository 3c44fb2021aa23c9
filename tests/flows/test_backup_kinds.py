"""A backup of one kind of database restores into each kind, with every row as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ipx.backup.tables import Tables, snapshot
from ipx.backup.values import line
from ipx.core.errors import Conflict
from ipx.core.money import Money
from ipx.deals.rules import AgreementState
from tests.backups import back_up, chain_elsewhere, opened, prepare_on, restore, settings_on
from tests.exchanges import empty_postgres
from tests.faults import inspection
from tests.world import World

SQLITE, POSTGRES = "sqlite", "postgres"
PAIRS = [
    (SQLITE, SQLITE),
    *(
        pytest.param(*pair, marks=pytest.mark.real)
        for pair in ((POSTGRES, POSTGRES), (SQLITE, POSTGRES), (POSTGRES, SQLITE))
    ),
]
# What a restore changes on purpose (fencing), what it adds (one audit line), and what the runtime says of itself.
CHANGED = {
    "accounts_sessions",
    "accounts_links",
    "notices_mails",
    "leases",
    "audit_lines",
    "audit_head",
    "chain_cursor",
}


@contextmanager
def database(kind: str) -> Iterator[dict[str, str]]:
    """Settings of an empty database of a kind."""
    if kind == SQLITE:
        yield {}
        return
    with empty_postgres() as url:
        yield {"IPX_DATABASE_URL": url}


def all_rows(exchange: Any) -> dict[str, list[bytes]]:
    with snapshot(exchange.database) as connection:
        tables = Tables(connection)
        columns = {name: sorted(tables.dump(name).columns) for name in tables.names()}
        return {
            name: [line(row) for row in tables.dump(name, columns[name]).rows]
            for name in tables.names()
            if name not in CHANGED and not name.startswith("dbos.")
        }


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_every_row_comes_back_and_the_exchange_goes_on(before: str, after: str, tmp_path: Path) -> None:
    with chain_elsewhere(tmp_path / "node") as anvil, database(before) as old, database(after) as new:
        settings = settings_on(anvil, tmp_path / "before", IPX_BATCH_DELAY="0", **old)
        prepare_on(anvil, settings)
        with opened(settings) as exchange, World(exchange, works=False) as world:
            owner, taker = world.organisation(), world.organisation("Company")
            technology = world.technology(owner)
            agreement = world.signed(owner, taker, world.listing(owner, technology, upfront=Money(0, "USD")))
            settle(world)
            made, rows = back_up(exchange, tmp_path / "backup"), all_rows(exchange)
        assert made.contents.rows > sum(map(len, rows.values())) > 50

        later = settings_on(anvil, tmp_path / "after", IPX_BATCH_DELAY="0", **new)
        assert restore(later, tmp_path / "backup").lacks == []
        with opened(later) as exchange, World(exchange, works=False) as world:
            assert all_rows(exchange) == rows
            assert world.view(taker, agreement).state is AgreementState.ACTIVE
            world.deposit(owner, technology)
            settle(world)
            inspection.check(exchange)


@pytest.mark.parametrize("kind", [SQLITE, pytest.param(POSTGRES, marks=pytest.mark.real)])
def test_a_flow_that_a_worker_had_begun_is_taken_up_by_any_other(kind: str, tmp_path: Path) -> None:
    with chain_elsewhere(tmp_path / "node") as anvil, database(kind) as old, database(kind) as new:
        settings = settings_on(anvil, tmp_path / "before", **old)
        prepare_on(anvil, settings)
        with opened(settings) as exchange, World(exchange, works=False) as world:
            listing = world.listing(world.organisation())
            flows = "workflow_status" if kind == SQLITE else "dbos.workflow_status"
            begun = f"UPDATE {flows} SET status = 'PENDING', executor_id = 'of before', owner_xid = 'x'"
            world.write(lambda session: session.connection().exec_driver_sql(begun))
            back_up(exchange, tmp_path / "backup")
        later = settings_on(anvil, tmp_path / "after", **new)
        restore(later, tmp_path / "backup")
        with opened(later) as exchange, World(exchange) as world:
            world.settle()  # until no flow is unfinished
            found = world.app.test_client().get(f"/listings/{listing.id}")
            assert found.status_code == 200


@pytest.mark.parametrize("kind", [SQLITE, pytest.param(POSTGRES, marks=pytest.mark.real)])
def test_a_database_with_rows_is_refused_and_left_as_it_is(kind: str, tmp_path: Path) -> None:
    with chain_elsewhere(tmp_path / "node") as anvil, database(kind) as used:
        more = used or {"IPX_DATABASE_URL": f"sqlite:///{tmp_path / 'of-somebody.sqlite3'}"}
        settings = settings_on(anvil, tmp_path / "before", **more)
        prepare_on(anvil, settings)
        with opened(settings) as exchange, World(exchange, works=False) as world:
            world.organisation()
            back_up(exchange, tmp_path / "backup")
            rows = all_rows(exchange)
            with pytest.raises(Conflict, match="into an empty"):
                restore(settings_on(anvil, tmp_path / "after", **more), tmp_path / "backup")
            assert all_rows(exchange) == rows
            assert not (tmp_path / "after" / "restoring.json").exists()


def settle(world: World) -> None:
    for _ in range(4):
        world.settle()
        world.exchange.batcher.advance()
    world.settle()
