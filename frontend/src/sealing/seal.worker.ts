// Seals a file of any size without holding it, and without blocking the page.
import { type Sealing, sealFile } from "./seal.ts";

self.addEventListener("message", (event: MessageEvent<{ file: File; sealing: Sealing }>) => {
  const { file, sealing } = event.data;
  const report = (done: number): void => self.postMessage({ done });
  sealFile(file, sealing, report).then(
    (result) => self.postMessage({ result }),
    (error: unknown) => self.postMessage({ error: String(error) }),
  );
});
