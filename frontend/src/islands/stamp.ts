// The page "Stamp a file": hashes on this device, gives the receipt, sends commitments, fetches the evidence.
// Nothing is sent before the person has the receipt: with it alone all can be finished, at any time, anywhere.
import { bytesToHex, hexToBytes } from "../evidence/bytes.ts";
import {
  commitFile,
  fullBundle,
  MOST_STAMPS,
  NotAReceipt,
  type Receipt,
  readReceipt,
  type StampedFile,
  writeReceipt,
} from "../evidence/receipt.ts";
import { acceptDrops } from "./drop.ts";
import { hashFile } from "./hash.ts";
import { nextWait } from "./live.ts";
import { csrfToken, need, readableSize } from "./page.ts";

const RECEIPT_NAME = /\.ipx-stamp(?: \(\d+\))?\.json$/i;
const FIRST_WAIT = 1_000;
const IDS_AT_ONCE = 80; // an address has room for so many

type State = "prepared" | "sealed" | "included" | "final";

interface Line {
  stamp: StampedFile;
  row: HTMLElement;
  id?: string;
  state: State;
}

interface Told {
  id: string;
  commitment: string;
  state: State;
}

/** What a receipt is called: after its file, or after the day. */
export function receiptName(stamps: StampedFile[], day: string): string {
  const [only] = stamps;
  return `${stamps.length === 1 && only ? only.fileName : `stamps ${day}`}.ipx-stamp.json`;
}

/** Which of the chosen files are to be stamped, and which is a receipt to go on with. */
export function sortOut(files: File[]): { receipt: File | undefined; files: File[] } {
  const receipt = files.find((file) => RECEIPT_NAME.test(file.name));
  return { receipt, files: files.filter((file) => file !== receipt) };
}

/** The parts of a list that are no longer than `size`. */
export function parts<T>(items: T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, n) => items.slice(n * size, (n + 1) * size));
}

class Stamping {
  private lines: Line[] = [];
  private receipt: Receipt | undefined;
  private readonly save: HTMLAnchorElement;
  private readonly saved: HTMLInputElement;
  private readonly send: HTMLButtonElement;

  constructor(private readonly place: HTMLElement) {
    const input = need<HTMLInputElement>(place, "[data-stamping-file]");
    this.save = need(place, "[data-stamping-save]");
    this.saved = need(place, "[data-stamping-saved]");
    this.send = need(place, "[data-stamping-send]");
    input.addEventListener("change", () => void this.take([...(input.files ?? [])]));
    acceptDrops(need(place, "[data-stamping-drop]"), (files) => void this.take(files));
    this.save.addEventListener("click", () => {
      this.saved.disabled = false;
    });
    this.saved.addEventListener("change", () => {
      this.send.disabled = !this.saved.checked;
    });
    this.send.addEventListener("click", () => void this.give());
  }

  private get owner(): string {
    return this.place.dataset.owner ?? "";
  }

  private async take(chosen: File[]): Promise<void> {
    if (!chosen.length) return;
    this.problem(undefined);
    const { receipt, files } = sortOut(chosen);
    if (receipt) await this.goOn(receipt);
    else if (files.length > MOST_STAMPS) this.problem("many");
    else await this.prepare(files);
  }

  private async prepare(files: File[]): Promise<void> {
    const stamps: StampedFile[] = [];
    const total = files.reduce((sum, file) => sum + file.size, 0);
    let before = 0;
    try {
      for (const file of files) {
        const report = (done: number): void => this.progress((before + done) / Math.max(total, 1));
        const hash = hexToBytes(await hashFile(file, report));
        const salt = crypto.getRandomValues(new Uint8Array(32));
        stamps.push(commitFile(file, hash, salt, this.owner));
        before += file.size;
      }
    } catch {
      this.problem("unread");
      return;
    } finally {
      need<HTMLElement>(this.place, "[data-stamping-progress]").hidden = true;
    }
    this.begin({ exchange: this.place.dataset.exchange ?? "", owner: this.owner, stamps });
    const name = receiptName(stamps, new Date().toISOString().slice(0, 10));
    offer(this.save, writeReceipt(this.receipt as Receipt), name);
    this.step("save");
  }

  /** Goes on with a receipt: sending a commitment again gives the stamp that there is, or makes it. */
  private async goOn(file: File): Promise<void> {
    let receipt: Receipt;
    try {
      receipt = readReceipt(new Uint8Array(await file.arrayBuffer()));
    } catch (error) {
      if (!(error instanceof NotAReceipt)) throw error;
      this.problem("receipt");
      return;
    }
    if (receipt.owner !== this.owner) {
      this.problem("owner");
      return;
    }
    this.begin(receipt);
    await this.give();
  }

