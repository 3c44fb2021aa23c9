"""FROZEN. The evidence bundle: its fields, how it is written, and how it is read strictly, in both versions.

docs/spec/evidence-bundle.md is the specification; docs/spec/vectors/evidence_bundle.json and evidence_bundle_2.json its
vectors. New bundles are of version 2; version 1 stays readable for ever.
It must never accept a second spelling of the same bundle, nor a field that it does not know.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from ipx.core import canonical, commitment
from ipx.core.canonical import Json
from ipx.core.errors import Invalid, Tampered
from ipx.core.ports import BlockProof
from ipx.evidence.bundle_format import FORMATS, HEX_WORD, V2, BundleFormat, Spelling
from ipx.evidence.strict_fields import match, number, object_in, only, spelled
from ipx.evidence.time_stamps import TimeStamps, read_time_stamps

FULL, COMMITMENT = "full", "commitment"
DISCLOSURES = (FULL, COMMITMENT)
TRACES = (b"ipx/evidence/", b'"previous_head"')  # a file with neither is something else, not a damaged bundle
LARGEST_FILE = 1 << 20
MOST_BRACKETS = 16  # there are seven; a parser must not be sent down a pit
MOST_NODES = 16  # of a receipt's path: a key of 8 bytes has 16 nibbles

_CHAIN_WORD = re.compile(r"0x[0-9a-f]{64}")
_ADDRESS = re.compile(r"0x[0-9a-f]{40}")


class NotABundle(Exception):
    """The bytes are no evidence bundle at all, or one of a later format."""


@dataclass(frozen=True)
class Opening:
    """What a commitment is made of; only the owner and whom he shows it know this."""

    salt: bytes
    content_sha256: bytes
    owner: str


@dataclass(frozen=True)
class Proof:
    """A leaf's place in its batch, and the RFC 6962 path from it to the root."""

    leaf_index: int
    tree_size: int
    path: Sequence[bytes]


@dataclass(frozen=True)
class Anchor:
    """A root on a chain: who anchored it, in which transaction and block (``block_time``: Unix seconds, UTC)."""

    previous_head: bytes
    root: bytes
    size: int
    head: bytes
    chain_id: int
    contract: str
    sender: str
    transaction: str
    block_number: int
    block_hash: str
    block_time: int


@dataclass(frozen=True)
class Bundle:
    """A bundle as it was read. ``opening`` is None when it discloses the commitment only, ``block_proof`` when it
    brings no block header."""

    format: BundleFormat
    tag: str
    value: bytes
    opening: Opening | None
    proof: Proof
    anchor: Anchor
    time_stamps: TimeStamps | None
    block_proof: BlockProof | None
    digest: bytes
    computed_digest: bytes


def write(
    *,
    tag: str,
    value: bytes,
    opening: Opening | None,
    proof: Proof,
    anchor: Anchor,
    time_stamps: TimeStamps | None = None,
    block_proof: BlockProof | None = None,
    form: BundleFormat = V2,
) -> bytes:
    """Return the bundle's canonical bytes, its digest included. Raises Invalid unless tree and anchor count the same
    leaves in a version that writes their number once."""
    fields: dict[str, Json] = {
        "format": form.name,
        "disclosure": FULL if opening else COMMITMENT,
        "commitment": {
            "tag": tag,
            "value": form.word.write(value),
            "salt": form.word.write(opening.salt) if opening else None,
            "content_sha256": opening.content_sha256.hex() if opening else None,
            "owner": opening.owner.lower() if opening else None,
        },
        "merkle": _merkle_fields(proof, anchor, form),
        "anchor": _anchor_fields(anchor),
        "header": form.data.write(block_proof.header) if block_proof else None,
        "receipt_proof": _receipt_fields(block_proof, form.data) if block_proof else None,
        "time_stamp": time_stamps.record(form.token) if time_stamps else None,
    }
    return canonical.encode({**fields, "digest": digest_of(fields).hex()})


def read(data: bytes) -> Bundle:
    """Read a bundle strictly. The digest is computed, but not compared.

    Raises NotABundle for bytes that are something else or of a later format, Tampered for a damaged bundle.
    """
    if not any(trace in data for trace in TRACES):
        raise NotABundle("This file is not an evidence bundle.")
    if len(data) > LARGEST_FILE:
        raise NotABundle("This file is larger than any evidence bundle (1 MiB).")
    if sum(data.count(bracket) for bracket in (b"[", b"{")) > MOST_BRACKETS:
        raise Tampered("This is nested deeper than any bundle.")
    fields = canonical.decode(data)
    if not isinstance(fields, Mapping):
        raise Tampered("A bundle is a JSON object.")
    digest = match(fields, "digest", HEX_WORD.pattern)
    computed = digest_of({name: value for name, value in fields.items() if name != "digest"})
    form = next((known for known in FORMATS if known.name == fields.get("format")), None)
    if form is None:
        known = " and ".join(each.name for each in FORMATS)
        if digest == computed.hex():
            raise NotABundle(f"This bundle is of the format {fields.get('format')}; this verifier knows {known} only.")
        raise Tampered(f"The format must be {known}.")
    return _read_fields(fields, form, bytes.fromhex(digest), computed)


