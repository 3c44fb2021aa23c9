import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { digestOf, Malformed, NotABundle, readBundle } from "./bundle.ts";
import {
  bytesToHex,
  concatBytes,
  hexToBytes,
  sha256,
  sha256OfStream,
  utf8ToBytes,
} from "./bytes.ts";
import { decode, encode, type Json, NotCanonical } from "./canonical.ts";
import { commit, DOCUMENT } from "./commitment.ts";
import { valueAt } from "./header.ts";
import { chainedHead, climb, leafHash, nodeHash } from "./merkle.ts";
import { decodeRlp, encodeNumber, NotRlp, type Rlp } from "./rlp.ts";
import { FORMATS } from "./spelling.ts";
import { type ChainAnswer, type Step, stepsOf, verdictOf } from "./verdict.ts";

const OWNER = "0x00112233445566778899aabbccddeeff00112233";
const bytes = (text: string): Uint8Array => utf8ToBytes(text);

describe("canonical JSON", () => {
  it("orders keys by UTF-16 code units", () => {
    const value = {
      "\u20ac": 1,
      "\r": 2,
      "\ufb33": 3,
      "1": 4,
      "\ud83d\ude00": 5,
      "\u0080": 6,
      ö: 7,
    };
    expect(Object.keys(JSON.parse(new TextDecoder().decode(encode(value))) as object)).toEqual([
      "1",
      "\r",
      "\u0080",
      "ö",
      "\u20ac",
      "\ud83d\ude00",
      "\ufb33",
    ]);
  });

  it("reads what it writes", () => {
    const value: Json = { a: [null, true, -5, 'é\u0001"'], b: {} };
    expect(decode(encode(value))).toEqual(value);
  });

  it.each([
    '{"b":1,"a":1}',
    '{"a":1,"a":2}',
    '{"a": 1}',
    '{"a":1.0}',
    '{"a":1.5}',
    '{"a":-0}',
    '{"a":1e2}',
    '{"a":9007199254740992}',
    '{"a":"\\u0061"}',
    '{"a":"\\ud800"}',
    '\ufeff{"a":1}',
    '{"a":1}\n',
    "",
  ])("refuses %j", (text) => {
    expect(() => decode(bytes(text))).toThrow(NotCanonical);
  });

  it("refuses bytes that are not UTF-8, and endless nesting", () => {
    expect(() => decode(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(NotCanonical);
    expect(() => decode(bytes("[".repeat(500) + "]".repeat(500)))).toThrow(NotCanonical);
  });
});

describe("a tree", () => {
  const leaves = Array.from({ length: 7 }, (_, n) => leafHash(sha256(Uint8Array.of(n))));
  const split = (n: number): number => 2 ** Math.floor(Math.log2(n - 1));
  const root = (of: Uint8Array[]): Uint8Array =>
    of.length === 1
      ? (of[0] as Uint8Array)
      : nodeHash(root(of.slice(0, split(of.length))), root(of.slice(split(of.length))));
  const path = (of: Uint8Array[], m: number): Uint8Array[] => {
    if (of.length === 1) return [];
    const k = split(of.length);
    return m < k
      ? [...path(of.slice(0, k), m), root(of.slice(k))]
      : [...path(of.slice(k), m - k), root(of.slice(0, k))];
  };

  it("is climbed from every leaf of every size to RFC 6962's root", () => {
    for (let size = 1; size <= 7; size += 1) {
      const some = leaves.slice(0, size);
      for (let index = 0; index < size; index += 1) {
        const leaf = some[index] as Uint8Array;
        const levels = climb(leaf, index, size, path(some, index));
        expect(bytesToHex(levels.at(-1)?.hash ?? leaf)).toBe(bytesToHex(root(some)));
      }
    }
  });

  it("refuses a path that is too long, too short, or of no leaf", () => {
    const leaf = leaves[0] as Uint8Array;
    expect(() => climb(leaf, 0, 1, [leaf])).toThrow("longer");
    expect(() => climb(leaf, 0, 2, [])).toThrow("shorter");
    expect(() => climb(leaf, 2, 2, [leaf])).toThrow("no such leaf");
    expect(() => climb(leaf, 0, 0, [])).toThrow("no such leaf");
  });
});

describe("RLP", () => {
  const shown = (item: Rlp): unknown => (Array.isArray(item) ? item.map(shown) : bytesToHex(item));
  it.each([
    ["00", "00"],
    ["80", ""],
    ["8180", "80"],
    ["c0", []],
    ["c4c2010205", [["01", "02"], "05"]],
  ])("reads %s", (text, value) => {
    expect(shown(decodeRlp(hexToBytes(text)))).toEqual(value);
  });

  it.each(["", "0000", "8105", "82", "b801ff", "b90001ff", "c1", "f80100", "f90038"])(
    "refuses %s",
    (text) => {
      expect(() => decodeRlp(hexToBytes(text))).toThrow(NotRlp);
    },
  );

  it("refuses endless nesting", () => {
    const nested = new Uint8Array(50).map((_, at) => 0xc0 + 49 - at);
    expect(() => decodeRlp(nested)).toThrow(NotRlp);
  });

  it("writes numbers without leading zeros", () => {
    expect([0, 1, 127, 128, 256, 2 ** 40].map((it) => bytesToHex(encodeNumber(it)))).toEqual([
      "80",
      "01",
      "7f",
      "8180",
      "820100",
      "86010000000000",
    ]);
  });
});

/** A small true story: three documents in a batch, ours is the second. */
function story(): { whole: Record<string, Json>; content: Uint8Array } {
  const content = bytes("the confidential report");
  const salt = sha256(bytes("salt"));
  const value = commit(DOCUMENT, salt, sha256(content), OWNER);
  const others = [leafHash(sha256(bytes("a"))), leafHash(sha256(bytes("c")))] as const;
  const root = nodeHash(nodeHash(others[0], leafHash(value)), others[1]);
  const previous = new Uint8Array(32);
  const whole: Record<string, Json> = {
    format: "ipx/evidence/v1",
    disclosure: "full",
    commitment: {
      tag: DOCUMENT,
      salt: bytesToHex(salt),
      content_sha256: bytesToHex(sha256(content)),
      owner: OWNER,
      value: bytesToHex(value),
    },
    merkle: { leaf_index: 1, tree_size: 3, path: others.map(bytesToHex) },
    anchor: {
      previous_head: bytesToHex(previous),
      root: bytesToHex(root),
      size: 3,
      head: bytesToHex(chainedHead(previous, root, 3)),
      chain_id: 31337,
      contract: OWNER,
      sender: OWNER,
      transaction: `0x${"12".repeat(32)}`,
      block_number: 7,
      block_hash: `0x${"34".repeat(32)}`,
      block_time: 1_795_356_180,
    },
    header: null,
    receipt_proof: null,
    time_stamp: null,
  };
  whole.digest = digestOf(whole);
  return { whole, content };
}

function answerOf(whole: Record<string, Json>): ChainAnswer {
  return { found: true, final: true, ...(whole.anchor as object) };
}

const failed = (steps: Step[]): string[] =>
  steps.filter((step) => step.outcome === "fails").map((step) => step.name);

describe("the verdict", () => {
  const { whole, content } = story();
  const bundle = readBundle(encode(whole));
  const hash = bytesToHex(sha256(content));

  it("names the level that was reached", () => {
    const verdict = (file: string | undefined, answer?: ChainAnswer): string =>
      verdictOf(stepsOf(bundle, file, answer), answer);
    expect(verdict(hash)).toBe("content");
    expect(verdict(undefined)).toBe("bundle");
    expect(verdict(hash, answerOf(whole))).toBe("chain");
    expect(verdict(undefined, answerOf(whole))).toBe("stamp");
    expect(verdict(hash, { ...answerOf(whole), final: false })).toBe("pending");
    expect(verdict(bytesToHex(sha256(bytes("another"))), answerOf(whole))).toBe("refused");
  });

  it("refuses what a node does not know, or knows otherwise", () => {
    const isChain = ({ name }: { name: string }): boolean => name === "chain";
    expect(failed(stepsOf(bundle, hash, { found: false }))).toEqual(["chain"]);
    expect(failed(stepsOf(bundle, hash, { found: true }))).toEqual(["chain"]);
    for (const name of ["sender", "contract", "root", "head", "previous_head", "block_hash"]) {
      const step = stepsOf(bundle, hash, { ...answerOf(whole), [name]: "0xff" }).find(isChain);
      expect(step?.values.differs).toBe(name.replace("_", " "));
    }
    for (const name of ["size", "block_number", "block_time"]) {
      const step = stepsOf(bundle, hash, { ...answerOf(whole), [name]: 99 }).find(isChain);
      expect(step?.values.differs).toBe(name.replace("_", " "));
    }
  });
});

it("a stream is hashed piece by piece", async () => {
  const seen: number[] = [];
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes("the confidential"));
      controller.enqueue(bytes(" report"));
      controller.close();
    },
  });
  const hash = await sha256OfStream(stream, (done) => seen.push(done));
  expect(hash).toBe(bytesToHex(sha256(bytes("the confidential report"))));
  expect(seen).toEqual([16, 23]);
});

