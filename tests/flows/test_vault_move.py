"""`ipx vault move`: into another store and back, killed at every boundary, with damaged files on the way."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from ipx.accounts.records import Actor
from ipx.core.errors import Invalid, Unavailable
from ipx.core.store_set import proof
from ipx.vault.custody_rules import CustodyState
from ipx.vault.moving import Moved, Mover
from tests.custody_world import CustodyWorld
from tests.deposit_world import PDF
from tests.flows.test_vault_crashes import Fuse, FusedSink
from tests.flows.test_vault_custody import SECOND, audit, damage_first, is_whole, lose_second, states
from tests.own_process import KILLED, comes_to_its_end
from tests.services import address


def quiet(moved: Moved) -> None:
    pass


@pytest.fixture(params=SECOND)
def kubo(request: pytest.FixtureRequest) -> str | None:
    return address("IPX_TEST_KUBO_API") if request.param == "kubo" else None


@pytest.fixture
def world(kubo: str | None, tmp_path: Path) -> Iterator[CustodyWorld]:
    made = CustodyWorld(tmp_path, node=kubo, configured=("first",))
    yield made
    made.close()


def contents(world: CustodyWorld, ada: Actor, count: int = 4) -> dict[str, bytes]:
    made = [PDF + random.randbytes(size) for size in [10, 1 << 20, 2 << 20, 300_000][:count]]
    return {world.deposit(ada, content).id: content for content in made}


def assert_all_open(world: CustodyWorld, ada: Actor, known: dict[str, bytes]) -> None:
    for document_id, content in known.items():
        assert world.read(ada, document_id) == content


def test_everything_moves_there_and_back_and_is_nowhere_else(world: CustodyWorld, ada_and: tuple[Actor, Any]) -> None:
    ada, known = ada_and
    moved = world.custody.move(to="second", tell=quiet)
    assert (moved.total, moved.copied, moved.lost) == (4, 4, [])
    assert list(world.stores["first"].files()) == []
    with world.database.read() as session:
        documents = [world.vault.document(session, document_id=each) for each in known]
    assert all(is_whole(world, document, "second") for document in documents)
    assert_all_open(world, ada, known)
    assert world.custody.move(to="second", tell=quiet).copied == 0
    world.custody.move(to="first", tell=quiet)
    assert not any(world.stores["second"].has(document.cid) for document in documents)
    assert all(is_whole(world, document, "first") for document in documents)
    assert states(world, documents[0]) == {
        "first": [CustodyState.REMOVED, CustodyState.INTACT],
        "second": [CustodyState.INTACT, CustodyState.REMOVED],
    }
    with world.database.read() as session:
        assert world.audit.check(session).broken_at is None


@pytest.fixture
def ada_and(world: CustodyWorld) -> tuple[Actor, dict[str, bytes]]:
    ada = world.organisation("ada")
    return ada, contents(world, ada)


def test_what_is_deposited_meanwhile_moves_as_well(world: CustodyWorld, ada_and: tuple[Actor, Any]) -> None:
    ada, _known = ada_and
    added: list[str] = []

    def tell(moved: Moved) -> None:
        if len(added) < 3:
            added.append(world.deposit(ada, PDF + random.randbytes(50)).cid)

    world.custody.move(to="second", tell=tell)
    assert list(world.stores["first"].files()) == []
    assert all(proof(world.stores["second"], cid) for cid in added)


def test_a_damaged_file_stays_and_is_named_until_it_is_mended(world: CustodyWorld, ada_and: tuple[Actor, Any]) -> None:
    ada, known = ada_and
    with world.database.read() as session:
        victim = world.vault.document(session, document_id=list(known)[2])
    folder = next(path for path in (world.folder / "blocks" / "files").rglob(victim.cid) if path.is_dir())
    shutil.copytree(folder, world.folder / "good")
    damage_first(world, victim)
    moved = world.custody.move(to="second", tell=quiet)
    assert moved.lost == [victim.cid]
    assert list(world.stores["first"].files()) == [victim.cid]
    assert_all_open(world, ada, {key: value for key, value in known.items() if key != victim.id})
    shutil.rmtree(folder)
    shutil.copytree(world.folder / "good", folder)
    assert world.custody.move(to="second", tell=quiet).lost == []
    assert_all_open(world, ada, known)


def test_a_mirror_named_by_the_settings_keeps_its_files(kubo: str | None, tmp_path: Path) -> None:
    world = CustodyWorld(tmp_path, node=kubo)
    ada = world.organisation("ada")
    known = contents(world, ada, 2)
    world.custody.move(to="second", tell=quiet)
    assert audit(world).found == 0
    with world.database.read() as session:
        documents = [world.vault.document(session, document_id=each) for each in known]
    assert all(is_whole(world, document, store) for document in documents for store in ("first", "second"))
    world.close()


def test_a_copy_lost_after_the_move_is_known_to_the_next_audit(world: CustodyWorld, ada_and: tuple[Actor, Any]) -> None:
    _ada, known = ada_and
    with world.database.read() as session:
        victim = world.vault.document(session, document_id=list(known)[2])
    world.custody.move(to="second", tell=quiet)
    world.custody.move(to="first", tell=quiet)
    damage_first(world, victim, lose=True)
    assert audit(world).found == 1


def test_a_target_that_is_away_or_unknown_changes_nothing(tmp_path: Path) -> None:
    world = CustodyWorld(tmp_path, node="http://127.0.0.1:9", configured=("first",))
    ada = world.organisation("ada")
    known = contents(world, ada)
    with pytest.raises(Unavailable):
        world.custody.move(to="second", tell=quiet)
    with pytest.raises(Invalid):
        world.custody.move(to="third", tell=quiet)
    assert len(list(world.stores["first"].files())) == 4
    assert_all_open(world, ada, known)
    world.close()


# ── killed ───────────────────────────────────────────────────────────────────────────────────────


class FusedStore:
    """A real store with a boundary before and after every change."""

    def __init__(self, store: Any, fuse: Fuse) -> None:
        self._store, self._fuse = store, fuse
        self.files, self.has, self.open, self.check = store.files, store.has, store.open, store.check

    def begin(self, *, replace: bool = False) -> FusedSink:
        return FusedSink(self._store.begin(replace=replace), self._fuse)

    def delete(self, cid: str) -> None:
        self._fuse.burn()
        self._store.delete(cid)
        self._fuse.burn()


def move(world: CustodyWorld) -> Moved:
    """Move without the workflow runtime, whose start would take most of the time."""
    return Mover(database=world.database, stores=world.store_set, book=world.book).move("second", quiet)


def move_until(boundary: int, folder: Path, node: str | None) -> None:
    """Move, and be killed at this boundary."""
    fuse = Fuse(boundary, lambda: os._exit(KILLED))
    moving = CustodyWorld(folder, seed=100 + boundary, node=node, configured=("first",))
    moving.store_set.known.update({name: FusedStore(one, fuse) for name, one in moving.store_set.known.items()})
    event.listen(moving.database.engine, "commit", lambda connection: fuse.burn())
    event.listen(moving.database.sessions, "after_commit", lambda session: fuse.burn())
    move(moving)


def test_a_move_killed_at_any_boundary_loses_nothing_and_goes_on(kubo: str | None, tmp_path: Path) -> None:
    (tmp_path / "template").mkdir()
    world = CustodyWorld(tmp_path / "template", node=kubo, configured=("first",))
    ada = world.organisation("ada")
    known = contents(world, ada, 2)
    world.database.dispose()
    boundary, finished = 0, False
    while not finished:
        folder = tmp_path / f"killed-{boundary}"
        shutil.copytree(tmp_path / "template", folder)
        finished = comes_to_its_end(move_until, boundary, folder, kubo)
        after = CustodyWorld(folder, seed=999, node=kubo, configured=("first",))
        assert_all_open(after, ada, known)
        move(after)
        assert list(after.stores["first"].files()) == []
        assert_all_open(after, ada, known)
        with after.database.read() as session:
            assert after.audit.check(session).broken_at is None
        for cid in [after.vault.document(session, document_id=each).cid for each in known] if kubo else []:
            after.stores["second"].delete(cid)  # or the next round would find it there
        after.database.dispose()
        shutil.rmtree(folder)
        boundary += 1
    assert boundary > 15


def test_a_lost_leaf_in_the_target_is_seen_before_the_source_is_emptied(
    world: CustodyWorld, ada_and: tuple[Actor, Any]
) -> None:
    """Each file is read to its end in its new place, whatever the book says of an earlier one."""
    ada, known = ada_and
    with world.database.read() as session:
        victim = world.vault.document(session, document_id=list(known)[2])
    both = CustodyWorld(world.folder, seed=7, node=world.node)
    both.custody.look_at_new()
    lose_second(both, victim)
    assert audit(both, repairs=False).found == 1
    both.close()
    world.custody.move(to="second", tell=quiet)
    assert is_whole(world, victim, "second")
    assert_all_open(world, ada, known)
