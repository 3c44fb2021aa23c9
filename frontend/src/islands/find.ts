// [data-find]: finds words inside a confidential document on this device. The document is opened with a receipt, as by
// "Open"; what is searched for is never sent, and neither text nor words are kept anywhere.
import { type Match, matchesIn } from "../find/matches.ts";
import { need } from "./page.ts";

const SHOWN = 200;
const PATIENCE_MS = 60_000;

type Read = { pages: string[] } | { error: string };

/** The text of a file by page; a file that is no PDF is one page. Raises when it cannot be read in a minute. */
export function pagesOf(bytes: ArrayBuffer, isPdf: boolean): Promise<string[]> {
  if (!isPdf) return Promise.resolve([textOf(bytes)]);
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./find.worker.ts", import.meta.url), { type: "module" });
    const end = (act: () => void): void => {
      clearTimeout(alarm);
      worker.terminate();
      act();
    };
    const alarm = setTimeout(() => end(() => reject(new Error("too slow"))), PATIENCE_MS);
    worker.addEventListener("error", () => end(() => reject(new Error("worker"))));
    worker.addEventListener("message", ({ data }: MessageEvent<Read | { action: string }>) => {
      if ("pages" in data) end(() => resolve(data.pages));
      else if ("error" in data) end(() => reject(new Error(data.error)));
      // else: pdf.js greets, because it runs in a worker
    });
    worker.postMessage(bytes, [bytes]);
  });
}

/** The text of a file in UTF-8, or in UTF-16 when it begins with that mark. */
export function textOf(bytes: ArrayBuffer): string {
  const [first, second] = new Uint8Array(bytes.slice(0, 2));
  const mark = ((first ?? 0) << 8) | (second ?? 0);
  const name = mark === 0xfffe ? "utf-16le" : mark === 0xfeff ? "utf-16be" : "utf-8";
  return new TextDecoder(name).decode(bytes);
}

class Find {
  private pages: string[] = [];
  private readonly form: HTMLFormElement;
  private readonly state: HTMLElement;

  constructor(private readonly place: HTMLElement) {
    this.form = need(place, "[data-find-open]");
    this.state = need(place, "[data-find-state]");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      void this.open();
    });
    need<HTMLFormElement>(place, "[data-find-search]").addEventListener("submit", (event) => {
      event.preventDefault();
      this.search();
    });
  }

  private async open(): Promise<void> {
    this.busy(true);
    this.say("fetching");
    try {
      const answer = await fetch(this.form.action || location.href, {
        method: "POST",
        body: new URLSearchParams(new FormData(this.form) as unknown as Record<string, string>),
      });
      if (answer.redirected) location.assign(answer.url);
      else if (answer.ok) await this.read(await answer.arrayBuffer());
      else this.show(await answer.text());
    } catch {
      this.say("failed");
      this.busy(false);
    }
  }

  private async read(bytes: ArrayBuffer): Promise<void> {
    this.say("reading");
    try {
      this.pages = await pagesOf(bytes, this.place.dataset.find === "application/pdf");
    } catch {
      this.say("unread");
      this.busy(false);
      return;
    }
    this.say(this.pages.some((page) => page.trim()) ? "ready" : "empty");
    this.form.hidden = true;
    need<HTMLElement>(this.place, "[data-find-box]").hidden = false;
    need<HTMLInputElement>(this.place, "[data-find-words]").focus();
  }

  /** The server's own page says what to mend, or why not. */
  private show(html: string): void {
    const main = new DOMParser().parseFromString(html, "text/html").querySelector("main");
    if (!main) throw new Error("no page");
    const shown = document.adoptNode(main);
    need(document, "main").replaceWith(shown);
    for (const place of shown.querySelectorAll<HTMLElement>("[data-find]")) start(place);
    shown.querySelector<HTMLElement>("[data-focus], h1")?.focus();
  }

  private search(): void {
    const words = need<HTMLInputElement>(this.place, "[data-find-words]").value;
    const found = matchesIn(this.pages, words, SHOWN);
    const count = need<HTMLElement>(this.place, "[data-find-count]");
    const kind = found.total === 0 ? "none" : found.total > SHOWN ? "more" : "some";
    count.textContent = (count.dataset[kind] ?? "").replace("{n}", String(found.total));
    need(this.place, "[data-find-hits]").replaceChildren(
      ...found.matches.map((match) => this.line(match)),
    );
  }

  private line(match: Match): HTMLElement {
    const line = document.createElement("li");
    const mark = document.createElement("mark");
    mark.textContent = match.hit;
    line.append(match.before, mark, match.after);
    if (this.pages.length > 1) {
      const where = document.createElement("span");
      where.className = "muted small";
      where.textContent = ` ${(this.place.dataset.page ?? "{n}").replace("{n}", String(match.page))}`;
      line.append(where);
    }
    return line;
  }

  private say(words: string): void {
    this.state.hidden = false;
    this.state.textContent = this.state.dataset[words] ?? "";
  }

  private busy(is: boolean): void {
    for (const button of this.form.querySelectorAll("button")) button.disabled = is;
  }
}

export function start(place: HTMLElement): void {
  new Find(place);
}
