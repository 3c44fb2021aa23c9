type Answer = { done: number } | { hash: string } | { error: string };

/** SHA-256 of a file, computed on this device; `report` hears how many bytes are done. */
export function hashFile(
  file: File,
  report: (done: number) => void,
  signal?: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./hash.worker.ts", import.meta.url), { type: "module" });
    const stop = (): void => {
      worker.terminate();
      reject(new DOMException("stopped", "AbortError"));
    };
    signal?.addEventListener("abort", stop, { once: true });
    const end = (): void => {
      signal?.removeEventListener("abort", stop);
      worker.terminate();
    };
    worker.addEventListener("message", (event: MessageEvent<Answer>) => {
      const answer = event.data;
      if ("done" in answer) {
        report(answer.done);
        return;
      }
      end();
      if ("hash" in answer) resolve(answer.hash);
      else reject(new Error(answer.error));
    });
    worker.addEventListener("error", () => {
      end();
      reject(new Error("the fingerprint could not be computed"));
    });
    worker.postMessage(file);
  });
}
