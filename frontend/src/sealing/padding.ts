// The inside of a sealed document: length, content, zeros up to the padded size (docs/spec/sealed-document.md).
export const HEADER_SIZE = 8;
const SMALLEST = 4096;
const ZEROS = new Uint8Array(1 << 16);

/** The sealed document is not padded as its length says. */
export class BadPadding extends Error {}

/** The length after padding by Padmé (Nikitin et al. 2019, section 4): exact for all lengths that a number can hold. */
export function padme(length: number): number {
  if (length < 2) return length;
  const exponent = Math.floor(Math.log2(length));
  const step = 2 ** (exponent - (Math.floor(Math.log2(exponent || 1)) + 1));
  return step < 1 ? length : Math.ceil(length / step) * step;
}

/** How many bytes go into the age file for a content of so many bytes. */
export function paddedSize(contentSize: number): number {
  return Math.max(SMALLEST, padme(HEADER_SIZE + contentSize));
}

/** The bytes to be encrypted. `seen` gets each piece of the content as it passes. Fails when the size is another. */
export function pack(
  content: ReadableStream<Uint8Array>,
  size: number,
  seen: (piece: Uint8Array) => void,
): ReadableStream<Uint8Array> {
  let passed = 0;
  return content.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      start(out) {
        const head = new Uint8Array(HEADER_SIZE);
        new DataView(head.buffer).setBigUint64(0, BigInt(size));
        out.enqueue(head);
      },
      transform(piece, out) {
        passed += piece.length;
        seen(piece);
        out.enqueue(piece);
      },
      flush(out) {
        if (passed !== size) throw new BadPadding("the file has changed while it was read");
        for (let left = paddedSize(size) - HEADER_SIZE - size; left > 0; left -= ZEROS.length) {
          out.enqueue(ZEROS.subarray(0, Math.min(left, ZEROS.length)));
        }
      },
    }),
  );
}

/** The content of decrypted bytes; fails, at the latest at its end, unless length and padding are as they must be. */
export function unpack(
  packed: ReadableStream<Uint8Array>,
  seen: (piece: Uint8Array) => void,
): ReadableStream<Uint8Array> {
  const head = new Uint8Array(HEADER_SIZE);
  let at = 0;
  let size = 0;
  return packed.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, out) {
        let rest = piece;
        if (at < HEADER_SIZE) {
          const taken = rest.subarray(0, HEADER_SIZE - at);
          head.set(taken, at);
          at += taken.length;
          rest = rest.subarray(taken.length);
          if (at === HEADER_SIZE) size = Number(new DataView(head.buffer).getBigUint64(0));
        }
        if (!rest.length) return;
        const content = rest.subarray(
          0,
          Math.max(0, Math.min(rest.length, HEADER_SIZE + size - at)),
        );
        at += rest.length;
        if (content.length) {
          seen(content);
          out.enqueue(content);
        }
        if (rest.subarray(content.length).some((byte) => byte !== 0)) {
          throw new BadPadding("the padding is not zero");
        }
      },
      flush() {
        if (at < HEADER_SIZE || at !== paddedSize(size))
          throw new BadPadding("the length is not its own");
      },
    }),
  );
}
