// Opens a sealed file of any size without blocking the page.
import type { VersionKey } from "./keys.ts";
import { OtherFile, openFile } from "./open.ts";

self.addEventListener("message", (event: MessageEvent<{ sealed: Blob; key: VersionKey }>) => {
  const { sealed, key } = event.data;
  const report = (done: number): void => self.postMessage({ done });
  openFile(sealed, key, report).then(
    (result) => self.postMessage({ result }),
    (error: unknown) =>
      self.postMessage({ error: error instanceof OtherFile ? "other" : "broken" }),
  );
});
