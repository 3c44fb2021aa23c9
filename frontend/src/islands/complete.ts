// [data-complete]: makes the full evidence bundle of a document that a browser sealed, with the key file, on this device.
import { bytesToHex } from "../evidence/bytes.ts";
import { fullBundle, NotAReceipt, readReceipt } from "../evidence/receipt.ts";
import { fromBase64 } from "../sealing/seal.ts";
import { keyFileOf, offer, openedWith } from "./keyfile.ts";
import { need, say } from "./page.ts";

async function complete(place: HTMLElement): Promise<void> {
  const opened = await openedWith(place, keyFileOf(place), fromBase64(place.dataset.opening ?? ""));
  if (!opened) return;
  try {
    const { owner, stamps } = readReceipt(opened);
    const stamp = stamps.find(
      ({ commitment }) => bytesToHex(commitment) === place.dataset.commitment,
    );
    if (!stamp) throw new NotAReceipt("another commitment");
    const answer = await fetch(place.dataset.bundle ?? "");
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const bundle = fullBundle(new Uint8Array(await answer.arrayBuffer()), stamp, owner);
    const content = new Blob([bundle.slice()], { type: "application/json" });
    offer(need(place, "[data-save]"), content, `${stamp.fileName}.ipx-evidence.json`);
  } catch (error) {
    say(place, error instanceof NotAReceipt ? "other" : "failed");
  }
}

export function start(place: HTMLElement): void {
  need(place, "[data-key-file]").addEventListener("change", () => void complete(place));
}
