// htmx, as strict as the content security policy: settings are in base.html's meta tag.
import htmx from "htmx.org";
import { csrfToken } from "./page.ts";

/** Adds the CSRF token to each request, and starts islands in whatever htmx brings in. */
export function startHtmx(start: (part: ParentNode) => void): void {
  document.addEventListener("htmx:configRequest", (event) => {
    (event as CustomEvent<{ headers: Record<string, string> }>).detail.headers["X-CSRFToken"] =
      csrfToken();
  });
  // Answers that refuse (422 with the form again, 409, 403 …) are shown like any other.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const detail = (
      event as CustomEvent<{ xhr: XMLHttpRequest; shouldSwap: boolean; isError: boolean }>
    ).detail;
    if (detail.xhr.status === 422) {
      detail.shouldSwap = true;
      detail.isError = false;
    }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target instanceof HTMLElement) start(event.target);
  });
}

/** Lets htmx find its attributes in a part that an island put in. */
export function adopt(part: HTMLElement): void {
  htmx.process(part);
}
