// Verifies a proof about one of the exchange's own logs, alone or in a history's export: docs/spec/log-head.md.
import { type Bundle, readBundle } from "./bundle.ts";
import { bytesToHex, hexOf, same, sha256 } from "./bytes.ts";
import { decode, encode, type Json } from "./canonical.ts";
import { AUDIT } from "./commitment.ts";
import { climb, leafHash, nodeHash } from "./merkle.ts";
import { type ChainAnswer, type Outcome, stepsOf, verdictOf } from "./verdict.ts";

const FORMAT = "ipx/log-proof/v1";
const HEAD_FORMAT = "ipx/log-head/v1";
const LOGS = ["audit", "receipts"];
const LONGEST_PATH = 64;
const LONGEST_CONSISTENCY = 128;

/** A head of a log, the evidence of it, and why the evidence cannot be read if that is so. */
export interface Head {
  log: string;
  lines: number;
  root: Uint8Array;
  recordSha256: string;
  bundle: Bundle | undefined;
  problem: string;
}

interface Line {
  number: number;
  hash: Uint8Array;
  line: Json;
  path: Uint8Array[];
}

export interface LogProof {
  log: string;
  heads: Head[];
  consistency: Uint8Array[] | undefined;
  lines: Line[];
}

/** One thing that was checked. head: a head is a leaf of a batch; log: it continues the earlier one; line: its place. */
export interface Finding {
  name: "head" | "log" | "line";
  outcome: Outcome;
  values: Record<string, string>;
}

/** The bytes are no proof of the form that the specification asks for. */
export class NotAProof extends Error {}

type Fields = Record<string, Json>;

/** Whether a file says of itself that it holds a proof. */
export function isLogProof(bytes: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(bytes).includes(`"${FORMAT}"`);
}

/** Reads a proof strictly. Throws NotAProof. What its bundles hold is for findingsOf to say. */
export function readProof(bytes: Uint8Array): LogProof {
  const content = value(bytes);
  const inside = isObject(content) && "audit_proof" in content ? content.audit_proof : content;
  const whole = object(inside, "format log heads consistency lines");
  if (whole.format !== FORMAT) throw new NotAProof(`the format is not ${FORMAT}`);
  const heads = list(whole.heads, 2).map(readHead);
  const consistency =
    whole.consistency === null ? undefined : hashes(whole.consistency, LONGEST_CONSISTENCY);
  if (!heads.length || heads.some(({ log }) => log !== whole.log)) {
    throw new NotAProof("it is not about heads of the log that it names");
  }
  if ((heads.length === 2) !== (consistency !== undefined)) {
    throw new NotAProof("two heads come with the proof that one continues the other, and only two");
  }
  const lines = list(whole.lines, Number.POSITIVE_INFINITY).map(readLine);
  return { log: String(whole.log), heads, consistency, lines };
}

/** Everything that a proof says, checked. `answers` are what a node says of each head's transaction, in their order. */
export function findingsOf(
  proof: LogProof,
  answers: readonly (ChainAnswer | undefined)[],
): Finding[] {
  const [first, last] = [proof.heads[0], proof.heads.at(-1)] as [Head, Head];
  const heads = proof.heads.map((head, place) => headFinding(head, answers[place]));
  const together = proof.consistency ? [logFinding(first, last, proof.consistency)] : [];
  return [...heads, ...together, ...proof.lines.map((line) => lineFinding(line, last))];
}

/** chain: all heads are in final blocks; open: it fits together, and a node did not (yet) confirm that much. */
export function verdictOfProof(findings: Finding[]): "chain" | "open" | "refused" {
  if (findings.some(({ outcome }) => outcome === "fails")) return "refused";
  return findings.some(({ outcome }) => outcome === "open") ? "open" : "chain";
}

function headFinding(head: Head, answer: ChainAnswer | undefined): Finding {
  const values = {
    lines: String(head.lines),
    block: String(head.bundle?.anchor.blockNumber ?? ""),
    time: String(head.bundle?.anchor.blockTime ?? ""),
    problem: head.problem,
  };
  if (!head.bundle) return { name: "head", outcome: "fails", values };
  const steps = stepsOf(head.bundle, head.recordSha256, answer);
  const verdict = head.bundle.tag === AUDIT ? verdictOf(steps, answer) : "refused";
  const failed = steps.find(({ outcome }) => outcome === "fails")?.name ?? "";
  const outcome = verdict === "refused" ? "fails" : verdict === "chain" ? "holds" : "open";
  return { name: "head", outcome, values: { ...values, problem: failed } };
}

