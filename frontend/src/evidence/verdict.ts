// The steps from a file to a block, each with its outcome, and the verdict that they allow.
// Names and order are those of docs/spec/evidence-bundle.md.
import type { Anchor, Bundle } from "./bundle.ts";
import { bytesToHex, same } from "./bytes.ts";
import { commit } from "./commitment.ts";
import { hashOfHeader, headerHolds } from "./header.ts";
import { chainedHead, climb, type Level, leafHash } from "./merkle.ts";

export type StepName =
  | "form"
  | "digest"
  | "file"
  | "commitment"
  | "path"
  | "head"
  | "header"
  | "chain"
  | "time_stamp";

/** holds, fails, or could not be checked with what was given. */
export type Outcome = "holds" | "fails" | "open";

export interface Step {
  name: StepName;
  outcome: Outcome;
  /**
   * Why, where one outcome has two. closed: the bundle does not disclose it. unknown: no such transaction.
   * brought: there is one, which is not checked here.
   */
  reason?: "closed" | "unknown" | "brought";
  /** What is shown beside the words: computed and expected values, by slot. */
  values: Record<string, string>;
}

/** What a node says of a transaction; see GET /verify/chain. */
export interface ChainAnswer {
  found: boolean;
  chain_id?: number;
  sender?: string;
  contract?: string;
  root?: string;
  size?: number;
  head?: string;
  previous_head?: string;
  block_number?: number;
  block_hash?: string;
  block_time?: number;
  final?: boolean;
}

/**
 * refused: a step fails. Else the level that was reached, content, header or chain; `bundle`, `block` and `stamp` are
 * the same three levels with no file compared; `pending` is chain in a block that may still be replaced.
 */
export type Verdict =
  | "refused"
  | "chain"
  | "stamp"
  | "pending"
  | "header"
  | "block"
  | "content"
  | "bundle";

/** Every step. `fileSha256`: undefined when no file was given; `answer`: undefined when no node answered. */
export function stepsOf(
  bundle: Bundle,
  fileSha256: string | undefined,
  answer: ChainAnswer | undefined,
): Step[] {
  return [
    { name: "form", outcome: "holds", values: {} },
    compare("digest", bundle.computedDigest, bundle.digest),
    fileStep(bundle, fileSha256),
    commitmentStep(bundle),
    pathStep(bundle),
    headStep(bundle),
    headerStep(bundle),
    chainStep(bundle, answer),
    timeStampStep(bundle),
  ];
}

export function verdictOf(steps: Step[], answer: ChainAnswer | undefined): Verdict {
  if (steps.some((step) => step.outcome === "fails")) return "refused";
  const holds = (name: StepName): boolean =>
    steps.some((step) => step.name === name && step.outcome === "holds");
  if (!holds("chain") && holds("header")) return holds("file") ? "header" : "block";
  if (!holds("chain")) return holds("file") ? "content" : "bundle";
  if (!answer?.final) return "pending";
  return holds("file") ? "chain" : "stamp";
}

/** The levels of the tree for the picture; none when the path fits no tree. */
export function levelsOf(bundle: Bundle): Level[] {
  try {
    return climb(leafHash(bundle.value), bundle.leafIndex, bundle.treeSize, bundle.path);
  } catch {
    return [];
  }
}

function compare(
  name: StepName,
  computed: string,
  expected: string,
  more: Record<string, string> = {},
): Step {
  const outcome = computed === expected ? "holds" : "fails";
  return { name, outcome, values: { computed, expected, ...more } };
}

function fileStep({ opening }: Bundle, computed: string | undefined): Step {
  if (!opening) {
    const outcome = computed === undefined ? "open" : "fails"; // nobody can tell which file it is
    return {
      name: "file",
      outcome,
      reason: "closed",
      values: { computed: computed ?? "", expected: "" },
    };
  }
  const expected = bytesToHex(opening.contentSha256);
  if (computed === undefined) {
    return { name: "file", outcome: "open", values: { computed: "", expected } };
  }
  return compare("file", computed, expected);
}

