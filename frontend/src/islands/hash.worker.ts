// Hashes a file of any size without holding it, and without blocking the page.
import { sha256OfStream } from "../evidence/bytes.ts";

self.addEventListener("message", (event: MessageEvent<File>) => {
  const report = (done: number): void => self.postMessage({ done });
  sha256OfStream(event.data.stream(), report).then(
    (result) => self.postMessage({ result }),
    (error: unknown) => self.postMessage({ error: String(error) }),
  );
});
