import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { bytesToHex, sha256, utf8ToBytes } from "../evidence/bytes.ts";
import { commit, DOCUMENT } from "../evidence/commitment.ts";
import { readReceipt } from "../evidence/receipt.ts";
import { NotOpened, newKeyPair, openWith, recipientOf, sealFor, sealStream } from "./age.ts";
import { NotAKeyFile, readKeyFile, readVersionKey, writeKeyFile, writeVersionKey } from "./keys.ts";
import { OtherFile, openFile } from "./open.ts";
import { BadPadding, pack, paddedSize, unpack } from "./padding.ts";
import { blobOf, fromBase64, sealFile, toBase64 } from "./seal.ts";

function vectors<T>(name: string): T {
  const folder = resolve(import.meta.dirname, "../../../docs/spec/vectors");
  return JSON.parse(readFileSync(resolve(folder, name), "utf8")) as T;
}

interface Vectors {
  organisation_identity: string;
  recipient: string;
  key_file: string;
  owner: string;
  content: string;
  content_sha256: string;
  file_name: string;
  sealed: { what: string; body_base64: string }[];
  hand_over: { reader_identity: string; identity: string };
  refused_version_keys: { what: string; text: string }[];
}

const V = vectors<Vectors>("sealed_in_browser.json");
const FORM = vectors<{
  padded_sizes: { content: number; inside: number }[];
  inside: { size: number; sha256: string }[];
}>("sealed_document.json");
const nothing = (): void => {};

function taken(body: Uint8Array): { note: Record<string, string>; document: Blob } {
  const length = new DataView(body.buffer).getUint32(0);
  const note = JSON.parse(new TextDecoder().decode(body.slice(4, 4 + length)));
  return { note, document: new Blob([body.slice(4 + length)]) };
}

async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await (await blobOf(stream)).arrayBuffer());
}

describe("the inside of a sealed document", () => {
  it.each(FORM.padded_sizes)("is padded: $content", ({ content, inside }) => {
    expect(paddedSize(content)).toBe(inside);
  });

  it.each(FORM.inside)("is what the server writes, and reads: $size", async (vector) => {
    const content = Uint8Array.from({ length: vector.size }, (_, i) => (31 * i + 7) % 256);
    const packed = await bytesOf(pack(new Blob([content]).stream(), vector.size, nothing));
    expect(bytesToHex(sha256(packed))).toBe(vector.sha256);
    expect(await bytesOf(unpack(new Blob([packed.slice()]).stream(), nothing))).toEqual(content);
  });

  it.each([
    ["a byte of padding is not zero", (all: Uint8Array) => all.with(all.length - 1, 1)],
    ["padding is missing", (all: Uint8Array) => all.slice(0, -1)],
    ["there is more padding", (all: Uint8Array) => Uint8Array.of(...all, 0)],
    ["a huge length", (all: Uint8Array) => all.with(0, 255)],
    ["no length", () => new Uint8Array(7)],
  ])("is refused: %s", async (_, spoil) => {
    const packed = await bytesOf(pack(new Blob(["a secret"]).stream(), 8, nothing));
    const spoiled = new Blob([spoil(packed).slice()]).stream();
    await expect(bytesOf(unpack(spoiled, nothing))).rejects.toThrow(BadPadding);
  });

  it("is not written when the file has changed meanwhile", async () => {
    await expect(bytesOf(pack(new Blob(["x"]).stream(), 2, nothing))).rejects.toThrow(BadPadding);
  });
});

