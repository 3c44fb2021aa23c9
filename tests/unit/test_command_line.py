"""Which commands there are: each is loaded only when its first word is asked for, so every word must be known."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_group

import ipx.cli


def test_every_command_is_known_by_its_first_word() -> None:
    ipx.cli.mount()
    assert set(get_group(ipx.cli.app).commands) == ipx.cli._OWN | {"audit", *ipx.cli._ELSEWHERE}


@pytest.mark.parametrize("word", ["backups", "log", "match"])
def test_a_command_is_there_without_the_others(word: str) -> None:
    code = "import sys, ipx.cli; sys.argv[0] = 'ipx'; ipx.cli.main()"
    done = subprocess.run([sys.executable, "-c", code, word, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"ipx {word}" in done.stdout


def test_the_server_does_not_load_what_other_commands_stand_on() -> None:
    code = "import sys, ipx.cli; ipx.cli.mount('run'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"ipx.audit_commands", "ipx.smoke.command", "rich.progress"}.isdisjoint(done.stdout.split())


@pytest.mark.parametrize("word", ["check", "reindex"])
def test_a_command_about_an_exchange_says_in_one_line_that_there_is_none(word: str, tmp_path: Path) -> None:
    code = "from ipx.cli import main; main()"
    environment = {**os.environ, "IPX_DATA_DIR": str(tmp_path / "nothing")}
    done = subprocess.run(
        [sys.executable, "-c", code, word], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 2
    assert done.stderr.startswith("There is no exchange here yet.")
    assert done.stderr.count("\n") == 1
