"""``ipx quarantine``: the operator sees what waits, and lets it out."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ipx.core.errors import NotFound
from ipx.factory import create_app
from ipx.quarantine_commands import app as quarantine
from ipx.vault.models import InspectionRow
from ipx.wiring import Exchange
from tests.clamd_simulator import ClamdSimulator
from tests.web_client import Person


@pytest.fixture
def document(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("IPX_DATA_DIR", str(exchange.settings.data_dir))
    monkeypatch.setenv("IPX_DEMO", "0")
    ada = Person(exchange, create_app(exchange))
    place = str(ada.post("/technologies/new", title="Cell", problem="Heat", trl="", revision="").location)
    found = str(ada.put(f"{place}/documents", b"a text", "a.txt", "text/plain").json["document"])
    with exchange.database.write() as session:
        row = session.get_one(InspectionRow, found)
        row.state, row.reason = "quarantined", "scan-limit"
    return found


def run(*words: str) -> str:
    done = CliRunner().invoke(quarantine, words, catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_list_and_release(document: str) -> None:
    assert document in run("list")
    assert "scan-limit" in run("list")
    assert "out of quarantine" in run("release", document)
    assert document not in run("list")
    with pytest.raises(NotFound):
        run("release", "no-such-document")


def test_without_a_scanner_a_rescan_acquits_nobody(document: str) -> None:
    assert run("rescan") == ""
    assert document in run("list")


def test_a_rescan_uses_the_scanner_and_the_limits_of_now(
    document: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ClamdSimulator(tmp_path) as clamd:
        monkeypatch.setenv("IPX_CLAMD", clamd.address)
        assert f"{document}  clean" in run("rescan")
    assert b"a text" in clamd.seen
    assert document not in run("list")
