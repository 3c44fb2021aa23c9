"""An authority is set on an exchange that has been without one; on its own, since one process runs one exchange."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ipx.evidence.second_clock import SecondClock
from ipx.wiring import build_exchange
from tests.exchanges import running_exchange
from tests.second_clock_steps import batch_of, deposited, rows
from tests.time_stamp_authority import authority
from tests.world import World


def test_batches_from_before_there_was_an_authority_are_stamped_later(tmp_path: Path) -> None:
    (tmp_path / "tsa").mkdir()
    with authority(tmp_path / "tsa") as tsa, running_exchange(tmp_path, IPX_BATCH_DELAY="0") as before:
        with World(before) as world:
            batch = batch_of(world, deposited(world, world.organisation()))
            world.settle()
            world.write(world.service(SecondClock).ask_for_due)
            assert rows(world, batch) == []
        settings = replace(before.settings, tsa_url=tsa.url, tsa_roots=tsa.roots)
        after = build_exchange(settings)
        after.durable.connect()
        with World(after) as world:
            world.write(world.service(SecondClock).ask_for_due)
            world.settle()
            assert len(rows(world, batch)) == 1
        after.durable.stop()
        after.database.dispose()