def digest_of(fields: Mapping[str, Json]) -> bytes:
    """Return the SHA-256 over the canonical bytes of all fields but ``digest``: it guards against accidents."""
    return hashlib.sha256(canonical.encode(fields)).digest()


def _merkle_fields(proof: Proof, anchor: Anchor, form: BundleFormat) -> dict[str, Json]:
    fields: dict[str, Json] = {
        "leaf_index": proof.leaf_index,
        "path": [form.word.write(sibling) for sibling in proof.path],
    }
    if form.has_tree_size:
        return {**fields, "tree_size": proof.tree_size}
    if proof.tree_size != anchor.size:
        raise Invalid(f"The path is of a tree of {proof.tree_size} leaves, the anchor of one of {anchor.size}.")
    return fields


def _anchor_fields(anchor: Anchor) -> dict[str, Json]:
    return {
        "previous_head": anchor.previous_head.hex(),
        "root": anchor.root.hex(),
        "size": anchor.size,
        "head": anchor.head.hex(),
        "chain_id": anchor.chain_id,
        "contract": anchor.contract.lower(),
        "sender": anchor.sender.lower(),
        "transaction": anchor.transaction.lower(),
        "block_number": anchor.block_number,
        "block_hash": anchor.block_hash.lower(),
        "block_time": anchor.block_time,
    }


def _receipt_fields(proof: BlockProof, data: Spelling) -> dict[str, Json]:
    nodes: list[Json] = [data.write(node) for node in proof.nodes]
    return {"index": proof.index, "receipt": data.write(proof.receipt), "nodes": nodes}


_TOP = ("format", "disclosure", "commitment", "merkle", "anchor", "header", "receipt_proof", "time_stamp", "digest")


def _read_fields(fields: Mapping[str, Json], form: BundleFormat, digest: bytes, computed: bytes) -> Bundle:
    only(fields, _TOP, "the bundle")
    committed = object_in(fields, "commitment", ("tag", "value", "salt", "content_sha256", "owner"))
    tag = committed["tag"]
    if tag not in commitment.TAGS:
        raise Tampered("The field tag names no kind of commitment.")
    anchor = _anchor(object_in(fields, "anchor", tuple(Anchor.__dataclass_fields__)))
    stamps = fields["time_stamp"]
    return Bundle(
        format=form,
        tag=str(tag),
        value=spelled(committed, "value", form.word),
        opening=_opening(fields, committed, form.word),
        proof=_proof(fields, form, anchor.size),
        anchor=anchor,
        time_stamps=None if stamps is None else read_time_stamps(stamps, form.token),
        block_proof=_block_proof(fields, form.data),
        digest=digest,
        computed_digest=computed,
    )


def _opening(fields: Mapping[str, Json], committed: Mapping[str, Json], word: Spelling) -> Opening | None:
    inputs = [committed[name] for name in ("salt", "content_sha256", "owner")]
    if fields["disclosure"] == COMMITMENT:
        if any(item is not None for item in inputs):
            raise Tampered("A bundle that discloses the commitment only must leave out what it is made of.")
        return None
    if fields["disclosure"] != FULL:
        raise Tampered("The field disclosure must be full or commitment.")
    salt, content_sha256 = spelled(committed, "salt", word), spelled(committed, "content_sha256", HEX_WORD)
    return Opening(salt, content_sha256, match(committed, "owner", _ADDRESS))


def _proof(fields: Mapping[str, Json], form: BundleFormat, anchored_size: int) -> Proof:
    part = object_in(fields, "merkle", ("leaf_index", "path", *(["tree_size"] if form.has_tree_size else [])))
    path = part["path"]
    if not isinstance(path, list) or len(path) > 64:
        raise Tampered("The field path must be a list of 64 hashes at most.")
    siblings = [spelled({"path": item}, "path", form.word) for item in cast(list[Json], path)]
    tree_size = number(part, "tree_size") if form.has_tree_size else anchored_size
    return Proof(number(part, "leaf_index"), tree_size, siblings)


def _anchor(part: Mapping[str, Json]) -> Anchor:
    return Anchor(
        previous_head=spelled(part, "previous_head", HEX_WORD),
        root=spelled(part, "root", HEX_WORD),
        size=number(part, "size"),
        head=spelled(part, "head", HEX_WORD),
        chain_id=number(part, "chain_id"),
        contract=match(part, "contract", _ADDRESS),
        sender=match(part, "sender", _ADDRESS),
        transaction=match(part, "transaction", _CHAIN_WORD),
        block_number=number(part, "block_number"),
        block_hash=match(part, "block_hash", _CHAIN_WORD),
        block_time=number(part, "block_time"),
    )


def _block_proof(fields: Mapping[str, Json], data: Spelling) -> BlockProof | None:
    if fields["header"] is None and fields["receipt_proof"] is None:
        return None
    part = object_in(fields, "receipt_proof", ("index", "receipt", "nodes"))
    nodes = part["nodes"]
    if not isinstance(nodes, list) or not 0 < len(nodes) <= MOST_NODES:
        raise Tampered(f"The field nodes must be a list of {MOST_NODES} nodes at most.")
    return BlockProof(
        header=spelled(fields, "header", data),
        index=number(part, "index"),
        receipt=spelled(part, "receipt", data),
        nodes=[spelled({"nodes": node}, "nodes", data) for node in cast(list[Json], nodes)],
    )
