#!/usr/bin/env python3
"""Checks an IPX evidence bundle, the PDF certificate that carries one, or a proof about the exchange's own logs (alone
or in the export of a history), without IPX and without its code.

    python3 verify.py BUNDLE [--file FILE] [--rpc URL] [--require content|header|chain] [--json]

It needs Python 3.8 or later and nothing else, sends no file anywhere, and asks a node of the chain only with --rpc.
A verdict names its level: content (this content is under this root; a forger can invent a root), header (the root is
in this block header; a forger can invent that too), chain (a node has this block). Only the last is called genuine.
Exit code: 0 all that could be checked holds; 1 refused, or the level of --require was not reached; 2 unreadable.

Written from docs/spec/evidence-bundle.md and log-head.md of IPX, whose words it uses. Licence: Apache-2.0.
"""

from __future__ import annotations

import argparse
import binascii
import functools
import hashlib
import json
import re
import sys
import urllib.request
from datetime import datetime, timedelta
from typing import Any, Callable, Optional

LEVELS = ("content", "header", "chain")
FORMATS = ("ipx/evidence/v1", "ipx/evidence/v2")
TAGS = ("ipx/commitment/v1", "ipx/grant/v1", "ipx/title/v1", "ipx/terms/v1", "ipx/audit/v1")
LARGEST_BUNDLE, LARGEST_FILE, LARGEST_ANSWER = 1 << 20, 1 << 26, 1 << 24
ANCHORED = bytes.fromhex("3d0c97912257c6ad70e8f6fc81ae518ad3e14734d308b512c2729cc637a4b0b1")  # the event's first topic
WORD, CHAIN_WORD = re.compile(r"[0-9a-f]{64}"), re.compile(r"0x[0-9a-f]{64}")
ADDRESS, CHAIN_BYTES = re.compile(r"0x[0-9a-f]{40}"), re.compile(r"0x(?:[0-9a-f]{2})+")
# Base64 that leaves no bit over: with padding in version 1; without in version 2, which spells more in it.
BASE64 = re.compile(r"(?=.)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?")
BARE = re.compile(BASE64.pattern.replace("=)", ")").replace("==", ""))
BARE_WORD = re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]")
# What each field holds: an object, one of several texts, a text of this form, a number, or a list with its bounds.
ANCHOR = {
    **{"previous_head": WORD, "root": WORD, "size": int, "head": WORD, "chain_id": int, "contract": ADDRESS},
    **{"sender": ADDRESS, "transaction": CHAIN_WORD, "block_number": int, "block_hash": CHAIN_WORD, "block_time": int},
}
LOGS, ANYTHING = ("audit", "receipts"), object
HEAD = {"format": ("ipx/log-head/v1",), "log": LOGS, "lines": int, "head": WORD, "root": WORD}
LINE = {"number": int, "hash": WORD, "line": ANYTHING, "path": [WORD, 0, 64]}
PROOF = {
    **{"format": ("ipx/log-proof/v1",), "log": LOGS, "heads": [{"record": HEAD, "bundle": ANYTHING}, 1, 2]},
    **{"consistency": [WORD, 0, 128], "lines": [LINE, 0, LARGEST_FILE]},
}
WORDS = {
    "certificate": "The certificate is byte for byte as it was written.",
    "form": "The file is an evidence bundle, written the one way that its format allows.",
    "digest": "The bundle's own checksum holds (it guards against accidents, not against forgers).",
    "file": "The file given has the SHA-256 that the bundle names.",
    "commitment": "The commitment is made of this SHA-256, the salt and the owner's account.",
    "path": "The commitment is a leaf of the batch: leaf and path lead to the anchored root.",
    "head": "Root, number of leaves and previous head give the anchored head.",
    "header": "The root is in a receipt of the block header that the bundle brings.",
    "chain": "The chain holds this root in this transaction and block.",
    "time_stamp": "An independent authority confirms the time of the root (RFC 3161): the second clock.",
    "proof": "The file is a proof about a log of the exchange.",
    "log head": "The head of the log is a leaf of a batch, and its bundle holds.",
    "log": "The later log begins with the earlier one: nothing before was changed or taken away.",
    "line": "The line is in the log at its place.",
}


class Unreadable(Exception):
    """The bytes are no bundle at all, or one of a later format; or there is no such file or node."""


class Wrong(Exception):
    """A step fails, for this reason."""


