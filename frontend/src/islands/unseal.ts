// [data-unseal]: fetches a sealed document with a receipt, as by "Open", and opens it on this device with a key file.
import { hexToBytes, same } from "../evidence/bytes.ts";
import { readReceipt } from "../evidence/receipt.ts";
import { openWith } from "../sealing/age.ts";
import { readVersionKey, type VersionKey } from "../sealing/keys.ts";
import { fromBase64 } from "../sealing/seal.ts";
import { identityIn, keyFileOf, offer, openedWith } from "./keyfile.ts";
import { need, say } from "./page.ts";
import { madeBy } from "./worker.ts";

class Unseal {
  private readonly form: HTMLFormElement;
  private readonly button: HTMLButtonElement;

  constructor(private readonly place: HTMLElement) {
    this.form = need(place, "[data-unseal-form]");
    this.button = need(place, "[data-unseal-open]");
    this.button.addEventListener("click", () => void this.open());
  }

  private async open(): Promise<void> {
    say(this.place, undefined);
    const file = keyFileOf(this.place);
    if (!file) return say(this.place, "nokey");
    this.button.disabled = true;
    try {
      await this.openWith(file);
    } catch (error) {
      const known = ["other", "broken"].find(
        (word) => error instanceof Error && error.message === word,
      );
      say(this.place, known ?? "failed");
    } finally {
      this.button.disabled = false;
      need<HTMLElement>(this.place, "[data-unseal-progress]").hidden = true;
    }
  }

  /** A key file that does not fit is told before the sealed file is fetched, if the server gives the key out already. */
  private async openWith(file: File): Promise<void> {
    const isEarly = this.place.dataset.mustDeclare === undefined;
    const early = isEarly ? await this.sealedKey() : undefined;
    if (early && !(await openedWith(this.place, file, early))) return;
    const sealed = await this.fetched();
    if (!sealed) return;
    const key = early ?? (await this.sealedKey());
    if (!key) throw new Error("no key");
    const opened = await openedWith(this.place, file, key);
    if (!opened) return;
    const version = readVersionKey(opened);
    await this.unseal(sealed, version, await this.isStamped(file, version));
  }

  /** The document's key, sealed for this organisation; undefined while the server refuses it. */
  private async sealedKey(): Promise<Uint8Array | undefined> {
    const answer = await fetch(this.place.dataset.key ?? "");
    return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined;
  }

  /** Whether the commitment that was stamped is about this very file; only its owner can know. Throws "other". */
  private async isStamped(file: File, version: VersionKey): Promise<boolean> {
    const { opening, commitment, account } = this.place.dataset;
    if (!opening) return false;
    const receipt = readReceipt(await openWith(await identityIn(file), fromBase64(opening)));
    const [stamp] = receipt.stamps;
    const fits =
      stamp !== undefined &&
      receipt.owner === account &&
      same(stamp.commitment, hexToBytes(commitment ?? "")) &&
      same(stamp.contentSha256, hexToBytes(version.contentSha256));
    if (!fits) throw new Error("other");
    return true;
  }

  /** The sealed file; undefined when the server's own page says what to mend. */
  private async fetched(): Promise<Blob | undefined> {
    this.progress("fetching");
    const answer = await fetch(location.href, {
      method: "POST",
      body: new URLSearchParams(new FormData(this.form) as unknown as Record<string, string>),
    });
    if (answer.ok && !answer.redirected) return answer.blob();
    if (answer.redirected) location.assign(answer.url);
    else this.show(await answer.text());
    return undefined;
  }

  private async unseal(sealed: Blob, key: VersionKey, isStamped: boolean): Promise<void> {
    this.progress("opening");
    const bar = need<HTMLProgressElement>(this.place, "[data-unseal-bar]");
    const worker = new Worker(new URL("../sealing/open.worker.ts", import.meta.url), {
      type: "module",
    });
    const content = await madeBy<Blob>(worker, { sealed, key }, (done) => {
      bar.value = (100 * done) / Math.max(key.size, 1);
    });
    const done = need<HTMLElement>(this.place, "[data-unseal-done]");
    need(done, "[data-hash]").textContent = key.contentSha256;
    need(done, "[data-name]").textContent = key.name;
    need<HTMLElement>(done, "[data-stamped]").hidden = !isStamped;
    offer(need(done, "[data-save]"), content, key.name);
    done.hidden = false;
    done.focus();
  }

  private progress(words: string): void {
    const state = need<HTMLElement>(this.place, "[data-unseal-state]");
    state.textContent = state.dataset[words] ?? "";
    need<HTMLElement>(this.place, "[data-unseal-progress]").hidden = false;
  }

  /** The server's own page says what to mend, or why not. The key file has to be chosen again. */
  private show(html: string): void {
    const main = new DOMParser().parseFromString(html, "text/html").querySelector("main");
    if (!main) throw new Error("no page");
    const shown = document.adoptNode(main);
    need(document, "main").replaceWith(shown);
    for (const place of shown.querySelectorAll<HTMLElement>("[data-unseal]")) start(place);
    shown.querySelector<HTMLElement>("[data-focus], h1")?.focus();
  }
}

export function start(place: HTMLElement): void {
  new Unseal(place);
}
