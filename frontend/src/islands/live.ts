// A part of a page that moves by itself: [data-live="URL"] is asked for again until it comes without data-live.
// What else depends on it, [data-live-also="its id"], follows whenever it has moved and the answer holds that too.
import { adopt } from "./htmx.ts";

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 15_000;

/** How long to wait before the next look: patient when nothing moves. */
export function nextWait(wait: number, moved: boolean): number {
  return moved ? FIRST_WAIT : Math.min(Math.round(wait * 1.3), LONGEST_WAIT);
}

/** Takes the part, and what depends on it, from the answer: a page or a fragment. True if the part moved. */
export function take(place: HTMLElement, html: string): boolean {
  const answer = new DOMParser().parseFromString(html, "text/html");
  const fresh = answer.getElementById(place.id);
  if (!fresh || !replace(place, fresh)) return false; // an error page, say, or nothing new
  for (const also of place.ownerDocument.querySelectorAll(`[data-live-also="${place.id}"]`)) {
    const part = answer.getElementById(also.id);
    if (part) also.replaceChildren(...part.childNodes);
  }
  return true;
}

function stateOf(part: Element): string {
  return [...part.querySelectorAll("[data-stamp]")].map((s) => s.getAttribute("data-stamp")).join();
}

/** Puts the new content in place, only if it says something new; true if it did. */
export function replace(place: HTMLElement, fresh: HTMLElement): boolean {
  const url = fresh.getAttribute("data-live");
  if (url === null) place.removeAttribute("data-live");
  else place.setAttribute("data-live", url);
  if (place.innerHTML.trim() === fresh.innerHTML.trim()) return false;
  const before = stateOf(place);
  place.replaceChildren(...fresh.childNodes);
  if (before !== stateOf(place)) {
    for (const stamp of place.querySelectorAll(".stamp")) stamp.classList.add("stamp--moved");
  }
  return true;
}

function watch(place: HTMLElement): void {
  let wait = FIRST_WAIT;
  const look = async (): Promise<void> => {
    const url = place.getAttribute("data-live");
    if (url === null || !place.isConnected) return;
    let moved = false;
    if (document.visibilityState === "visible") {
      try {
        const answer = await fetch(url, { headers: { "X-Live": "1" }, credentials: "same-origin" });
        if (answer.ok) moved = take(place, await answer.text());
        if (moved) adopt(place);
        if (answer.status === 401 || answer.status === 403 || answer.status === 404) return;
      } catch {
        // the network is away: look again later
      }
    }
    wait = nextWait(wait, moved);
    setTimeout(() => void look(), wait);
  };
  setTimeout(() => void look(), wait);
}

export function startLive(part: ParentNode): void {
  for (const place of part.querySelectorAll<HTMLElement>("[data-live]")) watch(place);
}
