// A form that saves itself a moment after typing stops, so that neither a slip nor the end of a session loses anything.
import { need } from "./page.ts";

const PAUSE = 1_200;
const AGAIN = 10_000;

/** What became of an attempt to save. */
export type Outcome = "saved" | "signed-out" | "lost";

/** Sends the form as it stands. The token of a session that began in another tab is fetched when the old one is refused. */
export async function save(form: HTMLFormElement): Promise<Outcome> {
  try {
    const answer = await send(form);
    if (answer.ok) return "saved";
    if (!(await renewToken(form))) return "signed-out";
    return (await send(form)).ok ? "saved" : "lost";
  } catch {
    return "lost"; // no connection: the caller says so and tries again
  }
}

function send(form: HTMLFormElement): Promise<Response> {
  return fetch(location.href, {
    method: "POST",
    body: new URLSearchParams(
      [...new FormData(form)].map(([name, value]) => [name, String(value)]),
    ),
    headers: { "X-Autosave": "1", Accept: "application/json" },
  });
}

/** Takes the form token from a fresh copy of the page; false when we are sent to sign in. */
async function renewToken(form: HTMLFormElement): Promise<boolean> {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const token = page.querySelector<HTMLInputElement>('form[data-autosave] [name="csrf_token"]');
  if (!token) return false;
  need<HTMLInputElement>(form, '[name="csrf_token"]').value = token.value;
  return true;
}

/** Starts saving by itself. */
export function start(form: HTMLFormElement): void {
  const state = need<HTMLElement>(form, "[data-autosave-state]");
  let timer = 0;
  let edits = 0;
  let kept = 0;

  async function attempt(): Promise<void> {
    const mine = edits;
    state.textContent = form.dataset.saving ?? "";
    const outcome = await save(form);
    const texts = { saved: "saved", "signed-out": "signedOut", lost: "lost" } as const;
    state.textContent = form.dataset[texts[outcome]] ?? "";
    if (outcome === "saved") kept = Math.max(kept, mine);
    if (kept < edits) wait(outcome === "saved" ? PAUSE : AGAIN);
  }

  function wait(delay: number): void {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void attempt(), delay);
  }

  form.addEventListener("input", () => {
    edits += 1;
    wait(PAUSE);
  });
  form.addEventListener("submit", () => {
    window.clearTimeout(timer);
    kept = edits;
  });
  addEventListener("beforeunload", (event) => {
    if (kept < edits) event.preventDefault();
  });
}
