// Seals a file on this device: docs/spec/sealed-in-browser.md. Nothing that could open it is in what comes out.
import { bytesToHex, sha256 } from "../evidence/bytes.ts";
import { encode } from "../evidence/canonical.ts";
import { commitFile, writeReceipt } from "../evidence/receipt.ts";
import { newKeyPair, sealFor, sealStream } from "./age.ts";
import { writeVersionKey } from "./keys.ts";
import { pack } from "./padding.ts";

export const FORMAT = "ipx/browser-seal/v1";
const PORTION = 8 << 20; // the browser keeps blobs on the disk when they are many; the page holds one portion

/** For whom is sealed: the organisation's public keys, its account, and this exchange's address. */
export interface Sealing {
  recipients: string[];
  owner: string;
  exchange: string;
}

/** The body to send, and the file's SHA-256, which is shown here and never sent. */
export interface Sealed {
  body: Blob;
  contentSha256: string;
}

export async function sealFile(
  file: File,
  { recipients, owner, exchange }: Sealing,
  report: (done: number) => void,
): Promise<Sealed> {
  const version = await newKeyPair();
  const hash = sha256.create();
  let done = 0;
  const inside = pack(file.stream(), file.size, (piece) => {
    hash.update(piece);
    done += piece.length;
    report(done);
  });
  const sealed = await blobOf(await sealStream(version.recipient, inside));
  const digest = hash.digest();
  const contentSha256 = bytesToHex(digest);
  const stamp = commitFile(file, digest, crypto.getRandomValues(new Uint8Array(32)), owner);
  const key = { identity: version.identity, name: file.name, size: file.size, contentSha256 };
  const opening = writeReceipt({ exchange, owner, stamps: [stamp] });
  const note = encode({
    format: FORMAT,
    commitment: bytesToHex(stamp.commitment),
    identity: toBase64(await sealFor(recipients, writeVersionKey(key))),
    opening: toBase64(await sealFor(recipients, opening)),
    recipients,
  });
  const prefix = new Uint8Array(4);
  new DataView(prefix.buffer).setUint32(0, note.length);
  return { body: new Blob([prefix, note as BlobPart, sealed]), contentSha256 };
}

/** All of a stream as a blob, handed to the browser in portions. */
export async function blobOf(stream: ReadableStream<Uint8Array>): Promise<Blob> {
  const portions: Blob[] = [];
  let pieces: BlobPart[] = [];
  let held = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob([...portions, ...pieces]);
    pieces.push(value as BlobPart);
    held += value.length;
    if (held >= PORTION) {
      portions.push(new Blob(pieces));
      pieces = [];
      held = 0;
    }
  }
}

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
