"""The whole story on PostgreSQL, Kubo, Elasticsearch and a chain node, with two web processes and two workers."""

from __future__ import annotations

import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import Self

import pytest
import requests
from sqlalchemy import text

from ipx.adapters.evm.keys import address_of
from ipx.adapters.evm.rpc import Rpc
from ipx.db.session import Database
from tests.exchanges import empty_postgres
from tests.faults.running import IPX, until
from tests.services import address
from tools.real.service import free_port

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]
WORKERS = ("one", "two")
NEW_ACCOUNT_WEI = hex(10**20)


class Fleet:
    """An exchange of several processes."""

    def __init__(self, folder: Path, database: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "log"
        self.database = database
        self.key = secrets.token_hex(32)
        ours = {name: value for name, value in os.environ.items() if not name.startswith("IPX_")}
        self.environment = {
            **ours,
            "IPX_DATA_DIR": str(folder / "data"),
            "IPX_PORT": str(self.port),
            "IPX_DATABASE_URL": database,
            "IPX_KUBO_API": address("IPX_TEST_KUBO_API"),
            "IPX_ELASTICSEARCH_URL": address("IPX_TEST_ELASTICSEARCH_URL"),
            "IPX_CHAIN_URL": address("IPX_TEST_ANVIL_URL"),
            "IPX_CHAIN_KEY": self.key,
            "IPX_BATCH_DELAY": "0.5",
            "IPX_DEMO": "0",
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        self.call("migrate")
        self.call("deploy", "--rectifier", address_of(self.key), "--threshold", "1")
        self.launch("web", "serve", "--workers", "2")
        for name in WORKERS:
            self.launch(name, "worker", "--name", name)
        until(self.answers, 180, self.said)
        return self

    def __exit__(self, *exc: object) -> None:
        for process in self.processes.values():
            process.send_signal(SIGTERM)
        for process in self.processes.values():
            process.wait(30)

    def call(self, *command: str) -> str:
        done = subprocess.run(
            (str(IPX), *command), env=self.environment, capture_output=True, text=True, timeout=400, check=False
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{self.said()}"
        return done.stdout

    def launch(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            process = subprocess.Popen((str(IPX), *command), env=self.environment, stdout=log, stderr=log)
        self.processes[name] = process
        return process

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).ok
        except requests.RequestException:
            return False

    def said(self) -> str:
        return self.log.read_text(errors="replace")[-6000:] if self.log.exists() else ""

    def unfinished(self) -> list[str]:
        database = Database(self.database)
        query = text("SELECT name FROM dbos.workflow_status WHERE status IN ('ENQUEUED', 'PENDING', 'DELAYED')")
        try:
            with database.read() as session:
                return list(session.scalars(query))
        finally:
            database.dispose()


@pytest.fixture(scope="module")
def chain() -> Iterator[Rpc]:
    """The node, making a block each second, so that something becomes final."""
    rpc = Rpc(address("IPX_TEST_ANVIL_URL"))
    rpc.call("anvil_setIntervalMining", 1)
    yield rpc
    rpc.call("evm_setAutomine", True)


@pytest.fixture(scope="module")
def fleet(chain: Rpc, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with ExitStack() as stack:
        fleet = Fleet(tmp_path_factory.mktemp("fleet"), stack.enter_context(empty_postgres()))
        chain.call("anvil_setBalance", address_of(fleet.key), NEW_ACCOUNT_WEI)
        yield stack.enter_context(fleet)


def test_the_whole_story_passes_on_real_services(fleet: Fleet) -> None:
    assert "The whole story passed" in fleet.call("smoke", "--url", fleet.url)
    assert "MISSING" not in fleet.call("doctor")


def test_a_worker_is_killed_in_the_middle_and_the_other_goes_on(fleet: Fleet) -> None:
    story = fleet.launch("story", "smoke", "--url", fleet.url)
    time.sleep(4)
    fleet.processes["one"].send_signal(SIGKILL)
    fleet.processes["one"].wait(10)
    time.sleep(2)
    fleet.launch("one", "worker", "--name", "one")
    assert story.wait(300) == 0, fleet.said()
    until(lambda: not fleet.unfinished(), 60, lambda: f"{fleet.unfinished()}\n{fleet.said()}")
