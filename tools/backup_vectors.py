"""The vectors of docs/spec/backup.md, computed with hashlib and json alone from its words (see spec_vectors.py)."""

from __future__ import annotations

import json
from typing import Any

from tools.vector_words import canonical, sha256


def framed(kind: bytes, body: bytes) -> bytes:
    return kind + len(body).to_bytes(4, "big") + body


def section(opening: bytes, bodies: bytes, count: int, digest: bytes) -> bytes:
    return opening + bodies + framed(b"E", canonical({"count": count, "sha256": digest.hex()}))


def closed(before: bytes, count: int) -> bytes:
    return before + framed(b"Z", canonical({"sections": count, "sha256": sha256(before).hex()}))


def backup() -> Any:
    header = {"format": "ipx/backup/v1", "id": "00000000-0000-4000-8000-000000000001", "schema": "0001"}
    columns = ["id", "name", "key", "at", "day", "terms", "open", "none", "sum"]
    moment, json_text = {"t": "2026-11-28T06:14:23.123456+00:00"}, {"j": {"b": [1, 0.5], "a": None}}
    rows = [[number, "Ω “x”\n", {"b": "AAEC/w=="}, moment, {"d": "2026-11-28"}, json_text, True, None, {"n": "1.50"}]
            for number in (1, 2)]  # fmt: skip
    lines = b"".join(json.dumps(row, sort_keys=True, separators=(",", ":")).encode() + b"\n" for row in rows)
    table = section(
        framed(b"T", canonical({"table": "things", "columns": columns})),
        framed(b"R", json.dumps(rows, separators=(",", ":")).encode()), 2, sha256(lines))  # fmt: skip
    content = b"sealed bytes " * 3
    opening = framed(b"F", canonical({"kind": "document", "name": "bafk"}))
    file = section(opening, framed(b"D", content[:20]) + framed(b"D", content[20:]), len(content), sha256(content))
    begin = b"ipx-backup\x01" + framed(b"H", canonical(header))
    whole = closed(begin + table + file, 2)
    refused = {
        "the last byte is missing": whole[:-1],
        "a byte follows the end": whole + b"\0",
        "another version": whole.replace(b"ipx-backup\x01", b"ipx-backup\x02"),
        "a row is missing": closed(begin + table.replace(b'"count":2', b'"count":3') + file, 2),
        "a piece of a file is missing": closed(begin + table + file.replace(framed(b"D", content[20:]), b""), 2),
        "a section is missing": closed(begin + table, 2),
        "the whole has another hash": whole.replace(b"2026-11-28T06", b"2026-11-28T07").replace(
            sha256(lines).hex().encode(), sha256(lines.replace(b"T06", b"T07")).hex().encode()),
        "a value of an unknown kind": closed(begin + section(
            framed(b"T", canonical({"table": "things", "columns": ["id"]})), framed(b"R", b'[[{"x":1}]]'), 1,
            sha256(b'[{"x":1}]\n')), 1),
    }  # fmt: skip
    return {
        "header": header, "table": {"name": "things", "columns": columns, "rows": rows},
        "file": {"kind": "document", "name": "bafk", "content": content.hex()}, "inside": whole.hex(),
        "refused": [{"why": why, "inside": inside.hex()} for why, inside in refused.items()],
    }  # fmt: skip
