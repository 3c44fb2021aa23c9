"""A child of test_disk: fills a small file system of its own, by deposits and otherwise, and says what happened.

python -m tests.faults.full_disk SMALL ROOMY, where SMALL is a tmpfs of 24 MiB and ROOMY a folder elsewhere.
"""

from __future__ import annotations

import errno
import os
import random
import sys
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from ipx.core.errors import Unavailable
from ipx.vault.rules import Form
from tests.deposit_world import PDF, DepositWorld

MIB = 1 << 20


def fill(folder: Path, *, leave: int = 0) -> Path:
    """Write until the kernel says that the disk is full; then give some bytes back."""
    path = folder / "ballast"
    with path.open("wb", buffering=0) as file, pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        while True:
            file.write(bytes(4096))
    os.truncate(path, max(0, path.stat().st_size - leave))
    return path


def blocks_full(small: Path, roomy: Path) -> None:
    """The disk of the blocks is full, that of the database is not."""
    (roomy / "blocks").symlink_to(small)
    world = DepositWorld(roomy)
    ada = world.organisation("ada")
    known = {world.deposit(ada, content).id: content for content in (PDF, PDF + random.randbytes(2 * MIB))}
    for size in (30 * MIB, 22 * MIB):
        refused(world, ada, PDF + random.randbytes(size))
    ballast = fill(small)
    refused(world, ada, PDF)
    for document_id, content in known.items():
        assert world.read(ada, document_id) == content
    ballast.unlink()
    assert world.unfinished() == []
    assert world.read(ada, world.deposit(ada, PDF + random.randbytes(5 * MIB)).id)[: len(PDF)] == PDF
    assert len(world.files()) == 3
    check(world)


def everything_full(small: Path, _roomy: Path) -> None:
    """Database and blocks share the disk: nothing is acknowledged, nothing is lost, public facts stay readable."""
    world = DepositWorld(small)
    ada = world.organisation("ada")
    content = PDF + random.randbytes(MIB)
    document = world.deposit(ada, content)
    for leave in (0, 4096, 65_536, 300_000):
        ballast = fill(small, leave=leave)
        before = world.count("vault_documents")
        refused(world, ada, PDF + random.randbytes(MIB))
        assert world.count("vault_documents") == before
        with world.database.read() as session:
            assert world.vault.document(session, document_id=document.id) == document
            world.vault.may_read(session, actor=ada, document_id=document.id)
        ballast.unlink()
        assert world.read(ada, document.id, form=Form.CLEAR) == content
    assert world.unfinished() == []
    world.deposit(ada, PDF + random.randbytes(MIB))
    check(world)


def refused(world: DepositWorld, ada: object, content: bytes) -> None:
    before = world.count("vault_documents")
    try:
        world.deposit(ada, content)  # type: ignore[arg-type]
    except (Unavailable, OperationalError):
        assert world.count("vault_documents") == before
        return
    raise AssertionError("a deposit was acknowledged on a full disk")


def check(world: DepositWorld) -> None:
    with world.database.read() as session:
        assert world.audit.check(session).broken_at is None
        assert world.vault.check_receipts(session).broken_at is None
    world.database.dispose()


if __name__ == "__main__":
    {"blocks": blocks_full, "everything": everything_full}[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
    sys.stdout.write("held\n")
