// [data-hand-over]: opens the key of a document with the key file, and seals it for a reader's recipients, on this device.
import { sealFor } from "../sealing/age.ts";
import { readVersionKey } from "../sealing/keys.ts";
import { fromBase64, toBase64 } from "../sealing/seal.ts";
import { keyFileOf, openedWith } from "./keyfile.ts";
import { csrfToken, say } from "./page.ts";
import { placeOf, problemOf } from "./upload.ts";

async function handOver(place: HTMLElement, button: HTMLButtonElement): Promise<void> {
  const file = keyFileOf(place);
  const key = await openedWith(place, file, fromBase64(place.dataset.key ?? ""));
  if (!key) return;
  const opening =
    "anew" in button.dataset
      ? await openedWith(place, file, fromBase64(place.dataset.opening ?? ""))
      : undefined;
  button.disabled = true;
  try {
    readVersionKey(key); // nothing else is handed on
    const recipients = button.dataset.recipients ?? "";
    const sealed = async (content: Uint8Array): Promise<string> =>
      toBase64(await sealFor(recipients.split(" "), content));
    const answer = await fetch(location.href, {
      method: "POST",
      headers: {
        Accept: "application/json, application/problem+json",
        "Content-Type": "application/json",
        "X-CSRFToken": csrfToken(),
      },
      body: JSON.stringify({
        organisation: button.dataset.reader,
        recipients,
        identity: await sealed(key),
        ...(opening && { opening: await sealed(opening) }),
      }),
    });
    const said = await answer.text();
    const next = answer.ok ? placeOf(said, location.origin) : undefined;
    if (next) location.assign(next);
    else say(place, "failed", problemOf(said)?.detail ?? `HTTP ${answer.status}`);
  } catch {
    say(place, "failed");
  } finally {
    button.disabled = false;
  }
}

export function start(place: HTMLElement): void {
  for (const button of place.querySelectorAll<HTMLButtonElement>("[data-reader]")) {
    button.addEventListener("click", () => void handOver(place, button));
  }
}
