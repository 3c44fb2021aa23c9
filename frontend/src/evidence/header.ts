// The block header and the receipt that a bundle brings: do they hold the anchor? As ipx/evidence/header.py.
import { keccak_256 } from "@noble/hashes/sha3.js";
import type { Anchor, BlockProof } from "./bundle.ts";
import { bytesToHex, concatBytes, hexToBytes, same } from "./bytes.ts";
import { decodeRlp, encodeNumber, NotRlp, numberBytes, type Rlp } from "./rlp.ts";

// Keccak-256 of Anchored(address,bytes32,uint64,bytes32)
const ANCHORED = hexToBytes("3d0c97912257c6ad70e8f6fc81ae518ad3e14734d308b512c2729cc637a4b0b1");
const RECEIPTS_ROOT = 5; // places in a header (yellow paper, 4.4)
const NUMBER = 8;
const TIME = 11;
const FEWEST_FIELDS = 15;

class Wrong extends Error {}

/** What the header hashes to. */
export function hashOfHeader(header: Uint8Array): string {
  return `0x${bytesToHex(keccak_256(header))}`;
}

/** Whether header and receipt hold the anchor. Never throws for any bytes. */
export function headerHolds(anchor: Anchor, proof: BlockProof): boolean {
  try {
    return holds(anchor, proof);
  } catch (error) {
    if (error instanceof Wrong || error instanceof NotRlp) return false;
    throw error;
  }
}

function holds(anchor: Anchor, proof: BlockProof): boolean {
  if (hashOfHeader(proof.header) !== anchor.blockHash) return false;
  const header = decodeRlp(proof.header);
  if (!Array.isArray(header) || header.length < FEWEST_FIELDS || header.some(Array.isArray)) {
    return false;
  }
  const fields = header as Uint8Array[];
  const is = (place: number, value: Uint8Array): boolean =>
    same(fields[place] as Uint8Array, value);
  if (!is(NUMBER, numberBytes(anchor.blockNumber)) || !is(TIME, numberBytes(anchor.blockTime))) {
    return false;
  }
  const root = fields[RECEIPTS_ROOT] as Uint8Array;
  const found = valueAt(root, encodeNumber(proof.index), proof.nodes);
  return same(found, proof.receipt) && holdsEvent(anchor, proof.receipt);
}

/** Whether a successful transaction's receipt has the event, from the contract that the bundle names. */
function holdsEvent(anchor: Anchor, receipt: Uint8Array): boolean {
  const typed = (receipt[0] as number) < 0xc0; // EIP-2718
  const fields = decodeRlp(typed ? receipt.subarray(1) : receipt);
  if (!Array.isArray(fields) || fields.length !== 4) return false;
  const [status, , , logs] = fields as [Rlp, Rlp, Rlp, Rlp];
  if (!equal(status, Uint8Array.of(1)) || !Array.isArray(logs)) return false;
  const size = numberBytes(anchor.size);
  const expected = [
    hexToBytes(anchor.contract.slice(2)),
    [ANCHORED, concatBytes(new Uint8Array(12), hexToBytes(anchor.sender.slice(2))), anchor.root],
    concatBytes(new Uint8Array(32 - size.length), size, anchor.head),
  ];
  return logs.some((log) => equal(log, expected));
}

function equal(a: Rlp, b: Rlp): boolean {
  if (!Array.isArray(a)) return !Array.isArray(b) && same(a, b);
  return (
    Array.isArray(b) && a.length === b.length && a.every((item, at) => equal(item, b[at] as Rlp))
  );
}

/** The value under a key in the Merkle-Patricia trie of this root (yellow paper, appendix D), as the nodes prove it. */
export function valueAt(root: Uint8Array, key: Uint8Array, nodes: Uint8Array[]): Uint8Array {
  const left = [...nodes];
  let rest = nibbles(key);
  let node: Rlp = root;
  for (let isValue = false; !isValue; ) {
    if (!Array.isArray(node)) {
      const next = left.shift();
      if (!next || !same(keccak_256(next), node)) throw new Wrong("a node is missing or wrong");
      node = decodeRlp(next);
    }
    ({ node, rest, isValue } = follow(node, rest));
  }
  if (left.length > 0 || Array.isArray(node) || node.length === 0) throw new Wrong("no value");
  return node;
}

/** One step down a branch, an extension or a leaf. */
function follow(node: Rlp, rest: number[]): { node: Rlp; rest: number[]; isValue: boolean } {
  if (Array.isArray(node) && node.length === 17) {
    const [first, ...more] = rest;
    const next = node[first ?? 16] as Rlp;
    return { node: next, rest: more, isValue: first === undefined };
  }
  if (!Array.isArray(node) || node.length !== 2) throw new Wrong("this is no node");
  const [packed, next] = node as [Rlp, Rlp];
  const { steps, isLeaf } = unpacked(packed);
  if (!steps.every((step, at) => step === rest[at]) || (isLeaf && steps.length !== rest.length)) {
    throw new Wrong("the path leads elsewhere");
  }
  return { node: next, rest: rest.slice(steps.length), isValue: isLeaf };
}

/** Hex-prefix (appendix C): the first nibble tells a leaf (2) from an extension (0), plus 1 when the rest is odd. */
function unpacked(packed: Rlp): { steps: number[]; isLeaf: boolean } {
  const halves = Array.isArray(packed) ? [] : nibbles(packed);
  const [flag, second] = halves;
  if (flag === undefined || flag > 3 || (flag % 2 === 0 && second !== 0)) {
    throw new Wrong("a node has no way written on it");
  }
  return { steps: halves.slice(flag % 2 === 1 ? 1 : 2), isLeaf: flag >= 2 };
}

function nibbles(bytes: Uint8Array): number[] {
  return [...bytes].flatMap((byte) => [byte >> 4, byte & 15]);
}