const vectors = (name: string): unknown =>
  JSON.parse(
    readFileSync(resolve(import.meta.dirname, "../../../docs/spec/vectors", name), "utf-8"),
  );

interface Named {
  name: string;
  bytes_hex: string;
  step: string;
}

describe("the frozen vectors of docs/spec", () => {
  const canonical = vectors("canonical_json.json") as {
    encode: { name: string; value: Json; utf8_hex: string }[];
    refuse: Named[];
  };
  it.each(canonical.encode)("canonical JSON: $name", ({ value, utf8_hex }) => {
    expect(bytesToHex(encode(value))).toBe(utf8_hex);
    expect(decode(hexToBytes(utf8_hex))).toEqual(value);
  });
  it.each(canonical.refuse)("canonical JSON refuses: $name", ({ bytes_hex }) => {
    expect(() => decode(hexToBytes(bytes_hex))).toThrow(NotCanonical);
  });

  const { commitments } = vectors("commitment.json") as { commitments: Record<string, string>[] };
  it.each(commitments)("commitment $tag $value", ({ tag, salt, content_sha256, owner, value }) => {
    const made = commit(tag ?? "", hex(salt), hex(content_sha256), owner ?? "");
    expect(bytesToHex(made)).toBe(value);
  });

  const { trees } = vectors("merkle.json") as {
    trees: { size: number; root: string; paths: string[][] }[];
  };
  it.each(trees)("tree of $size", ({ size, root, paths }) => {
    paths.forEach((path, index) => {
      const leaf = leafHash(commitmentNumber(index));
      const levels = climb(leaf, index, size, path.map(hex));
      expect(bytesToHex(levels.at(-1)?.hash ?? leaf)).toBe(root);
    });
  });

  const bundles = vectors("evidence_bundle.json") as {
    holds: { name: string; content: string; bundle: string }[];
    refused: Named[];
    unreadable: Named[];
  };
  it.each(bundles.holds)("bundle holds: $name", ({ content, bundle }) => {
    const read = readBundle(bytes(bundle));
    const file = read.opening ? bytesToHex(sha256(bytes(content))) : undefined;
    expect(failed(stepsOf(read, file, undefined))).toEqual([]);
  });
  it.each(bundles.holds)("bundle with one byte changed: $name", ({ bundle }) => {
    const good = bytes(bundle);
    for (let at = 0; at < good.length; at += 1) {
      const bad = good.slice();
      bad[at] = (bad[at] as number) ^ 1;
      expect(firstFailure(bad), `byte ${at}`).not.toBe("");
    }
  });
  it.each(bundles.refused)("bundle refused: $name", ({ bytes_hex, step }) => {
    expect(firstFailure(hexToBytes(bytes_hex))).toBe(step);
  });
  const headers = vectors("evidence_bundle_header.json") as Omit<typeof bundles, "unreadable">;
  it.each(headers.holds)("bundle with a header holds: $name", ({ content, bundle }) => {
    const steps = stepsOf(readBundle(bytes(bundle)), bytesToHex(sha256(bytes(content))), undefined);
    expect(failed(steps)).toEqual([]);
    expect(verdictOf(steps, undefined)).toBe("header");
    const alone = stepsOf(readBundle(bytes(bundle)), undefined, undefined);
    expect(verdictOf(alone, undefined)).toBe("block");
  });
  it.each(headers.refused)("bundle with a header refused: $name", ({ bytes_hex, step }) => {
    expect(firstFailure(hexToBytes(bytes_hex))).toBe(step);
  });

  const clocks = vectors("evidence_bundle_time_stamp.json") as Omit<typeof bundles, "unreadable">;
  it.each(clocks.holds)("bundle with a time stamp: $name", ({ content, bundle }) => {
    const steps = stepsOf(readBundle(bytes(bundle)), bytesToHex(sha256(bytes(content))), undefined);
    expect(failed(steps)).toEqual([]);
    expect(steps.at(-1)).toMatchObject({ name: "time_stamp", outcome: "open", reason: "brought" });
  });
  it.each(clocks.refused)("bundle with a time stamp refused: $name", ({ bytes_hex, step }) => {
    expect(firstFailure(hexToBytes(bytes_hex))).toBe(step);
  });

  const patricia = vectors("patricia.json") as {
    tries: { name: string; values: Record<string, string>; root: string; paths: Paths }[];
    numbered: { root: string; paths: { index: number; path: string[] }[] };
  };
  it.each(patricia.tries)("Patricia trie: $name", ({ values, root, paths }) => {
    for (const [key, value] of Object.entries(values)) {
      const nodes = (paths[key] ?? []).map(hex);
      expect(valueAt(hex(root), bytes(key), nodes)).toEqual(bytes(value));
      expect(() => valueAt(hex(root), bytes(key), [...nodes, bytes("more")])).toThrow();
      expect(() => valueAt(hex(root), bytes(`${key}s`), nodes)).toThrow();
    }
  });
  it.each(patricia.numbered.paths)("Patricia trie of numbers: $index", ({ index, path }) => {
    const found = valueAt(hex(patricia.numbered.root), encodeNumber(index), path.map(hex));
    expect(found).toEqual(bytes(`receipt ${index}`.repeat(20)));
  });

  // What calls itself version 2 here is none: it was unreadable before there was one.
  const none = bundles.unreadable.filter(({ name }) => name !== "later format");
  it.each(none)("not a bundle: $name", ({ bytes_hex }) => {
    expect(() => readBundle(hexToBytes(bytes_hex))).toThrow(NotABundle);
  });

  const second = vectors("evidence_bundle_2.json") as typeof bundles & {
    with_header: { name: string; content: string; bundle: string }[];
  };
  it.each([...second.holds, ...second.with_header])("version 2 holds: $name", (vector) => {
    const read = readBundle(bytes(vector.bundle));
    const file = read.opening ? bytesToHex(sha256(bytes(vector.content))) : undefined;
    const steps = stepsOf(read, file, undefined);
    expect(failed(steps)).toEqual([]);
    const level = second.with_header.includes(vector) ? "header" : file ? "content" : "bundle";
    expect(verdictOf(steps, undefined)).toBe(level);
    expect(read.format.name).toBe("ipx/evidence/v2");
  });
  it.each([...second.holds, ...second.with_header])(
    "version 2, one byte changed: $name",
    (vector) => {
      const good = bytes(vector.bundle);
      for (let at = 0; at < good.length; at += 1) {
        for (const bits of [1, 2, 0x20]) {
          const bad = good.slice();
          bad[at] = (bad[at] as number) ^ bits;
          expect(firstFailure(bad), `byte ${at}`).not.toBe("");
        }
      }
    },
  );
  it.each(second.refused)("version 2 refused: $name", ({ bytes_hex, step }) => {
    expect(firstFailure(hexToBytes(bytes_hex))).toBe(step);
  });
  it.each(second.unreadable)("version 2 unreadable: $name", ({ bytes_hex }) => {
    expect(() => readBundle(hexToBytes(bytes_hex))).toThrow(NotABundle);
  });
  it("a version spells words one way, and reads them back", () => {
    for (const { word } of FORMATS) {
      for (let number = 0; number < 100; number += 1) {
        const some = sha256(Uint8Array.of(number));
        expect(word.write(some)).toMatch(word.pattern);
        expect(word.read(word.write(some))).toEqual(some);
      }
    }
  });
});

type Paths = Record<string, string[]>;

const hex = (text: string | undefined): Uint8Array => hexToBytes(text ?? "");

/** How docs/spec/vectors/merkle.json says its commitments are made. */
function commitmentNumber(index: number): Uint8Array {
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, 1000 + index);
  return sha256(concatBytes(bytes("ipx vector"), number));
}

function firstFailure(data: Uint8Array): string {
  try {
    return failed(stepsOf(readBundle(data), undefined, undefined))[0] ?? "";
  } catch (error) {
    return error instanceof Malformed ? "form" : "unreadable";
  }
}
