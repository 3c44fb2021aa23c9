"""Crash points K1 to K4: the process is killed at every boundary of a deposit, one after the other.

A child process dies without any clean-up, as by kill -9; the exchange is then opened again over the same folder.
"""

import io
import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from ipx.accounts.records import Actor
from ipx.core.errors import Unavailable
from ipx.core.ports import StoredFile, StoreSource
from ipx.vault.records import Document
from ipx.vault.rules import DocumentRole
from tests.deposit_world import PDF, DepositWorld
from tests.kubo_blocks import vault_kubo
from tests.own_process import KILLED, comes_to_its_end
from tests.small_files import png

CANARY = b"canary-51d0c2-the-electrolyte-is-made-at-room-temperature"
CONTENT = PDF + CANARY * 40_000
IMAGE = png(70, 70)
LISTED = pytest.mark.skipif(vault_kubo() is not None, reason="a node that others may use is not looked through")
Template = tuple[Path, Actor]
KEY = "the-upload-1"
DAY = timedelta(days=1)


class Fuse:
    """Counts boundaries; at the chosen one, calls what ends it all."""

    def __init__(self, at: int, blow: Any) -> None:
        self.left, self.blow = at, blow

    def burn(self) -> None:
        if self.left == 0:
            self.blow()
        self.left -= 1


class FusedSink:
    def __init__(self, sink: Any, fuse: Fuse) -> None:
        self._sink, self._fuse, self._size = sink, fuse, 0

    def write(self, data: bytes) -> int:
        if self._size % (1 << 20) < len(data):  # each time a block is full, and is cut and written beside what follows
            self._fuse.burn()
        taken: int = self._sink.write(data)
        self._size += taken
        return taken

    def flush(self) -> None:
        pass

    def root(self) -> str:
        self._fuse.burn()
        found: str = self._sink.root()
        return found

    def finish(self) -> StoredFile:
        self._fuse.burn()
        stored: StoredFile = self._sink.finish()
        self._fuse.burn()
        return stored

    def abort(self) -> None:
        self._sink.abort()


class FusedStore:
    """The real store, with a boundary before and after every step that counts."""

    def __init__(self, store: Any, fuse: Fuse) -> None:
        self._store, self._fuse = store, fuse
        self.files = store.files

    def begin(self) -> FusedSink:
        self._fuse.burn()
        return FusedSink(self._store.begin(), self._fuse)

    def open(self, cid: str) -> StoreSource:
        source: StoreSource = self._store.open(cid)
        return source

    def has(self, cid: str) -> bool:
        found: bool = self._store.has(cid)
        return found

    def delete(self, cid: str) -> None:
        self._fuse.burn()
        self._store.delete(cid)
        self._fuse.burn()


class FusedStream(io.BytesIO):
    fuse: Fuse

    def read(self, size: int | None = -1, /) -> bytes:
        self.fuse.burn()
        return super().read(size)


def fused(folder: Path, fuse: Fuse, seed: int) -> DepositWorld:
    world = DepositWorld(folder, seed=seed)
    world.__dict__["store"] = FusedStore(world.store, fuse)
    event.listen(world.database.engine, "commit", lambda connection: fuse.burn())
    event.listen(world.database.sessions, "after_commit", lambda session: fuse.burn())
    event.listen(world.database.sessions, "after_flush", lambda session, context: fuse.burn())
    return world


def upload(world: DepositWorld, actor: Any, fuse: Fuse | None = None, *, sealed: bool = True) -> Document:
    content = CONTENT if sealed else IMAGE
    stream = FusedStream(content)
    stream.fuse = fuse or Fuse(-1, lambda: None)
    if sealed:
        return world.deposit(actor, content, stream=stream, idempotency_key=KEY)
    given = {"role": DocumentRole.IMAGE, "file_name": "cell.png", "media_type": "image/png"}
    return world.deposit(actor, content, stream=stream, idempotency_key=KEY, **given)


@pytest.fixture
def template(tmp_path: Path) -> Template:
    (tmp_path / "template").mkdir()
    world = DepositWorld(tmp_path / "template")
    ada = world.organisation("ada")
    world.database.dispose()
    return tmp_path / "template", ada


def die() -> None:
    """End the process as kill -9 does."""
    os._exit(KILLED)


def deposit_until(folder: Path, ada: Actor, at: int, sealed: bool) -> None:
    """In a process of its own: deposit, and die at a boundary."""
    fuse = Fuse(at, die)
    upload(fused(folder, fuse, seed=100 + at), ada, fuse, sealed=sealed)


def sweep_until(folder: Path, at: int, now: datetime) -> None:
    """In a process of its own: collect what is left behind, and die at a boundary."""
    swept = fused(folder, Fuse(at, die), seed=100 + at)
    swept.clock.set(now)
    swept.vault.collect_orphans()


@pytest.mark.parametrize("sealed", [True, False], ids=["sealed", "public"])
def test_deposit_when_killed_at_any_boundary_then_leaves_all_or_nothing_and_a_retry_succeeds(
    template: Template, sealed: bool
) -> None:
    source, ada = template
    boundary = 0
    while True:
        folder = source.parent / f"killed-{boundary}"
        shutil.copytree(source, folder)
        finished = comes_to_its_end(deposit_until, folder, ada, boundary, sealed)
        check_after(folder, ada, seed=10_000 + boundary, sealed=sealed)
        shutil.rmtree(folder)
        if finished:
            break
        boundary += 1
    assert boundary > 9


