import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { bytesToHex, utf8ToBytes } from "./bytes.ts";
import { findingsOf, isLogProof, NotAProof, readProof, verdictOfProof } from "./log-proof.ts";
import type { ChainAnswer } from "./verdict.ts";

interface Vector {
  name: string;
  proof: string;
  step: string;
}
const { holds, refused } = JSON.parse(
  readFileSync(resolve(import.meta.dirname, "../../../docs/spec/vectors/log_proof.json"), "utf8"),
) as { holds: Vector[]; refused: Vector[] };

const NAMES = { head: "log head", log: "log", line: "line" };

function firstFailure(text: string): string {
  try {
    const failed = findingsOf(readProof(utf8ToBytes(text)), []).find(
      ({ outcome }) => outcome === "fails",
    );
    return failed ? NAMES[failed.name] : "";
  } catch (error) {
    if (error instanceof NotAProof) return "proof";
    throw error;
  }
}

/** What a node says that knows every head's batch. */
function answersTo(text: string): ChainAnswer[] {
  return readProof(utf8ToBytes(text)).heads.map(({ bundle }) => {
    if (!bundle) throw new Error("no bundle");
    const { anchor } = bundle;
    return {
      found: true,
      final: true,
      chain_id: anchor.chainId,
      sender: anchor.sender,
      contract: anchor.contract,
      root: bytesToHex(anchor.root),
      size: anchor.size,
      head: bytesToHex(anchor.head),
      block_number: anchor.blockNumber,
      block_hash: anchor.blockHash,
      block_time: anchor.blockTime,
    };
  });
}

describe("a proof about a log", () => {
  it.each(holds)("holds: $name", ({ proof }) => {
    expect(isLogProof(utf8ToBytes(proof))).toBe(true);
    const read = readProof(utf8ToBytes(proof));
    expect(verdictOfProof(findingsOf(read, []))).toBe("open");
    expect(verdictOfProof(findingsOf(read, answersTo(proof)))).toBe("chain");
    const [first, ...others] = answersTo(proof);
    const pending = [{ ...first, final: false } as ChainAnswer, ...others];
    expect(verdictOfProof(findingsOf(read, pending))).toBe("open");
    const forged = [{ ...first, head: "00" } as ChainAnswer, ...others];
    expect(verdictOfProof(findingsOf(read, forged))).toBe("refused");
  });

  it.each(refused)("is refused: $name", ({ proof, step }) => {
    expect(firstFailure(proof)).toBe(step);
  });

  it("is refused with any single digit changed", () => {
    const text = holds[0]?.proof ?? "";
    for (const found of text.matchAll(/[0-9a-f]{64}/g)) {
      const at = found.index + 40;
      const digit = text[at] === "0" ? "1" : "0";
      expect(firstFailure(text.slice(0, at) + digit + text.slice(at + 1))).not.toBe("");
    }
  });

  it("is not taken for one when it is a bundle", () => {
    expect(isLogProof(utf8ToBytes('{"format":"ipx/evidence/v2"}'))).toBe(false);
  });
});
