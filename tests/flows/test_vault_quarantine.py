"""The virus scanner and quarantine: what is not looked through is given to nobody, until it is."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from ipx.adapters.clamd import Clamd
from ipx.adapters.sandbox.launcher import Sandbox
from ipx.audit.service import THE_EXCHANGE
from ipx.core.errors import Conflict, Invalid, Unavailable
from ipx.core.port_records import ScanResult
from ipx.vault.events import DocumentQuarantined, DocumentReleased
from ipx.vault.findings import InspectionState
from ipx.vault.inspector import Inspector
from ipx.vault.rescans import Rescans
from ipx.vault.rules import DocumentRole, Form
from tests.clamd_simulator import EICAR, ClamdSimulator
from tests.deposit_world import PDF, DepositWorld
from tests.deposit_world import READER as IDENTITY

TEXT = {"file_name": "notes.txt", "media_type": "text/plain"}
ZIP = {"file_name": "data.zip", "media_type": "application/zip"}
LIMIT = 1 << 16
READER = str(IDENTITY.to_public())


class Heard(list):  # type: ignore[type-arg]
    """The events of a world, in order."""

    def __init__(self, world: DepositWorld) -> None:
        for kind in (DocumentQuarantined, DocumentReleased):
            world.events.listen(kind, lambda _session, event: self.append((type(event).__name__, event.document_id)))


def world_at(tmp_path: Path, address: str) -> DepositWorld:
    return DepositWorld(tmp_path, scanner=Clamd(address, limit=LIMIT, timeout=10))


def state_of(world: DepositWorld, document_id: str) -> InspectionState:
    with world.database.read() as session:
        found = world.inspections.of(session, document_id)
    assert found is not None
    return found.state


def rescans(world: DepositWorld) -> Rescans:
    inspector = Inspector(workshop=Sandbox(), scanner=world.scanner)
    return Rescans(
        database=world.database,
        store=world.store,
        accounts=world.accounts,
        inspector=inspector,
        inspections=world.inspections,
    )


def test_what_the_scanner_finds_is_refused_and_nothing_is_stored(tmp_path: Path) -> None:
    with ClamdSimulator(tmp_path) as clamd:
        world = world_at(tmp_path, clamd.address)
        ada = world.organisation("ada")
        with pytest.raises(Invalid, match="Eicar-Test-Signature"):
            world.deposit(ada, b"before it " + EICAR, **TEXT)
    assert world.count("vault_documents") == 0
    assert world.files() == []


def test_the_scanner_sees_exactly_what_readers_get(tmp_path: Path) -> None:
    content = PDF + bytes(range(256)) * 100
    with ClamdSimulator(tmp_path) as clamd:
        world = world_at(tmp_path, clamd.address)
        document = world.deposit(ada := world.organisation("ada"), content)
    assert clamd.seen == [content]
    assert state_of(world, document.id) is InspectionState.CLEAN
    assert world.read(ada, document.id) == content


def test_what_is_over_the_limit_is_in_quarantine_not_clean(tmp_path: Path) -> None:
    with ClamdSimulator(tmp_path) as clamd:
        world = world_at(tmp_path, clamd.address)
        heard, ada = Heard(world), world.organisation("ada")
        large = world.deposit(ada, b"x" * (LIMIT + 1), **TEXT)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a", bytes(LIMIT + 1))
        unfolding = world.deposit(ada, packed.getvalue(), **ZIP)
        with pytest.raises(Invalid, match="cannot look through"):
            world.deposit(ada, b"x" * (LIMIT + 1), role=DocumentRole.PUBLIC, **TEXT)
        rescans(world).all_waiting()
    assert clamd.seen == []
    for document in (large, unfolding):
        assert state_of(world, document.id) is InspectionState.QUARANTINED
        for form in Form:
            with pytest.raises(Conflict, match="quarantine"):
                world.read(ada, document.id, form=form, recipient=READER if form is Form.AGE else None)
    assert world.count("vault_receipts") == 0
    assert heard == [("DocumentQuarantined", large.id), ("DocumentQuarantined", unfolding.id)]


def test_while_the_scanner_is_away_deposits_wait_in_quarantine_and_come_out_by_themselves(tmp_path: Path) -> None:
    world = world_at(tmp_path, f"unix:{tmp_path}/clamd.ctl")
    heard, ada = Heard(world), world.organisation("ada")
    good, bad = world.deposit(ada, b"good", **TEXT), world.deposit(ada, EICAR, **TEXT)
    assert rescans(world).advance() is False
    with pytest.raises(Conflict):
        world.read(ada, good.id)
    with ClamdSimulator(tmp_path):
        assert rescans(world).advance() is True
        assert rescans(world).advance() is False
    assert world.read(ada, good.id) == b"good"
    assert state_of(world, bad.id) is InspectionState.QUARANTINED
    assert heard == [("DocumentQuarantined", good.id), ("DocumentQuarantined", bad.id), ("DocumentReleased", good.id)]


def test_the_operator_releases_once_and_the_audit_log_says_so(tmp_path: Path) -> None:
    world = world_at(tmp_path, f"unix:{tmp_path}/nobody.ctl")
    ada = world.organisation("ada")
    document = world.deposit(ada, b"good", **TEXT)
    with world.database.write() as session:
        world.inspections.release(session, by=THE_EXCHANGE, document_id=document.id)
    assert world.read(ada, document.id) == b"good"
    with world.database.write() as session, pytest.raises(Conflict):
        world.inspections.release(session, by=THE_EXCHANGE, document_id=document.id)
    with world.database.read() as session:
        lines = [line.action for line in world.audit.lines_of(session, [("document", document.id)])]
    assert lines[1:] == ["document:content:deposited", "document:content:quarantined", "document:content:released"]


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0", ScanResult.OVER_LIMIT),
        (b"stream: Win.Test FOUND\0", ScanResult.FOUND),
        (b"stream: OK\0", ScanResult.CLEAN),
        (b"INSTREAM size limit exceeded. ERROR\0", ScanResult.OVER_LIMIT),
    ],
)
def test_each_answer_of_the_daemon_is_understood(tmp_path: Path, answer: bytes, result: ScanResult) -> None:
    with ClamdSimulator(tmp_path, answer=answer) as clamd:
        found = Clamd(clamd.address, limit=LIMIT).scan([b"x"], size=1, unpacked=0)
    assert found.result is result
    assert found.scanner == "ClamAV 0.0.0 simulator"


@pytest.mark.parametrize("answer", [b"stream: whatever ERROR\0", b"", b"\0"])
def test_any_other_answer_is_no_acquittal(tmp_path: Path, answer: bytes) -> None:
    with ClamdSimulator(tmp_path, answer=answer) as clamd, pytest.raises(Unavailable):
        Clamd(clamd.address, limit=LIMIT).scan([b"x"], size=1, unpacked=0)


def test_a_daemon_that_stops_to_listen_at_its_limit_is_heard(tmp_path: Path) -> None:
    with ClamdSimulator(tmp_path, limit=1000) as clamd:
        pieces = [bytes(1 << 18) for _ in range(40)]
        found = Clamd(clamd.address, limit=1 << 30).scan(pieces, size=40 << 18, unpacked=0)
    assert found.result is ScanResult.OVER_LIMIT


def test_the_check_wants_the_test_file_to_be_found(tmp_path: Path) -> None:
    with ClamdSimulator(tmp_path) as clamd:
        assert "quarantine" in Clamd(clamd.address, limit=LIMIT).check()
    with ClamdSimulator(tmp_path, answer=b"stream: OK\0") as clamd, pytest.raises(Unavailable, match="EICAR"):
        Clamd(clamd.address, limit=LIMIT).check()
    with pytest.raises(Unavailable):
        Clamd(clamd.address, limit=LIMIT).check()
    with pytest.raises(Invalid):
        Clamd("127.0.0.1", limit=LIMIT)
