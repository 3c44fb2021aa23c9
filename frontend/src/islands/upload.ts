// <form data-upload>: choose a file, see its fingerprint, send it as a raw body. Markup: ui.upload().
import { bytesToHex } from "../evidence/bytes.ts";
import { acceptDrops, showIn } from "./drop.ts";
import { hashFile } from "./hash.ts";
import { csrfToken, need, readableSize } from "./page.ts";

export interface Problem {
  title: string;
  detail: string;
}

/** What the server said when it refused, as problem+json; undefined when it said nothing of the kind. */
export function problemOf(body: string): Problem | undefined {
  try {
    const { title, detail } = JSON.parse(body) as Record<string, unknown>;
    if (typeof title !== "string") return undefined;
    return { title, detail: typeof detail === "string" ? detail : "" };
  } catch {
    return undefined; // a proxy's page, or nothing
  }
}

/** Where a successful answer leads; only places on this site. */
export function placeOf(body: string, origin: string): string | undefined {
  try {
    const { location } = JSON.parse(body) as { location?: unknown };
    if (typeof location !== "string") return undefined;
    const url = new URL(location, origin);
    return url.origin === origin ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** The headers of one upload. The key stays the same for retries of the same file. */
export function headersFor(file: File, hash: string, key: string): Record<string, string> {
  return {
    Accept: "application/json, application/problem+json",
    "Content-Type": file.type || "application/octet-stream",
    "X-File-Name": encodeURIComponent(file.name),
    "X-Content-SHA256": hash,
    "Idempotency-Key": key,
    "X-CSRFToken": csrfToken(),
  };
}

/** What the form's own controls say, by the header that each names; of several, the first that says something. */
export function headersOf(form: HTMLElement): Record<string, string> {
  const headers: Record<string, string> = {};
  const controls = form.querySelectorAll<HTMLInputElement | HTMLSelectElement>(
    "[data-upload-header]",
  );
  for (const control of controls) {
    const name = control.dataset.uploadHeader ?? "";
    headers[name] ||= control.value.trim();
  }
  return headers;
}

/** A random UUID; crypto.randomUUID exists on https pages only. */
export function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytesToHex(bytes);
  return [0, 8, 12, 16, 20].map((at, n, all) => hex.slice(at, all[n + 1])).join("-");
}

interface Chosen {
  file: File;
  key: string;
  prepared?: Prepared;
}

/** What is sent of a chosen file: its body and headers, and the fingerprint that is shown before. */
export interface Prepared {
  body: Blob;
  hash: string;
  headers: (key: string) => Record<string, string>;
}

export type Prepare = (
  file: File,
  report: (done: number) => void,
  signal: AbortSignal,
) => Promise<Prepared>;

export class Upload {
  private chosen: Chosen | undefined;
  private preparing: AbortController | undefined;
  private request: XMLHttpRequest | undefined;
  private readonly input: HTMLInputElement;
  private readonly send: HTMLButtonElement;
  private readonly cancel: HTMLButtonElement;
  private readonly bar: HTMLProgressElement;
  private readonly sentence: HTMLElement;
  private readonly error: HTMLElement;
  private readonly firstWords: string;

  /** `mayBeSent`: asked when the button is pressed, and says itself what is missing. */
  constructor(
    private readonly form: HTMLFormElement,
    private readonly prepare: Prepare,
    private readonly mayBeSent: () => boolean = () => true,
  ) {
    this.input = need(form, 'input[type="file"]');
    this.send = need(form, "[data-upload-send]");
    this.cancel = need(form, "[data-upload-cancel]");
    this.bar = need(form, "[data-upload-bar]");
    this.sentence = need(form, "[data-upload-sentence]");
    this.error = need(form, "[data-upload-error]");
    this.firstWords = this.send.textContent ?? "";
    this.input.addEventListener("change", () => this.choose(this.input.files));
    this.cancel.addEventListener("click", () => this.request?.abort());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.put();
    });
    acceptDrops(need(form, "[data-upload-drop]"), ([file]) => {
      if (!file || this.request) return;
      showIn(this.input, file);
      this.choose(this.input.files);
    });
    addEventListener("beforeunload", (event) => {
      if (this.request) event.preventDefault();
    });
    this.choose(this.input.files); // a browser may have kept the choice over a reload
  }

  private choose(files: FileList | null): void {
    const file = files?.[0];
    if (!file || this.request) return;
    this.preparing?.abort();
    this.fail(undefined);
    const chosen: Chosen = { file, key: randomKey() };
    this.chosen = chosen;
    this.send.disabled = true;
    this.send.textContent = this.firstWords;
    this.text("[data-upload-name]", file.name);
    this.text("[data-upload-size]", readableSize(file.size));
    this.text("[data-upload-hash]", "…");
    need<HTMLElement>(this.form, "[data-upload-file]").hidden = false;
    const limit = Number(this.form.dataset.uploadLimit ?? Number.POSITIVE_INFINITY);
    if (file.size === 0) this.refuse("empty");
    else if (file.size > limit) this.refuse("large", readableSize(limit));
    else void this.makeReady(chosen);
  }

  private async makeReady(chosen: Chosen): Promise<void> {
    const stop = new AbortController();
    this.preparing = stop;
    this.say("hashing", 0);
    try {
      const report = (done: number): void => this.fill((100 * done) / chosen.file.size);
      chosen.prepared = await this.prepare(chosen.file, report, stop.signal);
    } catch {
      if (!stop.signal.aborted) this.refuse("unread");
      return;
    }
    this.text("[data-upload-hash]", chosen.prepared.hash);
    this.say("ready");
    this.send.disabled = false;
  }

  private put(): void {
    const { chosen } = this;
    if (!chosen?.prepared || this.request || !this.mayBeSent()) return;
    this.fail(undefined);
    const request = new XMLHttpRequest();
    this.request = request;
    request.open("PUT", this.form.dataset.uploadUrl ?? location.href);
    const headers = chosen.prepared.headers(chosen.key);
    for (const [name, value] of Object.entries(headers)) {
      request.setRequestHeader(name, value);
    }
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) this.fill((100 * event.loaded) / event.total);
    });
    request.upload.addEventListener("load", () => this.say("sealing", "unknown"));
    request.addEventListener("load", () => this.answered(request));
    request.addEventListener("error", () => this.ended(this.known("lost")));
    request.addEventListener("abort", () => this.ended(this.known("stopped")));
    this.send.disabled = true;
    this.input.disabled = true;
    this.cancel.hidden = false;
    this.say("sending", 0);
    request.send(chosen.prepared.body);
  }

  private answered(request: XMLHttpRequest): void {
    const place =
      request.status >= 200 && request.status < 300
        ? placeOf(request.responseText, location.origin)
        : undefined;
    if (place === undefined) {
      const short = request.status === 413 ? "large" : "refused";
      this.ended(problemOf(request.responseText) ?? this.known(short, `HTTP ${request.status}`));
      return;
    }
    this.request = undefined;
    this.cancel.hidden = true;
    this.say("done", 100);
    location.assign(place);
  }

  private ended(problem: Problem): void {
    this.request = undefined;
    this.input.disabled = false;
    this.cancel.hidden = true;
    this.fail(problem);
    this.send.disabled = false;
    this.send.textContent = this.send.dataset.retry ?? "Try again";
    this.send.focus();
  }

  /** One of the problems whose words the page brings along. */
  private known(name: string, detail = ""): Problem {
    return { title: this.error.dataset[name] ?? name, detail };
  }

  /** Refused here, before anything was sent. */
  private refuse(name: string, detail = ""): void {
    this.fail(this.known(name, detail));
    need<HTMLElement>(this.form, "[data-upload-error-again]").hidden = true;
  }

  private fail(problem: Problem | undefined): void {
    this.error.hidden = problem === undefined;
    if (!problem) return;
    need<HTMLElement>(this.form, "[data-upload-progress]").hidden = true;
    need<HTMLElement>(this.form, "[data-upload-error-again]").hidden = false;
    this.text("[data-upload-error-title]", problem.title);
    this.text("[data-upload-error-detail]", problem.detail);
  }

  /** A sentence with a bar: at a percentage, moving on the spot, or without one. */
  private say(words: string, percent?: number | "unknown"): void {
    need<HTMLElement>(this.form, "[data-upload-progress]").hidden = false;
    this.sentence.textContent = this.sentence.dataset[words] ?? "";
    this.bar.hidden = percent === undefined;
    if (percent === "unknown") this.bar.removeAttribute("value");
    else this.fill(percent ?? 0);
  }

  private fill(percent: number): void {
    this.bar.value = percent;
  }

  private text(selector: string, words: string): void {
    need<HTMLElement>(this.form, selector).textContent = words;
  }
}

export function start(form: HTMLFormElement): void {
  new Upload(form, async (file, report, signal) => {
    const hash = await hashFile(file, report, signal);
    const headers = (key: string): Record<string, string> => ({
      ...headersFor(file, hash, key),
      ...headersOf(form),
    });
    return { body: file, hash, headers };
  });
}