  private begin(receipt: Receipt): void {
    this.receipt = receipt;
    this.saved.checked = false;
    this.saved.disabled = true;
    this.send.disabled = true;
    const list = need<HTMLElement>(this.place, "[data-stamping-list]");
    const template = need<HTMLTemplateElement>(this.place, "[data-stamping-row]");
    this.lines = receipt.stamps.map((stamp) => {
      const row = template.content.firstElementChild?.cloneNode(true) as HTMLElement;
      need(row, "[data-name]").textContent = stamp.fileName;
      need(row, "[data-size]").textContent = readableSize(stamp.fileSize);
      need(row, "[data-hash]").textContent = bytesToHex(stamp.contentSha256);
      return { stamp, row, state: "prepared" };
    });
    list.replaceChildren(...this.lines.map((line) => line.row));
    for (const line of this.lines) this.show(line);
    need<HTMLElement>(this.place, "[data-stamping-files]").hidden = false;
  }

  private async give(): Promise<void> {
    this.send.disabled = true;
    this.problem(undefined);
    const commitments = this.lines.map((line) => bytesToHex(line.stamp.commitment));
    try {
      const answer = await fetch(this.url("give"), {
        method: "POST",
        headers: {
          Accept: "application/json, application/problem+json",
          "Content-Type": "application/json",
          "X-CSRFToken": csrfToken(),
        },
        body: JSON.stringify({ commitments }),
      });
      const body: unknown = await answer.json();
      if (!answer.ok) throw new Error(detailOf(body));
      await this.hear((body as { stamps: Told[] }).stamps);
    } catch (error) {
      this.problem("unsent", error instanceof Error ? error.message : "");
      this.send.disabled = !this.saved.checked;
      return;
    }
    this.step("sent");
    await this.follow();
  }

  private async follow(): Promise<void> {
    let wait = FIRST_WAIT;
    const { lines } = this;
    for (;;) {
      const open = lines.filter((line) => line.state !== "final");
      if (lines !== this.lines || !open.length) break;
      await new Promise((resolve) => setTimeout(resolve, wait));
      let moved = false;
      for (const part of parts(open, IDS_AT_ONCE)) {
        const told = await this.ask(part.map((line) => line.id ?? ""));
        moved = (await this.hear(told)) || moved;
      }
      wait = nextWait(wait, moved);
    }
    if (lines === this.lines) this.step("done");
  }

  private async ask(ids: string[]): Promise<Told[]> {
    const query = ids.map((id) => `id=${encodeURIComponent(id)}`).join("&");
    try {
      const answer = await fetch(`${this.url("states")}?${query}`, {
        headers: { Accept: "application/json" },
      });
      return answer.ok ? ((await answer.json()) as { stamps: Told[] }).stamps : [];
    } catch {
      return []; // the network is away: look again later
    }
  }

  /** Takes what the server says of stamps; true if one has moved. */
  private async hear(told: Told[]): Promise<boolean> {
    const known = new Map(told.map((stamp) => [stamp.commitment, stamp]));
    let moved = false;
    for (const line of this.lines) {
      const news = known.get(bytesToHex(line.stamp.commitment));
      if (!news || news.state === line.state) continue;
      line.id = news.id;
      if (news.state === "final" && !(await this.fetchEvidence(line))) continue;
      line.state = news.state;
      this.show(line);
      moved = true;
    }
    return moved;
  }

  private async fetchEvidence(line: Line): Promise<boolean> {
    try {
      const answer = await fetch(`${this.url("bundles")}/${line.id}/bundle`);
      if (!answer.ok) return false;
      const bare = new Uint8Array(await answer.arrayBuffer());
      const link = need<HTMLAnchorElement>(line.row, "[data-evidence]");
      const full = fullBundle(bare, line.stamp, this.owner);
      offer(link, full, `${line.stamp.fileName}.ipx-evidence.json`);
      link.hidden = false;
      return true;
    } catch {
      return false;
    }
  }

  private show(line: Line): void {
    for (const part of line.row.querySelectorAll<HTMLElement>("[data-when]")) {
      part.hidden = part.dataset.when !== line.state;
    }
  }

  private step(name: string): void {
    for (const part of this.place.querySelectorAll<HTMLElement>("[data-stamping-step]")) {
      part.hidden = part.dataset.stampingStep !== name;
      if (!part.hidden) part.focus();
    }
  }

  private progress(done: number): void {
    need<HTMLElement>(this.place, "[data-stamping-progress]").hidden = false;
    need<HTMLProgressElement>(this.place, "[data-stamping-bar]").value = 100 * done;
  }

  private problem(name: string | undefined, detail = ""): void {
    for (const part of this.place.querySelectorAll<HTMLElement>("[data-stamping-problem]")) {
      part.hidden = part.dataset.stampingProblem !== name;
      const slot = part.querySelector("[data-detail]");
      if (slot) slot.textContent = detail;
    }
  }

  private url(name: "give" | "states" | "bundles"): string {
    return this.place.dataset[name] ?? "";
  }
}

function detailOf(body: unknown): string {
  const { detail } = (body ?? {}) as { detail?: unknown };
  return typeof detail === "string" ? detail : "";
}

/** Lets a link give these bytes as a file; the bytes stay on this device. */
function offer(link: HTMLAnchorElement, bytes: Uint8Array, name: string): void {
  if (link.href.startsWith("blob:")) URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(new Blob([bytes.slice()], { type: "application/json" }));
  link.download = name;
}

export function start(place: HTMLElement): void {
  new Stamping(place);
}
