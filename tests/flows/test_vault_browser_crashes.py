"""Crash points K2 to K4 for a document that a browser sealed: killed at each boundary, it is whole or not there."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

from ipx.accounts.records import Actor
from tests.deposit_world import DepositWorld
from tests.flows.test_vault_crashes import Fuse, FusedStream, die, fused
from tests.own_process import comes_to_its_end
from tests.sealing_browser import Sealed, make_recipient, owner_of, seal, send

CONTENT = b"The bath has 412 K. " * 60_000
KEY = "the-upload-1"


def upload(world: DepositWorld, actor: Actor, sealed: Sealed, fuse: Fuse | None = None) -> Any:
    stream = FusedStream(sealed.body)
    stream.fuse = fuse or Fuse(-1, lambda: None)
    return send(world, actor, sealed.body, stream=stream, idempotency_key=KEY)


def deposit_until(folder: Path, ada: Actor, sealed: Sealed, at: int) -> None:
    """In a process of its own: deposit, and die at a boundary."""
    fuse = Fuse(at, die)
    upload(fused(folder, fuse, seed=100 + at), ada, sealed, fuse)


def test_deposit_when_killed_at_any_boundary_then_leaves_all_or_nothing_and_a_retry_succeeds(tmp_path: Path) -> None:
    (tmp_path / "template").mkdir()
    world = DepositWorld(tmp_path / "template")
    ada = world.organisation("ada")
    public = str(make_recipient(world, ada).to_public())
    sealed = seal(CONTENT, recipients=[public], owner=owner_of(world, ada))
    world.database.dispose()
    boundary, finished = 0, False
    while not finished:
        folder = tmp_path / f"killed-{boundary}"
        shutil.copytree(tmp_path / "template", folder)
        finished = comes_to_its_end(deposit_until, folder, ada, sealed, boundary)
        check_after(folder, ada, sealed, seed=10_000 + boundary)
        shutil.rmtree(folder)
        boundary += 1
    assert boundary > 9


def check_after(folder: Path, ada: Actor, sealed: Sealed, *, seed: int) -> None:
    """A retry gives the one document, and what the dead attempt left is collected."""
    world = DepositWorld(folder, seed=seed)
    tables = ("vault_documents", "vault_browser_seals", "evidence_stamps")
    assert len({world.count(table) for table in tables}) == 1
    document = upload(world, ada, sealed)
    assert [world.count(table) for table in tables] == [1, 1, 1]
    for _ in range(2):
        world.vault.collect_orphans()
        world.clock.advance(timedelta(days=1))
    assert world.files() == [document.cid]
    assert world.store.open(document.cid).read() == sealed.document
    assert world.unfinished() == []
    with world.database.read() as session:
        assert world.audit.check(session).broken_at is None
    world.clear_node()
    world.database.dispose()
