// RFC 6962 trees, and the chained head that the contract keeps. Every hash is SHA-256.
import { concatBytes, sha256 } from "./bytes.ts";

/** One level of a path: the sibling, the side it stands on, and what the two become. */
export interface Level {
  sibling: Uint8Array;
  side: "left" | "right";
  hash: Uint8Array;
}

export function leafHash(commitment: Uint8Array): Uint8Array {
  return sha256(concatBytes(Uint8Array.of(0), commitment));
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concatBytes(Uint8Array.of(1), left, right));
}

/** SHA-256(0x02 ‖ previous head ‖ root ‖ size as uint64, big-endian). */
export function chainedHead(previous: Uint8Array, root: Uint8Array, size: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(size));
  return sha256(concatBytes(Uint8Array.of(2), previous, root, bytes));
}

/**
 * The levels from a leaf's hash up to the root (RFC 9162, 2.1.3.2).
 * Throws when no tree of this size gives a path of this length for this leaf.
 */
export function climb(leaf: Uint8Array, index: number, size: number, path: Uint8Array[]): Level[] {
  if (!(index >= 0 && index < size)) throw new Error("no such leaf in a tree of this size");
  let node = BigInt(index);
  let last = BigInt(size) - 1n;
  let hash = leaf;
  const levels: Level[] = [];
  for (const sibling of path) {
    if (last === 0n) throw new Error("the path is longer than the tree is high");
    const side = node % 2n === 1n || node === last ? "left" : "right";
    hash = side === "left" ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
    if (side === "left") {
      while (node % 2n === 0n && node !== 0n) {
        node >>= 1n;
        last >>= 1n;
      }
    }
    node >>= 1n;
    last >>= 1n;
    levels.push({ sibling, side, hash });
  }
  if (last !== 0n) throw new Error("the path is shorter than the tree is high");
  return levels;
}
