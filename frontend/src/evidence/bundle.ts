// Reads an evidence bundle, of either version, as strictly as docs/spec/evidence-bundle.md says: one spelling, no field
// too many.
import { bytesToHex, sha256 } from "./bytes.ts";
import { decode, encode, type Json, NotCanonical } from "./canonical.ts";
import { TAGS } from "./commitment.ts";
import { FORMATS, type Format, HEX_WORD, type Spelling } from "./spelling.ts";

export const LARGEST_BUNDLE = 1 << 20;

/** What a commitment is made of. A bundle that discloses the commitment only comes without it. */
export interface Opening {
  salt: Uint8Array;
  contentSha256: Uint8Array;
  owner: string;
}

export interface Anchor {
  previousHead: Uint8Array;
  root: Uint8Array;
  size: number;
  head: Uint8Array;
  chainId: number;
  contract: string;
  sender: string;
  transaction: string;
  blockNumber: number;
  blockHash: string;
  blockTime: number;
}

/** The block's header and the receipt in it, by the hash of the block. */
export interface BlockProof {
  header: Uint8Array;
  index: number;
  receipt: Uint8Array;
  nodes: Uint8Array[];
}

export interface Bundle {
  format: Format;
  tag: string;
  value: Uint8Array;
  opening: Opening | undefined;
  leafIndex: number;
  treeSize: number;
  path: Uint8Array[];
  anchor: Anchor;
  blockProof: BlockProof | undefined;
  /** A time-stamp authority has signed the root; read, and not verified here: that needs roots to trust. */
  hasTimeStamp: boolean;
  /** As it is written, and as it computes: it guards against accidents, not against forgers. */
  digest: string;
  computedDigest: string;
}

/** The bytes are no bundle at all, or one of a later format. */
export class NotABundle extends Error {}

/** A damaged or forged bundle. */
export class Malformed extends Error {}

type Fields = Record<string, Json>;

const ADDRESS = /^0x[0-9a-f]{40}$/;
const CHAIN_WORD = /^0x[0-9a-f]{64}$/;
const MOST_NODES = 16;
const RECEIPT_PROOF = "index receipt nodes".split(" ");
const MOST_PIECES = 64;
const TIME_STAMP = "responses certificates crls".split(" ");
const TOP =
  "format disclosure commitment merkle anchor header receipt_proof time_stamp digest".split(" ");
const COMMITMENT = "tag value salt content_sha256 owner".split(" ");
const MERKLE = "leaf_index path".split(" ");
const ANCHOR =
  "previous_head root size head chain_id contract sender transaction block_number block_hash block_time".split(
    " ",
  );

/** The bundle in a file's bytes. Throws NotABundle or Malformed. The digest is computed, not compared. */
export function readBundle(bytes: Uint8Array): Bundle {
  const text = new TextDecoder("latin1").decode(bytes);
  if (!text.includes("ipx/evidence/") && !text.includes('"previous_head"')) {
    throw new NotABundle("This file is not an evidence bundle.");
  }
  if (bytes.length > LARGEST_BUNDLE) throw new NotABundle("This file is larger than any bundle.");
  const whole = object(canonical(bytes), "the bundle");
  const digest = match(whole, "digest", HEX_WORD.pattern);
  const computedDigest = digestOf(whole);
  const format = FORMATS.find(({ name }) => name === whole.format);
  if (!format && digest === computedDigest) {
    throw new NotABundle(`This bundle is of the format ${whole.format}, which is not known here.`);
  }
  if (!format) throw new Malformed("The format is none that is known here.");
  return { ...readFields(whole, format), digest, computedDigest };
}

/** SHA-256 over the canonical bytes of everything but the digest. */
export function digestOf(whole: Fields): string {
  const { digest: _, ...rest } = whole;
  return bytesToHex(sha256(encode(rest)));
}

function canonical(bytes: Uint8Array): Json {
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof NotCanonical) throw new Malformed(error.message);
    throw error;
  }
}

function readFields(whole: Fields, format: Format): Omit<Bundle, "digest" | "computedDigest"> {
  only(whole, TOP, "the bundle");
  const commitment = part(whole, "commitment", COMMITMENT);
  const merkle = part(whole, "merkle", [...MERKLE, ...(format.hasTreeSize ? ["tree_size"] : [])]);
  const anchor = readAnchor(part(whole, "anchor", ANCHOR));
  const { tag } = commitment;
  if (typeof tag !== "string" || !TAGS.includes(tag)) {
    throw new Malformed("The field tag names no kind of commitment.");
  }
  return {
    format,
    tag,
    value: spelled(commitment, "value", format.word),
    opening: readOpening(whole, commitment, format.word),
    leafIndex: count(merkle, "leaf_index"),
    treeSize: format.hasTreeSize ? count(merkle, "tree_size") : anchor.size,
    path: readPath(merkle, format.word),
    anchor,
    hasTimeStamp: readTimeStamp(whole, format.token),
    blockProof: readBlockProof(whole, format.data),
  };
}

