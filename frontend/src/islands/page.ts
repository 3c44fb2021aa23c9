/** The token that every changing request carries. */
export function csrfToken(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
}

/** Says one of the problems whose words the page brings along, and takes the others away. */
export function say(place: HTMLElement, problem: string | undefined, detail = ""): void {
  for (const shown of place.querySelectorAll<HTMLElement>("[data-problem]")) {
    shown.hidden = shown.dataset.problem !== problem;
    const words = shown.querySelector("[data-detail]");
    if (words && !shown.hidden) words.textContent = detail;
  }
}

/** The element that an island's own markup must have; a page without it is a mistake of ours. */
export function need<T extends Element>(root: ParentNode, selector: string): T {
  const found = root.querySelector<T>(selector);
  if (!found) throw new Error(`the page lacks ${selector}`);
  return found;
}

/** A size for people, spelt as the server spells it. */
export function readableSize(bytes: number): string {
  const units = ["KiB", "MiB", "GiB"];
  if (bytes < 1024) return `${bytes} bytes`;
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}

/** A Unix time as 22 Nov 2026, 14:03 UTC, in the page's language; the bare number when no calendar reaches so far. */
export function readableMoment(
  seconds: number,
  language: string = document.documentElement.lang,
): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return String(seconds);
  const form = new Intl.DateTimeFormat(language === "en" || language === "" ? "en-GB" : language, {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZone: "UTC",
  });
  return `${form.format(date)} UTC`;
}
