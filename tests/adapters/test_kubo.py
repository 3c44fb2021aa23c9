"""What only Kubo can show: that it computes our CIDs, keeps our pins, and what we do when a node lies or is silent."""

import json
import random
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from ipx.adapters.kubo import KuboStore
from ipx.core.cid import RAW, Cid
from ipx.core.errors import Invalid, NotFound, Tampered, Unavailable
from ipx.core.unixfs import PROFILE, Importer, Profile
from tests.canned_kubo import OUT_OF_ORDER, UNPINNED, Answer, Answers, canned_kubo, imported, pinned
from tests.services import address

MIB = PROFILE.chunk_size
CONTENT = b"what the caller wanted"
ROOT = str(Cid.of(RAW, CONTENT))


# ── a real node ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def api() -> str:
    return address("IPX_TEST_KUBO_API")


def ask(api: str, call: str, **query: str) -> requests.Response:
    answer = requests.post(f"{api}/api/v0/{call}", params=query, timeout=60)
    answer.raise_for_status()
    return answer


def cid_by_kubo(api: str, content: bytes, profile: Profile) -> str:
    query = {
        "cid-version": "1",
        "raw-leaves": "true",
        "chunker": f"size-{profile.chunk_size}",
        "max-file-links": str(profile.max_links),
        "only-hash": "true",
    }
    answer = requests.post(f"{api}/api/v0/add", params=query, files={"file": content}, timeout=60)
    return str(answer.json()["Hash"])


def cid_by_us(content: bytes, profile: Profile) -> str:
    importer = Importer(profile)
    importer.feed(content)
    importer.finish()
    return str(importer.root)


@pytest.mark.real
@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 2 * MIB - 1, 2 * MIB, 2 * MIB + 1, 7 * MIB + 12_345])
def test_kubo_gives_the_same_cid_around_the_chunk_limits(api: str, size: int) -> None:
    content = random.Random(size).randbytes(size)
    assert cid_by_us(content, PROFILE) == cid_by_kubo(api, content, PROFILE)


def pieces_of(size: int) -> Iterator[bytes]:
    """A large file that nobody holds whole, no two blocks of which are alike."""
    period = random.Random(size).randbytes(MIB)
    for start in range(0, size, MIB):
        yield (start.to_bytes(8, "big") + period)[: min(MIB, size - start)]


def streamed_to_kubo(api: str, size: int) -> str:
    query = {
        "cid-version": "1",
        "raw-leaves": "true",
        "chunker": f"size-{MIB}",
        "max-file-links": "1024",
        "only-hash": "true",
        "progress": "false",
    }

    def body() -> Iterator[bytes]:
        yield b'--cut\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n'
        yield b"Content-Type: application/octet-stream\r\n\r\n"
        yield from pieces_of(size)
        yield b"\r\n--cut--\r\n"

    kind = {"Content-Type": "multipart/form-data; boundary=cut"}
    answer = requests.post(f"{api}/api/v0/add", params=query, data=body(), headers=kind, timeout=280)
    return str(answer.json()["Hash"])


@pytest.mark.real
@pytest.mark.parametrize("size", [64 * MIB + 1, 1023 * MIB + 1, 1024 * MIB - 1, 1024 * MIB, 1024 * MIB + 1])
def test_kubo_gives_the_same_cid_for_large_files_up_to_a_gibibyte(api: str, tmp_path: Path, size: int) -> None:
    importer = Importer()
    for piece in pieces_of(size):
        importer.feed(piece)
    importer.finish()
    assert str(importer.root) == streamed_to_kubo(api, size)


@pytest.mark.real
@pytest.mark.parametrize("leaves", [1, 2, 3, 4, 8, 9, 10, 26, 27, 28, 29, 81, 82, 243, 244])
def test_kubo_builds_the_same_tree_of_several_levels(api: str, leaves: int) -> None:
    narrow = Profile("narrow", chunk_size=16, max_links=3)
    for size in (16 * leaves - 15, 16 * leaves):
        content = random.Random(size).randbytes(size)
        assert cid_by_us(content, narrow) == cid_by_kubo(api, content, narrow)


@pytest.mark.real
def test_kubo_builds_the_same_tree_where_a_node_of_1024_links_is_full(api: str) -> None:
    fine = Profile("fine", chunk_size=64, max_links=1024)
    for leaves in (1023, 1024, 1025, 2048, 2049):
        content = random.Random(leaves).randbytes(64 * leaves)
        assert cid_by_us(content, fine) == cid_by_kubo(api, content, fine)


@pytest.mark.real
def test_a_finished_file_outlives_garbage_collection_and_a_deleted_one_leaves_no_block(api: str) -> None:
    store = KuboStore(api)
    kept, dropped = random.randbytes(MIB + 32), random.randbytes(MIB + 32)
    cids = []
    for content in (kept, dropped):
        sink = store.begin()
        sink.write(content)
        cids.append(sink.finish().cid)
    store.delete(cids[1])
    present = {json.loads(line)["Ref"] for line in ask(api, "refs/local").text.splitlines()}
    assert str(Cid.of(RAW, dropped[:MIB])) not in present
    assert str(Cid.of(RAW, kept[:MIB])) in present

    ask(api, "repo/gc")
    source = store.open(cids[0])
    assert source.read() == kept
    source.close()


