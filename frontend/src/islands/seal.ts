// <form data-upload data-seal>: seals the chosen file in this browser, and sends what nobody here can open.
import type { Sealed, Sealing } from "../sealing/seal.ts";
import { csrfToken, need } from "./page.ts";
import { headersOf, type Prepared, Upload } from "./upload.ts";
import { madeBy } from "./worker.ts";

/** The headers of a sealed upload: the name that the form says, percent-encoded, and nothing of the file's own. */
export function sealedHeaders(form: HTMLElement, key: string): Record<string, string> {
  const stated = headersOf(form);
  return {
    ...stated,
    Accept: "application/json, application/problem+json",
    "Content-Type": "application/octet-stream",
    "X-File-Name": encodeURIComponent(stated["X-File-Name"] ?? ""),
    "Idempotency-Key": key,
    "X-CSRFToken": csrfToken(),
  };
}

export function start(form: HTMLFormElement): void {
  const sealing = JSON.parse(form.dataset.seal ?? "{}") as Sealing;
  const named = need<HTMLInputElement>(form, '[data-upload-header="X-File-Name"]');
  async function prepare(
    file: File,
    report: (done: number) => void,
    signal: AbortSignal,
  ): Promise<Prepared> {
    const worker = new Worker(new URL("../sealing/seal.worker.ts", import.meta.url), {
      type: "module",
    });
    const { body, contentSha256 } = await madeBy<Sealed>(worker, { file, sealing }, report, signal);
    return { body, hash: contentSha256, headers: (key) => sealedHeaders(form, key) };
  }
  new Upload(form, prepare, () => named.reportValidity());
}