function readOpening(whole: Fields, commitment: Fields, word: Spelling): Opening | undefined {
  if (whole.disclosure === "commitment") {
    if ([commitment.salt, commitment.content_sha256, commitment.owner].some((it) => it !== null)) {
      throw new Malformed("A bundle of the commitment only must leave out what it is made of.");
    }
    return undefined;
  }
  if (whole.disclosure !== "full") throw new Malformed("The field disclosure is unknown.");
  return {
    salt: spelled(commitment, "salt", word),
    contentSha256: spelled(commitment, "content_sha256", HEX_WORD),
    owner: match(commitment, "owner", ADDRESS),
  };
}

function readPath(merkle: Fields, word: Spelling): Uint8Array[] {
  const { path } = merkle;
  if (!Array.isArray(path) || path.length > 64) {
    throw new Malformed("The field path must be a list of 64 hashes at most.");
  }
  return path.map((item) => spelled({ path: item }, "path", word));
}

function readAnchor(anchor: Fields): Anchor {
  return {
    previousHead: spelled(anchor, "previous_head", HEX_WORD),
    root: spelled(anchor, "root", HEX_WORD),
    size: count(anchor, "size"),
    head: spelled(anchor, "head", HEX_WORD),
    chainId: count(anchor, "chain_id"),
    contract: match(anchor, "contract", ADDRESS),
    sender: match(anchor, "sender", ADDRESS),
    transaction: match(anchor, "transaction", CHAIN_WORD),
    blockNumber: count(anchor, "block_number"),
    blockHash: match(anchor, "block_hash", CHAIN_WORD),
    blockTime: count(anchor, "block_time"),
  };
}

function readBlockProof(whole: Fields, data: Spelling): BlockProof | undefined {
  if (whole.header === null && whole.receipt_proof === null) return undefined;
  const proof = part(whole, "receipt_proof", RECEIPT_PROOF);
  const { nodes } = proof;
  if (!Array.isArray(nodes) || nodes.length === 0 || nodes.length > MOST_NODES) {
    throw new Malformed(`The field nodes must be a list of ${MOST_NODES} nodes at most.`);
  }
  return {
    header: spelled(whole, "header", data),
    index: count(proof, "index"),
    receipt: spelled(proof, "receipt", data),
    nodes: nodes.map((node) => spelled({ nodes: node }, "nodes", data)),
  };
}

function readTimeStamp(whole: Fields, token: Spelling): boolean {
  if (whole.time_stamp === null) return false;
  const found = part(whole, "time_stamp", TIME_STAMP);
  for (const name of TIME_STAMP) {
    const pieces = found[name];
    const fewest = name === "responses" ? 1 : 0;
    if (!Array.isArray(pieces) || pieces.length < fewest || pieces.length > MOST_PIECES) {
      throw new Malformed(`The field ${name} must be a list of ${MOST_PIECES} pieces at most.`);
    }
    for (const piece of pieces) match({ [name]: piece }, name, token.pattern);
  }
  return true;
}

function object(value: Json | undefined, name: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new Malformed(`The part ${name} must be an object.`);
}

function part(whole: Fields, name: string, expected: string[]): Fields {
  const found = object(whole[name], name);
  only(found, expected, name);
  return found;
}

function only(fields: Fields, expected: string[], where: string): void {
  const names = Object.keys(fields);
  if (names.length !== expected.length || !expected.every((name) => Object.hasOwn(fields, name))) {
    throw new Malformed(`In ${where} a field is missing or unknown.`);
  }
}

function match(fields: Fields, name: string, pattern: RegExp): string {
  const value = fields[name];
  if (typeof value === "string" && pattern.test(value)) return value;
  throw new Malformed(`The field ${name} does not have the form that the format asks for.`);
}

function count(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value === "number" && value >= 0) return value;
  throw new Malformed(`The field ${name} must be a whole number, not negative.`);
}

function spelled(fields: Fields, name: string, spelling: Spelling): Uint8Array {
  return spelling.read(match(fields, name, spelling.pattern));
}