def check_after(folder: Path, ada: Actor, *, seed: int, sealed: bool) -> None:
    world = DepositWorld(folder, seed=seed)
    documents = world.count("vault_documents")
    assert documents == world.count("evidence_stamps") <= 1
    document = upload(world, ada, sealed=sealed)
    assert (world.count("vault_documents"), world.count("evidence_stamps")) == (1, 1)
    if sealed:
        assert CANARY not in world.bytes_on_disk()
        assert world.read(ada, document.id) == CONTENT
    assert world.store.has(document.cid)
    world.vault.collect_orphans()
    world.clock.advance(DAY)
    world.vault.collect_orphans()
    assert world.files() == [document.cid]
    assert world.unfinished() == []
    with world.database.read() as session:
        assert world.audit.check(session).broken_at is None
    world.clear_node()
    world.database.dispose()


class Lost(Exception):
    pass


def lose() -> None:
    raise Lost


def test_deposit_when_any_step_fails_then_leaves_nothing_and_a_retry_in_the_same_process_succeeds(
    template: Template,
) -> None:
    """The same boundaries, but as errors: a full disk, a lost connection, a bug."""
    folder, ada = template
    boundary, failures = 0, 0
    while True:
        shutil.copytree(folder, folder.parent / "failing")
        fuse = Fuse(boundary, lose)
        world = fused(folder.parent / "failing", fuse, seed=500 + boundary)
        try:
            upload(world, ada, fuse)
        except Lost:
            failures += 1
            assert world.unfinished() == []
            assert world.count("vault_documents") in (0, 1)
        fuse.left = -1
        assert world.read(ada, upload(world, ada).id) == CONTENT
        assert world.count("vault_documents") == 1
        assert CANARY not in world.bytes_on_disk()
        world.clear_node()
        world.database.dispose()
        shutil.rmtree(folder.parent / "failing")
        if failures <= boundary:
            break
        boundary += 1
    assert failures > 9


@LISTED
def test_orphans_when_young_or_named_by_a_document_then_stay(tmp_path: Path) -> None:
    world = DepositWorld(tmp_path)
    ada = world.organisation("ada")
    document = world.deposit(ada)
    sink = world.store.begin()
    sink.write(b"left behind")
    orphan = sink.finish().cid
    assert world.vault.collect_orphans() == 0
    world.clock.advance(DAY - timedelta(seconds=1))
    assert world.vault.collect_orphans() == 0
    assert world.files() == sorted([orphan, document.cid])
    world.clock.advance(timedelta(seconds=1))
    assert world.vault.collect_orphans() == 1
    assert world.files() == [document.cid]
    assert world.count("vault_suspects") == 0
    assert world.read(ada, document.id) == PDF


def test_orphans_when_the_same_public_bytes_are_deposited_meanwhile_then_the_file_is_adopted(tmp_path: Path) -> None:
    world = DepositWorld(tmp_path)
    ada = world.organisation("ada")
    sink = world.store.begin()
    sink.write(IMAGE)
    orphan = sink.finish().cid
    world.vault.collect_orphans()
    world.clock.advance(2 * DAY)
    document = upload(world, ada, sealed=False)
    assert document.cid == orphan
    assert world.vault.collect_orphans() == 0
    assert world.files() == [orphan]


def test_orphans_when_the_collector_was_faster_then_the_deposit_says_try_again(tmp_path: Path) -> None:
    world = DepositWorld(tmp_path)
    ada = world.organisation("ada")

    class Racing:
        """The real store; right after the file is there, the collector's turn comes and it is gone."""

        def __init__(self, store: Any) -> None:
            self._store = store

        def __getattr__(self, name: str) -> Any:
            return getattr(self._store, name)

        def has(self, cid: str) -> bool:
            self._store.delete(cid)
            found: bool = self._store.has(cid)
            return found

    world.__dict__["store"] = Racing(world.store)
    with pytest.raises(Unavailable):
        upload(world, ada, sealed=False)
    assert world.count("vault_documents") == 0


@LISTED
def test_orphans_when_the_sweep_is_killed_at_any_boundary_then_nothing_that_counts_is_lost(template: Template) -> None:
    source, ada = template
    world = DepositWorld(source, seed=77)
    document = world.deposit(ada, CONTENT)
    for number in range(3):
        sink = world.store.begin()
        sink.write(b"left behind %d" % number)
        sink.finish()
    world.vault.collect_orphans()
    now = world.clock.now() + 2 * DAY
    world.database.dispose()
    boundary = 0
    while True:
        folder = source.parent / f"sweep-{boundary}"
        shutil.copytree(source, folder)
        finished = comes_to_its_end(sweep_until, folder, boundary, now)
        after = DepositWorld(folder, seed=999)
        after.clock.set(now)
        after.vault.collect_orphans()
        assert after.files() == [document.cid]
        assert after.read(ada, document.id) == CONTENT
        after.database.dispose()
        if finished:
            break
        boundary += 1
    assert boundary > 5
