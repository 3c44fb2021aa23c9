"""An older backup brings no erased inventor back: the register is replayed before anybody can read."""

from __future__ import annotations

from pathlib import Path

from ipx.inventions.models import InventionRow
from tests.backups import back_up, chain_elsewhere, opened, prepare_on, restore, settings_on
from tests.invention_steps import ANSWER, disputed, erase, officer_of, sealed_of, seen
from tests.reading_apart import places_of
from tests.world import World


def test_an_old_backup_brings_no_erased_inventor_back(tmp_path: Path) -> None:
    with chain_elsewhere(tmp_path / "node") as anvil:
        before, later = settings_on(anvil, tmp_path / "before"), settings_on(anvil, tmp_path / "later")
        prepare_on(anvil, before)
        with opened(before) as exchange, World(exchange) as world:
            writer = world.organisation()
            officer = officer_of(world, writer)
            invention_id = disputed(world, writer)
            inventor_id = seen(world, writer, invention_id).inventors[0].id
            secrets = sealed_of(world, inventor_id)
            draft = world.row(InventionRow, invention_id).sealed_draft
            back_up(exchange, tmp_path / "backup")
            erase(world, officer, invention_id)
            world.settle()
            back_up(exchange, tmp_path / "second")
            exchange.chores["erasure register"]()
            for secret in (*secrets, draft):
                assert places_of(secret[13:], before.data_dir) == []
        restore(later, tmp_path / "backup")
        assert len(secrets) == 2
        for secret in (*secrets, draft):
            assert places_of(secret[13:], later.data_dir) == []
        with opened(later) as exchange, World(exchange) as world:
            found = seen(world, officer, invention_id)
            assert [one.name for one in found.inventors] == ["", "Bo Ek"]
            assert ANSWER not in [line.words for line in found.history]
