// The one entry. It starts what every page has, and fetches an island only where the page asks for it.
import "./styles/index.css";
import { startForms } from "./islands/forms.ts";
import { startHtmx } from "./islands/htmx.ts";
import { startLive } from "./islands/live.ts";
import { startTheme } from "./islands/theme.ts";

document.documentElement.classList.add("js");

function start(part: ParentNode): void {
  startForms(part);
  startLive(part);
  for (const form of part.querySelectorAll<HTMLFormElement>("form[data-upload]")) {
    const island =
      "seal" in form.dataset ? import("./islands/seal.ts") : import("./islands/upload.ts");
    void island.then(({ start }) => start(form));
  }
  for (const form of part.querySelectorAll<HTMLFormElement>("form[data-table-file]")) {
    void import("./islands/table.ts").then((island) => island.start(form));
  }
  for (const place of part.querySelectorAll<HTMLElement>("[data-verify]")) {
    void import("./islands/verify.ts").then((island) => island.start(place));
  }
  for (const place of part.querySelectorAll<HTMLElement>("[data-stamping]")) {
    void import("./islands/stamp.ts").then((island) => island.start(place));
  }
  for (const form of part.querySelectorAll<HTMLFormElement>("form[data-autosave]")) {
    void import("./islands/autosave.ts").then((island) => island.start(form));
  }
  for (const place of part.querySelectorAll<HTMLElement>("[data-recipients]")) {
    void import("./islands/recipients.ts").then((island) => island.start(place));
  }
  for (const place of part.querySelectorAll<HTMLElement>("[data-unseal]")) {
    void import("./islands/unseal.ts").then((island) => island.start(place));
  }
  for (const place of part.querySelectorAll<HTMLElement>("[data-complete]")) {
    void import("./islands/complete.ts").then((island) => island.start(place));
  }
  for (const place of part.querySelectorAll<HTMLElement>("[data-hand-over]")) {
    void import("./islands/handover.ts").then((island) => island.start(place));
  }
  for (const place of part.querySelectorAll<HTMLElement>("[data-wallet]")) {
    void import("./islands/wallet.ts").then((island) => island.start(place));
  }
  for (const form of part.querySelectorAll<HTMLFormElement>("form[data-suggest]")) {
    void import("./islands/suggest.ts").then((island) => island.start(form));
  }
  for (const place of part.querySelectorAll<HTMLElement>("[data-find]")) {
    void import("./islands/find.ts").then((island) => island.start(place));
  }
}

startTheme();
startHtmx(start);
start(document);