@pytest.mark.real
def test_a_file_added_without_a_pin_is_not_had(api: str) -> None:
    content = random.randbytes(100)
    query = {"cid-version": "1", "raw-leaves": "true", "pin": "false"}
    added = requests.post(f"{api}/api/v0/add", params=query, files={"file": content}, timeout=60).json()["Hash"]
    assert added == cid_by_us(content, PROFILE)
    assert not KuboStore(api).has(added)


@pytest.mark.real
def test_a_block_lost_by_the_node_is_not_found(api: str) -> None:
    store = KuboStore(api)
    content = random.randbytes(2 * MIB)
    sink = store.begin()
    sink.write(content)
    cid = sink.finish().cid
    ask(api, "pin/rm", arg=cid)
    ask(api, "block/rm", arg=str(Cid.of(RAW, content[MIB:])))
    source = store.open(cid)
    with pytest.raises(NotFound):
        source.read()
    source.close()
    store.delete(cid)


@pytest.mark.real
def test_check_tells_the_version_and_warns_of_a_store_that_does_not_sync(api: str) -> None:
    version = ask(api, "version").json()["Version"]
    synced = '"sync":true' in ask(api, "config", arg="Datastore.Spec").text.replace(" ", "")
    line = KuboStore(api).check()
    assert f"Kubo {version}" in line
    assert ("power cut" in line) is not synced


# ── a node that lies, fails or says nothing ──────────────────────────────────────────────────────


@pytest.fixture
def node() -> Iterator[Callable[[Answers], str]]:
    with canned_kubo() as serve:
        yield serve


def test_other_bytes_than_the_cid_names_never_come_out(node: Callable[[Answers], str]) -> None:
    store = KuboStore(node({"block/get": [(200, b"something else")]}))
    with pytest.raises(Tampered):
        store.open(ROOT)


@pytest.mark.parametrize(
    "answer",
    [
        OUT_OF_ORDER,
        imported(ROOT, "disk full"),
        imported(str(Cid.of(RAW, b"another"))),
        (502, b"<html>bad gateway</html>"),
        (200, b"not json"),
        (200, b"{}"),
        (200, b""),
    ],
)
def test_finish_fails_when_the_import_did(node: Callable[[Answers], str], answer: Answer, tmp_path: Path) -> None:
    answers = {"dag/import": [answer], "pin/ls": [UNPINNED, pinned(ROOT)], "block/get": [(200, CONTENT)]}
    sink = KuboStore(node(answers), tmp_path).begin()
    sink.write(CONTENT)
    with pytest.raises(Unavailable):
        sink.finish()
    sink.abort()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("pin", "block", "error"),
    [
        ([UNPINNED], (200, CONTENT), Unavailable),
        ([UNPINNED, OUT_OF_ORDER], (200, CONTENT), Unavailable),
        ([UNPINNED, pinned(str(Cid.of(RAW, b"another")))], (200, CONTENT), Unavailable),
        ([UNPINNED, pinned(ROOT)], OUT_OF_ORDER, Unavailable),
        ([UNPINNED, pinned(ROOT)], (200, b""), Tampered),
        ([pinned(ROOT)], (200, b""), Tampered),
    ],
)
def test_finish_believes_only_what_it_has_seen(
    node: Callable[[Answers], str], pin: list[Answer], block: Answer, error: type[Exception]
) -> None:
    sink = KuboStore(node({"dag/import": [imported(ROOT)], "pin/ls": pin, "block/get": [block]})).begin()
    sink.write(CONTENT)
    with pytest.raises(error):
        sink.finish()
    sink.abort()


def test_finish_waits_for_a_pin_that_another_writer_renews(node: Callable[[Answers], str]) -> None:
    pin = [UNPINNED, UNPINNED, pinned(ROOT)]
    sink = KuboStore(node({"dag/import": [imported(ROOT)], "pin/ls": pin, "block/get": [(200, CONTENT)]})).begin()
    sink.write(CONTENT)
    assert sink.finish().cid == ROOT


def test_finish_does_not_import_a_file_that_is_pinned(node: Callable[[Answers], str]) -> None:
    sink = KuboStore(node({"pin/ls": [pinned(ROOT)], "block/get": [(200, CONTENT)]})).begin()
    sink.write(CONTENT)
    assert sink.finish().cid == ROOT


def test_a_block_that_cannot_be_removed_is_reported(node: Callable[[Answers], str]) -> None:
    refusal = json.dumps({"Hash": ROOT, "Error": "permission denied"}).encode()
    answers = {"pin/rm": [(200, b'{"Pins": []}')], "block/rm": [(200, refusal)]}
    with pytest.raises(Unavailable, match="permission denied"):
        KuboStore(node(answers)).delete(ROOT)


def test_a_node_that_is_down_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert_unavailable(KuboStore(f"http://127.0.0.1:{port}"))


def test_a_node_that_says_nothing_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert_unavailable(KuboStore(f"http://127.0.0.1:{silent.getsockname()[1]}", answer_seconds=0.05))


def assert_unavailable(store: KuboStore) -> None:
    sink = store.begin()
    sink.write(CONTENT)
    uses: list[Callable[[], object]] = [
        lambda: store.open(ROOT),
        lambda: store.has(ROOT),
        lambda: store.delete(ROOT),
        lambda: list(store.files()),
        sink.finish,
        store.check,
    ]
    for use in uses:
        with pytest.raises(Unavailable):
            use()
    sink.abort()


@pytest.mark.parametrize("url", ["", "127.0.0.1:5001", "http://127.0.0.1", "/ip4/127.0.0.1/tcp/5001", "http://h:port"])
def test_an_address_that_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="must look like"):
        KuboStore(url)
