// [data-recipients]: makes an organisation's key in this browser, and proves that its key file was kept.
// Only the public half is ever sent. The secret is in this page and in the file that the person keeps, nowhere else.
import { utf8ToBytes } from "../evidence/bytes.ts";
import { type KeyPair, newKeyPair, openWith, recipientOf } from "../sealing/age.ts";
import { writeKeyFile } from "../sealing/keys.ts";
import { fromBase64 } from "../sealing/seal.ts";
import { acceptDrops, showIn } from "./drop.ts";
import { identityIn } from "./keyfile.ts";
import { need } from "./page.ts";

/** What a key file is called: after the day and the end of its public half. */
export function keyFileName(recipient: string, day: string): string {
  return `ipx-key-${day}-${recipient.slice(-6)}.txt`;
}

class Maker {
  private readonly form: HTMLFormElement;
  private readonly save: HTMLAnchorElement;
  private readonly send: HTMLButtonElement;

  constructor(private readonly place: HTMLElement) {
    this.form = need(place, "form");
    this.save = need(place, "[data-recipient-save]");
    this.send = need(place, "[data-recipient-send]");
    need<HTMLButtonElement>(place, "[data-recipient-make]").addEventListener("click", () => {
      if (this.form.reportValidity()) void this.make();
    });
    this.save.addEventListener("click", () => {
      this.send.disabled = false;
    });
  }

  private async make(): Promise<void> {
    const pair = await newKeyPair();
    const day = new Date().toISOString().slice(0, 10);
    this.offer(pair, day);
    need<HTMLInputElement>(this.form, '[name="recipient"]').value = pair.recipient;
    need(this.place, "[data-recipient-public]").textContent = pair.recipient;
    need<HTMLElement>(this.place, "[data-recipient-first]").hidden = true;
    const made = need<HTMLElement>(this.place, "[data-recipient-made]");
    made.hidden = false;
    made.focus();
  }

  private offer(pair: KeyPair, day: string): void {
    const text = writeKeyFile(pair, this.place.dataset.organisation ?? "", day);
    const bytes = utf8ToBytes(text).slice();
    this.save.href = URL.createObjectURL(new Blob([bytes], { type: "text/plain" }));
    this.save.download = keyFileName(pair.recipient, day);
  }
}

class Prover {
  private readonly input: HTMLInputElement;
  private readonly form: HTMLFormElement;

  constructor(private readonly place: HTMLElement) {
    this.form = need(place, "form");
    this.input = need(place, 'input[type="file"]');
    this.input.addEventListener("change", () => void this.take(this.input.files?.[0]));
    acceptDrops(place, ([file]) => {
      if (!file) return;
      showIn(this.input, file);
      void this.take(file);
    });
  }

  private async take(file: File | undefined): Promise<void> {
    if (!file) return;
    const wrong = need<HTMLElement>(this.place, "[data-recipient-wrong]");
    wrong.hidden = true;
    try {
      const identity = await identityIn(file);
      if ((await recipientOf(identity)) !== this.place.dataset.recipient) throw new Error("other");
      const answer = await openWith(identity, fromBase64(this.place.dataset.challenge ?? ""));
      need<HTMLInputElement>(this.form, '[name="answer"]').value = new TextDecoder().decode(answer);
    } catch {
      this.input.value = "";
      wrong.hidden = false;
      return;
    }
    this.form.requestSubmit();
  }
}

export function start(place: HTMLElement): void {
  for (const part of place.querySelectorAll<HTMLElement>("[data-recipient-maker]")) new Maker(part);
  for (const part of place.querySelectorAll<HTMLElement>("[data-recipient-prover]"))
    new Prover(part);
}
