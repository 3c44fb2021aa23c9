"""`kill -9` in the middle of a backup and of a restore, at their boundaries one after the other (killing.py)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.test_kill_every_step import deaths

pytestmark = pytest.mark.timeout(900)


def test_a_backup_survives_death_at_every_boundary(tmp_path: Path) -> None:
    died = deaths("backup", tmp_path)
    assert len(died) > 5
    assert "made" not in died[-1]


def test_a_restore_survives_death_at_any_boundary(tmp_path: Path) -> None:
    died = deaths("restore", tmp_path, "--step", "4")
    assert len(died) > 5
