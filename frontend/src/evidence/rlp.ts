// RLP, read as strictly as it is written (yellow paper, appendix B): one spelling, nothing left over.

export type Rlp = Uint8Array | Rlp[];

export class NotRlp extends Error {}

const DEEPEST = 32;

export function decodeRlp(bytes: Uint8Array): Rlp {
  const { item, end } = readItem(bytes, 0, bytes.length, 0);
  if (end !== bytes.length) throw new NotRlp("something follows");
  return item;
}

/** A number as RLP holds it: big-endian, without leading zeros. */
export function numberBytes(value: number): Uint8Array {
  const digits = value === 0 ? "" : value.toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  return Uint8Array.from(even.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** The RLP of a number. */
export function encodeNumber(value: number): Uint8Array {
  const bytes = numberBytes(value);
  if (bytes.length === 1 && (bytes[0] as number) < 0x80) return bytes;
  return Uint8Array.of(0x80 + bytes.length, ...bytes);
}

function readItem(
  bytes: Uint8Array,
  at: number,
  limit: number,
  depth: number,
): { item: Rlp; end: number } {
  const first = at < limit ? (bytes[at] as number) : -1;
  if (first < 0 || depth > DEEPEST) throw new NotRlp("it is cut off or too deep");
  if (first < 0x80) return { item: bytes.subarray(at, at + 1), end: at + 1 };
  const isList = first >= 0xc0;
  const { from, to } = readLength(bytes, at, limit, first - (isList ? 0xc0 : 0x80));
  if (isList) return { item: readList(bytes, from, to, depth), end: to };
  const item = bytes.subarray(from, to);
  if (item.length === 1 && (item[0] as number) < 0x80) throw new NotRlp("a needless length");
  return { item, end: to };
}

function readList(bytes: Uint8Array, from: number, to: number, depth: number): Rlp[] {
  const items: Rlp[] = [];
  for (let at = from; at < to; ) {
    const { item, end } = readItem(bytes, at, to, depth + 1);
    items.push(item);
    at = end;
  }
  return items;
}

/** Where the content is: up to 55 bytes say their length in the first byte, more say the length's length there. */
function readLength(
  bytes: Uint8Array,
  at: number,
  limit: number,
  code: number,
): { from: number; to: number } {
  const digits = Math.max(code - 55, 0);
  const from = at + 1 + digits;
  const spelled = bytes.subarray(at + 1, from);
  const length = digits ? spelled.reduce((sum, byte) => sum * 256 + byte, 0) : code;
  if (digits && (spelled[0] === 0 || length < 56)) throw new NotRlp("a needless length");
  if (from + length > limit) throw new NotRlp("it is cut off");
  return { from, to: from + length };
}
