// The Verify page: reads bundle and file on this device, checks step by step, and asks a node for the last one.
// The words are in templates/verify; this shows the right ones and fills in the values.
import { type Bundle, NotABundle, readBundle } from "../evidence/bundle.ts";
import { bundleInside, isPdf, LARGEST_CERTIFICATE } from "../evidence/certificate.ts";
import { isLogProof } from "../evidence/log-proof.ts";
import { type ChainAnswer, levelsOf, type Step, stepsOf, verdictOf } from "../evidence/verdict.ts";
import { acceptDrops, showIn } from "./drop.ts";
import { hashFile } from "./hash.ts";
import { showLogProof } from "./log-proof.ts";
import { need, readableMoment } from "./page.ts";
import { draw } from "./picture.ts";

const BUNDLE_NAME = /\.ipx-evidence(?: \(\d+\))?\.json$/i;

/** Which of the dropped files is the bundle: by its name, else the only JSON among two. */
export function sortOut(files: File[]): { bundle: File | undefined; file: File | undefined } {
  const json = files.filter((file) => file.name.toLowerCase().endsWith(".json"));
  const bundle =
    files.find((file) => BUNDLE_NAME.test(file.name)) ?? (json.length === 1 ? json[0] : undefined);
  return { bundle, file: files.find((file) => file !== bundle) };
}

/** The bundle's bytes: the file itself, or what a PDF certificate carries. */
async function bundleBytes(chosen: File): Promise<Uint8Array> {
  const bytes = new Uint8Array(await chosen.slice(0, LARGEST_CERTIFICATE).arrayBuffer());
  return isPdf(bytes) ? ((await bundleInside(bytes)) ?? new Uint8Array()) : bytes;
}

class Verify {
  private bundle: Bundle | undefined;
  private chosen: File | undefined;
  private fileHash: string | undefined;
  private answer: ChainAnswer | undefined;
  private asking = false;
  private hashing: AbortController | undefined;

  constructor(private readonly place: HTMLElement) {
    const bundle = need<HTMLInputElement>(place, "[data-verify-bundle]");
    const file = need<HTMLInputElement>(place, "[data-verify-file]");
    bundle.addEventListener("change", () => void this.takeBundle(bundle.files?.[0]));
    file.addEventListener("change", () => void this.takeFile(file.files?.[0]));
    acceptDrops(need(place, "[data-verify-drop]"), (files) => {
      const sorted = sortOut(files);
      if (sorted.bundle) showIn(bundle, sorted.bundle);
      if (sorted.file) showIn(file, sorted.file);
      void this.takeBundle(sorted.bundle);
      void this.takeFile(sorted.file);
    });
    // a browser may have kept the choice over a reload
    void this.takeBundle(bundle.files?.[0]);
    void this.takeFile(file.files?.[0]);
  }

  private async takeBundle(chosen: File | undefined): Promise<void> {
    if (!chosen) return;
    this.chosen = chosen;
    this.bundle = undefined;
    this.answer = undefined;
    need<HTMLElement>(this.place, "[data-verify-result]").hidden = true;
    need<HTMLElement>(this.place, "[data-log-result]").hidden = true;
    const bytes = await bundleBytes(chosen);
    if (isLogProof(bytes)) {
      await this.takeProof(chosen, bytes);
      return;
    }
    try {
      this.bundle = readBundle(bytes);
    } catch (error) {
      this.refuse(error, error instanceof NotABundle ? "unreadable" : "malformed");
      return;
    }
    const { bundle } = this;
    this.asking = true;
    this.report();
    const answer = await this.ask(bundle.anchor.transaction);
    if (this.bundle !== bundle) return;
    this.answer = answer;
    this.asking = false;
    this.report();
  }

  private async takeProof(chosen: File, bytes: Uint8Array): Promise<void> {
    this.verdict("asking");
    try {
      const verdict = await showLogProof(this.place, bytes, (transaction) => this.ask(transaction));
      if (this.chosen === chosen) this.verdict(verdict);
    } catch (error) {
      this.refuse(error, "log-malformed");
    }
  }

