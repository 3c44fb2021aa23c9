// The receipt of a stamp whose opening never left this device: docs/spec/stamp-receipt.md.
import { digestOf, readBundle } from "./bundle.ts";
import { bytesToHex, hexOf, same } from "./bytes.ts";
import { decode, encode, type Json, NotCanonical } from "./canonical.ts";
import { commit, DOCUMENT } from "./commitment.ts";

export const FORMAT = "ipx/stamp-receipt/v1";
export const LARGEST_RECEIPT = 1 << 20;
export const MOST_STAMPS = 1_000;
const LONGEST_NAME = 1_024;

/** One file: what it was called, its size in bytes, and what its commitment is made of. */
export interface StampedFile {
  fileName: string;
  fileSize: number;
  contentSha256: Uint8Array;
  salt: Uint8Array;
  commitment: Uint8Array;
}

export interface Receipt {
  exchange: string;
  owner: string;
  stamps: StampedFile[];
}

/** The bytes are no receipt, or one that does not fit together. */
export class NotAReceipt extends Error {}

type Fields = Record<string, Json>;

/** A file with its commitment; the salt has 32 random bytes that were never used before. */
export function commitFile(
  file: { name: string; size: number },
  contentSha256: Uint8Array,
  salt: Uint8Array,
  owner: string,
): StampedFile {
  const commitment = commit(DOCUMENT, salt, contentSha256, owner);
  return { fileName: file.name, fileSize: file.size, contentSha256, salt, commitment };
}

/** The receipt's canonical bytes. */
export function writeReceipt({ exchange, owner, stamps }: Receipt): Uint8Array {
  const written = stamps.map((stamp) => ({
    tag: DOCUMENT,
    file_name: stamp.fileName,
    file_size: stamp.fileSize,
    content_sha256: bytesToHex(stamp.contentSha256),
    salt: bytesToHex(stamp.salt),
    commitment: bytesToHex(stamp.commitment),
  }));
  return encode({ format: FORMAT, exchange, owner: owner.toLowerCase(), stamps: written });
}

/** Reads a receipt strictly, and computes every commitment again. Throws NotAReceipt. */
export function readReceipt(bytes: Uint8Array): Receipt {
  if (bytes.length > LARGEST_RECEIPT) throw new NotAReceipt("larger than any receipt");
  const whole = object(canonical(bytes));
  if (whole.format !== FORMAT) throw new NotAReceipt("not a receipt of a stamp");
  only(whole, ["format", "exchange", "owner", "stamps"]);
  const exchange = text(whole, "exchange", /^https?:\/\/[^/\s]{1,255}(\/\S{0,255})?$/);
  const owner = text(whole, "owner", /^0x[0-9a-f]{40}$/);
  const { stamps } = whole;
  if (!Array.isArray(stamps) || stamps.length < 1 || stamps.length > MOST_STAMPS) {
    throw new NotAReceipt("it holds no list of stamps");
  }
  return { exchange, owner, stamps: stamps.map((item) => readStamp(object(item), owner)) };
}

/** The full bundle from one that discloses the commitment only; everything else in it stays. */
export function fullBundle(bundle: Uint8Array, stamp: StampedFile, owner: string): Uint8Array {
  const { format, value } = readBundle(bundle);
  if (!same(value, stamp.commitment)) {
    throw new Error("this evidence is about another commitment");
  }
  const whole = object(canonical(bundle));
  const opened: Fields = {
    ...whole,
    disclosure: "full",
    commitment: {
      tag: DOCUMENT,
      value: format.word.write(stamp.commitment),
      salt: format.word.write(stamp.salt),
      content_sha256: bytesToHex(stamp.contentSha256),
      owner: owner.toLowerCase(),
    },
  };
  return encode({ ...opened, digest: digestOf(opened) });
}

function readStamp(fields: Fields, owner: string): StampedFile {
  only(fields, ["tag", "file_name", "file_size", "content_sha256", "salt", "commitment"]);
  const { tag, file_name: name, file_size: size } = fields;
  if (tag !== DOCUMENT) throw new NotAReceipt("not the commitment of a file");
  if (typeof name !== "string" || name.length < 1 || [...name].length > LONGEST_NAME) {
    throw new NotAReceipt("a file has no name");
  }
  if (typeof size !== "number" || size < 0) throw new NotAReceipt("a file has no size");
  const made = commitFile(
    { name, size },
    word(fields, "content_sha256"),
    word(fields, "salt"),
    owner,
  );
  if (!same(made.commitment, word(fields, "commitment"))) {
    throw new NotAReceipt("a commitment is not made of what the receipt says");
  }
  return made;
}

function canonical(bytes: Uint8Array): Json {
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof NotCanonical) throw new NotAReceipt(error.message);
    throw error;
  }
}

function object(value: Json): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new NotAReceipt("an object is missing");
}

function only(fields: Fields, expected: string[]): void {
  const names = Object.keys(fields);
  if (names.length !== expected.length || !expected.every((name) => Object.hasOwn(fields, name))) {
    throw new NotAReceipt("a field is missing or unknown");
  }
}

function text(fields: Fields, name: string, pattern: RegExp): string {
  const value = fields[name];
  if (typeof value === "string" && pattern.test(value)) return value;
  throw new NotAReceipt(`the field ${name} does not have its form`);
}

function word(fields: Fields, name: string): Uint8Array {
  const bytes = hexOf(fields[name], 32);
  if (bytes) return bytes;
  throw new NotAReceipt(`the field ${name} must be 64 lower-case hexadecimal digits`);
}
