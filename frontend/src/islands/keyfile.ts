// The parts that pages with a key file share: reading it, and saying what does not fit.
import { NotOpened, openWith } from "../sealing/age.ts";
import { LARGEST_KEY_FILE, NotAKeyFile, readKeyFile } from "../sealing/keys.ts";
import { need, say } from "./page.ts";

/** The identity in a chosen file. Throws NotAKeyFile. */
export async function identityIn(file: File): Promise<string> {
  return readKeyFile(file.size > LARGEST_KEY_FILE ? "" : await file.text());
}

/** What is sealed, opened with the key file that was chosen; undefined after a word about why not. */
export async function openedWith(
  place: HTMLElement,
  file: File | undefined,
  sealed: Uint8Array,
): Promise<Uint8Array | undefined> {
  say(place, undefined);
  if (!file) {
    say(place, "nokey");
    return undefined;
  }
  try {
    return await openWith(await identityIn(file), sealed);
  } catch (error) {
    if (!(error instanceof NotOpened || error instanceof NotAKeyFile)) throw error;
    say(place, "key");
    return undefined;
  }
}

/** Offers bytes to be saved. */
export function offer(link: HTMLAnchorElement, content: Blob, name: string): void {
  if (link.href.startsWith("blob:")) URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.hidden = false;
}

export function keyFileOf(place: HTMLElement): File | undefined {
  return need<HTMLInputElement>(place, "[data-key-file]").files?.[0];
}
