// form[data-suggest]: completes what is typed, as the combobox with a listbox of WAI-ARIA. Without it, or when nothing
// is chosen, the form searches as it stands.
import { need } from "./page.ts";

const PAUSE_MS = 150;
const SHORTEST = 2;

interface Suggestion {
  text: string;
  about: string;
  href: string;
}

class Combobox {
  private readonly input: HTMLInputElement;
  private readonly list: HTMLElement;
  private readonly count: HTMLElement;
  private chosen = -1;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked: AbortController | undefined;

  constructor(private readonly form: HTMLFormElement) {
    this.input = need(form, "input[type=search]");
    this.list = need(form, "[role=listbox]");
    this.count = need(form, "[data-suggest-count]");
    this.input.setAttribute("role", "combobox");
    this.input.setAttribute("aria-autocomplete", "list");
    this.input.setAttribute("aria-controls", this.list.id);
    this.input.setAttribute("aria-expanded", "false");
    this.input.addEventListener("input", () => this.later());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.close());
    // The field keeps the focus while an option is pressed, or the list would close before the click.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    form.addEventListener("submit", () => this.close());
  }

  private later(): void {
    clearTimeout(this.timer);
    this.asked?.abort();
    if (this.input.value.trim().length < SHORTEST) this.close();
    else this.timer = setTimeout(() => void this.ask(), PAUSE_MS);
  }

  private async ask(): Promise<void> {
    const asked = new AbortController();
    this.asked = asked;
    const address = new URL(this.form.dataset.suggest ?? "", location.href);
    address.searchParams.set("q", this.input.value);
    try {
      const answer = await fetch(address, {
        signal: asked.signal,
        headers: { Accept: "application/json" },
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const { suggestions } = (await answer.json()) as { suggestions: Suggestion[] };
      if (!asked.signal.aborted) this.show(suggestions);
    } catch {
      // Suggestions are a convenience: without an answer the search itself still works, and says what is wrong.
      if (!asked.signal.aborted) this.close();
    }
  }

  private show(suggestions: Suggestion[]): void {
    this.chosen = -1;
    this.input.removeAttribute("aria-activedescendant");
    this.list.replaceChildren(...suggestions.map((one, number) => this.option(one, number)));
    this.expand(suggestions.length > 0);
    const words = suggestions.length > 0 ? this.form.dataset.some : this.form.dataset.none;
    this.count.textContent = (words ?? "").replace("{n}", String(suggestions.length));
  }

  private option(one: Suggestion, number: number): HTMLElement {
    const option = document.createElement("li");
    option.id = `${this.list.id}-${number}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.dataset.href = one.href;
    const about = document.createElement("span");
    about.className = "muted small";
    about.textContent = one.about;
    option.append(one.text, " ", about);
    option.addEventListener("click", () => this.go(option));
    return option;
  }

  private key(event: KeyboardEvent): void {
    const last = this.list.children.length - 1;
    const open = !this.list.hidden;
    if (event.key === "Escape" && open) this.close();
    else if (event.key === "ArrowDown" && open)
      this.choose(this.chosen < last ? this.chosen + 1 : -1);
    else if (event.key === "ArrowUp" && open)
      this.choose(this.chosen >= 0 ? this.chosen - 1 : last);
    else if (event.key === "Enter" && open && this.chosen >= 0)
      this.go(this.list.children[this.chosen]);
    else return;
    event.preventDefault();
  }

  private choose(number: number): void {
    this.chosen = number;
    for (const [at, option] of [...this.list.children].entries()) {
      option.setAttribute("aria-selected", String(at === number));
    }
    const option = this.list.children[number];
    if (option) {
      this.input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView?.({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  private go(option: Element | undefined): void {
    const href = option instanceof HTMLElement ? option.dataset.href : undefined;
    if (href) location.assign(href);
  }

  private close(): void {
    clearTimeout(this.timer);
    this.asked?.abort();
    this.chosen = -1;
    this.input.removeAttribute("aria-activedescendant");
    this.expand(false);
  }

  private expand(open: boolean): void {
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
  }
}

export function start(form: HTMLFormElement): void {
  new Combobox(form);
}