class Silent(Exception):
    """The node does not answer, or not as a node should."""


# ---- the form: one spelling, no field too many --------------------------------------------------


def canonical(value: Any) -> str:
    """Return the one text that RFC 8785 allows for a value; ValueError when it has none."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(canonical(name) + ":" + canonical(value[name]) for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    if isinstance(value, str):
        value.encode("utf-8")  # half a character has no bytes
    elif isinstance(value, int) and abs(value) >= 1 << 53:
        raise ValueError("a number is too large")
    return json.dumps(value, ensure_ascii=False)


def written(value: Any) -> bytes:
    return canonical(value).encode("utf-8")


def parse(data: bytes) -> Any:
    """Return the value of canonical JSON. Raises Wrong for any other spelling."""

    def unique(pairs: list[Any]) -> Any:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a key occurs twice")
        return dict(pairs)

    def whole(digits: str) -> int:
        if not digits.lstrip("-").isdigit() or len(digits) > 17:
            raise ValueError("a number is not whole, or too large")
        return int(digits)

    hooks: Any = {"object_pairs_hook": unique, "parse_int": whole, "parse_float": whole, "parse_constant": whole}
    try:
        value = json.loads(data.decode("utf-8"), **hooks)
        if written(value) != data:
            raise ValueError("it has another, canonical spelling")
    except (ValueError, RecursionError) as error:
        raise Wrong("This is not canonical JSON (RFC 8785): %s." % error) from error
    return value


def read(data: bytes) -> tuple[Any, str]:
    """Return a bundle with all its bytes in hexadecimal, and the digest that computes. Raises Unreadable, or Wrong
    when its form is not as specified."""
    if b"ipx/evidence/" not in data and b'"previous_head"' not in data:
        raise Unreadable("This file is not an evidence bundle.")
    if len(data) > LARGEST_BUNDLE:
        raise Unreadable("This file is larger than any evidence bundle (1 MiB).")
    if data.count(b"[") + data.count(b"{") > 16:
        raise Wrong("This is nested deeper than any bundle.")
    fields = parse(data)
    if not isinstance(fields, dict):
        raise Wrong("A bundle is a JSON object.")
    fits("digest", fields.get("digest"), WORD)
    if fields.get("format") not in FORMATS and fields["digest"] == digest_of(fields):
        known = " and ".join(FORMATS)
        raise Unreadable("This bundle is of the format %s; this program knows %s." % (fields.get("format"), known))
    return fits("bundle", fields, shape_of(fields)), digest_of(fields)


def shape_of(fields: Any) -> dict[str, Any]:
    """What a bundle of this version holds, and with these parts left out: null for what it does not bring."""
    first = fields.get("format") == FORMATS[0]
    word, data, token = (WORD, CHAIN_BYTES, BASE64) if first else (BARE_WORD, BARE, BARE)
    is_open, has_stamp = fields.get("disclosure") != "commitment", fields.get("time_stamp") is not None
    has_header = fields.get("header") is not None or fields.get("receipt_proof") is not None
    opening = {"salt": word, "content_sha256": WORD, "owner": ADDRESS}
    receipt = {"index": int, "receipt": data, "nodes": [data, 1, 16]}
    stamp = {"responses": [token, 1, 64], "certificates": [token, 0, 64], "crls": [token, 0, 64]}
    return {
        **{"format": FORMATS, "disclosure": ("full", "commitment"), "anchor": ANCHOR, "digest": WORD},
        "commitment": {"tag": TAGS, "value": word, **(opening if is_open else dict.fromkeys(opening))},
        "merkle": {"leaf_index": int, "path": [word, 0, 64], **({"tree_size": int} if first else {})},
        **{"header": data if has_header else None, "receipt_proof": receipt if has_header else None},
        "time_stamp": stamp if has_stamp else None,
    }


def fits(name: str, value: Any, shape: Any) -> Any:
    """Return a value with the bytes of version 2 in hexadecimal. Raise Wrong unless its field may hold it."""
    good = value is None
    if isinstance(shape, dict):
        good = isinstance(value, dict) and set(value) == set(shape)
        value = {key: fits(key, value[key], shape[key]) for key in shape} if good else None
    elif isinstance(shape, list):
        good = isinstance(value, list) and shape[1] <= len(value) <= shape[2]
        value = [fits(name, item, shape[0]) for item in value] if good else None
    elif isinstance(shape, tuple):
        good = isinstance(value, str) and value in shape
    elif shape is ANYTHING:
        good = True
    elif shape is int:
        good = type(value) is int and value >= 0
    elif shape is not None:
        good = isinstance(value, str) and shape.fullmatch(value) is not None
    if not good:
        raise Wrong("The field %s does not have the form that the format asks for." % name)
    return binascii.a2b_base64(value + "=" * (-len(value) % 4)).hex() if shape in (BARE, BARE_WORD) else value


def digest_of(fields: Any) -> str:
    rest = {name: value for name, value in fields.items() if name != "digest"}
    return sha256(written(rest)).hex()


def open_certificate(data: bytes) -> tuple[bytes, bool]:
    """Return the bundle in a certificate, and whether something was added to the PDF later. Raises Wrong."""
    mark, line = b"\n%ipx-certificate-sha256 ", b"\n%ipx-evidence "
    at = data.find(mark)
    covered = data[: at + len(mark)]
    start = covered.rfind(line)
    if at < 0 or start < 0:
        raise Wrong("The certificate lacks its checksum or its bundle.")
    pointers = re.findall(rb"startxref\r?\n(\d+)\r?\n%%EOF", covered) or [b"0"]
    whole = covered + hashlib.sha256(covered).hexdigest().encode() + b"\nstartxref\n" + pointers[-1] + b"\n%%EOF\n"
    added = data[len(whole) :]
    if not data.startswith(whole) or (added and b"startxref" not in added):
        raise Wrong("The certificate was changed after it was written.")
    return covered[start + len(line) : at], bool(added)


# ---- the steps: each returns what was found, (None, why) when it cannot be checked, or raises Wrong


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def raw(text: str) -> bytes:
    return bytes.fromhex(text[2:] if text.startswith("0x") else text)


def expect(found: str, said: str, words: str) -> str:
    if found != said:
        raise Wrong("%s %s; the bundle says %s." % (words, found, said))
    return "%s %s." % (words, found)


def file_step(fields: Any, file_sha256: Optional[bytes]) -> Any:
    content = fields["commitment"]["content_sha256"]
    if file_sha256 is None:
        return None, "No file was given to compare."
    if content is None:
        raise Wrong("The bundle does not disclose what its commitment is made of: nobody can tell which file it is.")
    return expect(file_sha256.hex(), content, "The file's SHA-256 is")


def commitment_step(fields: Any) -> Any:
    made = fields["commitment"]
    if made["salt"] is None:
        return None, "The bundle discloses only the commitment %s, not what it is made of." % made["value"]
    owner = bytes(12) + raw(made["owner"])
    value = sha256(made["tag"].encode("ascii"), b"\0", raw(made["salt"]), raw(made["content_sha256"]), owner)
    words = "SHA-256 %s, salt and owner %s give the commitment" % (made["content_sha256"], made["owner"])
    return expect(value.hex(), made["value"], words)


def path_step(fields: Any) -> Any:
    merkle, size = fields["merkle"], fields["anchor"]["size"]
    words = "Leaf %d of %d" % (merkle["leaf_index"], merkle.get("tree_size", size))
    if merkle.get("tree_size", size) != size:
        raise Wrong("%s cannot be in a batch of %d." % (words, size))
    leaf = sha256(b"\0", raw(fields["commitment"]["value"]))
    found = climbed(leaf, merkle["leaf_index"], size, merkle["path"])
    return expect(found.hex(), fields["anchor"]["root"], "%s, %s, leads to the root" % (words, leaf.hex()))


def climbed(found: bytes, node: int, size: int, path: list[str]) -> bytes:
    """Return the root of the RFC 6962 tree to which a leaf's hash and its path lead (RFC 9162, section 2.1.3.2)."""
    last = size - 1
    if not 0 <= node <= last:
        raise Wrong("There is no such leaf in a tree of %d." % size)
    for sibling in map(raw, path):
        if last == 0:
            raise Wrong("The path is longer than the tree is high.")
        if node % 2 or node == last:
            found = sha256(b"\1", sibling, found)
            while node and node % 2 == 0:
                node, last = node >> 1, last >> 1
        else:
            found = sha256(b"\1", found, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise Wrong("The path is shorter than the tree is high.")
    return found


def head_step(fields: Any) -> Any:
    anchor = fields["anchor"]
    head = sha256(b"\2", raw(anchor["previous_head"]), raw(anchor["root"]), anchor["size"].to_bytes(8, "big"))
    return expect(head.hex(), anchor["head"], "After %s comes the head" % anchor["previous_head"])


def header_step(fields: Any) -> Any:
    anchor, proof = fields["anchor"], fields["receipt_proof"]
    if proof is None:
        return None, "The bundle brings no block header with a receipt proof."
    words = expect("0x" + keccak(raw(fields["header"])).hex(), anchor["block_hash"], "The header hashes to")
    header = rlp(raw(fields["header"]))
    if not isinstance(header, list) or len(header) < 15 or any(isinstance(field, list) for field in header):
        raise Wrong("The header is none.")
    if [header[8], header[11]] != [big_endian(anchor["block_number"]), big_endian(anchor["block_time"])]:
        raise Wrong("The header has another block number or time than the bundle.")
    index, receipt = big_endian(proof["index"]), raw(proof["receipt"])
    key = index if len(index) == 1 and index < b"\x80" else bytes([0x80 + len(index)]) + index
    if value_at(header[5], key, [raw(node) for node in proof["nodes"]]) != receipt:
        raise Wrong("The path leads to another receipt.")
    found = rlp(receipt if receipt[0] >= 0xC0 else receipt[1:])
    if not isinstance(found, list) or len(found) != 4 or found[0] != b"\1" or not isinstance(found[3], list):
        raise Wrong("The receipt is not one of a successful transaction.")
    topics = [ANCHORED, bytes(12) + raw(anchor["sender"]), raw(anchor["root"])]
    if [raw(anchor["contract"]), topics, anchor["size"].to_bytes(32, "big") + raw(anchor["head"])] not in found[3]:
        raise Wrong("The receipt holds no such anchor.")
    return words + " Receipt %d under it holds the root." % proof["index"]


def time_stamp_step(fields: Any) -> Any:
    if fields["time_stamp"] is None:
        return None, "The bundle brings no time stamp of an authority."
    return None, "Its signature is not checked here: `ipx verify --tsa-roots` or `openssl ts -verify` does it."


def chain_step(fields: Any, node: Optional[Node]) -> Any:
    if node is None:
        return None, "No node of the chain was asked."
    try:
        return asked(fields["anchor"], node)
    except (Silent, KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        return None, "The node could not be asked: %s" % (error if isinstance(error, Silent) else "its answers are odd")


def asked(anchor: Any, node: Node) -> str:
    """Ask a node for the chain's id, the receipt and its block, and compare. Any node will do, also a stranger's."""
    chain_id = int(node.ask("eth_chainId"), 16)
    if chain_id != anchor["chain_id"]:
        raise Wrong("The bundle names chain %d, the node is on chain %d." % (anchor["chain_id"], chain_id))
    receipt = node.ask("eth_getTransactionReceipt", anchor["transaction"])
    block = receipt and node.ask("eth_getBlockByNumber", receipt["blockNumber"], False)
    if not block or int(receipt["status"], 16) != 1 or block["hash"] != receipt["blockHash"]:
        raise Wrong("The node knows no anchor in the transaction %s." % anchor["transaction"])
    data = anchor["size"].to_bytes(32, "big").hex() + anchor["head"]
    topics = [ANCHORED.hex(), "00" * 12 + anchor["sender"][2:], anchor["root"]]
    expected = [anchor["contract"], ["0x" + topic for topic in topics], "0x" + data]
    logs = [[log["address"], log["topics"], log["data"]] for log in receipt["logs"]]
    if expected not in json.loads(json.dumps(logs).lower()):
        raise Wrong("The transaction holds no such anchor: another contract, sender, root, size or head.")
    told = [int(block["number"], 16), block["hash"].lower(), int(block["timestamp"], 16)]
    if told != [anchor["block_number"], anchor["block_hash"], anchor["block_time"]]:
        raise Wrong("The chain has it in block %d, %s, at second %d." % tuple(told))
    final = node.final_height()
    depth = "" if final is None else " It is final." if final >= told[0] else " It is not final yet."
    return "Block %d of chain %d, %s.%s" % (told[0], chain_id, moment(told[2]), depth)


class Node:
    """Any node of the chain, over JSON-RPC."""

    def __init__(self, url: str) -> None:
        if not url.lower().startswith(("http://", "https://")):
            raise Unreadable("The address of a node begins with http:// or https://.")
        self.url = url

    def ask(self, method: str, *params: Any) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode("ascii")
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                found = json.loads(answer.read(LARGEST_ANSWER).decode("utf-8"))
        except (OSError, ValueError) as error:
            raise Silent(str(error)) from error
        if not isinstance(found, dict) or found.get("error"):
            raise Silent("it answers %s with an error" % method)
        return found.get("result")

    def final_height(self) -> Optional[int]:
        try:
            block = self.ask("eth_getBlockByNumber", "finalized", False)
        except Silent:  # not every chain has the notion
            return None
        return int(block["number"], 16) if block else None


# ---- Ethereum's hash, encoding and trie (yellow paper, appendices B, C, D) ----------------------

MASK = (1 << 64) - 1
TURNS = (0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14)
ROUNDS = (
    *(0x1, 0x8082, 0x800000000000808A, 0x8000000080008000, 0x808B, 0x80000001, 0x8000000080008081, 0x8000000000008009),
    *(0x8A, 0x88, 0x80008009, 0x8000000A, 0x8000808B, 0x800000000000008B, 0x8000000000008089, 0x8000000000008003),
    *(0x8000000000008002, 0x8000000000000080, 0x800A, 0x800000008000000A, 0x8000000080008081, 0x8000000000008080),
    *(0x80000001, 0x8000000080008008),
)


@functools.lru_cache(maxsize=256)
def keccak(data: bytes) -> bytes:
    """Return the Keccak-256; hashlib's sha3_256 is the later standard, which pads otherwise."""
    padded = bytearray(data) + b"\x01" + bytes(-(len(data) + 1) % 136)
    padded[-1] |= 0x80
    state = [0] * 25
    for start in range(0, len(padded), 136):
        for lane in range(17):
            state[lane] ^= int.from_bytes(padded[start + 8 * lane : start + 8 * lane + 8], "little")
        for constant in ROUNDS:
            state = keccak_round(state, constant)
    return b"".join(lane.to_bytes(8, "little") for lane in state[:4])


def keccak_round(a: list[int], constant: int) -> list[int]:
    """One round of Keccak-f[1600] over 25 lanes, x + 5 y: theta, rho and pi, chi, iota."""
    c = [a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20] for x in range(5)]
    d = [c[x - 1] ^ turned(c[(x + 1) % 5], 1) for x in range(5)]
    b = [0] * 25
    for at in range(25):
        b[at // 5 + 5 * ((2 * at + 3 * (at // 5)) % 5)] = turned(a[at] ^ d[at % 5], TURNS[at])
    a = [b[at] ^ (~b[at - at % 5 + (at + 1) % 5] & b[at - at % 5 + (at + 2) % 5]) for at in range(25)]
    a[0] ^= constant
    return a


def turned(lane: int, bits: int) -> int:
    return (lane << bits | lane >> (64 - bits)) & MASK


def big_endian(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def rlp(data: bytes) -> Any:
    """Return what RLP bytes hold, bytes and lists of such, in their one canonical spelling. Raises Wrong."""
    item, end = rlp_item(data, 0, len(data), 0)
    if end != len(data):
        raise Wrong("Something follows the RLP.")
    return item


def rlp_item(data: bytes, at: int, limit: int, depth: int) -> tuple[Any, int]:
    if at >= limit or depth > 32:
        raise Wrong("These bytes are not RLP.")
    first = data[at]
    if first < 0x80:
        return data[at : at + 1], at + 1
    code = first - (0xC0 if first >= 0xC0 else 0x80)
    start = at + 1 + max(code - 55, 0)
    length = int.from_bytes(data[at + 1 : start], "big") if code > 55 else code
    end = start + length
    if end > limit or (code > 55 and (data[at + 1] == 0 or length < 56)):
        raise Wrong("These bytes are not RLP.")
    if first < 0xC0:
        if length == 1 and data[start] < 0x80:
            raise Wrong("These bytes are not RLP.")
        return data[start:end], end
    items = []
    while start < end:
        item, start = rlp_item(data, start, end, depth + 1)
        items.append(item)
    return items, end


def value_at(root: bytes, key: bytes, nodes: list[bytes]) -> bytes:
    """Return the value under a key in the Merkle-Patricia trie of this root, as the nodes prove it. Raises Wrong."""
    node: Any = root
    rest, is_value = [half for byte in key for half in (byte >> 4, byte & 15)], False
    while not is_value:
        if isinstance(node, bytes):
            if not nodes or keccak(nodes[0]) != node:
                raise Wrong("A node of the path does not have the hash that is asked for.")
            node, nodes = rlp(nodes[0]), nodes[1:]
        if isinstance(node, bytes) or len(node) not in (2, 17):
            raise Wrong("A node of the path is none.")
        if len(node) == 17:
            node, rest, is_value = node[rest[0] if rest else 16], rest[1:], not rest
            continue
        steps, is_value = way(node[0])
        if rest[: len(steps)] != steps or (is_value and rest != steps):
            raise Wrong("The path leads elsewhere.")
        node, rest = node[1], rest[len(steps) :]
    if nodes or isinstance(node, list) or not node:
        raise Wrong("The path leads to no value, or further.")
    return bytes(node)


def way(packed: Any) -> tuple[list[int], bool]:
    """Hex-prefix: the first nibble tells a leaf (2) from an extension (0), plus 1 when the rest is odd."""
    halves = [half for byte in packed for half in (byte >> 4, byte & 15)] if isinstance(packed, bytes) else []
    if not halves or halves[0] > 3 or (halves[0] % 2 == 0 and halves[1]):
        raise Wrong("A node of the path has no way written on it.")
    return halves[2 - halves[0] % 2 :], halves[0] >= 2


# ---- the verdict --------------------------------------------------------------------------------


def verify(data: bytes, file_sha256: Optional[bytes] = None, node: Optional[Node] = None) -> dict[str, Any]:
    """Check all that can be checked with what is given. Return outcome, level, summary, steps and the fields."""
    steps: list[dict[str, Any]] = []
    fields, computed = None, ""
    try:
        fields, computed = read(unpacked(data, steps))
    except Wrong as error:
        steps.append(step("form" if steps or not is_certificate(data) else "certificate", False, str(error)))
    except Unreadable as error:
        if not steps:
            return {"outcome": "unreadable", "level": None, "summary": str(error), "steps": steps, "bundle": None}
        steps.append(step("form", False, str(error)))
    if fields is None:
        return {**refusal(steps), "steps": steps, "bundle": fields}
    steps += [
        step("form", True, "It is a bundle of the format %s." % fields["format"]),
        checked("digest", expect, computed, fields["digest"], "It computes to"),
        checked("file", file_step, fields, file_sha256),
        checked("commitment", commitment_step, fields),
        checked("path", path_step, fields),
        checked("head", head_step, fields),
        checked("header", header_step, fields),
        checked("chain", chain_step, fields, node),
        checked("time_stamp", time_stamp_step, fields),
    ]
    return {**(refusal(steps) or judged(fields, steps)), "steps": steps, "bundle": fields}


def step(name: str, ok: Optional[bool], detail: str) -> dict[str, Any]:
    return {"step": name, "words": WORDS[name], "ok": ok, "detail": detail}


def checked(name: str, check: Callable[..., Any], *given: Any) -> dict[str, Any]:
    try:
        found = check(*given)
    except Wrong as error:
        return step(name, False, str(error))
    return step(name, *(found if isinstance(found, tuple) else (True, found)))


def is_certificate(data: bytes) -> bool:
    return b"%ipx-evidence " in data or b"%ipx-certificate-sha256 " in data


def unpacked(data: bytes, steps: list[dict[str, Any]]) -> bytes:
    """Return the bundle's bytes; the step of a certificate is put before all others. Raises Wrong."""
    if not is_certificate(data):
        return data
    bundle, was_added_to = open_certificate(data)
    detail = "Something was added to the PDF later; only what was there before is checked."
    steps.append(step("certificate", *((None, detail) if was_added_to else (True, "Its checksum holds."))))
    return bundle


def refusal(steps: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the verdict when a step fails, else nothing."""
    failed = next((one for one in steps if one["ok"] is False), None)
    words = 'Refused at the step "%(step)s". %(detail)s'
    return {"outcome": "refused", "level": None, "summary": words % failed} if failed else {}


def judged(fields: Any, steps: list[dict[str, Any]]) -> dict[str, Any]:
    held = [step["step"] for step in steps if step["ok"]]
    level = next((name for name in ("chain", "header") if name in held), "content")
    named = "the commitment" if fields["disclosure"] == "commitment" else "the content that it names"
    what = "this file" if "file" in held else named
    genuine = "Genuine: %s existed on %s, as the chain confirms." % (what, moment(fields["anchor"]["block_time"]))
    where = "the root, and the root is in the block header" if level == "header" else "the root"
    words = 'Holds on the level "%s": %s is under %s. Whether it is on the chain was not checked.'
    summary = genuine if level == "chain" else words % (level, what, where)
    return {"outcome": "holds", "level": level, "summary": summary}


def moment(seconds: int) -> str:
    try:
        return (datetime(1970, 1, 1) + timedelta(seconds=seconds)).strftime("%d %B %Y, %H:%M:%S UTC").lstrip("0")
    except OverflowError:  # no calendar reaches so far
        return "second %d after 1970" % seconds


# ---- proofs about the exchange's own logs -------------------------------------------------------


def verify_proof(data: bytes, node: Optional[Node] = None) -> dict[str, Any]:
    """Check the heads of a log, that the later one continues the earlier, and lines at their places; as ``verify``."""
    try:
        proof = read_proof(data)
    except Wrong as error:
        steps = [step("proof", False, str(error))]
        return {**refusal(steps), "steps": steps, "bundle": None}
    first, last = proof["heads"][0]["record"], proof["heads"][-1]["record"]
    verdicts = [verify(written(entry["bundle"]), sha256(written(entry["record"])), node) for entry in proof["heads"]]
    steps = [checked("log head", log_head_step, verdict, node) for verdict in verdicts]
    if proof["consistency"] is not None:
        steps.append(checked("log", log_step, first, last, [raw(item) for item in proof["consistency"]]))
    steps += [checked("line", line_step, line, last) for line in proof["lines"]]
    level = min((verdict["level"] or "content" for verdict in verdicts), key=LEVELS.index)
    words = 'Holds on the level "%s": the log "%s" of %d lines, from a head of %d lines on, and %d lines of it.'
    summary = words % (level, proof["log"], last["lines"], first["lines"], len(proof["lines"]))
    return {"outcome": "holds", "level": level, "summary": summary, **refusal(steps), "steps": steps, "bundle": None}


def read_proof(data: bytes) -> Any:
    """Return a proof, alone or from the export of a history. Raises Wrong."""
    content = parse(data)
    proof = content.get("audit_proof", content) if isinstance(content, dict) else content
    is_alone = isinstance(proof, dict) and proof.get("consistency") is None
    proof = fits("proof", proof, {**PROOF, "consistency": None} if is_alone else PROOF)
    if {entry["record"]["log"] for entry in proof["heads"]} != {proof["log"]}:
        raise Wrong("A proof is about heads of the log that it names.")
    if (len(proof["heads"]) == 1) != is_alone:
        raise Wrong("Two heads, and they alone, come with the proof that one continues the other.")
    return proof


def log_head_step(verdict: Any, node: Optional[Node]) -> str:
    if verdict["outcome"] != "holds" or verdict["bundle"]["commitment"]["tag"] != "ipx/audit/v1":
        raise Wrong("The evidence of a head does not hold, or is of something else. " + verdict["summary"])
    if node and verdict["level"] != "chain":
        raise Wrong("The head could not be looked up. " + verdict["steps"][-2]["detail"])
    anchor = verdict["bundle"]["anchor"]
    return "It is in the batch of block %d, which %s anchored." % (anchor["block_number"], anchor["sender"])


def log_step(first: Any, last: Any, path: list[bytes]) -> str:
    """RFC 9162, section 2.1.4.2."""
    size, whole, roots = first["lines"], last["lines"], [raw(first["root"]), raw(last["root"])]
    words = "The log of %d lines %s that of %d lines."
    if path == [] and (size, roots[0]) in ((0, sha256()), (whole, roots[1])):
        return words % (whole, "continues", size)
    hashes, node, end = ([roots[0]] if size & (size - 1) == 0 else []) + path, size - 1, whole - 1
    holds = 0 < size < whole and path != []
    while holds and node & 1:
        node, end = node >> 1, end >> 1
    old = new = hashes[0] if hashes else b""
    for sibling in hashes[1:]:
        holds = holds and end != 0
        if node & 1 or node == end:
            old, new = sha256(b"\1", sibling, old), sha256(b"\1", sibling, new)
            while node and not node & 1:
                node, end = node >> 1, end >> 1
        else:
            new = sha256(b"\1", new, sibling)
        node, end = node >> 1, end >> 1
    if not holds or end != 0 or [old, new] != roots:
        raise Wrong(words % (whole, "does not continue", size))
    return words % (whole, "continues", size)


def line_step(entry: Any, head: Any) -> str:
    number, line = entry["number"], entry["line"]
    if line is not None and sha256(written(line)).hex() != entry["hash"]:
        raise Wrong("Line %d does not have the hash that is given for it." % number)
    if isinstance(line, dict) and line.get("sequence") != number:
        raise Wrong("Line %d calls itself another one." % number)
    found = climbed(sha256(b"\0", raw(entry["hash"])), number - 1, head["lines"], entry["path"])
    return expect(found.hex(), head["root"], "Line %d leads to the root" % number)


# ---- the command --------------------------------------------------------------------------------


def hash_of(path: str) -> bytes:
    """Return a file's SHA-256, piece by piece: it may be larger than the memory."""
    digest, done = hashlib.sha256(), 0
    with open(path, "rb") as source:
        for piece in iter(lambda: source.read(1 << 20), b""):
            digest.update(piece)
            done += len(piece)
            if done % (1 << 28) == 0 and sys.stderr.isatty():
                print("\r%d MiB hashed " % (done >> 20), end="", file=sys.stderr)
    return digest.digest()


def contents(path: str) -> bytes:
    with open(path, "rb") as source:
        data = source.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise Unreadable("%s is larger than any bundle or certificate. The document itself goes with --file." % path)
    return data


def as_text(verdict: dict[str, Any], required: Optional[str]) -> str:
    marks, lines = {True: "holds      ", False: "FAILS      ", None: "not checked"}, []
    for step in verdict["steps"]:
        lines.append("%s  %-11s %s\n%26s%s" % (marks[step["ok"]], step["step"], step["words"], "", step["detail"]))
    lines += ["", verdict["summary"]]
    if verdict["outcome"] == "holds" and verdict["bundle"]:
        merkle, anchor = verdict["bundle"]["merkle"], verdict["bundle"]["anchor"]
        way = "file > SHA-256 > commitment > leaf %d of %d > path of %d > root > head > block %d of chain %d"
        figures = merkle["leaf_index"], anchor["size"], len(merkle["path"]), anchor["block_number"], anchor["chain_id"]
        lines.append("The way: " + way % figures)
        lines.append("It does not prove who invented it, who owns it, that it is new, or that nobody had it earlier.")
    if verdict["outcome"] == "holds" and not is_enough(verdict, required):
        lines.append('Refused: the level "%s" was required, "%s" was reached.' % (required, verdict["level"]))
    return "\n".join(lines).strip()


def is_enough(verdict: dict[str, Any], required: Optional[str]) -> bool:
    return verdict["outcome"] == "holds" and LEVELS.index(verdict["level"]) >= LEVELS.index(required or LEVELS[0])


def main(arguments: Optional[list[str]] = None) -> int:
    """Run the command; return its exit code."""
    raw_text = argparse.RawDescriptionHelpFormatter
    words = argparse.ArgumentParser(prog="verify.py", description=__doc__, formatter_class=raw_text)
    words.add_argument("bundle", help="the bundle (.ipx-evidence.json), the certificate (.pdf), or a proof about a log")
    words.add_argument("--file", help="the document that it is about, of any size; it is hashed here and sent nowhere")
    words.add_argument("--rpc", metavar="URL", help="address of any node of the chain (JSON-RPC)")
    words.add_argument("--require", choices=LEVELS, help="fail below this level")
    words.add_argument("--json", action="store_true", help="print the verdict as JSON")
    given = words.parse_args(arguments)
    try:
        node = Node(given.rpc) if given.rpc else None
        data, file_sha256 = contents(given.bundle), hash_of(given.file) if given.file else None
        is_proof = b'"ipx/log-proof/v1"' in data and not is_certificate(data)
        if is_proof and given.file:
            raise Unreadable("A proof about a log is about no file: leave out --file.")
        verdict = verify_proof(data, node) if is_proof else verify(data, file_sha256, node)
    except (OSError, Unreadable) as error:
        print("Unreadable: %s" % error, file=sys.stderr)
        return 2
    code = 2 if verdict["outcome"] == "unreadable" else 0 if is_enough(verdict, given.require) else 1
    shown = {name: value for name, value in verdict.items() if name != "bundle"}
    shown.update({"required": given.require, "exit_code": code})
    print(json.dumps(shown, indent=2) if given.json else as_text(verdict, given.require))
    return code


if __name__ == "__main__":
    sys.exit(main())
