"""Wrote docs/spec/vectors/evidence_bundle_header.json and patricia.json once, from real blocks of a chain node.

They are frozen. To see how they were made: .venv/bin/python -m tools.make_header_vectors FOLDER
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rlp
from eth_account import Account

from ipx.adapters.evm.anvil import CHAIN_ID, Anvil
from ipx.core import canonical, patricia
from ipx.evidence import bundle as bundles
from tests.chain_steps import mining_stopped
from tests.chain_world import new_key, new_world, running_chain, settle
from tests.evidence_world import DELAY, EvidenceWorld

# ethereum/tests, TrieTests/trieanyorder.json: the roots are theirs
TRIES = [
    ("dogs", [("doe", "reindeer"), ("dog", "puppy"), ("dogglesworth", "cat")],
     "8aad789dff2f538bca5d8ea56e8abe10f4c7ba3a5dea95fea4cd6e7c3a1168d3"),
    ("puppy", [("do", "verb"), ("horse", "stallion"), ("doge", "coin"), ("dog", "puppy")],
     "5991bb8c6514148a29db676a14ac506cd2cd5775ace63c30a4fe457715e9ac84"),
    ("foo", [("foo", "bar"), ("food", "bass")],
     "17beaa1648bafa633cda809c90c04af50fc8aed3cb40d16efbddee6fdf63c4c3"),
    ("smallValues", [("be", "e"), ("dog", "puppy"), ("bed", "d")],
     "3f67c7a47520f79faa29255d2d3c084a7a6df0453116ed7232ff10277a8be68b"),
]  # fmt: skip


def stamped(anvil: Anvil, folder: Path, content: bytes, *, before: int, after: int) -> bytes:
    """Return the bundle of a document whose anchor has so many transactions around it in its block."""
    room = EvidenceWorld(new_world(folder, anvil, folder))
    stamp = room.stamp(content)
    for number in range(4):
        room.stamp(b"another %d" % number)
    room.world.clock.advance(2 * DELAY)
    room.batcher().advance()
    with mining_stopped(anvil):
        transfers(anvil, before)
        room.world.relay().advance()
        transfers(anvil, after, tip=1)
        anvil.rpc.call("evm_mine")
    settle(room.world.relay())
    room.block_proofs.advance()
    bundle = room.bundle(stamp)
    room.world.database.dispose()
    return bundle


def transfers(anvil: Anvil, count: int, *, tip: int = 10**10) -> None:
    """Put transfers into the pool; a higher tip puts them further up in the block."""
    for kind in range(count):
        key = new_key()
        anvil.fund(Account.from_key(key).address)
        fields = {"to": "0x" + "22" * 20, "value": 1, "gas": 21_000, "nonce": 0, "chainId": CHAIN_ID}
        fees = {"gasPrice": 10**11 + tip} if kind % 3 == 0 and tip > 1 else {
            "type": 2, "maxFeePerGas": 10**12, "maxPriorityFeePerGas": tip}  # fmt: skip
        raw = Account.sign_transaction(fields | fees, key).raw_transaction
        anvil.rpc.call("eth_sendRawTransaction", "0x" + bytes(raw).hex())


def change(bundle: bytes, edit: Callable[[Any], None]) -> bytes:
    """Change a bundle and, as a forger would, compute the digest again."""
    fields = json.loads(bundle)
    edit(fields)
    fields.pop("digest")
    return canonical.encode({**fields, "digest": bundles.digest_of(fields).hex()})


def setting(*path: str | int, to: Any) -> Callable[[Any], None]:
    def edit(fields: Any) -> None:
        for part in path[:-1]:
            fields = fields[part]
        fields[path[-1]] = to(fields[path[-1]]) if callable(to) else to

    return edit


REFUSED = [
    ("header without receipt proof", "form", setting("receipt_proof", to=None)),
    ("receipt proof without header", "form", setting("header", to=None)),
    ("no node", "form", setting("receipt_proof", "nodes", to=[])),
    ("too many nodes", "form", setting("receipt_proof", "nodes", to=["0x80"] * 17)),
    ("nodes as text", "form", setting("receipt_proof", "nodes", to="0x80")),
    ("a node that is a number", "form", setting("receipt_proof", "nodes", 0, to=7)),
    ("negative index", "form", setting("receipt_proof", "index", to=-1)),
    ("header without 0x", "form", setting("header", to=lambda text: text[2:])),
    ("header in capitals", "form", setting("header", to=lambda text: "0x" + text[2:].upper())),
    ("half a byte", "form", setting("header", to=lambda text: text[:-1])),
    ("empty receipt", "form", setting("receipt_proof", "receipt", to="0x")),
    ("unknown field", "form", setting("receipt_proof", to=lambda part: {**part, "note": 1})),
    ("another header", "header", setting("header", to=lambda text: text[:-2] + "00")),
    ("header that is no list", "header", setting("header", to="0x80")),
    ("another block hash", "header", setting("anchor", "block_hash", to="0x" + "11" * 32)),
    ("another block number", "header", setting("anchor", "block_number", to=1)),
    ("another block time", "header", setting("anchor", "block_time", to=1)),
    ("another contract", "header", setting("anchor", "contract", to="0x" + "11" * 20)),
    ("another sender", "header", setting("anchor", "sender", to="0x" + "11" * 20)),
    ("another index", "header", setting("receipt_proof", "index", to=lambda index: index + 1)),
    ("another receipt", "header", setting("receipt_proof", "receipt", to=lambda text: text[:-2] + "00")),
    ("a node changed", "header", setting("receipt_proof", "nodes", 0, to=lambda text: text[:-2] + "01")),
    ("a node left over", "header", setting("receipt_proof", "nodes", to=lambda nodes: [*nodes, nodes[0]])),
    ("a node missing", "header", setting("receipt_proof", "nodes", to=lambda nodes: nodes[:1])),
]


def header_vectors() -> Any:
    with tempfile.TemporaryDirectory() as scratch, running_chain(Path(scratch)) as anvil:
        made = [
            ("alone in its block", "The content of document 0.\n", (0, 0)),
            ("among transactions of several types", "The content of document 1.\n", (11, 9)),
        ]
        holds = [
            {"name": name, "content": content, "bundle": bundle.decode()}
            for name, content, (before, after) in made
            for bundle in [stamped(anvil, Path(scratch), content.encode(), before=before, after=after)]
        ]
    good = holds[1]["bundle"].encode()
    refused = [{"name": name, "step": step, "bytes_hex": change(good, edit).hex()} for name, step, edit in REFUSED]
    return {"holds": holds, "refused": refused}


def patricia_vectors() -> Any:
    tries = []
    for name, pairs, root in TRIES:
        values = [(key.encode(), value.encode()) for key, value in pairs]
        paths = {key: [node.hex() for node in patricia.path(values, key.encode())] for key, _value in pairs}
        tries.append({"name": name, "values": dict(pairs), "root": root, "paths": paths})
    values = [(bytes(rlp.encode(number)), b"receipt %d" % number * 20) for number in range(300)]
    numbered = [
        {"index": number, "path": [node.hex() for node in patricia.path(values, values[number][0])]}
        for number in (0, 1, 15, 16, 127, 128, 255, 256, 299)
    ]
    words = "under the RLP of each number i below 300: UTF-8 of 'receipt ' and i in decimal, 20 times"
    return {"tries": tries, "numbered": {"values": words, "root": patricia.root(values).hex(), "paths": numbered}}


def main(folder: Path) -> None:
    made = {"evidence_bundle_header.json": header_vectors(), "patricia.json": patricia_vectors()}
    for name, vectors in made.items():
        (folder / name).write_text(json.dumps(vectors, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