function logFinding(first: Head, last: Head, path: Uint8Array[]): Finding {
  const values = { first: String(first.lines), last: String(last.lines) };
  return { name: "log", outcome: continues(first, last, path) ? "holds" : "fails", values };
}

function lineFinding({ number, hash, line, path }: Line, head: Head): Finding {
  const values = { number: String(number), lines: String(head.lines) };
  const isHashed = line === null || same(sha256(encode(line)), hash);
  const isItself = !isObject(line) || line.sequence === number;
  const holds = isHashed && isItself && isInside(hash, number - 1, head, path);
  return { name: "line", outcome: holds ? "holds" : "fails", values };
}

function isInside(hash: Uint8Array, index: number, head: Head, path: Uint8Array[]): boolean {
  const leaf = leafHash(hash);
  try {
    return same(climb(leaf, index, head.lines, path).at(-1)?.hash ?? leaf, head.root);
  } catch {
    return false; // no tree of this size has such a path
  }
}

/** RFC 9162, section 2.1.4.2. */
function continues(first: Head, last: Head, path: Uint8Array[]): boolean {
  if (first.lines === 0 || first.lines === last.lines) {
    return !path.length && same(first.root, first.lines ? last.root : sha256(new Uint8Array()));
  }
  if (first.lines > last.lines || !path.length) return false;
  const size = BigInt(first.lines);
  let node = size - 1n;
  let end = BigInt(last.lines) - 1n;
  const [start, ...siblings] = (size & node) === 0n ? [first.root, ...path] : path;
  while (node & 1n) {
    node >>= 1n;
    end >>= 1n;
  }
  let old = start as Uint8Array;
  let whole = old;
  for (const sibling of siblings) {
    if (end === 0n) return false;
    if (node & 1n || node === end) {
      old = nodeHash(sibling, old);
      whole = nodeHash(sibling, whole);
      while (node && !(node & 1n)) {
        node >>= 1n;
        end >>= 1n;
      }
    } else {
      whole = nodeHash(whole, sibling);
    }
    node >>= 1n;
    end >>= 1n;
  }
  return end === 0n && same(old, first.root) && same(whole, last.root);
}

function readHead(item: Json): Head {
  const entry = object(item, "record bundle");
  const record = object(entry.record, "format log lines head root");
  if (record.format !== HEAD_FORMAT || !LOGS.includes(String(record.log))) {
    throw new NotAProof("a record is none of a log's head");
  }
  hash(record.head);
  const recordSha256 = bytesToHex(sha256(encode(record)));
  const head = { log: String(record.log), lines: count(record.lines), root: hash(record.root) };
  try {
    return { ...head, recordSha256, bundle: readBundle(encode(entry.bundle as Json)), problem: "" };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { ...head, recordSha256, bundle: undefined, problem };
  }
}

function readLine(item: Json): Line {
  const entry = object(item, "number hash line path");
  return {
    number: count(entry.number),
    hash: hash(entry.hash),
    line: entry.line as Json,
    path: hashes(entry.path, LONGEST_PATH),
  };
}

function value(bytes: Uint8Array): Json {
  try {
    return decode(bytes);
  } catch (error) {
    throw new NotAProof(error instanceof Error ? error.message : String(error));
  }
}

function isObject(item: Json | undefined): item is Fields {
  return typeof item === "object" && item !== null && !Array.isArray(item);
}

function object(item: Json | undefined, names: string): Fields {
  const expected = names.split(" ");
  if (!isObject(item) || Object.keys(item).sort().join(" ") !== expected.sort().join(" ")) {
    throw new NotAProof("a field is missing or unknown");
  }
  return item;
}

function list(item: Json | undefined, most: number): Json[] {
  if (Array.isArray(item) && item.length <= most) return item;
  throw new NotAProof("a list is missing or too long");
}

function count(item: Json | undefined): number {
  if (typeof item === "number" && item >= 0) return item;
  throw new NotAProof("a number is missing");
}

function hash(item: Json | undefined): Uint8Array {
  const found = hexOf(item, 32);
  if (found) return found;
  throw new NotAProof("a hash is not 64 lower-case hexadecimal digits");
}

function hashes(item: Json | undefined, most: number): Uint8Array[] {
  return list(item, most).map(hash);
}
