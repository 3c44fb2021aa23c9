"""Several stores as one: where files go, who is asked next, and what is said when a store is away."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from ipx.adapters.blockfolder import BlockFolder
from ipx.adapters.kubo import KuboStore
from ipx.core.cid import RAW, Cid
from ipx.core.errors import NotFound, Tampered, Unavailable
from ipx.core.ports import DocumentStore
from ipx.core.store_set import StoreSet, copy, proof

MIB = 1 << 20
CONTENT = random.Random(5).randbytes(4 * MIB + 77)
ABSENT = "bafkreicqs7t5lbzvf5ijobrk4z47g662labnt6dvvoquzdfu2gqyrlnbpe"


def put(store: DocumentStore, content: bytes = CONTENT) -> str:
    sink = store.begin()
    try:
        sink.write(content)
        return sink.finish().cid
    finally:
        sink.abort()


def get(store: DocumentStore, cid: str, piece: int = 300_000) -> bytes:
    source = store.open(cid)
    try:
        return b"".join(iter(lambda: source.read(piece), b""))
    finally:
        source.close()


def block(folder: Path, number: int) -> Path:
    """The file of the content's leaf of that number."""
    leaf = CONTENT[number * MIB : (number + 1) * MIB]
    return next(folder.rglob(str(Cid.of(RAW, leaf))))


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, DocumentStore]:
    return {name: BlockFolder(tmp_path / name) for name in ("one", "two")}


def away() -> DocumentStore:
    return KuboStore("http://127.0.0.1:9")


def test_new_files_go_to_the_first_store_alone(folders: dict[str, DocumentStore]) -> None:
    cid = put(StoreSet(folders, {}))
    assert (folders["one"].has(cid), folders["two"].has(cid)) == (True, False)


@pytest.mark.parametrize("piece", [1, 65_536, 3 * MIB], ids=["bytes", "64 KiB", "3 MiB"])
def test_each_store_gives_what_the_others_lack(tmp_path: Path, folders: dict[str, DocumentStore], piece: int) -> None:
    """Leaf 1 is damaged here, leaf 2 is missing there: between them the file is whole."""
    for store in folders.values():
        cid = put(store)
    block(tmp_path / "one", 1).write_bytes(b"damaged")
    block(tmp_path / "one", 3).unlink()
    stores = StoreSet(folders, {})
    source = stores.open(cid)
    got = source.read(piece) + source.read()
    source.close()
    assert got == CONTENT
    assert source.read(1) == b""


def test_what_is_bad_everywhere_ends_the_reading_with_no_false_byte(
    tmp_path: Path, folders: dict[str, DocumentStore]
) -> None:
    for store in folders.values():
        cid = put(store)
    block(tmp_path / "one", 2).write_bytes(b"damaged")
    block(tmp_path / "two", 2).unlink()
    source = StoreSet(folders, {}).open(cid)
    got = b""
    with pytest.raises(Tampered):
        while True:
            got += source.read(MIB)
    assert got == CONTENT[: 2 * MIB]
    assert source.read(1) == b""
    source.close()


def test_a_store_that_is_away_is_passed_over_where_another_has_the_file(folders: dict[str, DocumentStore]) -> None:
    cid = put(folders["one"])
    stores = StoreSet({"away": away()}, folders)
    assert stores.has(cid)
    assert get(stores, cid) == CONTENT
    with pytest.raises(Unavailable):
        stores.has(ABSENT)  # it may be there
    with pytest.raises(Unavailable):
        stores.open(ABSENT)
    with pytest.raises(NotFound):
        StoreSet(folders, {}).open(ABSENT)
    with pytest.raises(Unavailable):
        put(stores)


def test_deleting_reaches_every_store_also_when_one_is_away(folders: dict[str, DocumentStore]) -> None:
    for store in folders.values():
        cid = put(store)
    with pytest.raises(Unavailable):
        StoreSet({"one": folders["one"], "away": away()}, {"two": folders["two"]}).delete(cid)
    assert not any(store.has(cid) for store in folders.values())


def test_check_names_each_store_and_fails_for_a_configured_one_only(folders: dict[str, DocumentStore]) -> None:
    line = StoreSet(folders, {"away": away()}).check()
    assert all(name in line for name in ("one: block folder", "two: block folder", "away cannot be used"))
    with pytest.raises(Unavailable, match="away cannot be used"):
        StoreSet({"one": folders["one"], "away": away()}, {}).check()


def test_copying_repairs_every_damaged_block(tmp_path: Path, folders: dict[str, DocumentStore]) -> None:
    for store in folders.values():
        cid = put(store)
    for number in range(4):
        block(tmp_path / "two", number).write_bytes(b"")
    with pytest.raises(Tampered):
        proof(folders["two"], cid)
    copy(cid, folders["one"], folders["two"])
    assert proof(folders["two"], cid) == len(CONTENT)


def test_a_copy_from_a_damaged_file_leaves_nothing_behind(tmp_path: Path, folders: dict[str, DocumentStore]) -> None:
    cid = put(folders["one"])
    block(tmp_path / "one", 3).write_bytes(b"damaged")
    with pytest.raises(Tampered):
        copy(cid, folders["one"], folders["two"])
    assert not folders["two"].has(cid)
    assert list((tmp_path / "two" / "incoming").iterdir()) == []