function commitmentStep({ opening, tag, value }: Bundle): Step {
  const expected = bytesToHex(value);
  if (!opening) {
    return { name: "commitment", outcome: "open", values: { computed: "", expected, owner: "" } };
  }
  const { salt, contentSha256, owner } = opening;
  const computed = bytesToHex(commit(tag, salt, contentSha256, owner));
  return compare("commitment", computed, expected, { owner });
}

function pathStep(bundle: Bundle): Step {
  const { leafIndex, treeSize, anchor } = bundle;
  const leaf = leafHash(bundle.value);
  const levels = levelsOf(bundle);
  const fits =
    treeSize === anchor.size && levels.length === bundle.path.length && leafIndex < treeSize;
  const alone = fits && treeSize === 1 ? leaf : undefined;
  const root = levels.at(-1)?.hash ?? alone;
  const values = {
    leaf: bytesToHex(leaf),
    computed: root ? bytesToHex(root) : "",
    expected: bytesToHex(anchor.root),
    place: String(leafIndex + 1),
    size: String(treeSize),
  };
  const holds = fits && root !== undefined && same(root, anchor.root);
  return { name: "path", outcome: holds ? "holds" : "fails", values };
}

function headStep({ anchor }: Bundle): Step {
  const computed = chainedHead(anchor.previousHead, anchor.root, anchor.size);
  return compare("head", bytesToHex(computed), bytesToHex(anchor.head));
}

function headerStep({ anchor, blockProof }: Bundle): Step {
  const expected = anchor.blockHash;
  if (!blockProof) return { name: "header", outcome: "open", values: { computed: "", expected } };
  const computed = hashOfHeader(blockProof.header);
  const outcome = headerHolds(anchor, blockProof) ? "holds" : "fails";
  return { name: "header", outcome, values: { computed, expected } };
}

function chainStep({ anchor }: Bundle, answer: ChainAnswer | undefined): Step {
  const values = {
    transaction: anchor.transaction,
    block: String(anchor.blockNumber),
    time: String(anchor.blockTime),
    contract: anchor.contract,
    chain: String(anchor.chainId),
    differs: "",
  };
  if (!answer) return { name: "chain", outcome: "open", values };
  if (!answer.found) return { name: "chain", outcome: "fails", reason: "unknown", values };
  values.differs = differences(anchor, answer).join(", ");
  return { name: "chain", outcome: values.differs === "" ? "holds" : "fails", values };
}

function timeStampStep({ hasTimeStamp }: Bundle): Step {
  const step: Step = { name: "time_stamp", outcome: "open", values: {} };
  return hasTimeStamp ? { ...step, reason: "brought" } : step;
}

/** Which of the values that the bundle claims the node tells otherwise, or not at all. */
function differences(anchor: Anchor, answer: ChainAnswer): string[] {
  const claimed: [string, string | number, string | number | undefined][] = [
    ["contract", anchor.contract, answer.contract],
    ["sender", anchor.sender, answer.sender],
    ["root", bytesToHex(anchor.root), answer.root],
    ["size", anchor.size, answer.size],
    ["head", bytesToHex(anchor.head), answer.head],
    ["block number", anchor.blockNumber, answer.block_number],
    ["block hash", anchor.blockHash, answer.block_hash],
    ["block time", anchor.blockTime, answer.block_time],
  ];
  if (answer.chain_id !== undefined) claimed.push(["chain", anchor.chainId, answer.chain_id]);
  if (answer.previous_head !== undefined) {
    claimed.push(["previous head", bytesToHex(anchor.previousHead), answer.previous_head]);
  }
  return claimed
    .filter(([, ours, theirs]) => theirs === undefined || plain(ours) !== plain(theirs))
    .map(([name]) => name);
}

/** Hex with or without 0x, in either case, is the same value. */
function plain(value: string | number): string {
  return String(value).toLowerCase().replace(/^0x/, "");
}
