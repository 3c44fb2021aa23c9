"""`kill -9` in the middle of a rotation of keys, at its boundaries one after the other (killing.py). K18."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.test_kill_every_step import deaths


@pytest.mark.timeout(900)
@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.real)])
def test_rotations_survive_death_at_every_boundary(tmp_path: Path, step: int) -> None:
    died = deaths("rotation", tmp_path, "--step", str(step))
    assert len(died) > 32 // step
    assert "organisation" not in died[0]
    assert "organisation" in died[-1]
