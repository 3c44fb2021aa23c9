"""The real ClamAV: what it finds, what its limits are, and that a deposit listens to it."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import pytest

from ipx.adapters.clamd import Clamd
from ipx.core.errors import Invalid
from ipx.core.port_records import ScanResult
from ipx.vault.findings import InspectionState
from tests.clamd_simulator import EICAR
from tests.deposit_world import DepositWorld
from tests.services import address

pytestmark = pytest.mark.real
LIMIT = 1 << 20  # as tools/real/clamav.py sets it


@pytest.fixture
def clamd() -> Clamd:
    return Clamd(address("IPX_TEST_CLAMD"), limit=LIMIT, timeout=30)


def packed(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.com", content)
    return out.getvalue()


def test_it_answers_with_its_version_and_finds_the_test_file(clamd: Clamd) -> None:
    assert clamd.check().startswith("ClamAV 1.")


@pytest.mark.parametrize("content", [EICAR, packed(EICAR), packed(packed(EICAR))], ids=["plain", "zip", "zip in zip"])
def test_it_finds_what_is_packed(clamd: Clamd, content: bytes) -> None:
    found = clamd.scan([content[:20], content[20:]], size=len(content), unpacked=0)
    assert found.result is ScanResult.FOUND
    assert found.signature is not None
    assert "Eicar-Test-Signature" in found.signature


def test_it_calls_other_files_clean(clamd: Clamd) -> None:
    noise = random.Random(1).randbytes(LIMIT // 2)
    assert clamd.scan([noise], size=len(noise), unpacked=0).result is ScanResult.CLEAN


def test_it_calls_clean_what_it_did_not_look_through_so_we_do_not_ask_it(clamd: Clamd) -> None:
    """The trap that IPX_CLAMD_LIMIT is there for: a virus behind the limit of its own is OK to it."""
    hidden = io.BytesIO()
    with zipfile.ZipFile(hidden, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("first", bytes(2 * LIMIT))
        archive.writestr("second.com", EICAR)
    content = hidden.getvalue()
    trusting = Clamd(address("IPX_TEST_CLAMD"), limit=1 << 30, timeout=30)
    assert trusting.scan([content], size=len(content), unpacked=0).result is ScanResult.CLEAN
    assert clamd.scan([content], size=len(content), unpacked=2 * LIMIT).result is ScanResult.OVER_LIMIT


def test_its_own_limit_of_a_stream_is_understood(clamd: Clamd) -> None:
    trusting = Clamd(address("IPX_TEST_CLAMD"), limit=1 << 30, timeout=30)
    pieces = [bytes(1 << 18) for _ in range(40)]
    assert trusting.scan(pieces, size=40 << 18, unpacked=0).result is ScanResult.OVER_LIMIT


def test_a_deposit_listens_to_it(clamd: Clamd, tmp_path: Path) -> None:
    world = DepositWorld(tmp_path, scanner=clamd)
    ada, given = world.organisation("ada"), {"file_name": "a.zip", "media_type": "application/zip"}
    with pytest.raises(Invalid, match="Eicar"):
        world.deposit(ada, packed(packed(EICAR)), **given)
    assert world.files() == []
    good = world.deposit(ada, packed(b"good"), **given)
    large = world.deposit(ada, packed(bytes(2 * LIMIT)), **given)
    with world.database.read() as session:
        states = [found.state for each in (good, large) if (found := world.inspections.of(session, each.id))]
    assert states == [InspectionState.CLEAN, InspectionState.QUARANTINED]
