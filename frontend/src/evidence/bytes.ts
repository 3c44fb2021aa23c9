import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

export { bytesToHex, concatBytes, hexToBytes, sha256, utf8ToBytes };

/** SHA-256 of a stream, in lowercase hex, piece by piece. */
export async function sha256OfStream(
  stream: ReadableStream<Uint8Array>,
  report: (done: number) => void = () => {},
): Promise<string> {
  const hash = sha256.create();
  const reader = stream.getReader();
  let done = 0;
  for (;;) {
    const piece = await reader.read();
    if (piece.done) return bytesToHex(hash.digest());
    hash.update(piece.value);
    done += piece.value.length;
    report(done);
  }
}

/** Exactly `size` bytes from lowercase hex, or undefined. */
export function hexOf(text: unknown, size: number): Uint8Array | undefined {
  if (typeof text !== "string" || text.length !== size * 2 || !/^[0-9a-f]*$/.test(text)) {
    return undefined;
  }
  return hexToBytes(text);
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
