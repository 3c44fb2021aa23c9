"""What earlier versions wrote stays valid: their data folders (tests/landed) are started, read and checked by this one.

A folder is made by tools/make_landed_data.py when a format or the schema changes, and never changed afterwards.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ipx.settings import read_settings
from ipx.smoke.client import Visitor
from ipx.wiring import build_exchange
from tests.faults import inspection
from tests.faults.running import IPX, Running, running

FOLDERS = sorted((Path(__file__).resolve().parents[1] / "landed").glob("*.tar.gz"))


class Landed:
    """An exchange on the data of an earlier version, and what is known of them."""

    def __init__(self, exchange: Running, facts: dict[str, Any]) -> None:
        self.exchange = exchange
        self.facts = facts
        self.owner = Visitor(exchange.url, "the owner")


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda path: path.name)
def landed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Landed]:
    folder = tmp_path_factory.mktemp("landed")
    with tarfile.open(request.param) as archive:
        archive.extractall(folder, filter="data")
    with running(folder) as exchange:
        yield Landed(exchange.start(), json.loads((folder / "facts.json").read_text()))


def test_one_was_kept() -> None:
    assert FOLDERS


def test_its_people_sign_in_read_and_see_a_whole_history(landed: Landed) -> None:
    owner, facts = landed.owner, landed.facts
    form = owner.page("/sign-in").form(having=["email", "password"])
    owner.submit(form, {"email": facts["email"], "password": facts["password"]})
    place = f"/documents/{facts['document']}/open"
    purpose = {"purpose": "to see whether it is there", "form": "clear"}
    answer = owner.post_form(owner.page(place).form(to=place), purpose)
    assert hashlib.sha256(answer.content).hexdigest() == facts["sha256"]
    assert "whole" in owner.page("/history/audit").text
    history = owner.download(f"/history/technologies/{facts['technology']}.json").json()
    assert {"deposit", "anchor", "grant", "read"} <= {line["kind"] for line in history["lines"]}
    assert "Non-exclusive" in owner.page(f"/licences/{facts['licence']}").text


def test_its_evidence_still_verifies_up_to_the_chain(landed: Landed, tmp_path: Path) -> None:
    bundle = tmp_path / "kept.ipx-evidence.json"
    bundle.write_text(landed.facts["bundle"])
    chain = json.loads((landed.exchange.data / "chain" / "process.json").read_text())
    command = (str(IPX), "verify", str(bundle), "--require", "chain", "--rpc", f"http://127.0.0.1:{chain['port']}")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_everything_that_it_holds_is_valid(landed: Landed) -> None:
    exchange = build_exchange(read_settings(landed.exchange.environment()))
    try:
        inspection.check(exchange)
    finally:
        exchange.database.dispose()
