"""Disks that are full or fail (K19): refuse, stay readable, recover."""

from __future__ import annotations

import errno
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ipx.core.errors import Unavailable
from ipx.vault.custody_rules import CustodyState
from ipx.vault.rules import Outcome
from tests.custody_world import CustodyWorld
from tests.deposit_world import PDF, DepositWorld

CHECKOUT = Path(__file__).resolve().parents[2]
MIB = 1 << 20
NAMESPACE = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]


def has_namespaces() -> bool:
    """Tell whether a mount of one's own is allowed here."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not has_namespaces(), reason="this machine lets nobody mount a file system of one's own")
@pytest.mark.parametrize("what", ["blocks", "everything"])
def test_a_full_disk_refuses_deposits_and_loses_nothing(tmp_path: Path, what: str) -> None:
    small, roomy = tmp_path / "small", tmp_path / "roomy"
    small.mkdir()
    roomy.mkdir()
    script = 'mount -t tmpfs -o size=24m none "$1" && exec "$2" -m tests.faults.full_disk "$3" "$1" "$4"'
    command = [*NAMESPACE, "sh", "-c", script, "sh", str(small), sys.executable, what, str(roomy)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "held\n"), done.stderr


def bad_sector(block: Path) -> None:
    """Let the kernel answer EIO to whoever reads this block: nothing is mapped at the address 0 of any process."""
    block.unlink()
    block.symlink_to("/proc/self/mem")
    with pytest.raises(OSError) as refusal:  # noqa: PT011 - its number is looked at
        block.read_bytes()
    assert refusal.value.errno == errno.EIO


def test_a_bad_sector_fails_one_document_visibly_and_an_audit_finds_it(tmp_path: Path) -> None:
    world = CustodyWorld(tmp_path, configured=("first",))
    ada = world.organisation("ada")
    content = PDF + random.randbytes(3 * MIB)
    document, other = world.deposit(ada, content), world.deposit(ada, PDF)
    bad_sector(world.blocks_of(document.cid)[-1])
    with pytest.raises(Unavailable):
        world.read(ada, document.id)
    assert world.read(ada, other.id) == PDF
    with world.database.read() as session:
        (receipt,) = world.vault.receipts_of(session, document_ids=[document.id])
    assert receipt.outcome is Outcome.FAILED
    assert world.custody.audit(repairs=True, tell=lambda view: None).found == 1
    world.close()


def test_a_bad_sector_is_mended_from_the_other_store(tmp_path: Path) -> None:
    world = CustodyWorld(tmp_path)
    ada = world.organisation("ada")
    content = PDF + random.randbytes(3 * MIB)
    document = world.deposit(ada, content)
    world.custody.look_at_new()
    for block in world.blocks_of(document.cid):
        bad_sector(block)
    assert world.read(ada, document.id) == content
    found = world.custody.audit(repairs=True, tell=lambda view: None)
    assert (found.found, found.repaired, found.unasked) == (1, 1, 0)
    assert not any(block.is_symlink() for block in world.blocks_of(document.cid))
    with world.database.read() as session:
        states = [span.state for span in world.custody.history_of(session, cid=document.cid) if span.store == "first"]
    assert states[0] is CustodyState.INTACT
    assert CustodyState.DAMAGED in states
    world.close()


def test_a_disk_that_fails_at_any_sync_refuses_the_deposit_and_a_retry_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = DepositWorld(tmp_path)
    ada = world.organisation("ada")
    content = PDF + random.randbytes(2 * MIB)
    sync, left = os.fsync, [0]

    def failing(descriptor: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    failures = 0
    while True:
        left[0] = failures + 1
        key = f"at-sync-number-{failures}"
        try:
            world.deposit(ada, content, idempotency_key=key)
        except Unavailable:
            assert world.count("vault_documents") == failures
            assert world.unfinished() == []
        else:
            break
        left[0] = -1
        assert world.read(ada, world.deposit(ada, content, idempotency_key=key).id) == content
        failures += 1
    assert failures > 5
    world.database.dispose()
