type Answer<T> = { done: number } | { result: T } | { error: string };

/** What a worker makes of a message; `report` hears how many bytes are done. The worker is ended with the answer. */
export function madeBy<T>(
  worker: Worker,
  message: unknown,
  report: (done: number) => void,
  signal?: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      worker.terminate();
      reject(new DOMException("stopped", "AbortError"));
    };
    signal?.addEventListener("abort", stop, { once: true });
    const end = (): void => {
      signal?.removeEventListener("abort", stop);
      worker.terminate();
    };
    worker.addEventListener("message", (event: MessageEvent<Answer<T>>) => {
      const answer = event.data;
      if ("done" in answer) {
        report(answer.done);
        return;
      }
      end();
      if ("result" in answer) resolve(answer.result);
      else reject(new Error(answer.error));
    });
    worker.addEventListener("error", () => {
      end();
      reject(new Error("it could not be computed"));
    });
    worker.postMessage(message);
  });
}
