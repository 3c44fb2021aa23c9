"""Wrote docs/spec/vectors once; with --check it compares, and fails when a byte differs.

The vectors are frozen: files already written to people's disks and chains depend on them. This script computes them
with hashlib and json alone, from the words of docs/spec, so that the tests compare two implementations.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tools.backup_vectors import backup
from tools.bundle_2_vectors import evidence_bundle_2
from tools.key_vectors import key_wrapping
from tools.typed_data_vectors import typed_data
from tools.vector_words import canonical, number, sha256

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "spec" / "vectors"
OWNER = "0x90f8bf6a479f320ead074411a4b0e7944ea8c9c1"


def commit(tag: str, salt: bytes, content: bytes, owner: str) -> bytes:
    return sha256(tag.encode(), b"\0", salt, content, bytes(12), bytes.fromhex(owner[2:]))


# RFC 6962, section 2.1, word for word
def tree_hash(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return sha256(b"\0", leaves[0])
    split = largest_power_below(len(leaves))
    return sha256(b"\1", tree_hash(leaves[:split]), tree_hash(leaves[split:]))


def audit_path(index: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    split = largest_power_below(len(leaves))
    if index < split:
        return [*audit_path(index, leaves[:split]), tree_hash(leaves[split:])]
    return [*audit_path(index - split, leaves[split:]), tree_hash(leaves[:split])]


def largest_power_below(size: int) -> int:
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def chained(previous: bytes, root: bytes, size: int) -> bytes:
    return sha256(b"\2", previous, root, size.to_bytes(8, "big"))


def canonical_json() -> Any:
    valid = [
        ("keys in order, no blanks", {"b": 1, "a": [True, False, None, "x"]}),
        ("nested", {"z": {"y": {"x": []}}, "a": {}}),
        ("control characters and quotes", {"text": '\u0000\u0008\t\n\u000c\r\u001f"\\/\u007f'}),
        ("not ASCII, not normalised", {"ö": "é e\u0301 € \U0001f600 \u2028"}),
        ("largest integers", [9007199254740991, -9007199254740991, 0]),
        ("plain string", "patent"),
        ("plain null", None),
    ]
    vectors = [{"name": name, "value": value, "utf8_hex": canonical(value).hex()} for name, value in valid]
    keys = '{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\U0001f600":5,"\u0080":6,"\u00f6":7}'
    by_utf16 = '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\U0001f600":5,"\ufb33":3}'  # RFC 8785, 3.2.3
    order = {"name": "keys by UTF-16 code units", "value": json.loads(keys, strict=False)}
    vectors.append({**order, "utf8_hex": by_utf16.encode().hex()})
    refused = [
        ("blank", b'{"a": 1}'),
        ("order", b'{"b":1,"a":2}'),
        ("twice the same key", b'{"a":1,"a":1}'),
        ("float", b"[1.0]"),
        ("exponent", b"[1e3]"),
        ("minus zero", b"[-0]"),
        ("leading zero", b"[01]"),
        ("beyond 2^53 - 1", b"[9007199254740992]"),
        ("needless escape", b'["\\u0041"]'),
        ("escaped slash", b'["\\/"]'),
        ("upper case escape", b'["\\u001F"]'),
        ("lone surrogate", b'["\\ud800"]'),
        ("surrogate in UTF-8", b'["\xed\xa0\x80"]'),
        ("not UTF-8", b'["\xff"]'),
        ("byte order mark", b"\xef\xbb\xbf[]"),
        ("line end", b"[]\n"),
        ("not a number", b"[NaN]"),
        ("cut off", b'{"a":1'),
        ("nothing", b""),
    ]
    return {"encode": vectors, "refuse": [{"name": name, "bytes_hex": data.hex()} for name, data in refused]}


def commitments() -> Any:
    tags = ["ipx/commitment/v1", "ipx/grant/v1", "ipx/title/v1", "ipx/terms/v1", "ipx/audit/v1"]
    cases = []
    for index, tag in enumerate([*tags, tags[0], tags[0]]):
        salt, content = number(2 * index), sha256(f"document {index}".encode())
        owner = OWNER if index < 5 else "0x" + ("00" * 20 if index == 5 else "ff" * 20)
        value = commit(tag, salt, content, owner)
        names = {"tag": tag, "salt": salt.hex(), "content_sha256": content.hex(), "owner": owner}
        cases.append({**names, "value": value.hex()})
    return {"commitments": cases}


def merkle() -> Any:
    trees = []
    for size in (1, 2, 3, 4, 5, 6, 7, 8, 13, 33):
        leaves = [number(1000 + index) for index in range(size)]
        paths = [[node.hex() for node in audit_path(index, leaves)] for index in range(size)]
        trees.append({"size": size, "root": tree_hash(leaves).hex(), "paths": paths})
    heads, previous = [], bytes(32)
    for index, size in enumerate((1, 2, 1000, 2**32 + 5, 2**64 - 1)):
        root = number(2000 + index)
        head = chained(previous, root, size)
        heads.append({"previous_head": previous.hex(), "root": root.hex(), "size": str(size), "head": head.hex()})
        previous = head
    leaves_of = "commitment number i is SHA-256(UTF-8 of 'ipx vector', then 1000 + i as four bytes big-endian)"
    return {"commitments": leaves_of, "first_commitments": [number(1000 + i).hex() for i in range(3)],
            "trees": trees, "heads": heads}  # fmt: skip


def bundle(index: int, size: int, *, full: bool) -> dict[str, Any]:
    content = f"The content of document {index}.\n".encode()
    salt = number(3000 + index)
    value = commit("ipx/commitment/v1", salt, sha256(content), OWNER)
    leaves = [value if place == index else number(4000 + place) for place in range(size)]
    root, previous = tree_hash(leaves), number(5000)
    fields: dict[str, Any] = {
        "format": "ipx/evidence/v1",
        "disclosure": "full" if full else "commitment",
        "commitment": {
            "tag": "ipx/commitment/v1",
            "value": value.hex(),
            "salt": salt.hex() if full else None,
            "content_sha256": sha256(content).hex() if full else None,
            "owner": OWNER if full else None,
        },
        "merkle": {
            "leaf_index": index,
            "tree_size": size,
            "path": [node.hex() for node in audit_path(index, leaves)],
        },
        "anchor": {
            "previous_head": previous.hex(),
            "root": root.hex(),
            "size": size,
            "head": chained(previous, root, size).hex(),
            "chain_id": 31337,
            "contract": "0xe78a0f7e598cc8b0bb87894b0f60dd2a88d6a8ab",
            "sender": "0xffcf8fdee72ac11b5c542428b35eef5769c409f0",
            "transaction": "0x" + number(6000).hex(),
            "block_number": 7,
            "block_hash": "0x" + number(6001).hex(),
            "block_time": 1789000000,
        },
        "header": None,
        "receipt_proof": None,
        "time_stamp": None,
    }
    return {**fields, "digest": sha256(canonical(fields)).hex()}


def change(source: dict[str, Any], path: str, value: Any, *, seal: bool = True) -> bytes:
    """Set one field and, as a forger would, compute the digest again."""
    fields = json.loads(json.dumps(source))
    part, *rest = path.split(".")
    target = fields
    for name in rest:
        target, part = target[part], name
    if value is ...:
        del target[part]
    else:
        target[part] = value
    if seal:
        fields.pop("digest", None)
        fields["digest"] = sha256(canonical(fields)).hex()
    return canonical(fields)


def refusals(good: dict[str, Any], sealed: dict[str, Any]) -> list[tuple[str, str, bytes]]:
    """(name, the step that fails first, bytes)."""
    other, address = number(7000).hex(), good["anchor"]["contract"]
    return [
        ("digest", "digest", change(good, "digest", other, seal=False)),
        ("accident", "digest", change(good, "anchor.block_number", 8, seal=False)),
        ("salt", "commitment", change(good, "commitment.salt", other)),
        ("content", "commitment", change(good, "commitment.content_sha256", other)),
        ("owner", "commitment", change(good, "commitment.owner", address)),
        ("tag", "commitment", change(good, "commitment.tag", "ipx/grant/v1")),
        ("value of a sealed one", "path", change(sealed, "commitment.value", other)),
        ("leaf index", "path", change(good, "merkle.leaf_index", 1)),
        ("leaf index beyond the tree", "path", change(good, "merkle.leaf_index", 5)),
        ("path too short", "path", change(good, "merkle.path", good["merkle"]["path"][:-1])),
        ("path too long", "path", change(good, "merkle.path", [*good["merkle"]["path"], other])),
        ("tree size", "path", change(good, "merkle.tree_size", 6)),
        ("anchored size", "path", change(good, "anchor.size", 6)),
        ("previous head", "head", change(good, "anchor.previous_head", other)),
        ("head", "head", change(good, "anchor.head", other)),
        ("unknown field", "form", change(good, "note", "x")),
        ("missing field", "form", change(good, "anchor.sender", ...)),
        ("upper case hash", "form", change(good, "anchor.root", good["anchor"]["root"].upper())),
        ("address with capitals", "form", change(good, "anchor.contract", "0xE" + address[3:])),
        ("hash with 0x", "form", change(good, "anchor.root", "0x" + good["anchor"]["root"])),
        ("transaction without 0x", "form", change(good, "anchor.transaction", number(6000).hex())),
        ("number as text", "form", change(good, "anchor.size", "5")),
        ("truth value as number", "form", change(good, "anchor.block_number", True)),
        ("negative number", "form", change(good, "merkle.leaf_index", -1)),
        ("disclosure lies", "form", change(good, "disclosure", "commitment")),
        ("reserved field", "form", change(good, "header", "00")),
        ("later format, accidental", "form", change(good, "format", "ipx/evidence/v2", seal=False)),
        ("blank", "form", canonical(good).replace(b":", b": ", 1)),
        ("line end", "form", canonical(good) + b"\n"),
        ("cut off", "form", canonical(good)[:-1]),
    ]


def evidence_bundle() -> Any:
    good, sealed = bundle(2, 5, full=True), bundle(2, 5, full=False)
    holds = [("five leaves", 2, good), ("commitment only", 2, sealed), ("one leaf", 0, bundle(0, 1, full=True))]
    unreadable = [
        ("nothing", b""),
        ("another file", b"%PDF-1.7\n"),
        ("other JSON", b'{"format":"something else"}'),
        ("later format", change(good, "format", "ipx/evidence/v2")),
    ]
    return {
        "holds": [
            {"name": name, "content": f"The content of document {index}.\n", "bundle": canonical(fields).decode()}
            for name, index, fields in holds
        ],
        "refused": [
            {"name": name, "step": step, "bytes_hex": data.hex()} for name, step, data in refusals(good, sealed)
        ],
        "unreadable": [{"name": name, "bytes_hex": data.hex()} for name, data in unreadable],
    }


def evidence_bundle_time_stamp() -> Any:
    """The form alone: what the pieces say is for libraries, and for tests with an authority of their own."""
    brought = {"responses": ["MAA=", "MAMCAQE="], "certificates": [], "crls": ["MAA="]}
    good = json.loads(change(bundle(2, 5, full=True), "time_stamp", brought))
    wrong = {
        "no response": {**brought, "responses": []},
        "a list too few": {"responses": ["MAA="], "certificates": []},
        "a list too many": {**brought, "ocsp": []},
        "a text for a list": {**brought, "crls": "MAA="},
        "a number for a text": {**brought, "crls": [1]},
        "an empty piece": {**brought, "crls": [""]},
        "no padding": {**brought, "crls": ["MAA"]},
        "bits left over": {**brought, "crls": ["MAB="]},
        "the alphabet of addresses": {**brought, "crls": ["-_-_"]},
        "a line end inside": {**brought, "crls": ["MAA=\n"]},
        "too many pieces": {**brought, "crls": ["MAA="] * 65},
    }
    return {
        "holds": [{"name": "two", "content": "The content of document 2.\n", "bundle": canonical(good).decode()}],
        "refused": [
            {"name": name, "step": "form", "bytes_hex": change(good, "time_stamp", part).hex()}
            for name, part in wrong.items()
        ],
    }


def log_head() -> Any:
    entries = [sha256(f"line {index}".encode()) for index in range(33)]
    heads = []
    for place, (log, lines) in enumerate((("audit", 1), ("audit", 13), ("receipts", 0), ("receipts", 33))):
        record = {
            "format": "ipx/log-head/v1",
            "log": log,
            "lines": lines,
            "head": entries[lines - 1].hex() if lines else "0" * 64,
            "root": (tree_hash(entries[:lines]) if lines else sha256()).hex(),
        }
        salt, content = number(8000 + place), canonical(record)
        value = commit("ipx/audit/v1", salt, sha256(content), OWNER)
        heads.append({"record": record, "bytes_hex": content.hex(), "salt": salt.hex(), "owner": OWNER,
                      "commitment": value.hex()})  # fmt: skip
    sizes = [(1, 2), (1, 33), (2, 3), (3, 7), (4, 7), (6, 7), (8, 13), (13, 33), (32, 33), (7, 7)]
    return {
        "entries": "entry number i is SHA-256(UTF-8 of 'line ' and i in decimal digits), from 0 on",
        "heads": heads,
        "consistency": [
            {
                "first": first,
                "second": second,
                "first_root": tree_hash(entries[:first]).hex(),
                "second_root": tree_hash(entries[:second]).hex(),
                "path": [node.hex() for node in subproof(first, entries[:second], whole=True)],
            }
            for first, second in sizes
        ],
    }


# RFC 6962, section 2.1.2, word for word
def subproof(first: int, leaves: list[bytes], *, whole: bool) -> list[bytes]:
    if first == len(leaves):
        return [] if whole else [tree_hash(leaves)]
    split = largest_power_below(len(leaves))
    if first <= split:
        return [*subproof(first, leaves[:split], whole=whole), tree_hash(leaves[split:])]
    return [*subproof(first - split, leaves[split:], whole=False), tree_hash(leaves[:split])]


FILES = {
    "backup.json": backup,
    "canonical_json.json": canonical_json,
    "commitment.json": commitments,
    "key_wrapping_2.json": key_wrapping,
    "merkle.json": merkle,
    "evidence_bundle.json": evidence_bundle,
    "evidence_bundle_2.json": evidence_bundle_2,
    "evidence_bundle_time_stamp.json": evidence_bundle_time_stamp,
    "typed_data.json": typed_data,
    "log_head.json": log_head,
}


def main(files: Mapping[str, Callable[[], Any]] = FILES) -> int:
    wrong = []
    for name, make in files.items():
        text = json.dumps(make(), indent=1, ensure_ascii=True) + "\n"
        file = FOLDER / name
        if not file.exists():
            file.write_text(text, encoding="utf-8")
        elif file.read_text(encoding="utf-8") != text:
            wrong.append(name)
    print("Different from what is frozen: " + ", ".join(wrong) if wrong else "The vectors are as written.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
