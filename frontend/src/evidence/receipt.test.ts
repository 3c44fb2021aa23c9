import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { bytesToHex, utf8ToBytes } from "./bytes.ts";
import { commitFile, fullBundle, NotAReceipt, readReceipt, writeReceipt } from "./receipt.ts";

interface Vectors {
  receipts: { name: string; receipt: string; commitments: string[] }[];
  refused: { name: string; receipt: string }[];
  full: { receipt: string; bundle: string; full_bundle: string };
}

const vectors = (name: string): unknown =>
  JSON.parse(
    readFileSync(resolve(import.meta.dirname, "../../../docs/spec/vectors", name), "utf8"),
  );
const VECTORS = vectors("stamp_receipt.json") as Vectors;

/** The same stamp in bundles of version 2. */
function second(name: string): string {
  const { holds } = vectors("evidence_bundle_2.json") as {
    holds: { name: string; bundle: string }[];
  };
  return holds.find((vector) => vector.name === name)?.bundle ?? "";
}

describe("the receipt of a stamp", () => {
  it.each(VECTORS.receipts)("is written and read: $name", ({ receipt, commitments }) => {
    const read = readReceipt(utf8ToBytes(receipt));
    expect(new TextDecoder().decode(writeReceipt(read))).toBe(receipt);
    expect(read.stamps.map((stamp) => bytesToHex(stamp.commitment))).toEqual(commitments);
  });

  it.each(VECTORS.refused)("is refused: $name", ({ receipt }) => {
    expect(() => readReceipt(utf8ToBytes(receipt))).toThrow(NotAReceipt);
  });

  it("makes the full bundle from the bare one", () => {
    const { receipt, bundle, full_bundle: expected } = VECTORS.full;
    const { owner, stamps } = readReceipt(utf8ToBytes(receipt));
    const [stamp] = stamps;
    if (!stamp) throw new Error("no stamp");
    const full = fullBundle(utf8ToBytes(bundle), stamp, owner);
    expect(new TextDecoder().decode(full)).toBe(expected);
  });

  it("makes the full bundle of version 2 too", () => {
    const { owner, stamps } = readReceipt(utf8ToBytes(VECTORS.full.receipt));
    const [stamp] = stamps;
    if (!stamp) throw new Error("no stamp");
    const full = fullBundle(utf8ToBytes(second("commitment only")), stamp, owner);
    expect(new TextDecoder().decode(full)).toBe(second("five leaves"));
  });

  it("does not open a bundle of something else", () => {
    const other = commitFile(
      { name: "x", size: 1 },
      new Uint8Array(32),
      new Uint8Array(32),
      `0x${"1".repeat(40)}`,
    );
    expect(() =>
      fullBundle(utf8ToBytes(VECTORS.full.bundle), other, `0x${"1".repeat(40)}`),
    ).toThrow();
  });
});
