"""FROZEN. The block header and the receipt that a bundle brings: do they hold the anchor? Pure, without a node.

docs/spec/evidence-bundle.md is the specification. It must never call a header part of a chain: anybody can make one.
"""

from collections.abc import Sequence

import rlp

from ipx.core import patricia
from ipx.core.errors import Tampered
from ipx.core.patricia import Node, keccak
from ipx.core.ports import BlockProof
from ipx.evidence.bundle import Anchor

# Keccak-256 of Anchored(address,bytes32,uint64,bytes32)
ANCHORED = bytes.fromhex("3d0c97912257c6ad70e8f6fc81ae518ad3e14734d308b512c2729cc637a4b0b1")
RECEIPTS_ROOT, NUMBER, TIME, FEWEST_FIELDS = 5, 8, 11, 15  # places in a header (yellow paper, 4.4)
FIRST_LIST = 0xC0  # a receipt that begins lower has a type (EIP-2718)
SUCCESS = b"\x01"


def header_problem(anchor: Anchor, proof: BlockProof) -> str:
    """Return why header and receipt do not hold the anchor, or nothing when they do. Never raises for any bytes."""
    found = "0x" + keccak(proof.header).hex()
    if found != anchor.block_hash:
        return f"The header hashes to {found}, the bundle names the block {anchor.block_hash}."
    try:
        header = _strings(patricia.decode(proof.header), FEWEST_FIELDS, "The header")
        if header[NUMBER] != _number(anchor.block_number) or header[TIME] != _number(anchor.block_time):
            return "The header has another block number or time than the bundle."
        key = bytes(rlp.encode(proof.index))
        if patricia.value_at(header[RECEIPTS_ROOT], key, proof.nodes) != proof.receipt:
            return "The path leads to another receipt."
        return "" if _holds(anchor, proof.receipt) else "The receipt holds no such anchor."
    except Tampered as error:
        return error.message


def _holds(anchor: Anchor, receipt: bytes) -> bool:
    """Tell whether a receipt of a successful transaction has the event, from the contract that the bundle names."""
    fields = patricia.decode(receipt if receipt[0] >= FIRST_LIST else receipt[1:])
    if isinstance(fields, bytes) or len(fields) != 4 or fields[0] != SUCCESS or isinstance(fields[3], bytes):
        raise Tampered("The receipt is not one of a successful transaction.")
    contract, sender = bytes.fromhex(anchor.contract[2:]), bytes.fromhex(anchor.sender[2:])
    topics = [ANCHORED, bytes(12) + sender, anchor.root]
    data = anchor.size.to_bytes(32, "big") + anchor.head
    return [contract, topics, data] in fields[3]


def _strings(node: Node, fewest: int, what: str) -> Sequence[bytes]:
    found = [] if isinstance(node, bytes) else [item for item in node if isinstance(item, bytes)]
    if len(found) < fewest or len(found) != len(node):
        raise Tampered(f"{what} is none.")
    return found


def _number(value: int) -> bytes:
    """Return a number as RLP holds it: big-endian, without leading zeros."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")
