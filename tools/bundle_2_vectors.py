"""The vectors of the evidence bundle, version 2: the frozen ones of version 1 in their new spelling, and more.

Computed with base64, hashlib and json alone, from the words of docs/spec/evidence-bundle.md.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from tools.vector_words import canonical, number, sha256

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "spec" / "vectors"
LEAVES, INDEX = 1_000_000, 349_525  # a leaf of the left half, which is perfect: 2^19 leaves


def spelled(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def from_hex(text: str | None) -> str | None:
    return None if text is None else spelled(bytes.fromhex(text.removeprefix("0x")))


def sealed(fields: dict[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in fields.items() if name != "digest"}
    return {**rest, "digest": sha256(canonical(rest)).hex()}


def respelled(first: dict[str, Any]) -> dict[str, Any]:
    """Return a bundle of version 1 as one of version 2."""
    fields = json.loads(json.dumps(first))
    committed, merkle, proof = fields["commitment"], fields["merkle"], fields["receipt_proof"]
    committed.update({name: from_hex(committed[name]) for name in ("value", "salt")})
    merkle["path"] = [from_hex(node) for node in merkle["path"]]
    del merkle["tree_size"]
    if proof:
        fields["header"] = from_hex(fields["header"])
        proof.update(receipt=from_hex(proof["receipt"]), nodes=[from_hex(node) for node in proof["nodes"]])
    for name, pieces in (fields["time_stamp"] or {}).items():
        fields["time_stamp"][name] = [piece.rstrip("=") for piece in pieces]
    return sealed({**fields, "format": "ipx/evidence/v2"})


def of_a_million(good: dict[str, Any]) -> dict[str, Any]:
    """Return the same stamp as a leaf of a large batch, whose other hashes nobody has made leaves for."""
    fields = json.loads(json.dumps(good))
    path = [number(9000 + level) for level in range(20)]
    node = sha256(b"\0", base64.b64decode(fields["commitment"]["value"] + "="))
    for level, sibling in enumerate(path):
        node = sha256(b"\1", sibling, node) if INDEX >> level & 1 else sha256(b"\1", node, sibling)
    head = sha256(b"\2", bytes.fromhex(fields["anchor"]["previous_head"]), node, LEAVES.to_bytes(8, "big"))
    fields["merkle"] = {"leaf_index": INDEX, "path": [spelled(sibling) for sibling in path]}
    fields["anchor"].update(root=node.hex(), size=LEAVES, head=head.hex())
    return sealed(fields)


def change(source: dict[str, Any], path: str, value: Any, *, seal: bool = True) -> bytes:
    """Set one field, or leave it out (...), and as a forger would, compute the digest again."""
    fields = json.loads(json.dumps(source))
    *above, name = path.split(".")
    target = fields
    for part in above:
        target = target[part]
    target[name] = value
    if value is ...:
        del target[name]
    return canonical(sealed(fields) if seal else fields)


def with_spare_bits(text: str) -> str:
    """Return base64 with another last character, which a careless reader takes for the same bytes."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return text[:-1] + alphabet[alphabet.index(text[-1]) + 1]


def values(good: dict[str, Any], bare: dict[str, Any]) -> list[tuple[str, str, bytes]]:
    """Wrong values in the right form: name, the step that fails first, bytes."""
    other, word, path = number(7000).hex(), spelled(number(7000)), good["merkle"]["path"]
    return [
        ("digest", "digest", change(good, "digest", other, seal=False)),
        ("accident", "digest", change(good, "anchor.block_number", 8, seal=False)),
        ("salt", "commitment", change(good, "commitment.salt", word)),
        ("content", "commitment", change(good, "commitment.content_sha256", other)),
        ("owner", "commitment", change(good, "commitment.owner", good["anchor"]["contract"])),
        ("tag", "commitment", change(good, "commitment.tag", "ipx/grant/v1")),
        ("value of a sealed one", "path", change(bare, "commitment.value", word)),
        ("leaf index", "path", change(good, "merkle.leaf_index", 1)),
        ("leaf index beyond the tree", "path", change(good, "merkle.leaf_index", 5)),
        ("path too short", "path", change(good, "merkle.path", path[:-1])),
        ("path too long", "path", change(good, "merkle.path", [*path, word])),
        ("sibling", "path", change(good, "merkle.path", [word, *path[1:]])),
        ("size of a tree that is higher", "path", change(good, "anchor.size", 9)),
        ("size of a tree that is as high", "head", change(good, "anchor.size", 6)),
        ("no leaf", "path", change(good, "anchor.size", 0)),
        ("previous head", "head", change(good, "anchor.previous_head", other)),
        ("head", "head", change(good, "anchor.head", other)),
    ]


