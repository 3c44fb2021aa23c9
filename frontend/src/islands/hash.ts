import { madeBy } from "./worker.ts";

/** SHA-256 of a file, computed on this device; `report` hears how many bytes are done. */
export function hashFile(
  file: File,
  report: (done: number) => void,
  signal?: AbortSignal,
): Promise<string> {
  const worker = new Worker(new URL("./hash.worker.ts", import.meta.url), { type: "module" });
  return madeBy<string>(worker, file, report, signal);
}
