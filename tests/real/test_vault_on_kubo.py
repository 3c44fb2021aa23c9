"""The whole suite of the vault with Kubo as its store, the daemon killed and restarted half-way."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services import address

CHECKOUT = Path(__file__).resolve().parents[2]
SUITE = [f"tests/flows/test_vault_{part}.py" for part in ("deposit", "reading", "evidence", "pages", "announcements")]
SUITE.append("tests/flows/test_vault_crashes.py")


@pytest.mark.real
@pytest.mark.timeout(1500)
def test_the_vault_suite_passes_on_kubo_killed_and_restarted_half_way() -> None:
    address("IPX_TEST_KUBO_API")  # it says whether Kubo could be built here
    command = [sys.executable, "-m", "pytest", "-p", "tests.half_way", "-m", "not real", "-n", "0", "-s", "-q", *SUITE]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "Kubo was killed and restarted before" in done.stdout
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) > 90