def forms(good: dict[str, Any], first: dict[str, Any]) -> list[tuple[str, bytes]]:
    """Other spellings of the same, and what a careless reader would overlook: name and bytes."""
    salt, path = good["commitment"]["salt"], good["merkle"]["path"]
    return [
        ("hexadecimal salt", change(good, "commitment.salt", first["commitment"]["salt"])),
        ("hexadecimal value", change(good, "commitment.value", first["commitment"]["value"])),
        ("hexadecimal path", change(good, "merkle.path", first["merkle"]["path"])),
        ("padding", change(good, "commitment.salt", salt + "=")),
        ("bits left over in the salt", change(good, "commitment.salt", with_spare_bits(salt))),
        ("bits left over in the path", change(good, "merkle.path", [*path[:-1], with_spare_bits(path[-1])])),
        ("the alphabet of addresses", change(good, "commitment.salt", "-_" + salt[2:])),
        ("a line end inside", change(good, "commitment.salt", salt + "\n")),
        ("a byte too few", change(good, "commitment.salt", spelled(number(1)[:-1]))),
        ("a byte too many", change(good, "commitment.salt", spelled(number(1) + b"\0"))),
        ("an empty salt", change(good, "commitment.salt", "")),
        ("content in base64", change(good, "commitment.content_sha256", spelled(number(1)))),
        ("root in base64", change(good, "anchor.root", spelled(number(1)))),
        ("digest in base64", change(good, "digest", spelled(bytes.fromhex(good["digest"])), seal=False)),
        ("tree size", change(good, "merkle.tree_size", 5)),
        ("version 1 that calls itself 2", canonical(sealed({**first, "format": "ipx/evidence/v2"}))),
        ("version 2 that calls itself 1", change(good, "format", "ipx/evidence/v1")),
        ("later version, accidental", change(good, "format", "ipx/evidence/v3", seal=False)),
        ("unknown field", change(good, "note", "x")),
        ("missing field", change(good, "anchor.sender", ...)),
        ("path as one text", change(good, "merkle.path", "".join(path))),
        ("number as text", change(good, "anchor.size", "5")),
        ("truth value as number", change(good, "merkle.leaf_index", True)),
        ("disclosure lies", change(good, "disclosure", "commitment")),
        ("blank", canonical(good).replace(b":", b": ", 1)),
        ("line end", canonical(good) + b"\n"),
        ("cut off", canonical(good)[:-1]),
    ]


def pieces(header: dict[str, Any], stamped: dict[str, Any]) -> list[tuple[str, str, bytes]]:
    """What may be wrong in header, receipt and time stamp."""
    receipt, nodes = header["receipt_proof"]["receipt"], header["receipt_proof"]["nodes"]
    brought = stamped["time_stamp"]
    return [
        ("header of no whole bytes", "form", change(header, "header", "AAAAA")),
        ("no header", "form", change(header, "header", None)),
        ("empty header", "form", change(header, "header", "")),
        ("header that is one character", "form", change(header, "header", "A")),
        ("padded receipt", "form", change(header, "receipt_proof.receipt", receipt + "=" * (-len(receipt) % 4 or 4))),
        ("no node", "form", change(header, "receipt_proof.nodes", [])),
        ("bits left over in a node", "form", change(header, "receipt_proof.nodes", ["gB"])),
        ("another header", "header", change(header, "header", nodes[-1])),
        ("node twice", "header", change(header, "receipt_proof.nodes", [*nodes, nodes[-1]])),
        ("another receipt", "header", change(header, "receipt_proof.receipt", nodes[-1])),
        ("padded time stamp", "form", change(stamped, "time_stamp", {**brought, "crls": ["MAA="]})),
        ("bits left over in a time stamp", "form", change(stamped, "time_stamp", {**brought, "crls": ["MAB"]})),
        ("empty time stamp", "form", change(stamped, "time_stamp", {**brought, "crls": [""]})),
        ("no response", "form", change(stamped, "time_stamp", {**brought, "responses": []})),
    ]


def evidence_bundle_2() -> Any:
    first = _frozen("evidence_bundle.json")
    good, bare, alone = (respelled(json.loads(vector["bundle"])) for vector in first)
    headers = [(vector, respelled(json.loads(vector["bundle"]))) for vector in _frozen("evidence_bundle_header.json")]
    stamped = respelled(json.loads(_frozen("evidence_bundle_time_stamp.json")[0]["bundle"]))
    text, lone = first[0]["content"], first[2]["content"]
    holds = [("five leaves", text, good), ("commitment only", text, bare), ("one leaf", lone, alone)]
    holds += [("a million leaves", text, of_a_million(good)), ("time stamp", text, stamped)]
    refused = values(good, bare) + [(name, "form", data) for name, data in forms(good, json.loads(first[0]["bundle"]))]
    refused += pieces(headers[1][1], stamped)
    later = change(good, "format", "ipx/evidence/v3")
    return {
        "holds": [_held(name, content, fields) for name, content, fields in holds],
        "with_header": [_held(vector["name"], vector["content"], fields) for vector, fields in headers],
        "refused": [{"name": name, "step": step, "bytes_hex": data.hex()} for name, step, data in refused],
        "unreadable": [{"name": "later version", "bytes_hex": later.hex()}],
    }


def _frozen(name: str) -> Any:
    return json.loads((FOLDER / name).read_text("utf-8"))["holds"]


def _held(name: str, content: str, fields: dict[str, Any]) -> dict[str, str]:
    return {"name": name, "content": content, "bundle": canonical(fields).decode()}
