// Opens a sealed document on this device, and lets nothing out that is not the very file that was sealed.
import { bytesToHex, sha256 } from "../evidence/bytes.ts";
import { openStream } from "./age.ts";
import type { VersionKey } from "./keys.ts";
import { unpack } from "./padding.ts";
import { blobOf } from "./seal.ts";

/** The file opened, but it is another one than its key says. */
export class OtherFile extends Error {}

/** The content of a sealed file. Throws NotOpened, BadPadding, OtherFile; the stream's own errors when it was changed. */
export async function openFile(
  sealed: Blob,
  key: VersionKey,
  report: (done: number) => void,
): Promise<Blob> {
  const hash = sha256.create();
  let done = 0;
  const inside = await openStream(key.identity, sealed.stream());
  const content = unpack(inside, (piece) => {
    hash.update(piece);
    done += piece.length;
    report(done);
  });
  const file = await blobOf(content);
  if (file.size !== key.size || bytesToHex(hash.digest()) !== key.contentSha256) {
    throw new OtherFile("another file than the key says");
  }
  return file;
}
