"""A file that goes to Kubo while it is written: pinned at the end, or sent again when the node lost or refused some."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from ipx.adapters.kubo import KuboStore
from ipx.adapters.kubo_sending import MOST_WAITING
from ipx.core.cid import RAW, Cid
from ipx.core.errors import NotFound, Unavailable
from ipx.core.unixfs import PROFILE, Importer
from tests.canned_kubo import OUT_OF_ORDER, UNPINNED, Answer, Answers, canned_kubo, imported, pinned
from tests.services import address

MIB = PROFILE.chunk_size
LONG = (MOST_WAITING + 6) * MIB + 99
LOST: Answer = (
    500,
    b'{"Message": "pin: block was not found locally (offline): ipld: could not find b", "Type": "error"}',
)


# ── a real node ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def api() -> str:
    return address("IPX_TEST_KUBO_API")


def ask(api: str, call: str, **query: str) -> requests.Response:
    answer = requests.post(f"{api}/api/v0/{call}", params=query, timeout=60)
    answer.raise_for_status()
    return answer


def has_leaf(api: str, content: bytes, number: int = 0) -> bool:
    leaf = content[number * MIB : (number + 1) * MIB]
    present = {json.loads(line)["Ref"] for line in ask(api, "refs/local").text.splitlines()}
    return str(Cid.of(RAW, leaf)) in present


def read(store: KuboStore, cid: str) -> bytes:
    source = store.open(cid)
    try:
        return source.read()
    finally:
        source.close()


@pytest.mark.real
def test_blocks_are_in_the_node_before_the_end_and_nothing_is_found_under_the_root(api: str) -> None:
    store, content = KuboStore(api), random.randbytes(LONG)
    sink = store.begin()
    sink.write(content)
    root = sink.root()
    sink._early._waiting.put(None)  # what was handed over arrives; the end of the file was not told yet
    assert sink._early._thread is not None
    sink._early._thread.join()
    assert has_leaf(api, content)
    assert not store.has(root)
    with pytest.raises(NotFound):
        store.open(root)
    sink.abort()


@pytest.mark.real
@pytest.mark.parametrize("moment", ["half-way", "at the end"])
def test_a_collection_before_the_pin_is_noticed_and_the_file_sent_again(api: str, moment: str) -> None:
    store, content = KuboStore(api), random.randbytes(LONG)
    sink = store.begin()
    sink.write(content[: LONG // 2])
    if moment == "half-way":
        ask(api, "repo/gc")
    sink.write(content[LONG // 2 :])
    sink.root()
    if moment == "at the end":
        sink._early.finish()
        assert has_leaf(api, content)
        ask(api, "repo/gc")
        assert not has_leaf(api, content)
    cid = sink.finish().cid
    ask(api, "repo/gc")
    assert read(store, cid) == content
    store.delete(cid)


@pytest.mark.real
@pytest.mark.parametrize("lost", [0, 5, MOST_WAITING + 6])
def test_a_single_leaf_that_is_lost_before_the_pin_is_noticed(api: str, lost: int) -> None:
    store, content = KuboStore(api), random.randbytes(LONG)
    sink = store.begin()
    sink.write(content)
    sink.root()
    sink._early.finish()
    ask(api, "block/rm", arg=str(Cid.of(RAW, content[lost * MIB : (lost + 1) * MIB])))
    assert not has_leaf(api, content, lost)
    cid = sink.finish().cid
    assert read(store, cid) == content
    store.delete(cid)


@pytest.mark.real
def test_what_is_given_up_leaves_no_block_but_those_of_stored_files(api: str) -> None:
    store, content = KuboStore(api), random.randbytes(LONG)
    stored = store.begin()
    stored.write(content[: 2 * MIB])
    kept = stored.finish().cid
    sink = store.begin()
    sink.write(content)
    sink.abort()
    sink.abort()
    assert [has_leaf(api, content, number) for number in range(5)] == [True, True, False, False, False]
    assert read(store, kept) == content[: 2 * MIB]
    store.delete(kept)


@pytest.mark.real
def test_the_same_long_file_twice_keeps_its_pin(api: str) -> None:
    store, content = KuboStore(api), random.randbytes(MIB) * 3 + random.randbytes(LONG)
    cids = []
    for _ in range(2):
        sink = store.begin()
        sink.write(content)
        cids.append(sink.finish().cid)
        sink.abort()
    assert cids[0] == cids[1]
    ask(api, "repo/gc")
    assert read(store, cids[0]) == content
    store.delete(cids[0])


# ── a node that fails ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def node() -> Iterator[Callable[[Answers], str]]:
    with canned_kubo() as serve:
        yield serve


CONTENT = random.Random(1).randbytes(LONG)
IMPORTER = Importer()
BLOCKS = [*IMPORTER.feed(CONTENT), *IMPORTER.finish()]
ROOT = str(IMPORTER.root)
ROOT_BLOCK: Answer = (200, BLOCKS[-1].data)
PINNED: Answer = (200, json.dumps({"Pins": [ROOT]}).encode())


def taken(blocks: int) -> Answer:
    return 200, json.dumps({"Stats": {"BlockCount": blocks, "BlockBytesCount": 1}}).encode()


def test_what_was_taken_is_pinned_and_not_imported_again(node: Callable[[Answers], str]) -> None:
    answers = {
        "dag/import": [taken(len(BLOCKS)), OUT_OF_ORDER],
        "pin/ls": [UNPINNED, pinned(ROOT)],
        "pin/add": [PINNED],
        "block/get": [ROOT_BLOCK],
    }
    sink = KuboStore(node(answers)).begin()
    sink.write(CONTENT)
    assert sink.finish().cid == ROOT
    assert answers["dag/import"] == [OUT_OF_ORDER]


@pytest.mark.parametrize(
    ("early", "pin"),
    [
        (OUT_OF_ORDER, PINNED),
        ((200, b"not json"), PINNED),
        ((200, b""), PINNED),
        (taken(len(BLOCKS) - 1), PINNED),
        (taken(len(BLOCKS)), LOST),
    ],
    ids=["refused", "not understood", "nothing said", "one too few", "lost before the pin"],
)
def test_what_was_not_taken_or_is_lost_is_imported_whole(
    node: Callable[[Answers], str], early: Answer, pin: Answer, tmp_path: Path
) -> None:
    answers = {
        "dag/import": [early, imported(ROOT), OUT_OF_ORDER],
        "pin/ls": [UNPINNED, pinned(ROOT)],
        "pin/add": [pin],
        "block/get": [ROOT_BLOCK],
    }
    sink = KuboStore(node(answers), tmp_path).begin()
    sink.write(CONTENT)
    assert sink.finish().cid == ROOT
    assert answers["dag/import"] == [OUT_OF_ORDER]
    assert list(tmp_path.iterdir()) == []


def test_a_pin_that_the_node_refuses_for_another_reason_is_no_success(node: Callable[[Answers], str]) -> None:
    answers = {"dag/import": [taken(len(BLOCKS))], "pin/ls": [UNPINNED], "pin/add": [OUT_OF_ORDER]}
    sink = KuboStore(node(answers)).begin()
    sink.write(CONTENT)
    with pytest.raises(Unavailable):
        sink.finish()
    sink.abort()


def test_a_node_that_is_down_does_not_stop_the_writer_and_is_told_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    sink = KuboStore("http://127.0.0.1:9").begin()
    sink.write(CONTENT)
    assert sink.root() == ROOT
    with pytest.raises(Unavailable):
        sink.finish()
    sink.abort()
    sink.abort()
    assert len(caplog.records) <= 1
