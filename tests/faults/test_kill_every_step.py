"""Both flows die at their boundaries, one after the other (killing.py); nothing is lost, nothing is doubled.

`make test` takes all boundaries of the deposit and a sample of the deal's, `make test-real` another one.
A deal has some 200: how many depends on how often a slow machine looks again, so the tests ask for much fewer.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tools.real.service import free_port

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.timeout(900)


def deaths(story: str, folder: Path, *options: str) -> list[dict[str, Any]]:
    """Play a story until it ends alive; return its deaths."""
    done = subprocess.run(
        (sys.executable, "-m", "tests.faults.killing", story, str(folder / "data"), *options),
        cwd=ROOT,
        env={**os.environ, "IPX_PORT": str(free_port()), "PYTHONPATH": str(ROOT), "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert lines[-1] == {"deaths": len(lines) - 1}
    return lines[:-1]


@pytest.mark.parametrize(
    ("step", "options"), [("1", ()), ("3", ("--with-anvil",))], ids=["process", "process and chain"]
)
def test_a_deposit_survives_death_at_every_boundary(tmp_path: Path, step: str, options: tuple[str, ...]) -> None:
    died = deaths("deposit", tmp_path, "--step", step, *options)
    assert len(died) > 40 // int(step)
    assert "acknowledged" not in died[0]
    assert "acknowledged" in died[-1]


@pytest.mark.parametrize(("first", "options"), [("7", ()), ("27", ("--with-anvil",))], ids=["process", "with chain"])
def test_a_deal_survives_death_at_any_boundary(tmp_path: Path, first: str, options: tuple[str, ...]) -> None:
    died = deaths("deal", tmp_path, "--first", first, "--step", "30", *options)
    assert len(died) > 3
    assert "paid" not in died[0]
    assert "paid" in died[-1]


@pytest.mark.real
@pytest.mark.timeout(1500)
@pytest.mark.parametrize(("first", "options"), [("1", ()), ("5", ("--with-anvil",))], ids=["process", "with chain"])
def test_a_deal_survives_death_at_many_boundaries(tmp_path: Path, first: str, options: tuple[str, ...]) -> None:
    assert len(deaths("deal", tmp_path, "--first", first, "--step", "20", *options)) > 5
