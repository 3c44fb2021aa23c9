// JSON by RFC 8785, for what our formats hold: null, booleans, integers, strings, lists and objects.
import { utf8ToBytes } from "./bytes.ts";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const DEEPEST_NESTING = 64;

export class NotCanonical extends Error {}

/** The canonical bytes of a value. */
export function encode(value: Json): Uint8Array {
  return utf8ToBytes(write(value, 0));
}

/** Reads canonical bytes, and refuses any other spelling of the same value. */
export function decode(bytes: Uint8Array): Json {
  let text: string;
  let value: Json;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text) as Json;
  } catch {
    throw new NotCanonical("This is not JSON.");
  }
  // A duplicate key, a float, an escape or a space too many: each makes the second writing differ.
  if (write(value, 0) !== text) throw new NotCanonical("This is JSON, but not in canonical form.");
  return value;
}

function write(value: Json, depth: number): string {
  if (depth > DEEPEST_NESTING) throw new NotCanonical("This is nested too deeply.");
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return writeInteger(value);
  if (typeof value === "string") return writeString(value);
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join()}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)); // by UTF-16 code units
  return `{${members.map(([key, item]) => `${writeString(key)}:${write(item, depth + 1)}`).join()}}`;
}

function writeInteger(value: number): string {
  if (!Number.isSafeInteger(value)) throw new NotCanonical(`${value} is not an exact integer.`);
  return String(value);
}

function writeString(text: string): string {
  if (/[\uD800-\uDFFF]/u.test(text)) throw new NotCanonical("A string holds half a character.");
  return JSON.stringify(text);
}
