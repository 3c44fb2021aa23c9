"""The relay is killed at K5 to K13 and K20 to K24 by name, and at random moments (chain_points.py).

A few random ones here; CI plays more by `make faults`, and `make faults N=10000` is the long run of the same program.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.chain_points import POINTS, SPECIAL

ROOT = Path(__file__).resolve().parents[2]
NAMED, RANDOM = len(POINTS) + len(SPECIAL), 12
IDS = ("K5", "K6", "K7", "K8", "K9", "K10", "K11", "K12", "K13", "K20", "K21", "K22", "K23", "K24")


@pytest.mark.timeout(900)
def test_nothing_is_lost_or_doubled_at_any_point(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "tests.faults.chain_points", str(tmp_path), "--rounds", str(NAMED + RANDOM))
    done = subprocess.run(command, cwd=ROOT, env={**os.environ}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-3000:]
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert lines[-1]["rounds"] == NAMED + RANDOM
    assert {line["point"].split()[0] for line in lines[:-1]} == {*IDS, "random"}
    assert sum("alive" not in line["died"] for line in lines[NAMED:-1]) > 0
