"""Wrote docs/spec/vectors/log_proof.json once; with hashlib, base64 and json alone, as tools/spec_vectors.py.

.venv/bin/python -m tools.log_proof_vectors
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from tools.bundle_2_vectors import respelled
from tools.spec_vectors import OWNER, audit_path, bundle, chained, commit, main, subproof, tree_hash
from tools.vector_words import canonical, number, sha256

LINES = 13


def line(index: int) -> dict[str, Any]:
    """Return a line as docs/spec/audit-line.md has it; the chain of hashes is not looked at by a proof."""
    return {
        "format": "ipx/audit/v1",
        "sequence": index + 1,
        "at": 1_789_000_000_000_000 + index,
        "actor": None,
        "action": "document:content:deposited",
        "organisation": None,
        "subject_kind": "document",
        "subject": f"document {index}",
        "details": {"number": index},
        "previous": number(index).hex(),
    }


ENTRIES = [sha256(canonical(line(index))) for index in range(LINES)]


def record(lines: int) -> dict[str, Any]:
    return {
        "format": "ipx/log-head/v1",
        "log": "audit",
        "lines": lines,
        "head": ENTRIES[lines - 1].hex() if lines else "0" * 64,
        "root": (tree_hash(ENTRIES[:lines]) if lines else sha256()).hex(),
    }


def sealed(fields: dict[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in fields.items() if name != "digest"}
    return {**rest, "digest": sha256(canonical(rest)).hex()}


def evidence(head: dict[str, Any], *, tag: str = "ipx/audit/v1", second: bool = True) -> dict[str, Any]:
    """Return the bundle of a head, the third of five leaves."""
    fields = bundle(2, 5, full=True)
    content, salt = sha256(canonical(head)), number(8100 + head["lines"])
    value = commit(tag, salt, content, OWNER)
    leaves = [value if place == 2 else number(4000 + place) for place in range(5)]
    root, previous = tree_hash(leaves), bytes.fromhex(fields["anchor"]["previous_head"])
    fields["commitment"].update(tag=tag, value=value.hex(), salt=salt.hex(), content_sha256=content.hex())
    fields["merkle"]["path"] = [node.hex() for node in audit_path(2, leaves)]
    fields["anchor"].update(root=root.hex(), head=chained(previous, root, 5).hex())
    return respelled(sealed(fields)) if second else sealed(fields)


def shown(index: int, lines: int, *, is_open: bool = True) -> dict[str, Any]:
    path = [node.hex() for node in audit_path(index, ENTRIES[:lines])]
    return {"number": index + 1, "hash": ENTRIES[index].hex(), "line": line(index) if is_open else None, "path": path}


def proof(first: int, last: int, *lines: dict[str, Any], second: bool = True) -> dict[str, Any]:
    sizes = [first] if first == last else [first, last]
    path = subproof(first, ENTRIES[:last], whole=True) if 0 < first < last else []
    return {
        "format": "ipx/log-proof/v1",
        "log": "audit",
        "lines": list(lines),
        "heads": [{"record": record(size), "bundle": evidence(record(size), second=second)} for size in sizes],
        "consistency": None if first == last else [node.hex() for node in path],
    }


def changed(edit: Callable[[Any], None]) -> bytes:
    fields = json.loads(canonical(proof(5, LINES, shown(3, LINES), shown(12, LINES, is_open=False))))
    edit(fields)
    return canonical(fields)


def setting(value: Any, *path: str | int) -> Callable[[Any], None]:
    def edit(fields: Any) -> None:
        for part in path[:-1]:
            fields = fields[part]
        fields[path[-1]] = value(fields[path[-1]]) if callable(value) else value

    return edit


def rewritten(head: dict[str, Any]) -> dict[str, Any]:
    """Return a head with another root, whose evidence holds: history that was written anew."""
    other = {**head, "root": number(1).hex()}
    return {"record": other, "bundle": evidence(other)}


def refusals() -> list[tuple[str, str, bytes]]:
    word, grant = number(7000).hex(), evidence(record(LINES), tag="ipx/grant/v1")
    cases: list[tuple[str, str, Callable[[Any], None]]] = [
        ("text of a line", "line", setting("document:content:read", "lines", 0, "line", "action")),
        ("hash of a line", "line", setting(word, "lines", 1, "hash")),
        ("number of a line", "line", setting(12, "lines", 1, "number")),
        ("a line that calls itself another", "line", setting(5, "lines", 0, "number")),
        ("line zero", "line", setting(0, "lines", 1, "number")),
        ("a line beyond the log", "line", setting(14, "lines", 1, "number")),
        ("path of a line too short", "line", setting(lambda path: path[:-1], "lines", 0, "path")),
        ("path of a line too long", "line", setting(lambda path: [*path, word], "lines", 0, "path")),
        ("record", "log head", setting(12, "heads", 1, "record", "lines")),
        ("bundle of another head", "log head", setting(evidence(record(12)), "heads", 1, "bundle")),
        ("bundle of another kind", "log head", setting(grant, "heads", 1, "bundle")),
        ("damaged bundle", "log head", setting(8, "heads", 0, "bundle", "anchor", "block_number")),
        ("no bundle", "log head", setting({}, "heads", 0, "bundle")),
        ("bundle as text", "log head", setting("ipx/evidence/v2", "heads", 0, "bundle")),
        ("history written anew", "log", setting(lambda heads: [rewritten(heads[0]["record"]), heads[1]], "heads")),
        ("heads in another order", "log", setting(lambda heads: heads[::-1], "heads")),
        ("the same head twice, with a path", "log", setting(lambda heads: [heads[1]] * 2, "heads")),
        ("consistency too short", "log", setting(lambda path: path[:-1], "consistency")),
        ("consistency too long", "log", setting(lambda path: [*path, word], "consistency")),
        ("no consistency", "log", setting([], "consistency")),
        ("consistency of something else", "log", setting(lambda path: [word, *path[1:]], "consistency")),
        ("two heads that nothing connects", "proof", setting(None, "consistency")),
        ("one head with a consistency", "proof", setting(lambda heads: heads[1:], "heads")),
        ("three heads", "proof", setting(lambda heads: [heads[0], *heads], "heads")),
        ("no head", "proof", setting([], "heads")),
        ("another log", "proof", setting("receipts", "log")),
        ("unknown log", "proof", setting("other", "log")),
        ("unknown field", "proof", setting(1, "note")),
        ("unknown field of a line", "proof", setting(1, "lines", 0, "note")),
        ("capitals", "proof", setting(str.upper, "lines", 0, "hash")),
        ("capitals in a path", "proof", setting(lambda path: [path[0].upper(), *path[1:]], "consistency")),
        ("number as text", "proof", setting("4", "lines", 0, "number")),
        ("truth value as number", "proof", setting(True, "lines", 0, "number")),
        ("lines as an object", "proof", setting({}, "lines")),
    ]
    told = [(name, step, changed(edit)) for name, step, edit in cases]
    good = changed(lambda fields: None)
    return [*told, ("blank", "proof", good.replace(b":", b": ", 1)), ("cut off", "proof", good[:-1])]


def log_proof() -> Any:
    lines = shown(0, LINES), shown(3, LINES), shown(12, LINES, is_open=False)
    holds = [
        ("two heads and lines", proof(5, LINES, *lines)),
        ("bundles of version 1", proof(8, LINES, *lines, second=False)),
        ("one head", proof(LINES, LINES, *lines)),
        ("from the empty log on", proof(0, 7, shown(6, 7))),
        ("in the export of a history", {"audit_proof": proof(12, LINES), "format": "ipx/history/v1"}),
    ]
    return {
        "holds": [{"name": name, "proof": canonical(fields).decode()} for name, fields in holds],
        "refused": [{"name": name, "step": step, "proof": data.decode()} for name, step, data in refusals()],
    }


if __name__ == "__main__":
    sys.exit(main({"log_proof.json": log_proof}))
