"""What every DocumentStore must do: one suite, run on the folder of blocks and on Kubo where one is found."""

import hashlib
import io
import itertools
import os
import random
import threading
from pathlib import Path

import pyrage
import pytest

from ipx.adapters.blockfolder import BlockFolder
from ipx.core.errors import Invalid, NotFound
from ipx.core.ports import DocumentStore, StoredFile
from ipx.core.store_set import StoreSet
from ipx.core.unixfs import PROFILE, Importer
from tests.services import address

MIB = PROFILE.chunk_size
ABSENT = "bafkreicqs7t5lbzvf5ijobrk4z47g662labnt6dvvoquzdfu2gqyrlnbpe"
_numbers = itertools.count()


@pytest.fixture(params=["folder", "set", pytest.param("kubo", marks=pytest.mark.real)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> DocumentStore:
    if request.param == "folder":
        return BlockFolder(tmp_path / "documents")
    if request.param == "set":
        named = {name: BlockFolder(tmp_path / name) for name in ("one", "two", "three")}
        return StoreSet({"one": named["one"], "two": named["two"]}, {"three": named["three"]})
    from ipx.adapters.kubo import KuboStore

    return KuboStore(address("IPX_TEST_KUBO_API"), tmp_path)


def fresh(size: int) -> bytes:
    """Return bytes that no other test has stored: a Kubo keeps its blocks from test to test."""
    seed = f"{os.getpid()}/{next(_numbers)}/{random.random()}"
    return random.Random(seed).randbytes(size)


def put(store: DocumentStore, content: bytes, piece: int = 65_552) -> StoredFile:
    sink = store.begin()
    for start in range(0, len(content), piece):
        sink.write(content[start : start + piece])
    return sink.finish()


def get(store: DocumentStore, cid: str) -> bytes:
    source = store.open(cid)
    try:
        return source.read()
    finally:
        source.close()


def root_of(content: bytes) -> str:
    importer = Importer()
    importer.feed(content)
    importer.finish()
    return str(importer.root)


@pytest.mark.parametrize("size", [0, 1, 1000, MIB - 1, MIB, MIB + 1, 2 * MIB, 5 * MIB + 3])
def test_a_finished_file_reads_back_under_the_cid_of_its_bytes(store: DocumentStore, size: int) -> None:
    content = fresh(size)
    stored = put(store, content)
    assert stored == StoredFile(root_of(content), "unixfs-v1-2025", size)
    assert store.has(stored.cid)
    assert get(store, stored.cid) == content


def test_nothing_is_visible_before_finish_nor_after_abort(store: DocumentStore) -> None:
    content = fresh(2 * MIB)
    sink = store.begin()
    sink.write(content)
    sink.flush()
    assert not store.has(root_of(content))
    with pytest.raises(NotFound):
        store.open(root_of(content))
    sink.abort()
    sink.abort()
    assert not store.has(root_of(content))


def test_abort_after_finish_leaves_the_file(store: DocumentStore) -> None:
    content = fresh(32)
    sink = store.begin()
    sink.write(content)
    stored = sink.finish()
    sink.abort()
    assert get(store, stored.cid) == content


def test_a_sink_takes_nothing_after_its_end(store: DocumentStore) -> None:
    finished, aborted = store.begin(), store.begin()
    finished.write(fresh(32))
    finished.finish()
    aborted.abort()
    for sink in (finished, aborted):
        with pytest.raises(ValueError, match="begin another"):
            sink.write(b"more")
        with pytest.raises(ValueError, match="begin another"):
            sink.finish()


def test_write_says_that_it_took_everything(store: DocumentStore) -> None:
    sink = store.begin()
    assert [sink.write(fresh(size)) for size in (0, 1, MIB + 1)] == [0, 1, MIB + 1]
    sink.abort()


def test_the_cid_is_known_before_anything_is_visible(store: DocumentStore) -> None:
    content = fresh(2 * MIB + 5)
    sink = store.begin()
    sink.write(content)
    assert sink.root() == sink.root() == root_of(content)
    assert not store.has(root_of(content))
    with pytest.raises(ValueError, match="ended"):
        sink.write(b"more")
    assert sink.finish().cid == root_of(content)
    assert get(store, root_of(content)) == content


def test_the_same_bytes_twice_are_one_file(store: DocumentStore) -> None:
    content = fresh(MIB + 1)
    assert put(store, content) == put(store, content, piece=1 << 20)
    assert get(store, root_of(content)) == content


def test_equal_blocks_inside_a_file_are_no_trouble(store: DocumentStore) -> None:
    content = fresh(MIB) * 3
    assert get(store, put(store, content).cid) == content


def test_reading_in_portions_ends_with_nothing(store: DocumentStore) -> None:
    content = fresh(MIB + 5)
    source = store.open(put(store, content).cid)
    portions = list(iter(lambda: source.read(100_000), b""))
    assert b"".join(portions) == content
    assert max(map(len, portions)) <= 100_000
    assert source.read(1) == b""
    source.close()
    source.close()


def test_an_absent_file_is_not_found(store: DocumentStore) -> None:
    assert not store.has(ABSENT)
    with pytest.raises(NotFound):
        store.open(ABSENT)
    store.delete(ABSENT)


@pytest.mark.parametrize("cid", ["", "../../lock", "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH", ABSENT.upper()])
def test_a_bad_cid_is_invalid_everywhere(store: DocumentStore, cid: str) -> None:
    for use in (store.open, store.has, store.delete):
        with pytest.raises(Invalid):
            use(cid)


def test_a_deleted_file_is_gone_and_can_come_back(store: DocumentStore) -> None:
    content = fresh(MIB + 32)  # a shorter leaf could be that of another test
    cid = put(store, content).cid
    store.delete(cid)
    assert not store.has(cid)
    with pytest.raises(NotFound):
        store.open(cid)
    for leaf in (content[:MIB], content[MIB:]):
        with pytest.raises(NotFound):
            store.open(root_of(leaf))
    store.delete(cid)
    assert put(store, content).cid == cid
    assert get(store, cid) == content


def test_delete_leaves_a_file_that_shares_blocks(store: DocumentStore) -> None:
    shared = fresh(MIB)
    whole, longer, shorter = shared, shared + fresh(32), shared + fresh(32)
    cids = [put(store, content).cid for content in (whole, longer, shorter)]
    store.delete(cids[1])
    assert [store.has(cid) for cid in cids] == [True, False, True]
    assert get(store, cids[0]) == whole
    assert get(store, cids[2]) == shorter
    store.delete(cids[0])
    assert get(store, cids[2]) == shorter


def test_files_lists_whole_files_only(store: BlockFolder) -> None:
    cid = put(store, fresh(MIB + 1)).cid
    unfinished = store.begin()
    unfinished.write(fresh(MIB))
    gone = put(store, fresh(32)).cid
    store.delete(gone)
    listed = list(store.files())
    unfinished.abort()
    assert listed.count(cid) == 1
    assert gone not in listed


def test_many_writers_at_once(store: DocumentStore) -> None:
    contents = [fresh(MIB + 9)] * 3 + [fresh(300_000) for _ in range(5)]
    found: dict[int, str] = {}

    def work(number: int) -> None:
        found[number] = put(store, contents[number]).cid

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(contents))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: root_of(content) for number, content in enumerate(contents)}
    assert all(get(store, found[number]) == content for number, content in enumerate(contents))


def test_age_seals_into_a_sink_and_opens_from_a_source(store: DocumentStore) -> None:
    plain = fresh(2 * MIB + 77)
    identity = pyrage.x25519.Identity.generate()
    sink = store.begin()
    pyrage.encrypt_io(io.BytesIO(plain), sink, [identity.to_public()])
    source = store.open(sink.finish().cid)
    opened = io.BytesIO()
    pyrage.decrypt_io(source, opened, [identity])
    source.close()
    assert hashlib.sha256(opened.getvalue()).digest() == hashlib.sha256(plain).digest()


def test_check_gives_one_line(store: DocumentStore) -> None:
    line = store.check()
    assert line
    assert "\n" not in line
