"""Kubo dies in the middle of things: what was acknowledged stays, what was not is refused, and all goes on after it."""

from __future__ import annotations

import io
import random
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from ipx.accounts.records import Actor
from ipx.adapters.kubo import KuboStore
from ipx.core.errors import NotFound, Unavailable
from ipx.core.ports import StoredFile
from ipx.vault.rules import Form, Outcome
from tests.deposit_world import PDF, DepositWorld
from tests.services import address
from tools.real.__main__ import cache_folder
from tools.real.kubo import Kubo

MIB = 1 << 20
pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubo]:
    address("IPX_TEST_KUBO_API")  # it says whether Kubo could be built here
    kubo = Kubo()
    kubo.prepare(cache_folder())
    kubo.start(tmp_path_factory.mktemp("killed") / "kubo")
    yield kubo
    kubo.stop()


@pytest.fixture
def world(daemon: Kubo, tmp_path: Path) -> Iterator[DepositWorld]:
    made = DepositWorld(tmp_path)
    made.kubo = daemon.url
    made.__dict__["store"] = KuboStore(daemon.url, tmp_path / "staging", answer_seconds=20)
    yield made
    made.database.dispose()


class Timed:
    """The real store; so many seconds after a file is about to be finished, the daemon is killed."""

    def __init__(self, store: KuboStore, daemon: Kubo, seconds: float) -> None:
        self._store, self._daemon, self._seconds = store, daemon, seconds

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def begin(self, *, replace: bool = False) -> Any:
        sink, daemon, seconds = self._store.begin(replace=replace), self._daemon, self._seconds
        finish = sink.finish

        def timed() -> StoredFile:
            killer = threading.Timer(seconds, daemon.kill)
            killer.start()
            try:
                return finish()
            finally:
                killer.join()

        sink.finish = timed  # type: ignore[method-assign]
        return sink


@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.05, 0.1, 0.2, 0.4])
def test_k3_k4_a_daemon_killed_while_it_takes_a_file_leaves_it_whole_or_not_acknowledged(
    world: DepositWorld, daemon: Kubo, seconds: float
) -> None:
    ada, store = world.organisation("ada"), world.store
    content = PDF + random.randbytes(24 * MIB)
    before = set(store.files())
    world.__dict__["store"] = Timed(store, daemon, seconds)  # type: ignore[arg-type]
    acknowledged = None
    try:
        acknowledged = world.deposit(ada, content, idempotency_key="while-it-dies")
    except Unavailable:
        assert world.count("vault_documents") == 0
    daemon.kill_and_restart()
    after = DepositWorld(world.folder, seed=2)
    after.kubo, after.__dict__["store"] = daemon.url, store
    if acknowledged is not None:
        assert after.read(ada, acknowledged.id) == content
    document = after.deposit(ada, content, idempotency_key="while-it-dies")
    assert after.read(ada, document.id) == content
    after.clock.advance(timedelta(days=2))
    after.vault.collect_orphans()
    assert set(store.files()) - before == {document.cid}
    after.database.dispose()


class Interrupted(io.BytesIO):
    """An upload; once ``at`` bytes of it were read, something happens."""

    def __init__(self, content: bytes, at: int, act: Callable[[], None]) -> None:
        super().__init__(content)
        self._at, self._act = at, act

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() >= self._at:
            self._at, act = len(self.getvalue()) + 1, self._act
            act()
        return super().read(size)


@pytest.mark.parametrize("at", [0, 3 * MIB, 9 * MIB, 17 * MIB, 24 * MIB])
def test_k1_a_daemon_that_is_killed_and_comes_back_while_blocks_are_sent_has_the_whole_file(
    world: DepositWorld, daemon: Kubo, at: int
) -> None:
    ada, content = world.organisation("ada"), PDF + random.randbytes(24 * MIB)
    stream = Interrupted(content, at, daemon.kill_and_restart)
    document = world.deposit(ada, content, stream=stream, idempotency_key="it-comes-back")
    requests.post(f"{daemon.url}/api/v0/repo/gc", timeout=60).raise_for_status()
    assert world.read(ada, document.id) == content


def test_k1_a_daemon_that_dies_while_blocks_are_sent_is_told_and_a_retry_succeeds(
    world: DepositWorld, daemon: Kubo
) -> None:
    ada, content = world.organisation("ada"), PDF + random.randbytes(24 * MIB)
    with pytest.raises(Unavailable):
        world.deposit(ada, content, stream=Interrupted(content, 12 * MIB, daemon.kill), idempotency_key="it-is-away")
    assert world.count("vault_documents") == 0
    daemon.kill_and_restart()
    document = world.deposit(ada, content, idempotency_key="it-is-away")
    assert world.read(ada, document.id) == content


def test_a_reading_breaks_off_visibly_when_the_daemon_dies_and_works_when_it_is_back(
    world: DepositWorld, daemon: Kubo
) -> None:
    ada: Actor = world.organisation("ada")
    content = PDF + random.randbytes(16 * MIB)
    document = world.deposit(ada, content)
    with world.database.write() as session:
        delivery = world.vault.read(session, actor=ada, document_id=document.id, purpose="a look", form=Form.CLEAR)
    stream = delivery.chunks()
    got = next(stream)
    daemon.kill()
    with pytest.raises((Unavailable, NotFound)):
        while True:
            got += next(stream)
    stream.close()
    assert len(got) < len(content)
    assert content.startswith(got)
    with world.database.read() as session:
        (receipt,) = world.vault.receipts_of(session, document_ids=[document.id])
    assert (receipt.outcome, receipt.delivered_bytes) == (Outcome.FAILED, len(got))
    with pytest.raises(Unavailable):
        world.deposit(ada)
    daemon.kill_and_restart()
    assert world.read(ada, document.id) == content
    world.deposit(ada)


def test_k3_garbage_collections_that_run_all_the_time_take_nothing(world: DepositWorld, daemon: Kubo) -> None:
    ada = world.organisation("ada")
    stop = threading.Event()

    def collect() -> None:
        while not stop.is_set():
            requests.post(f"{daemon.url}/api/v0/repo/gc", timeout=60).raise_for_status()

    collector = threading.Thread(target=collect)
    collector.start()
    try:
        contents = [PDF + random.randbytes(size) for size in (10, MIB, 5 * MIB, 19 * MIB) * 2]
        documents = [world.deposit(ada, content) for content in contents]
    finally:
        stop.set()
        collector.join()
    requests.post(f"{daemon.url}/api/v0/repo/gc", timeout=60).raise_for_status()
    for document, content in zip(documents, contents, strict=True):
        assert world.read(ada, document.id) == content
