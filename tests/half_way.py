"""A plug-in of pytest (-p tests.half_way): the tests use a Kubo of their own, which is killed and restarted half-way.

The daemon dies by SIGKILL before the test in the middle, and comes back on the same repository and address.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from ipx.adapters import kubo_sending
from tests.kubo_blocks import API, REPOSITORY
from tools.real.__main__ import cache_folder
from tools.real.kubo import Kubo


class HalfWay:
    """Keeps the daemon."""

    def __init__(self) -> None:
        kubo_sending.MOST_WAITING = 1  # the suite's files are small: let those of a few blocks go early as well
        self.folder = Path(tempfile.mkdtemp(prefix="ipx-half-way-"))
        self.daemon = Kubo()
        self.daemon.prepare(cache_folder())
        os.environ[API] = self.daemon.start(self.folder / "kubo")
        os.environ[REPOSITORY] = str(self.folder / "kubo")
        self.victim = ""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self.victim = items[len(items) // 2].nodeid if items else ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if item.nodeid == self.victim:
            self.daemon.kill_and_restart()
            sys.__stdout__.write(f"\nKubo was killed and restarted before {item.name}\n")  # type: ignore[union-attr]

    def pytest_unconfigure(self) -> None:
        self.daemon.stop()
        shutil.rmtree(self.folder)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(HalfWay(), "half-way")
