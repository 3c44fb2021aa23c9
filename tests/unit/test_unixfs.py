"""Files cut into blocks and put together again: the frozen vectors, any content, and blocks that lie."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ipx.core.cid import DAG_PB, RAW, Cid
from ipx.core.dagpb import Link, decode_node, encode_node
from ipx.core.errors import Invalid, NotFound, Tampered
from ipx.core.unixfs import PROFILE, Block, FileSource, Importer, Profile, blocks_of, read_file

VECTORS_FILE = Path(__file__).parents[2] / "docs/spec/vectors/cid_profile.json"
VECTORS = json.loads(VECTORS_FILE.read_text(encoding="utf-8"))
PERIOD = bytes((31 * i + 7) & 255 for i in range(256))
SMALL = Profile("small", chunk_size=4, max_links=3)


def pieces_of(size: int, piece: int) -> Iterator[bytes]:
    """Give the vectors' content in pieces of the size that sealing writes, without holding it whole."""
    for start in range(0, size, piece):
        length = min(piece, size - start)
        shift = start % 256
        yield (PERIOD * (length // 256 + 2))[shift : shift + length]


def imported(content: bytes, profile: Profile = PROFILE) -> tuple[Cid, dict[Cid, bytes]]:
    importer = Importer(profile)
    blocks = importer.feed(content) + importer.finish()
    return importer.root, {block.cid: block.data for block in blocks}


@pytest.mark.parametrize("vector", VECTORS["files"], ids=lambda vector: str(vector["size"]))
def test_import_of_a_vector_gives_its_cid(vector: dict[str, Any]) -> None:
    importer = Importer()
    for piece in pieces_of(vector["size"], 65_552):
        importer.feed(piece)
    importer.finish()
    assert (VECTORS["profile"], str(importer.root), importer.size) == (PROFILE.name, vector["cid"], vector["size"])


@settings(max_examples=150)
@given(content=st.binary(max_size=300), cuts=st.lists(st.integers(0, 300), max_size=8))
@example(content=b"", cuts=[])
@example(content=bytes(36), cuts=[])  # exactly three full nodes of three leaves
@example(content=bytes(37), cuts=[])
def test_a_file_reads_back_and_its_cid_does_not_depend_on_the_pieces(content: bytes, cuts: list[int]) -> None:
    root, store = imported(content, SMALL)

    importer = Importer(SMALL)
    bounds = [0, *sorted(cuts), len(content)]
    for start, end in itertools.pairwise(bounds):
        importer.feed(content[start:end])
    importer.finish()

    assert importer.root == root
    assert b"".join(read_file(root, store.__getitem__)) == content
    assert set(blocks_of(root, store.__getitem__)) == set(store)


def test_blocks_come_children_first_so_that_the_root_is_the_last() -> None:
    importer = Importer(SMALL)
    blocks = importer.feed(bytes(range(100))) + importer.finish()
    seen: set[Cid] = set()
    for block in blocks:
        if block.cid.codec == DAG_PB:
            assert {link.cid for link in decode_node(block.data)} <= seen
        seen.add(block.cid)
    assert blocks[-1].cid == importer.root


def test_a_leaf_is_at_most_a_mebibyte_and_is_handed_out_as_soon_as_it_is_full() -> None:
    importer = Importer()
    assert importer.feed(bytes(PROFILE.chunk_size - 1)) == []
    (block,) = importer.feed(b"xyz")
    assert len(block.data) == PROFILE.chunk_size


def test_finished_importer_takes_nothing_more() -> None:
    importer = Importer()
    with pytest.raises(ValueError, match="finished"):
        _ = importer.root
    importer.finish()
    with pytest.raises(ValueError, match="finished"):
        importer.feed(b"x")
    with pytest.raises(ValueError, match="finished"):
        importer.finish()


@settings(max_examples=150)
@given(content=st.binary(min_size=1, max_size=200), data=st.data())
def test_any_changed_byte_of_any_block_is_noticed(content: bytes, data: st.DataObject) -> None:
    root, store = imported(content, SMALL)
    victim = data.draw(st.sampled_from(sorted(store, key=str)))
    at = data.draw(st.integers(0, len(store[victim]) - 1))
    flipped = bytearray(store[victim])
    flipped[at] ^= data.draw(st.integers(1, 255))
    store[victim] = bytes(flipped)
    with pytest.raises(Tampered):
        list(read_file(root, store.__getitem__))


def test_bytes_before_a_tampered_block_come_out_and_none_of_it() -> None:
    root, store = imported(b"aaaabbbbcccc", SMALL)
    store[Cid.of(RAW, b"bbbb")] = b"evil"
    source = FileSource(root, store.__getitem__)
    assert source.read(100) == b"aaaa"
    with pytest.raises(Tampered):
        source.read(100)


def node(*links: Link) -> tuple[Cid, bytes]:
    data = encode_node(list(links))
    return Cid.of(DAG_PB, data), data


def test_a_leaf_shorter_than_its_parent_says_is_refused() -> None:
    leaf = Block(Cid.of(RAW, b"abc"), b"abc")
    root, data = node(Link(leaf.cid, 4, 4))
    with pytest.raises(Tampered, match="parent says 4"):
        list(read_file(root, {leaf.cid: leaf.data, root: data}.__getitem__))


def test_a_node_whose_sum_differs_from_its_parent_is_refused() -> None:
    leaf = Block(Cid.of(RAW, b"abc"), b"abc")
    below, data = node(Link(leaf.cid, 3, 3))
    root, top = node(Link(below, 5, 60))
    with pytest.raises(Tampered, match="parent says 5"):
        list(read_file(root, {leaf.cid: leaf.data, below: data, root: top}.__getitem__))


def test_a_tree_too_deep_to_be_ours_is_refused() -> None:
    leaf = Cid.of(RAW, b"")
    store, top = {leaf: b""}, leaf
    for _ in range(5):
        top, data = node(Link(top, 0, 0))
        store[top] = data
    with pytest.raises(Tampered, match="deeper"):
        list(read_file(top, store.__getitem__))


def assert_read_exactly_or_refused(data: bytes) -> None:
    try:
        links = decode_node(data)
    except Tampered:
        return
    assert encode_node(links) == data


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_a_node_of_any_bytes_is_read_exactly_or_refused(data: bytes) -> None:
    assert_read_exactly_or_refused(data)


@settings(max_examples=200)
@given(data=st.data())
def test_a_changed_node_is_read_exactly_or_refused(data: st.DataObject) -> None:
    _, good = node(Link(Cid.of(RAW, b"a"), 1, 1), Link(Cid.of(RAW, b"b"), 300, 300))
    changed = bytearray(good)
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    assert_read_exactly_or_refused(bytes(changed))


@given(content=st.binary(max_size=100), sizes=st.lists(st.integers(0, 9), max_size=40))
def test_source_gives_the_bytes_in_any_portions(content: bytes, sizes: list[int]) -> None:
    root, store = imported(content, SMALL)
    source = FileSource(root, store.__getitem__)
    portions = [source.read(size) for size in sizes]
    assert all(len(portion) <= size for portion, size in zip(portions, sizes, strict=True))
    assert b"".join([*portions, source.read()]) == content
    assert source.read(5) == source.read() == b""


def test_source_closes_once_and_gives_nothing_after() -> None:
    closed = []
    root, store = imported(b"abcdefgh", SMALL)
    source = FileSource(root, store.__getitem__, lambda: closed.append(True))
    source.close()
    assert closed == [True]
    assert source.read() == b""


def test_source_of_a_missing_root_says_so_at_once() -> None:
    def fetch(_: Cid) -> bytes:
        raise NotFound("nothing here")

    with pytest.raises(NotFound):
        FileSource(Cid.of(RAW, b"x"), fetch)


@given(st.sampled_from((RAW, DAG_PB)), st.binary(min_size=32, max_size=32))
def test_cid_survives_both_of_its_forms(codec: int, digest: bytes) -> None:
    cid = Cid(codec, digest)
    assert Cid.parse(str(cid)) == cid == Cid.from_bytes(bytes(cid))
    assert len(str(cid)) == 59


@pytest.mark.parametrize(
    "text",
    [
        "",
        "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH",
        "BAFKREIHDWDCEFGH4DQKJV67UZCMW7OJEE6XEDZDETOJUZJEVTENXQUVYKU",
        "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvykv",  # unused bits of the last letter set
        "bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",  # dag-cbor
        "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyk",
        "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku\n",
        "../../../../../../../../../../../../../../../../etc/passwd",
        "b" + "ä" * 58,
    ],
)
def test_other_spellings_and_kinds_of_cid_are_refused(text: str) -> None:
    with pytest.raises(Invalid):
        Cid.parse(text)
