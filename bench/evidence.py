"""What evidence costs: acknowledged commitments a second, trees and proofs, bundles, verification, gas a document."""

import hashlib
import os
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import requests

from ipx.core import commitment, merkle
from ipx.evidence import bundle as bundles
from ipx.evidence.bundle import Anchor, Opening, Proof
from ipx.evidence.verification import verify_bundle

SENDERS = 4
OWNER = "0x" + "11" * 20


@dataclass(frozen=True)
class Acknowledged:
    """Commitments that the API took, so many in each request; ``p99`` is a request's, in seconds."""

    at_once: int
    per_second: float
    p99: float


@dataclass(frozen=True)
class Tree:
    """Seconds for the root of so many leaves, for the proofs of all, and for hashing as much in a plain loop."""

    leaves: int
    root_seconds: float
    proofs_seconds: float
    floor_seconds: float


@dataclass(frozen=True)
class Proven:
    """A bundle of a leaf in a batch of ``leaves``: its bytes, and seconds to verify the way from file to head."""

    leaves: int
    size: int
    seconds: float


def measure_commitments(
    url: str, token: str, *, at_once: int, requests_to_send: int, per_second: float | None = None
) -> Acknowledged:
    """Send commitments as several programs would; each request is acknowledged when its rows are synced.

    As many as are taken; or ``per_second`` of them, and then a request's time counts from the moment it was due, so
    that one which had to wait for those before it counts as slow.
    """
    began = time.perf_counter()

    def send(sender: int) -> list[float]:
        with requests.Session() as http:
            http.headers["Authorization"] = f"Bearer {token}"
            numbers = range(sender, requests_to_send, SENDERS)
            return [_post(http, url, at_once, _due(began, number * at_once, per_second)) for number in numbers]

    with ThreadPoolExecutor(SENDERS) as pool:
        taken = sorted(second for part in pool.map(send, range(SENDERS)) for second in part)
    seconds = time.perf_counter() - began
    return Acknowledged(at_once, len(taken) * at_once / seconds, taken[int(len(taken) * 0.99)])


def _due(began: float, sent_before: int, per_second: float | None) -> float | None:
    return None if per_second is None else began + sent_before / per_second


def _post(http: requests.Session, url: str, at_once: int, due: float | None) -> float:
    body = {"commitments": [os.urandom(32).hex() for _ in range(at_once)]}
    if due is not None:
        time.sleep(max(0.0, due - time.perf_counter()))
    began = due or time.perf_counter()
    answer = http.post(f"{url}/api/v1/stamps", json=body, headers={"Idempotency-Key": uuid.uuid4().hex}, timeout=60)
    if not answer.ok:
        raise RuntimeError(f"The API answered {answer.status_code}: {answer.text[:300]}")
    return time.perf_counter() - began


def measure_tree(leaves: int) -> Tree:
    """Compute root and all proofs, one subtree after the other, as a batch does; one proof in 1,024 is checked."""
    commitments = [os.urandom(32) for _ in range(leaves)]
    began = time.perf_counter()
    roots = [merkle.root(subtree) for subtree in _subtrees(commitments)]
    root = merkle.root_over(roots)
    rooted = time.perf_counter()
    checked = []
    for number, subtree in enumerate(_subtrees(commitments)):
        inside = merkle.paths(subtree, range(len(subtree)))
        above = merkle.path_through(subtree, roots, number * merkle.SUBTREE)[len(inside[0]) :]
        proofs = [path + above for path in inside]
        checked.append(proofs[0])
    proven = time.perf_counter()
    for number, path in enumerate(checked):
        index = number * merkle.SUBTREE
        if merkle.root_from_path(commitments[index], index=index, size=leaves, path=path) != root:
            raise RuntimeError("a proof does not lead to the root")
    return Tree(leaves, rooted - began, proven - rooted, _floor(leaves))


def _floor(leaves: int) -> float:
    """The hashing alone: a tree has as many nodes as leaves, less one."""
    word, pair, sha256 = bytes(33), bytes(65), hashlib.sha256
    began = time.perf_counter()
    for _ in range(leaves):
        sha256(word).digest()
        sha256(pair).digest()
    return time.perf_counter() - began


def _subtrees(commitments: list[bytes]) -> Iterator[list[bytes]]:
    for start in range(0, len(commitments), merkle.SUBTREE):
        yield commitments[start : start + merkle.SUBTREE]


def measure_bundle(leaves: int, *, runs: int = 2_000) -> Proven:
    """Write the bundle of a leaf in a large batch, without header and token, and verify it again and again."""
    salt, content = os.urandom(32), os.urandom(32)
    value = commitment.commit(commitment.DOCUMENT, salt=salt, content_sha256=content, owner=OWNER)
    batch = [value, *(os.urandom(32) for _ in range(leaves - 1))]
    root, previous = merkle.root(batch), os.urandom(32)
    data = bundles.write(
        tag=commitment.DOCUMENT,
        value=value,
        opening=Opening(salt, content, OWNER),
        proof=Proof(0, leaves, merkle.path(batch, 0)),
        anchor=_anchor(previous, root, leaves),
    )
    began = time.perf_counter()
    for _ in range(runs):
        if verify_bundle(data, file_sha256=content).level is None:
            raise RuntimeError("a genuine bundle was refused")
    return Proven(leaves, len(data), (time.perf_counter() - began) / runs)


def _anchor(previous: bytes, root: bytes, size: int) -> Anchor:
    return Anchor(
        previous_head=previous,
        root=root,
        size=size,
        head=merkle.chained_head(previous, root, size),
        chain_id=31337,
        contract=OWNER,
        sender=OWNER,
        transaction="0x" + os.urandom(32).hex(),
        block_number=1_000_000,
        block_hash="0x" + os.urandom(32).hex(),
        block_time=1_800_000_000,
    )