describe("a document sealed in the browser", () => {
  it.each(V.sealed)("opens with the organisation's key: $what", async ({ body_base64 }) => {
    const { note, document } = taken(fromBase64(body_base64));
    const identity = readKeyFile(V.key_file);
    expect(identity).toBe(V.organisation_identity);
    expect(await recipientOf(identity)).toBe(V.recipient);
    const key = readVersionKey(await openWith(identity, fromBase64(note.identity ?? "")));
    expect([key.name, key.size, key.contentSha256]).toEqual([
      V.file_name,
      V.content.length,
      V.content_sha256,
    ]);
    expect(await (await openFile(document, key, nothing)).text()).toBe(V.content);
    const { stamps } = readReceipt(await openWith(identity, fromBase64(note.opening ?? "")));
    expect(stamps.map((one) => bytesToHex(one.commitment))).toEqual([note.commitment]);
  });

  it("opens with the key as it was handed over", async () => {
    const { reader_identity: reader, identity } = V.hand_over;
    const key = readVersionKey(await openWith(reader, fromBase64(identity)));
    const { document } = taken(fromBase64(V.sealed[0]?.body_base64 ?? ""));
    expect(await (await openFile(document, key, nothing)).text()).toBe(V.content);
  });

  it("is made new each time, and commits to the file", async () => {
    const [pair, other] = [await newKeyPair(), await newKeyPair()];
    const content = new Uint8Array(200_000).fill(7);
    const sealing = {
      recipients: [pair.recipient, other.recipient].sort(),
      owner: V.owner,
      exchange: "https://ipx.example.org",
    };
    const seen: number[] = [];
    const made = await sealFile(new File([content], "a.bin"), sealing, (n) => seen.push(n));
    const again = await sealFile(new File([content], "a.bin"), sealing, nothing);
    expect(seen.at(-1)).toBe(content.length);
    expect(made.contentSha256).toBe(bytesToHex(sha256(content)));
    const body = new Uint8Array(await made.body.arrayBuffer());
    const { note, document } = taken(body);
    expect(new TextDecoder("latin1").decode(body)).not.toContain("SECRET-KEY");
    expect(note.commitment).not.toBe(
      taken(new Uint8Array(await again.body.arrayBuffer())).note.commitment,
    );
    for (const { identity } of [pair, other]) {
      const key = readVersionKey(await openWith(identity, fromBase64(note.identity ?? "")));
      expect((await openFile(document, key, nothing)).size).toBe(content.length);
      const [stamp] = readReceipt(await openWith(identity, fromBase64(note.opening ?? ""))).stamps;
      const value = commit(DOCUMENT, stamp?.salt as Uint8Array, sha256(content), V.owner);
      expect(bytesToHex(value)).toBe(note.commitment);
    }
    await expect(
      openWith((await newKeyPair()).identity, fromBase64(note.identity ?? "")),
    ).rejects.toThrow(NotOpened);
  });

  it("is given to nobody when it is another file than its key says, or damaged", async () => {
    const version = await newKeyPair();
    const inside = pack(new Blob(["a secret"]).stream(), 8, nothing);
    const sealed = await blobOf(await sealStream(version.recipient, inside));
    const key = { identity: version.identity, name: "a", size: 8, contentSha256: "0".repeat(64) };
    await expect(openFile(sealed, key, nothing)).rejects.toThrow(OtherFile);
    const fitting = { ...key, contentSha256: bytesToHex(sha256(utf8ToBytes("a secret"))) };
    expect(await (await openFile(sealed, fitting, nothing)).text()).toBe("a secret");
    const bytes = new Uint8Array(await sealed.arrayBuffer());
    for (const spoiled of [
      bytes.slice(0, -1),
      bytes.with(bytes.length - 1, (bytes.at(-1) ?? 0) ^ 1),
      bytes.with(60, (bytes[60] ?? 0) ^ 1),
    ]) {
      await expect(openFile(new Blob([spoiled.slice()]), fitting, nothing)).rejects.toThrow();
    }
  });
});

describe("key files", () => {
  it("are what age-keygen writes", async () => {
    const pair = await newKeyPair();
    const text = writeKeyFile(pair, "Institute\n# of lines", "2026-11-28");
    expect(readKeyFile(text)).toBe(pair.identity);
    expect(readKeyFile(text.replaceAll("\n", "\r\n"))).toBe(pair.identity);
    expect(text).toContain(`# public key: ${pair.recipient}\n`);
  });

  it.each([
    ["empty", ""],
    ["a public key", V.recipient],
    ["two keys", `${V.organisation_identity}\n${V.organisation_identity}`],
    ["a key in small letters", V.organisation_identity.toLowerCase()],
  ])("are refused: %s", (_, text) => {
    expect(() => readKeyFile(text)).toThrow(NotAKeyFile);
  });

  it("of a version come back as they were", () => {
    const key = {
      identity: V.organisation_identity,
      name: 'a "b"\n',
      size: 0,
      contentSha256: "0".repeat(64),
    };
    expect(readVersionKey(writeVersionKey(key))).toEqual(key);
  });

  it.each(V.refused_version_keys)("of a version are refused: $what", ({ text }) => {
    expect(() => readVersionKey(utf8ToBytes(text))).toThrow();
  });

  it("hold no secret in their errors", async () => {
    const spoiled = V.organisation_identity.replace("1YG4J3", "1QQQQQ");
    const failure = await recipientOf(spoiled).catch((error: unknown) => String(error));
    expect(failure).not.toContain("QQQQQ");
  });

  it("seal small things for several", async () => {
    const [one, two] = [await newKeyPair(), await newKeyPair()];
    const sealed = fromBase64(
      toBase64(await sealFor([one.recipient, two.recipient], utf8ToBytes("x"))),
    );
    expect(new TextDecoder().decode(await openWith(two.identity, sealed))).toBe("x");
  });
});