  private refuse(error: unknown, verdict: string): void {
    const problem = error instanceof Error ? error.message : String(error);
    this.fill(need(this.place, "[data-verify-verdict]"), { problem });
    this.verdict(verdict);
  }

  private async takeFile(chosen: File | undefined): Promise<void> {
    if (!chosen) return;
    this.hashing?.abort();
    const stop = new AbortController();
    this.hashing = stop;
    this.fileHash = undefined;
    const progress = need<HTMLElement>(this.place, "[data-verify-progress]");
    const bar = need<HTMLProgressElement>(this.place, "[data-verify-bar]");
    progress.hidden = false;
    bar.value = 0;
    try {
      const report = (done: number): void => {
        bar.value = (100 * done) / Math.max(chosen.size, 1);
      };
      this.fileHash = await hashFile(chosen, report, stop.signal);
    } catch {
      if (!stop.signal.aborted) this.verdict("unreadable-file");
      return;
    } finally {
      if (this.hashing === stop) progress.hidden = true;
    }
    this.report();
  }

  /** Only the transaction's public number is told to the node. */
  private async ask(transaction: string): Promise<ChainAnswer | undefined> {
    const url = new URL(this.place.dataset.chainUrl ?? "/verify/chain", location.href);
    url.searchParams.set("transaction", transaction);
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      return answer.ok ? ((await answer.json()) as ChainAnswer) : undefined;
    } catch {
      return undefined;
    }
  }

  private report(): void {
    const { bundle } = this;
    if (!bundle) return;
    const steps = stepsOf(bundle, this.fileHash, this.answer);
    for (const step of steps) this.showStep(step);
    const values = this.words(steps.find((step) => step.name === "chain")?.values ?? {});
    const elsewhere = need<HTMLElement>(this.place, "[data-verify-elsewhere]");
    elsewhere.hidden = false;
    this.fill(elsewhere, values);
    draw(need(this.place, "[data-verify-picture]"), steps, levelsOf(bundle));
    need<HTMLElement>(this.place, "[data-verify-result]").hidden = false;
    const verdicts = need<HTMLElement>(this.place, "[data-verify-verdict]");
    this.fill(verdicts, { ...values, failed: this.titles(steps) });
    const verdict = verdictOf(steps, this.answer);
    const unanswered = ["content", "bundle", "header", "block"].includes(verdict);
    const closed = !bundle.opening && verdict === "bundle";
    this.verdict(this.asking && unanswered ? "asking" : closed ? "closed" : verdict);
  }

  private titles(steps: Step[]): string {
    return steps
      .filter((step) => step.outcome === "fails")
      .map((step) => need(this.place, `[data-step="${step.name}"] [data-title]`).firstChild)
      .map((title) => title?.textContent?.trim() ?? "")
      .join(", ");
  }

  private showStep(step: Step): void {
    const item = need<HTMLElement>(this.place, `[data-step="${step.name}"]`);
    item.dataset.outcome = step.outcome;
    const when = step.reason ?? step.outcome;
    for (const words of item.querySelectorAll<HTMLElement>("[data-when]")) {
      words.hidden = words.dataset.when !== when;
    }
    for (const word of item.querySelectorAll<HTMLElement>("[data-when-word]")) {
      word.hidden = word.dataset.whenWord !== step.outcome;
    }
    this.fill(item, this.words(step.values));
  }

  /** Values as people read them. */
  private words(values: Record<string, string>): Record<string, string> {
    const { time } = values;
    return time === undefined ? values : { ...values, time: readableMoment(Number(time)) };
  }

  private verdict(name: string): void {
    for (const panel of this.place.querySelectorAll<HTMLElement>("[data-verdict]")) {
      panel.hidden = panel.dataset.verdict !== name;
    }
  }

  private fill(part: ParentNode, values: Record<string, string>): void {
    for (const slot of part.querySelectorAll<HTMLElement>("[data-slot]")) {
      const value = values[slot.dataset.slot ?? ""];
      if (value !== undefined) slot.textContent = value || "–";
    }
  }
}

export function start(place: HTMLElement): void {
  new Verify(place);
}
